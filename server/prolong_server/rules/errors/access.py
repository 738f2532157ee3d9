"""Refusals of callers who may not do this."""

from prolong_server.rules.errors.base import AccessRefusal


class Unauthenticated(AccessRefusal):
    code = "unauthenticated"
    title = "A valid token is needed"
    sentence = "No token was sent, or it is unknown, expired or revoked. Send a valid one as Authorization: Bearer."


class RateLimited(AccessRefusal):
    """Guesses from one address, or links mailed to one, were too many; `retry_after` is in seconds."""

    code = "rate_limited"
    title = "Too many requests"
    sentence = (
        "This was asked too often in a short time, so nothing was done now. Wait for {retry_after} second(s), then try "
        "again."
    )


class LinkInvalid(AccessRefusal):
    code = "link_invalid"
    title = "The link is not valid"
    sentence = (
        "This link is incomplete, or it is too old: a link works for 90 days. Nothing was changed. Open the link of "
        "your latest letter, whole, or ask who sold you the license."
    )


class Forbidden(AccessRefusal):
    code = "forbidden"
    title = "Not allowed"
    sentence = (
        "This token does not reach this far ({needed} is needed). Ask the vendor's administrator for one that does."
    )
