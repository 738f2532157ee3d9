"""The web component as this server ships it, for the pages of partners, and the page that tells how to use it.

The file is public and the same for everybody. Partners pin it by its integrity value (Subresource Integrity), so it is
given whole and unchanged, and a browser that has it asks by its ETag whether it is still the one.
"""

import base64
import hashlib
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, make_response, render_template, request
from flask_babel import get_locale

from prolong_server.portal import registration_texts
from prolong_server.rules import texts

# Everything comes from here, nothing is inline, nobody may frame the page, and no form can send anything anywhere.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
NAME: Final = "prolong-registration.js"
SOURCE: Final = (Path(__file__).parent / "static" / NAME).read_bytes()
INTEGRITY: Final = "sha384-" + base64.b64encode(hashlib.sha384(SOURCE).digest()).decode("ascii")
# Short, so that a page with the integrity of a newer file soon meets that file.
CACHED_SECONDS: Final = 300
_TAG: Final = hashlib.sha256(SOURCE).hexdigest()[:32]
_EXAMPLE: Final = "your-product"

pages: Final = Blueprint("registration", __name__, url_prefix="/registration", template_folder="templates")


@pages.get("")
def show() -> Response:
    """The page, in the visitor's language; `?product=` names the product of its examples."""
    asked = request.args.get("product", "")
    server = current_app.extensions["prolong"].settings.base_url
    told = {
        "says": registration_texts.spoken(),
        "language": get_locale().language,
        "server": server,
        "origin": "{0.scheme}://{0.netloc}".format(urlsplit(server)),
        "product": asked if texts.is_code_name(asked) else _EXAMPLE,
        "integrity": INTEGRITY,
    }
    page = make_response(render_template("portal/registration.html", **told))
    page.headers["Vary"] = "Accept-Language"
    page.headers["Content-Security-Policy"] = POLICY
    page.headers["Referrer-Policy"] = "no-referrer"
    page.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    page.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    page.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    return page


@pages.get(f"/{NAME}")
def script() -> Response:
    """The component, for every page of the web: it holds nothing but what is public."""
    answer = Response(SOURCE, content_type="text/javascript; charset=utf-8")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Cache-Control"] = f"public, max-age={CACHED_SECONDS}"
    answer.set_etag(_TAG)
    answer.make_conditional(request)
    return answer
