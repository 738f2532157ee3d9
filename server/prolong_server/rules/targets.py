"""The address that a message goes to, read from its URL: what may be written there, before anybody is asked for it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from prolong_server.rules import addresses
from prolong_server.rules.addresses import Address, Network

LONGEST_URL: Final = 2000
_PORTS: Final = {"https": 443, "http": 80}
_LEAST_FREE_PORT: Final = 1024


class Unfit(Exception):
    """A URL that nothing is sent to; the text says why, in words for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect to and what to ask for there; `path` is the request target, query included."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header says them; the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """The URL without path and query, which may hold a secret of the receiver's: for the audit trail."""
        return f"{self.scheme}://{self.authority}"

    def may_reach(self, address: Address, allowed: Collection[Network]) -> bool:
        """Whether this may be sent to one of the host's addresses.

        In a network that the operator allows everything may; elsewhere only https to a global unicast address, by port
        443, 80 or one from 1024 on, so that no mail server or the like is spoken to.
        """
        if addresses.is_in(address, allowed):
            return True
        is_web = self.port in _PORTS.values() or self.port >= _LEAST_FREE_PORT
        return self.scheme == "https" and is_web and addresses.is_global(address)


def read(url: str, allowed: Collection[Network] = ()) -> Target:
    """The target of a URL. Raises Unfit for one that is malformed or that could never be reached.

    A name is judged by its addresses when it is connected to, and until then by what it says alone.
    """
    target = _target(_split(url))
    try:
        known = addresses.known(target.host)
    except ValueError:
        raise Unfit("The host must be a name, four decimal numbers, or an IPv6 address in brackets.") from None
    if not all(target.may_reach(address, allowed) for address in known):
        raise Unfit(_explained(target))
    if not known and target.scheme == "http" and not allowed:
        raise Unfit("The address must begin with https://, so that nobody on the way reads what is told.")
    return target


def _split(url: str) -> SplitResult:
    if not url.isascii() or not url.isprintable() or set(' "<>\\^`{|}') & set(url) or len(url) > LONGEST_URL:
        raise Unfit("Write the address in ASCII without blanks, a name of other letters as xn--, at most 2,000 long.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unfit("This is not the address of a page.") from None
    host = parts.hostname
    if parts.scheme not in _PORTS or not host or port == 0 or ("[" in parts.netloc) != (":" in host):
        raise Unfit("Write an address like https://example.com/hooks.")
    if "@" in parts.netloc:
        raise Unfit("A user name or password must not stand in the address; use the signature instead.")
    if "#" in url:
        raise Unfit("The part behind # is never sent; leave it out.")
    return parts


def _target(parts: SplitResult) -> Target:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme], path)


def _explained(target: Target) -> str:
    if target.scheme == "http":
        return "The address must begin with https://, so that nobody on the way reads what is told."
    return "This address is not on the public internet, or its port is not one of a web server (443, 80, from 1024 on)."


def origin(url: str) -> str:
    """The origin of a URL that was read before, whatever may be reached today."""
    return _target(_split(url)).origin
