"""How JSON is read and written: what comes in is refused by its type, its form and its fields, in words."""

import json
from typing import Any, Final, NoReturn

from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from prolong_server.api import calls
from prolong_server.rules import errors

_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def write(value: object) -> bytes:
    """A value as JSON in UTF-8, without white space."""
    # A refusal may repeat what was sent, and JSON's escapes can write half a pair, which UTF-8 cannot: told as "?".
    return _encode(value).encode(errors="replace")


def read(schema: Schema) -> Any:
    """The body of the request as `schema` loads it. Raises UnsupportedMediaType, BadRequest, InvalidRequest."""
    asked = calls.asked()
    if asked.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        # Decoded here: from bytes the library would take UTF-16, UTF-32 and lone surrogates as well.
        value = json.loads(asked.get_data().decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadRequest from None
    return _loaded(schema, value)


def read_query(schema: Schema) -> Any:
    """The query of the request as `schema` loads it, each name once. Raises InvalidRequest."""
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise errors.InvalidRequest({name: ["Given more than once."] for name in repeated})
    return _loaded(schema, request.args.to_dict())


def _loaded(schema: Schema, value: Any) -> Any:
    try:
        return schema.load(value)
    except ValidationError as wrong:
        raise errors.InvalidRequest(_by_field(wrong.messages)) from None


def _by_field(told: Any) -> dict[str, Any]:
    return {str(name): text for name, text in told.items()} if isinstance(told, dict) else {"_schema": told}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
