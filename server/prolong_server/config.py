"""The settings, read once at the start. A wrong one stops the start with one sentence that names it."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.policy import SMTP
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import limits
from environs import Env, EnvError
from marshmallow.validate import Range
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

_AT_HOME: Final = "http://127.0.0.1:8000"


_RATES: Final = "600/minute, 120/minute"


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


@dataclass(frozen=True, slots=True)
class Rates:
    """How often who guesses may be refused, in which time: of one address, and of one address with one target."""

    address: limits.RateLimitItem
    target: limits.RateLimitItem


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. Lists of keys are newest first, and empty where the variable is absent."""

    database_url: str = field(repr=False)
    data_dir: Path
    zone: ZoneInfo = field(default=ZoneInfo("UTC"))
    base_url: str = _AT_HOME
    secret_keys: tuple[str, ...] = field(repr=False, default=())
    code_keys: tuple[str, ...] = field(repr=False, default=())
    signing_keys: tuple[str, ...] = field(repr=False, default=())
    metrics_token: str | None = field(repr=False, default=None)
    trusted_proxies: int = 0
    pool_size: int = 16
    threads: int = 64
    redis_url: str | None = field(repr=False, default=None)
    rate_limits: Rates | None = None
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    mail_to: MailServer | Path | None = None
    mail_from: Address | None = None


def read() -> Settings:
    """Read and check the `PROLONG_…` variables. Raises WrongSetting with a sentence that names the wrong one."""
    env = Env(prefix="PROLONG_")
    try:
        data_dir = env.path("DATA_DIR", Path("prolong-data")).absolute()
        return Settings(
            database_url=_database_url(env.str("DATABASE_URL", "") or _embedded(data_dir)),
            data_dir=data_dir,
            zone=_zone(env.str("TIME_ZONE", "UTC")),
            base_url=_base_url(env.str("BASE_URL", None), _mail_to(env.str("SMTP_URL", ""))),
            secret_keys=_keys(env, "SECRET_KEYS"),
            code_keys=_keys(env, "CODE_KEYS"),
            signing_keys=_keys(env, "SIGNING_KEYS"),
            metrics_token=env.str("METRICS_TOKEN", None),
            trusted_proxies=env.int("TRUSTED_PROXIES", 0, validate=Range(0, 10)),
            pool_size=env.int("POOL_SIZE", 16, validate=Range(1, 500)),
            threads=env.int("THREADS", 64, validate=Range(1, 1000)),
            redis_url=_redis_url(env.str("REDIS_URL", "")),
            rate_limits=_rates(env.str("RATE_LIMITS", "") or _RATES),
            webhook_networks=_networks(env.list("WEBHOOK_NETWORKS", [])),
            mail_to=_mail_to(env.str("SMTP_URL", "")),
            mail_from=_mail_from(env.str("MAIL_FROM", ""), env.str("SMTP_URL", "")),
        )
    except EnvError as wrong:
        raise WrongSetting(f"{wrong} Correct it and start again.") from wrong


def _embedded(data_dir: Path) -> str:
    return f"sqlite:///{data_dir / 'prolong.db'}"


def _database_url(text: str) -> str:
    try:
        url = make_url(text)
    except ArgumentError:
        raise WrongSetting("PROLONG_DATABASE_URL is not the address of a database.") from None
    if url.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    if url.drivername == "sqlite" and url.database not in {None, "", ":memory:"}:
        return text
    raise WrongSetting("PROLONG_DATABASE_URL must name a PostgreSQL database or a SQLite file.")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WrongSetting(f"PROLONG_TIME_ZONE names no time zone: {name!r}; write one like Europe/Kyiv.") from None


def _base_url(given: str | None, mail_to: MailServer | Path | None) -> str:
    if given is None and isinstance(mail_to, MailServer):
        raise WrongSetting(
            "PROLONG_BASE_URL is missing: letters (PROLONG_SMTP_URL) link to this server, so name its public address, "
            "like https://renew.example."
        )
    text = _AT_HOME if given is None else given
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise WrongSetting("PROLONG_BASE_URL must be the public address of this server, like https://renew.example.")
    return text.rstrip("/")


def _keys(env: Env, name: str) -> tuple[str, ...]:
    listed: list[str] = env.list(name, [])
    return tuple(key.strip() for key in listed if key.strip())


def _networks(listed: list[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """The networks beside the public internet that webhooks may be sent into."""
    try:
        return tuple(ip_network(text.strip()) for text in listed if text.strip())
    except ValueError:
        raise WrongSetting(
            "PROLONG_WEBHOOK_NETWORKS must list networks like 10.20.0.0/16, with commas between them; behind the mask "
            "no bit may be set."
        ) from None


def _redis_url(text: str) -> str | None:
    if text and urlsplit(text).scheme not in {"redis", "rediss", "redis+unix"}:
        raise WrongSetting("PROLONG_REDIS_URL must be the address of a Redis, like redis://redis.example:6379/0.")
    return text or None


def _rates(text: str) -> Rates | None:
    """The limits of guessing, for an address and for an address with one target; None where they are off."""
    if text.strip().lower() == "off":
        return None
    try:
        address, target = (limits.parse(part.strip()) for part in text.split(","))
    except ValueError:
        raise WrongSetting(
            "PROLONG_RATE_LIMITS must be off, or two limits like 600/minute, 120/minute: of an address, and of an "
            "address with one code or license."
        ) from None
    return Rates(address, target)


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


def _mail_to(text: str) -> MailServer | Path | None:
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


def _mail_from(text: str, server: str) -> Address | None:
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
