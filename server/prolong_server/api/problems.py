"""The one table from errors to HTTP: each refusal's status, and its problem document (RFC 9457)."""

from datetime import date
from http import HTTPStatus
from typing import Any

from flask import Response, request
from flask_babel import format_date, gettext
from werkzeug.exceptions import HTTPException

from prolong_server import compact_json
from prolong_server.api import missing_texts, support
from prolong_server.api.replies import Whole
from prolong_server.rules import errors
from prolong_server.rules.errors import Refusal

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2

STATUS: dict[type[Refusal], HTTPStatus] = {
    errors.CodeMalformed: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.IdempotencyKeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ScanRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ScanTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.CodeNotFound: HTTPStatus.NOT_FOUND,
    errors.LicenseNotFound: HTTPStatus.NOT_FOUND,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.LinkInvalid: HTTPStatus.NOT_FOUND,
    errors.ModuleNotFound: HTTPStatus.NOT_FOUND,
    errors.CodesNoLongerAvailable: HTTPStatus.GONE,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    errors.TryAgain: HTTPStatus.SERVICE_UNAVAILABLE,
}
MAY_RETRY = (errors.TryAgain, errors.StillRunning)

HTTP_SENTENCES = {
    400: (
        "not_json",
        "The request cannot be read",
        "The body is not valid JSON in UTF-8, or it broke off before its end. Nothing was changed; send it all again.",
    ),
    404: ("not_found", errors.NotFound.title, errors.NotFound.sentence),
    405: (
        "method_not_allowed",
        "Not this method",
        "This address does not know the method; the Allow header names those it knows.",
    ),
    406: ("not_acceptable", "Not in this form", "This cannot be given in the form that the Accept header asks for."),
    413: (
        "body_too_large",
        "The request is too large",
        "The body is larger than this address takes. Nothing was changed; send less at once.",
    ),
    415: (
        "unsupported_media_type",
        "Not this kind of content",
        "The body must be sent with the Content-Type that this address takes; for JSON application/json.",
    ),
    500: (
        "internal_error",
        "Something went wrong here",
        "The fault is ours, and it is not certain whether the request was carried out. Tell us the request_id.",
    ),
}


def status_of(refusal: Refusal) -> HTTPStatus:
    """The HTTP status of a refusal, or of the kind that it is one of; 409 where the table names no other."""
    return next((STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS), HTTPStatus.CONFLICT)


def document(refusal: Refusal) -> dict[str, Any]:
    """The problem document of a refusal, in the language of the request."""
    away = isinstance(refusal, errors.TryAgain)
    facts = {name: value for name, value in refusal.fields.items() if name not in _PRIVATE}
    detail = gettext(refusal.message).format(**{name: _spoken(value) for name, value in facts.items()})
    return _document(refusal.code, gettext(refusal.title), status_of(refusal), detail) | {
        "support": support.last_known() if away else support.contact(refusal.country),
        **({"where_to_buy": refusal.where_to_buy} if refusal.where_to_buy else {}),
        **_facts(facts),
    }


_PRIVATE = frozenset({"hint"})


def _facts(facts: dict[str, Any]) -> dict[str, Any]:
    lacking = facts.get("missing", ())
    codes = {"missing_codes": missing_texts.codes(lacking)} if lacking else {}
    return {name: _written(value) for name, value in facts.items()} | codes


def answer(refusal: Refusal) -> Response:
    """The whole HTTP answer of a refusal."""
    response = _problem(document(refusal))
    if isinstance(refusal, errors.RateLimited):
        response.headers["Retry-After"] = str(refusal.fields["retry_after"])
    if isinstance(refusal, MAY_RETRY):
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    if isinstance(refusal, errors.Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="prolong"'
    return response


def answer_http(error: HTTPException) -> Response:
    """The problem document of what the web framework itself refuses; its headers, such as Allow, are kept."""
    status = error.code or 500
    code, title, sentence = HTTP_SENTENCES.get(status, HTTP_SENTENCES[500] if status >= 500 else HTTP_SENTENCES[400])
    body = _document(code, gettext(title), status, gettext(sentence)) | {"support": support.contact(None)}
    response = _problem(body)
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def _document(code: str, title: str, status: int, detail: str) -> dict[str, Any]:
    return {
        "type": f"urn:prolong:problem:{code.replace('_', '-')}",
        "title": title,
        "status": int(status),
        "detail": detail,
        "code": code,
        "request_id": request.environ.get("prolong.request_id", ""),
    }


def _problem(body: dict[str, Any]) -> Response:
    return Whole(compact_json.written(body), status=body["status"], content_type=MEDIA_TYPE)


def _spoken(value: object) -> object:
    return format_date(value, "long") if isinstance(value, date) else value


def _written(value: object) -> object:
    if isinstance(value, tuple):
        return missing_texts.sentences(value)
    return value.isoformat() if isinstance(value, date) else value
