"""The signed list of what is revoked. No token: it is for everybody who verifies documents."""

from flask import Response, request

from prolong_server.api.core import Noun
from prolong_server.call import Call
from prolong_server.licensing import revocation_lists

MEDIA_TYPE = "application/jwt"
noun = Noun("revocations", "The signed list of what is revoked")


@noun.operation("show", "GET", "/revocations", media=(MEDIA_TYPE,), also=(304,))
def show(call: Call) -> Response:
    """The list as a compact JWS; with If-None-Match only when there is a newer one (else 304)."""
    known = revocation_lists.tag(call)
    if request.if_none_match.contains_weak(known):
        return _tagged(Response(status=304), known)
    signed = revocation_lists.sign(call)
    return _tagged(Response(signed.text, content_type=MEDIA_TYPE), signed.tag)


def _tagged(response: Response, tag: str) -> Response:
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache"
    return response
