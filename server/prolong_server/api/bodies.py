"""How JSON is read and written: what comes in is refused by its type, its form and its fields, in words."""

import json
from typing import Any, Final, NoReturn

from flask import Request, request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from prolong_server.api import calls
from prolong_server.rules import errors

_JSON: Final = "application/json"
# Where the environment has the whole body, if it was read before the application was asked.
AT_HAND: Final = "prolong.body"
# Set in the environment when the end of a body has not come.
BROKEN_OFF: Final = "prolong.broken_off"


def whole(of: Request) -> bytes:
    """The whole body of a request."""
    at_hand: bytes | None = of.environ.get(AT_HAND)
    return of.get_data() if at_hand is None else at_hand


def read(schema: Schema) -> Any:
    """The body of the request as `schema` loads it. Raises UnsupportedMediaType, BadRequest, InvalidRequest."""
    asked = calls.asked()
    if asked.environ.get("CONTENT_TYPE") != _JSON and asked.mimetype != _JSON:
        raise UnsupportedMediaType
    try:
        # Decoded here: from bytes the library would take UTF-16, UTF-32 and lone surrogates as well.
        value = _decode(whole(asked).decode("utf-8"))
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


_decode: Final = json.JSONDecoder(parse_constant=_refuse_constant).decode
