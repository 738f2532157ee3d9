"""How a noun of the JSON door is declared: one decorator per operation, from which route, schema and OpenAPI follow.

    nouns = Noun("redemptions", "Renewal codes spent on licenses")

    @nouns.operation("redeem", "POST", "/redemptions", body=RedeemSchema, answer=RedemptionSchema, status=201)
    def redeem(call: Call, form: RedeemForm) -> Reply: ...

The endpoint is named `noun.verb`, which is also the operation's name in the table of permissions.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema

from prolong_server import compact_json
from prolong_server.api import bodies, calls, openapi, uploads
from prolong_server.api.answers import Shape
from prolong_server.api.replies import Whole
from prolong_server.api.schemas.base import is_printable
from prolong_server.call import Answer, Once
from prolong_server.keyring import KeysBehind
from prolong_server.operations.idempotency import Replayed
from prolong_server.rules import errors

JSON = "application/json"
LONGEST_KEY = 255
View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """A result with its own status or headers, where the operation has more than one good answer."""

    thing: object
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Noun(Blueprint):
    """A blueprint of /v1 whose operations are declared whole: route, body, query, answer, idempotency."""

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, __name__, url_prefix="/v1", description=description)

    def operation(
        self,
        verb: str,
        method: str,
        path: str,
        *,
        body: type[Schema] | None = None,
        query: type[Schema] | None = None,
        answer: type[Schema] | None = None,
        status: int = 200,
        also: tuple[int, ...] = (),
        once: bool = False,
        once_required: bool = False,
        secret: bool | Callable[[Any], bool] = False,
        media: tuple[str, ...] = (),
        upload: str | None = None,
    ) -> Callable[[View], View]:
        """Declare an operation.

        `view(call, [body], [query], **path)` returns the thing that `answer` writes, a Reply, or a Response.
        `also` names further good statuses; `once` takes an Idempotency-Key; `secret` answers, all or those whose thing
        it says yes to, are never kept; `media` are the types of an answer that is no JSON, `upload` that of a body
        that is no JSON.
        """
        writer, reader, asker = (schema() if schema else None for schema in (answer, body, query))
        keyed = (once or once_required, once_required, secret)
        shape = Shape(writer, status, also, *keyed, media, upload, method, path, reader, asker)
        return lambda view: self._declare(view, verb, shape)

    def _declare(self, view: View, verb: str, shape: Shape) -> View:
        operation = f"{self.name}.{verb}"
        run = openapi.document(_runner(view, operation, shape), operation, shape)
        self.route(shape.path, methods=[shape.method], endpoint=verb)(run)
        return view


def _runner(view: View, operation: str, shape: Shape) -> View:
    @wraps(view)
    def run(**where: Any) -> Response:
        loaded = _loaded(shape)
        key = _once(operation, shape) if shape.once else None
        try:
            return _respond(_carry_out(view, key, loaded, where), shape)
        except Replayed as first:
            return _replayed(first.answer)

    return run


def _loaded(shape: Shape) -> tuple[Any, ...]:
    query = () if shape.query is None else (bodies.read_query(shape.query),)
    return query if shape.body is None else (bodies.read(shape.body), *query)


def _carry_out(view: View, key: Once | None, loaded: tuple[Any, ...], where: Mapping[str, str]) -> object:
    try:
        return view(calls.current(key), *loaded, **where)
    except KeysBehind as behind:
        calls.house().keys.refresh_if_behind(behind.known)
        return view(calls.current(key), *loaded, **where)


def _respond(result: object, shape: Shape) -> Response:
    if isinstance(result, Response):
        return result
    reply = result if isinstance(result, Reply) else Reply(result)
    if shape.writer is None:
        response = Response(status=reply.status or shape.status)
        del response.headers["Content-Type"]
    else:
        written = compact_json.written(shape.writer.dump(reply.thing))
        response = Whole(written, status=reply.status or shape.status, content_type=JSON)
    if reply.headers:
        response.headers.update(reply.headers)
    return response


def _replayed(first: Answer) -> Response:
    response = Whole(first.body, status=first.status, content_type=JSON)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _once(operation: str, shape: Shape) -> Once | None:
    key = request.headers.get("Idempotency-Key")
    if key is None and shape.once_required:
        raise errors.InvalidRequest({"Idempotency-Key": ["This header is required here."]})
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST_KEY or not is_printable(key):
        raise errors.InvalidRequest({"Idempotency-Key": [f"1 to {LONGEST_KEY} printable ASCII characters."]})
    # What is streamed is not here yet: whoever reads it adds it to the digest.
    body = b"" if shape.upload == uploads.MULTIPART else bodies.whole(calls.asked())
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode() + body).digest()
    actor = calls.current().actor
    return Once(actor.token_id or actor.request_id or 0, operation, key, digest, partial(_told, shape))


def _told(shape: Shape, thing: object) -> Answer | None:
    """The answer to keep, or None where it holds a secret."""
    is_secret = shape.secret(thing) if callable(shape.secret) else shape.secret
    if is_secret or shape.writer is None:
        return None
    return Answer(shape.status, compact_json.written(shape.writer.dump(thing)))
