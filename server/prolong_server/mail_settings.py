"""How letters leave the house, read from the settings: the mail server or the folder, and whose name they bear."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.policy import SMTP
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit


class WrongSetting(Exception):
    """A setting that the server cannot start with; the text is one sentence for the operator."""


class MailSecurity(StrEnum):
    """How the line to a mail server is kept from being read: STARTTLS, TLS from the first byte, or not at all."""

    STARTTLS = "starttls"
    TLS = "tls"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server that takes our letters (PROLONG_SMTP_URL)."""

    host: str
    port: int
    security: MailSecurity
    user: str | None = None
    password: str | None = field(repr=False, default=None)


_MAIL_SCHEMES = {
    "smtp": (MailSecurity.STARTTLS, 587),
    "smtps": (MailSecurity.TLS, 465),
    "smtp+plain": (MailSecurity.PLAIN, 25),
}
_MAILBOX = re.compile(r"[!-?A-~]+@[!-?A-~]+")
_NOT_A_MAIL_SERVER = (
    "PROLONG_SMTP_URL must be the address of a mail server, like smtp://user:password@mail.example:587, or a folder, "
    "like file:///var/lib/prolong/mail."
)


def mail_to(text: str) -> MailServer | Path | None:
    """The mail server, the folder that takes its place, or None where no mail is to be sent."""
    if not text:
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise WrongSetting(_NOT_A_MAIL_SERVER) from None
    if parts.query or parts.fragment:
        raise WrongSetting(_NOT_A_MAIL_SERVER)
    if parts.scheme == "file" and not parts.netloc and len(parts.path) > 1:
        return Path(unquote(parts.path))
    if parts.scheme not in _MAIL_SCHEMES or not parts.hostname or parts.path.strip("/") or port == 0:
        raise WrongSetting(_NOT_A_MAIL_SERVER)
    return _mail_server(parts, parts.hostname, port)


def _mail_server(parts: SplitResult, host: str, port: int | None) -> MailServer:
    security, usual = _MAIL_SCHEMES[parts.scheme]
    if parts.scheme == "smtp" and _is_loopback(host):
        security = MailSecurity.PLAIN
    if parts.password and security is MailSecurity.PLAIN and not _is_loopback(host):
        raise WrongSetting("PROLONG_SMTP_URL sends a password in clear; write smtp:// or smtps:// for smtp+plain://.")
    user = unquote(parts.username) if parts.username else None
    return MailServer(host, port or usual, security, user, unquote(parts.password) if parts.password else None)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def mail_from(text: str, server: str) -> Address | None:
    """Whose name letters bear; needed where a mail server is named."""
    if not text and server and not server.startswith("file:"):
        raise WrongSetting("PROLONG_MAIL_FROM is missing: name whom letters come from, as Soft <renewal@soft.example>.")
    if not text:
        return Address("", "prolong", "localhost") if server else None
    listed: tuple[Address, ...] = ()
    with suppress(HeaderParseError, ValueError, IndexError):
        listed = SMTP.header_factory("From", text).addresses if text.isprintable() else ()
    if len(listed) != 1 or not _MAILBOX.fullmatch(listed[0].addr_spec):
        raise WrongSetting("PROLONG_MAIL_FROM must be one mail address, like Soft <renewal@soft.example>.")
    return listed[0]
