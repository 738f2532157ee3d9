"""Which addresses of the internet a message may be sent to, so that nobody reaches into a private network by us.

Only global unicast addresses pass (IANA's registries of special-purpose addresses, RFC 6890), and an IPv6 address
that carries an IPv4 one (mapped, NAT64, 6to4, Teredo, ISATAP) only if that one passes too. The lists are ours, because
those of Python's library change from one patch release to the next.
"""

import re
from collections.abc import Collection, Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SPECIAL_4: Final = tuple(
    IPv4Network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
_GLOBAL_6: Final = IPv6Network("2000::/3")
_SPECIAL_6: Final = tuple(
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20")
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64: Final = IPv6Network("64:ff9b:1::/48")
_COMPATIBLE: Final = IPv6Network("::/96")
_TEREDO: Final = IPv6Network("2001::/32")
_ISATAP: Final = (0x00005EFE, 0x02005EFE)
_NUMBER: Final = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_LABEL: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LOCALHOST: Final = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
_LONGEST_NAME: Final = 253


def may_be_reached(address: Address, allowed: Collection[Network] = ()) -> bool:
    """Whether a message may be sent there: a global unicast address, or one in a network that the operator allows."""
    return is_in(address, allowed) or is_global(address)


def is_in(address: Address, networks: Collection[Network]) -> bool:
    """Whether an address, or the IPv4 address that it is mapped from, is in one of the networks."""
    plain = _unmapped(address)
    return any(plain in network for network in networks)


def is_global(address: Address) -> bool:
    """Whether an address is global unicast, and so is every IPv4 address in it; one with a zone is not."""
    plain = _unmapped(address)
    if isinstance(plain, IPv4Address):
        return not any(plain in network for network in _SPECIAL_4)
    if plain.scope_id is not None or not all(map(is_global, embedded(plain))):
        return False
    if plain in _NAT64:
        return True
    return plain in _GLOBAL_6 and not any(plain in network for network in _SPECIAL_6)


def embedded(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address carries, by RFC 4291, 6052, 8215, 3056, 4380 and 5214."""
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif any(address in network for network in (_NAT64, _LOCAL_NAT64, _COMPATIBLE)):
        yield _last(address)
    elif address.sixtofour is not None:
        yield address.sixtofour
    elif address in _TEREDO and address.teredo is not None:
        yield from address.teredo
    if int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        yield _last(address)


def literal(host: str) -> Address | None:
    """The address that a URL's host writes out (IPv6 without its brackets), or None where it is a name.

    Raises ValueError for a number in a form that some readers take for another address (octal, hexadecimal, short,
    with a dot behind it, with a zone), and for what is neither an address nor a name.
    """
    if ":" in host:
        return _without_zone(host)
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _strict(host)
    if not all(_LABEL.fullmatch(label) for label in labels) or len(host) > _LONGEST_NAME:
        raise ValueError("neither an address nor a name")
    return None


def known(host: str) -> tuple[Address, ...]:
    """The addresses that a host stands for without asking anybody: its own, or those of `localhost` (RFC 6761).

    ValueError as `literal` says.
    """
    written = literal(host)
    if written is not None:
        return (written,)
    return _LOCALHOST if host.lower().split(".")[-1] == "localhost" else ()


def _unmapped(address: Address) -> Address:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _last(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)


def _without_zone(host: str) -> Address:
    if "%" in host:
        raise ValueError("an address with a zone means another place on each host")
    return IPv6Address(host)


def _strict(host: str) -> IPv4Address:
    try:
        return IPv4Address(host)
    except AddressValueError:
        raise ValueError("not four decimal numbers") from None


def parsed(text: str) -> Address:
    """An address as a resolver writes it; a zone is kept. ValueError."""
    return ip_address(text)
