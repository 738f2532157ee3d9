"""The paths by which storms come: their requests are short and wait only for what is answered together."""

from typing import TYPE_CHECKING, Final

from prolong_server.combining import MOST

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Bytes of the body of any form that is no upload.
LONGEST_FORM: Final = 64 * 1024
# Two batches: one that is at work, and one that gathers meanwhile.
HOT_PLACES: Final = 2 * MOST
_DIGITS: Final = 20
_FOUND: Final = "prolong.is_hot"
_HOT: Final = frozenset({"/v1/redemptions", "/v1/redemptions/check", "/v1/licenses/validate"})


def is_hot(environ: "WSGIEnvironment") -> bool:
    """Whether a request is one of them, and so short that nobody needs to wait for its body."""
    found: bool | None = environ.get(_FOUND)
    if found is None:
        # It is asked three times on the way of a request.
        environ[_FOUND] = found = _is_hot(environ)
    return found


def _is_hot(environ: "WSGIEnvironment") -> bool:
    return is_short_and_hot(environ["REQUEST_METHOD"], environ["PATH_INFO"], length_of(environ))


def is_short_and_hot(method: str, path: str, length: int | None) -> bool:
    """What `is_hot` tells, for a request with a body of so many bytes."""
    return path in _HOT and method == "POST" and length is not None and length <= LONGEST_FORM


def length_of(environ: "WSGIEnvironment") -> int | None:
    """The length of a request's body in bytes; None where nobody knows it."""
    return announced(environ.get("CONTENT_LENGTH"), is_chunked="HTTP_TRANSFER_ENCODING" in environ)


def announced(length: str | None, *, is_chunked: bool) -> int | None:
    """The length that a body is to have by its headers, in bytes; None where they do not tell."""
    if is_chunked:
        return None
    told = length or "0"
    # A number may have any number of zeros before it, more than Python reads.
    return int(told) if told.isascii() and told.isdigit() and len(told) < _DIGITS else None
