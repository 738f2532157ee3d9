"""How JSON is read and written: what comes in is refused by its type, its form and its fields, in words."""

import json
from typing import Any, NoReturn

from flask import Request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from prolong_server.rules import errors


def write(value: object) -> bytes:
    """A value as JSON in UTF-8, without white space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class DoorParser(FlaskParser):
    """Reads bodies and queries strictly: unknown fields, wrong media types and what is not JSON are refused."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": RAISE, "query": RAISE}  # noqa: RUF012 - the library's own name and form

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The JSON value of the body. Raises UnsupportedMediaType and BadRequest."""
        if req.mimetype != "application/json":
            raise UnsupportedMediaType
        try:
            # Decoded here: from bytes the library would take UTF-16, UTF-32 and lone surrogates as well.
            return json.loads(req.get_data().decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise BadRequest from None

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """The query, each name once."""
        repeated = [name for name, values in req.args.lists() if len(values) > 1]
        if repeated:
            raise errors.InvalidRequest({name: ["Given more than once."] for name in repeated})
        return super().load_querystring(req, schema)

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: Any) -> NoReturn:
        """Turn what marshmallow says into the refusal that names each field."""
        messages: Any = error.messages
        found = {name: told for where in messages.values() for name, told in _by_field(where).items()}
        raise errors.InvalidRequest(found)


def _by_field(told: Any) -> dict[str, Any]:
    return {str(name): text for name, text in told.items()} if isinstance(told, dict) else {"_schema": told}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
