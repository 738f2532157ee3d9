"""Refusals of callers who may not do this."""

from prolong_server.rules.errors.base import AccessRefusal


class Unauthenticated(AccessRefusal):
    code = "unauthenticated"
    title = "A valid token is needed"
    sentence = "No token was sent, or it is unknown, expired or revoked. Send a valid one as Authorization: Bearer."


class Forbidden(AccessRefusal):
    code = "forbidden"
    title = "Not allowed"
    sentence = (
        "This token does not reach this far ({needed} is needed). Ask the vendor's administrator for one that does."
    )
