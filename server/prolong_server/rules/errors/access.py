"""Refusals of callers who may not do this."""

from prolong_server.rules.errors.base import AccessRefusal


class Unauthenticated(AccessRefusal):
    code = "unauthenticated"
    title = "A valid token is needed"
    sentence = "No token was sent, or it is unknown, expired or revoked. Send a valid one as Authorization: Bearer."


class RateLimited(AccessRefusal):
    """`seconds` is how long the caller has to wait."""

    code = "rate_limited"
    title = "Too many wrong attempts"
    sentence = (
        "From this address a wrong code or license key was sent too often. Nothing was changed. Wait a little, compare "
        "the code with the one that you bought, and try again."
    )

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


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
