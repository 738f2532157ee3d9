"""Answers whose whole body is at hand, given to the WSGI server in one piece.

The framework's own response looks at what such an answer does not have (addresses to complete, a body to be counted or
closed), and gives it as a stream, which costs the server more than all of the answer's making.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Whole(Response):
    """An answer of bytes, of a status that has a body, without an address among its headers."""

    def __init__(self, whole: bytes, status: int = 200, *, content_type: str) -> None:
        super().__init__([whole], status, content_type=content_type)
        self.headers.add("Content-Length", str(len(whole)))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """As WSGI has it: status, headers, and a list of the one body."""
        if environ["REQUEST_METHOD"] == "HEAD" or not isinstance(self.response, list):
            return super().__call__(environ, start_response)
        start_response(self.status, self.headers.to_wsgi_list())
        return self.response
