"""The entrance of the JSON door: names the request, lets the actor in, and weighs the body. In this order."""

from flask import Flask, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from prolong_server import clock
from prolong_server.access import tokens
from prolong_server.api import admission, calls, cross_origin, uploads
from prolong_server.modules import request_links, scan_store
from prolong_server.rules import actors, calendar, errors
from prolong_server.rules.actors import ANYBODY, Actor
from prolong_server.rules.permissions import PERMISSIONS

MAX_BODY = 64 * 1024
MAX_UPLOAD = 64 * 1024 * 1024
# A request to move 500 licenses; and a scan, with what stands around it.
MAX_REQUEST = 1024 * 1024
MAX_SCAN = scan_store.SCAN_BYTES + MAX_BODY
# As much as the largest body that is taken: its client may be told no before it has begun to listen.
_DRAIN = MAX_UPLOAD
_CLOSED = actors.Grant()
OPEN = {"openapi"}
STREAMED = "attachments.add"
LIMITS = {
    "licenses.import": MAX_UPLOAD,
    "price_lists.import": MAX_UPLOAD,
    "transfer_requests.change": MAX_REQUEST,
    STREAMED: MAX_SCAN,
}


def guard(app: Flask) -> None:
    """Put the entrance in front of every route of the application that belongs to the JSON door."""
    cross_origin.register(app)
    app.before_request(_enter)
    app.after_request(_leave)


def operation() -> str | None:
    """The operation that the matched route carries out, as in the table of permissions; None outside /v1."""
    endpoint = request.endpoint or ""
    return endpoint if endpoint in PERMISSIONS else None


def _enter() -> Response | None:
    calls.name_request()
    if admission.FLAG in request.environ:
        raise errors.TryAgain
    if request.url_rule is None or not request.url_rule.rule.startswith("/v1/"):
        return None
    if (permission := cross_origin.preflight()) is not None:
        return permission
    if request.endpoint not in OPEN:
        g.actor = _identify()
        actors.authorize(g.actor, PERMISSIONS.get(operation() or "", _CLOSED))
    cross_origin.admit()
    _weigh()
    return None


def _identify() -> Actor:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    grant = PERMISSIONS.get(operation() or "", _CLOSED)
    if not scheme or grant.is_for_everybody:
        return ANYBODY
    if scheme.lower() != "bearer":
        raise errors.Unauthenticated
    if text.strip().startswith(request_links.PREFIX):
        return request_links.identify(calls.internal(), text.strip())
    return tokens.identify(text.strip(), calendar.vendor_day(clock.now(), calls.house().settings.zone))


def _weigh() -> None:
    limit = LIMITS.get(operation() or "", MAX_BODY)
    request.max_content_length = limit
    if request.content_length is None:
        # A body of unannounced length would be cut at the limit in silence, so it is read one byte further.
        request.max_content_length = limit + 1
    if operation() == STREAMED:
        uploads.weigh(limit)
    elif (request.content_length or len(request.get_data())) > limit:
        raise RequestEntityTooLarge


def _take_in_the_rest() -> None:
    # A client that is still sending reads no answer, so what it sends is taken in and thrown away first.
    if not request.environ.get("wsgi.input_terminated"):
        return
    left = _DRAIN
    while left > 0 and (block := request.environ["wsgi.input"].read(65536)):
        left -= len(block)


def _leave(response: Response) -> Response:
    _take_in_the_rest()
    response.headers["X-Request-Id"] = request.environ.get("prolong.request_id", "")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    cross_origin.tell(response)
    return response
