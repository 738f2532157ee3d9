"""The paths by which storms come: their requests are short and wait only for what is answered together."""

from typing import TYPE_CHECKING, Final

from prolong_server.combining import MOST

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Two batches: one that is at work, and one that gathers meanwhile.
HOT_PLACES: Final = 2 * MOST
_HOT: Final = frozenset({"/v1/redemptions", "/v1/redemptions/check", "/v1/licenses/validate"})


def is_hot(environ: "WSGIEnvironment") -> bool:
    """Whether a request is one of them."""
    return environ["PATH_INFO"] in _HOT and environ["REQUEST_METHOD"] == "POST"
