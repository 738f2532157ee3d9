"""The page on which a customer works on a transfer request. It is the same for everybody: its script fetches the rest.

The token stands in the address behind the `#`, which browsers keep to themselves; the script sends it in a header. So
the page needs nothing of the request but its language, and nothing secret passes here.
"""

from typing import Final

from flask import Blueprint, Response, make_response, render_template
from flask_babel import get_locale

from prolong_server.portal import license_page, request_texts
from prolong_server.rules.module_words import AttachmentKind, MoveKind, RequestState

pages: Final = Blueprint("transfer_request_page", __name__, template_folder="templates")
pages.after_request(license_page.guard)


@pages.get("/transfer-request")
def show() -> Response:
    """The page, in the visitor's language."""
    told = {
        "says": request_texts.spoken(),
        "language": get_locale().language,
        "states": tuple(RequestState),
        "kinds": tuple(MoveKind),
        "papers": tuple(AttachmentKind),
    }
    page = make_response(render_template("portal/transfer-request.html", **told))
    page.headers["Vary"] = "Accept-Language"
    return page
