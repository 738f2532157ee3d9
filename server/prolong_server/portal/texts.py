"""What the pages say, in English, which is also the key of the translations."""

from collections.abc import Mapping
from typing import Final

from flask_babel import gettext

LICENSE: Final[Mapping[str, str]] = {
    "title": "Your license",
    "loading": "Your license is being looked up…",
    "no_script": (
        "This page needs JavaScript, because the address that you were sent is kept secret in your browser. Allow "
        "JavaScript for this page, or ask who sold you the license."
    ),
    "no_token": "The address is incomplete. Open the link of your letter whole, from its beginning to its end.",
    "no_answer": "The server cannot be reached just now. Check your connection, and load this page again in a minute.",
    "running": "Your license is running.",
    "running_means": (
        "The product works through its last day. After that day it stops working until the license is renewed."
    ),
    "grace": "Your license has ended, and it can still be renewed.",
    "grace_means": "The product does not work until the license is renewed. Later only a new license helps.",
    "ended": "Your license has ended, and it can no longer be renewed.",
    "ended_means": "A new license helps. Who sold you this one will be glad to advise you.",
    "blocked": "Your license is blocked.",
    "blocked_means": "It cannot be renewed at present. Please ask who is named below.",
    "how": "How to renew it",
    "how_buy": "Buy a renewal code for the same edition and the same number of workstations from a dealer.",
    "how_enter": "Enter it on the computer where the product is installed. Your license key stays the same.",
    "edition": "Edition",
    "seats": "Workstations",
    "key": "License key ends in",
    "last_day": "Last day",
    "renewable": "Can be renewed until",
    "buy": "Where to buy",
    "register": "Enter a renewal code",
    "seller": "Who sold you the license",
    "support": "Who helps you",
    "reminders": "Reminders by mail",
    "reminders_on": "We remind you by mail before your license ends, and while it can still be renewed.",
    "reminders_off": "You get no reminders by mail.",
    "stop": "No more reminders",
    "stopped": "Done. You will get no more reminders.",
}
SENTENCES: Final = tuple(LICENSE.values())


def spoken() -> Mapping[str, str]:
    """What the license's page says, in the language of the request."""
    return {name: gettext(sentence) for name, sentence in LICENSE.items()}
