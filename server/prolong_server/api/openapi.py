"""What the OpenAPI document says of every operation beyond its schemas: refusals, headers, who may call it."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Flask, Response
from flask_smorest import Api, Blueprint

from prolong_server import compact_json
from prolong_server.api import answers, outside, uploads
from prolong_server.api.answers import PROBLEM, Shape
from prolong_server.rules.actors import Grant
from prolong_server.rules.permissions import PERMISSIONS

PATH = "/v1/openapi.json"
DESCRIPTION = "One-time renewal codes for software licenses: issued to dealers, redeemed by products."
VERSION = "1.0.0"


def document(run: Callable[..., Any], operation: str, shape: Shape) -> Callable[..., Any]:
    """Attach to a view what its answers are, in the form in which flask-smorest collects documentation."""
    grant = PERMISSIONS[operation]
    described: dict[str, Any] = {
        "operationId": operation,
        "security": _security(grant),
        "responses": answers.good(shape) | answers.refusals(operation, shape, grant),
    }
    if shape.upload:
        described["requestBody"] = {"required": True, "content": {shape.upload: uploads.described(shape.upload)}}
    run._apidoc = {  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks for it
        **deepcopy(getattr(run, "_apidoc", {})),
        "arguments": {"parameters": _arguments(shape)},
        "manual_doc": described,
    }
    return run


def _security(grant: Grant) -> list[dict[str, list[str]]]:
    if grant.is_for_everybody:
        return []
    return [{}, {"token": []}] if grant.public else [{"token": []}]


def _arguments(shape: Shape) -> list[dict[str, Any]]:
    tag = {"in": "header", "name": "If-None-Match", "schema": {"type": "string"}, "description": "The ETag known."}
    key = [_key_parameter(shape.once_required)] if shape.once else []
    query: list[dict[str, Any]] = [{"in": "query", "schema": shape.query}] if shape.query else []
    body: list[dict[str, Any]] = [{"in": "json", "required": True, "schema": shape.body}] if shape.body else []
    return body + query + key + ([tag] if HTTPStatus.NOT_MODIFIED in shape.also else [])


def _key_parameter(required: bool) -> dict[str, Any]:
    return {
        "in": "header",
        "name": "Idempotency-Key",
        "required": required,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        "description": "Makes the request safe to repeat for 30 days.",
    }


class DoorApi(Api):
    """flask-smorest without its application-wide error handler and its pages: ours know problem documents."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Errors are answered by api.problems."""


def describe(api: DoorApi) -> None:
    """Put the parts that operations refer to into the document."""
    api.spec.components.schema("Problem", component=PROBLEM)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})


def register(app: Flask, nouns: tuple[Blueprint, ...]) -> None:
    """Register the nouns under /v1 and serve the document that describes them at /v1/openapi.json."""
    for noun in nouns:
        app.register_blueprint(noun)
    app.add_url_rule(PATH, "openapi", lambda: Response(written(nouns), content_type="application/json"))


@cache
def written(nouns: tuple[Blueprint, ...]) -> bytes:
    """The document of the nouns as JSON, which no setting changes: so one for all applications of a process.

    It is made when it is first asked for, because making it takes four times as long as the rest of an application.
    """
    app = Flask(__name__, static_folder=None)
    app.config["OPENAPI_VERSION"] = "3.1.0"
    api = DoorApi(app, spec_kwargs={"title": "Prolong", "version": VERSION, "info": {"description": DESCRIPTION}})
    describe(api)
    for noun in nouns:
        api.register_blueprint(noun)
    described = api.spec.to_dict()
    return compact_json.written({**described, "paths": described["paths"] | outside.paths()})
