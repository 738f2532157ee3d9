"""What the page about the registration form says, in English, which is also the key of the translations."""

from collections.abc import Mapping
from typing import Final

from flask_babel import gettext

REGISTRATION: Final[Mapping[str, str]] = {
    "title": "The registration form on your pages",
    "lead": "Customers renew and activate licenses on your own website. The form takes the code and leads them on.",
    "paste": "Paste this into your page",
    "code_of_product": "Write the code of your product in place of the one that is shown.",
    "origin": "Have your website allowed",
    "origin_how": (
        "Tell the vendor the origin of your pages, such as https://shop.example. The product must name it in "
        "web_origins; until then browsers keep the answers from your page."
    ),
    "policy": "If your pages have a Content Security Policy",
    "policy_how": "Add these sources to it. The form needs no inline style, no inline script and no eval.",
    "release": "When the server gets a newer form",
    "release_how": (
        "The integrity value then changes, and browsers refuse a file that does not match the one on your page. Write "
        "the new value beside the old one before that day, or keep a copy of the file on your own server."
    ),
    "sample": "The form itself",
    "sample_how": (
        "It judges what is typed here and now. It renews and activates here only if the product names this very "
        "server in web_origins."
    ),
    "form_needs_script": "The form needs JavaScript.",
}
SENTENCES: Final = tuple(REGISTRATION.values())


def spoken() -> Mapping[str, str]:
    """What the page says, in the language of the request."""
    return {name: gettext(sentence) for name, sentence in REGISTRATION.items()}
