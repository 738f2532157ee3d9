"""The page of a license, to which reminders link. It is the same for everybody: what it shows, its script fetches.

The token stands in the address behind the `#`, which browsers keep to themselves; the script sends it in a body. So
the page needs nothing of the request but its language, and nothing secret passes here.
"""

from typing import Final

from flask import Blueprint, Response, make_response, render_template
from flask_babel import get_locale

from prolong_server.portal import texts

# Everything comes from here, nothing is inline, nobody may frame the page, and no form can send anything anywhere.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
pages: Final = Blueprint(
    "portal", __name__, template_folder="templates", static_folder="static", static_url_path="/portal"
)


@pages.get("/license")
def show() -> Response:
    """The page, in the visitor's language."""
    page = make_response(render_template("portal/license.html", says=texts.spoken(), language=get_locale().language))
    page.headers["Vary"] = "Accept-Language"
    return page


@pages.after_request
def guard(page: Response) -> Response:
    """Tell browsers what the page may do: it loads and asks only this server, and tells no address to others."""
    page.headers["Content-Security-Policy"] = POLICY
    page.headers["Referrer-Policy"] = "no-referrer"
    page.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    page.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    page.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    return page
