"""The addresses outside /v1 as the OpenAPI document describes them."""

from typing import Any, Final

from prolong_server.api import answers

_STATUS: Final = {"type": "object", "required": ["status"], "additionalProperties": False}
_JWK: Final = {
    "type": "object",
    "required": ["kty", "crv", "x", "kid"],
    "properties": {name: {"type": "string"} for name in ("kty", "crv", "x", "kid", "alg", "use")},
}
_JWKS: Final = {
    "type": "object",
    "required": ["keys"],
    "properties": {"keys": {"type": "array", "items": _JWK}},
    "additionalProperties": False,
}


def paths() -> dict[str, Any]:
    """Health, readiness, metrics and the public keys, by their paths."""
    return {
        "/healthz": _get("healthz.show", "Whether the process lives.", _word("ok")),
        "/readyz": _get("readyz.show", "Whether the database answers and is current.", _word("ready")),
        "/.well-known/jwks.json": _get("jwks.show", "The public keys that verify documents.", _JWKS),
        "/metrics": _metrics(),
    }


def _word(word: str) -> dict[str, Any]:
    return {**_STATUS, "properties": {"status": {"type": "string", "enum": [word]}}}


def _get(operation: str, summary: str, schema: dict[str, Any]) -> dict[str, Any]:
    good = {"description": "OK", "headers": answers.REQUEST_ID, "content": {"application/json": {"schema": schema}}}
    told = {"200": good, "500": answers.problem(500), "503": answers.problem(503)}
    return {"get": {"operationId": operation, "summary": summary, "security": [], "responses": told}}


def _metrics() -> dict[str, Any]:
    described = _get("metrics.show", "Numbers for Prometheus; the metrics token or any token of staff.", {})
    described["get"]["security"] = [{"token": []}]
    responses = described["get"]["responses"]
    responses["200"]["content"] = {"text/plain": {"schema": {"type": "string"}}}
    responses |= {"401": answers.problem(401), "403": answers.problem(403)}
    return described
