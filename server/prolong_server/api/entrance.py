"""The entrance of the JSON door: names the request, lets the actor in, and weighs the body. In this order."""

from contextlib import suppress

from flask import Flask, Request, Response, g
from werkzeug.exceptions import BadRequest, ClientDisconnected, RequestEntityTooLarge

from prolong_server import clock
from prolong_server.access import tokens
from prolong_server.api import admission, bodies, calls, cross_origin, hot_paths, uploads
from prolong_server.modules import request_links, scan_store
from prolong_server.rules import actors, calendar, errors
from prolong_server.rules.actors import ANYBODY, Actor
from prolong_server.rules.permissions import PERMISSIONS

MAX_BODY = hot_paths.LONGEST_FORM
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


def _enter() -> Response | None:
    asked = calls.asked()
    calls.name_request(asked)
    if admission.FLAG in asked.environ:
        raise errors.TryAgain
    if bodies.BROKEN_OFF in asked.environ:
        # Nothing is done of what was not asked for to its end, not even where a body has nothing to say.
        raise BadRequest
    if asked.url_rule is None or not asked.url_rule.rule.startswith("/v1/"):
        return None
    if (permission := cross_origin.preflight(asked)) is not None:
        return permission
    if asked.endpoint not in OPEN:
        # The endpoint is the name of the operation in the table of permissions.
        grant = PERMISSIONS.get(asked.endpoint or "", _CLOSED)
        g.actor = _identify(asked, grant)
        actors.authorize(g.actor, grant)
    cross_origin.admit(asked)
    _weigh(asked)
    return None


def _identify(asked: Request, grant: actors.Grant) -> Actor:
    scheme, _, text = asked.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if not scheme or grant.is_for_everybody:
        return ANYBODY
    if scheme.lower() != "bearer":
        raise errors.Unauthenticated
    if text.strip().startswith(request_links.PREFIX):
        return request_links.identify(calls.internal(), text.strip())
    return tokens.identify(text.strip(), calendar.vendor_day(clock.now(), calls.house().settings.zone))


def _weigh(asked: Request) -> None:
    if bodies.AT_HAND in asked.environ and asked.endpoint != STREAMED:
        # What was read before the application was asked is no longer than the shortest limit.
        return
    limit, length = LIMITS.get(asked.endpoint or "", MAX_BODY), asked.content_length
    # A body of unannounced length would be cut at the limit in silence, so it is read one byte further.
    asked.max_content_length = limit if length is not None else limit + 1
    if asked.endpoint == STREAMED:
        uploads.weigh(limit)
    elif (length or len(bodies.whole(asked))) > limit:
        raise RequestEntityTooLarge


def _take_in_the_rest(asked: Request) -> None:
    # A client that is still sending reads no answer, so what it sends is taken in and thrown away first.
    if bodies.AT_HAND in asked.environ or not asked.environ.get("wsgi.input_terminated"):
        return
    left = _DRAIN
    with suppress(ClientDisconnected):
        while left > 0 and (block := asked.environ["wsgi.input"].read(65536)):
            left -= len(block)


def _leave(response: Response) -> Response:
    asked, headers = calls.asked(), response.headers
    _take_in_the_rest(asked)
    headers.add("X-Request-Id", asked.environ.get("prolong.request_id", ""))
    # Asked in the library's way, it would raise an exception within itself for almost every answer.
    if all(name != "Cache-Control" for name, _ in headers):
        headers.add("Cache-Control", "no-store")
    headers.add("X-Content-Type-Options", "nosniff")
    cross_origin.tell(asked, response)
    return response
