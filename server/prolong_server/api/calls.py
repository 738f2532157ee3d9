"""From a request to a `Call`: who asks, when, from where. The only place of the JSON door that makes one."""

import os
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from itertools import count
from typing import Final

from flask import Request, current_app, g

from prolong_server import clock, plain_flask
from prolong_server.call import Call, Once
from prolong_server.config import Settings
from prolong_server.operations.keys import Holder
from prolong_server.rules.actors import ANYBODY, SYSTEM, Actor

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# The names of this process's requests are unlike those of every other; they are no secret, and need not be guessed.
_OWN: Final = secrets.token_hex(6)
_NUMBERS: Final = count(1)


@dataclass(frozen=True, slots=True)
class House:
    """What the application was built with: its settings and the holder of its keys."""

    settings: Settings
    keys: Holder


def house() -> House:
    """The house of the current application."""
    found: House = current_app.extensions["prolong"]
    return found


asked: Final = plain_flask.asked


def name_request(of: Request) -> None:
    """Take the caller's X-Request-Id, or make one."""
    of.environ["prolong.request_id"] = request_name(of.environ.get("HTTP_X_REQUEST_ID", ""))


def request_name(given: str) -> str:
    """The name of a request: what its caller has given, or a new one."""
    return given if _REQUEST_ID.fullmatch(given) else f"{_OWN}-{next(_NUMBERS)}"


def current(once: Once | None = None) -> Call:
    """The call that this request makes, in the name of the actor that the door has let in."""
    of = asked()
    return _call(of, g.get("actor", ANYBODY), _read_address(of.remote_addr or ""), once)


def internal() -> Call:
    """A call that the door makes for itself, to complete an answer."""
    return _call(asked(), SYSTEM, None, None)


@lru_cache(maxsize=4096)
def _read_address(text: str) -> str | None:
    # Behind a proxy that is trusted one hop too far, any text can stand here.
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        return None


def _call(of: Request, actor: Actor, address: str | None, once: Once | None) -> Call:
    built = house()
    return Call(
        actor=actor,
        now=clock.now(),
        zone=built.settings.zone,
        issuer=built.settings.base_url,
        keys=built.keys.current(),
        random=os.urandom,
        request_id=of.environ.get("prolong.request_id", ""),
        address=address,
        once=once,
    )
