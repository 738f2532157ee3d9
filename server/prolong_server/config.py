"""The settings, read once at the start. A wrong one stops the start with one sentence that names it."""

from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import limits
from environs import Env, EnvError
from marshmallow.validate import Range
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from prolong_server.mail_settings import MailSecurity, MailServer, WrongSetting, mail_from, mail_to

__all__ = ["MailSecurity", "MailServer", "Scanner", "Settings", "WrongSetting", "read"]
_AT_HOME: Final = "http://127.0.0.1:8000"


_RATES: Final = "600/minute, 120/minute"


# A virus scanner's socket: host and port, or the path of a Unix socket (PROLONG_SCANNER_URL).
Scanner = tuple[str, int] | Path


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
    scanner: Scanner | None = None
    scans_dir: Path | None = None
    requests_kept_days: int = 1096

    @property
    def scans(self) -> Path:
        """Where uploaded scans lie: a folder that all hosts share, where there is more than one."""
        return self.scans_dir or self.data_dir / "scans"


def read() -> Settings:
    """Read and check the `PROLONG_…` variables. Raises WrongSetting with a sentence that names the wrong one."""
    env = Env(prefix="PROLONG_")
    try:
        data_dir = env.path("DATA_DIR", Path("prolong-data")).absolute()
        return Settings(
            database_url=_database_url(env.str("DATABASE_URL", "") or _embedded(data_dir)),
            data_dir=data_dir,
            zone=_zone(env.str("TIME_ZONE", "UTC")),
            base_url=_base_url(env.str("BASE_URL", None), mail_to(env.str("SMTP_URL", ""))),
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
            mail_to=mail_to(env.str("SMTP_URL", "")),
            mail_from=mail_from(env.str("MAIL_FROM", ""), env.str("SMTP_URL", "")),
            scanner=_scanner(env.str("SCANNER_URL", "")),
            scans_dir=env.path("SCANS_DIR", data_dir / "scans").absolute(),
            requests_kept_days=env.int("REQUESTS_KEPT_DAYS", 1096, validate=Range(1, 36_500)),
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


def _base_url(given: str | None, to: MailServer | Path | None) -> str:
    if given is None and isinstance(to, MailServer):
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


def _scanner(text: str) -> Scanner | None:
    """Where the virus scanner listens, or None where there is none."""
    if not text:
        return None
    with suppress(ValueError):
        parts = urlsplit(text)
        extras = parts.query or parts.fragment or parts.username
        if parts.scheme == "unix" and not parts.netloc and len(parts.path) > 1 and not extras:
            return Path(unquote(parts.path))
        if parts.scheme == "tcp" and parts.hostname and parts.port and not parts.path.strip("/") and not extras:
            return parts.hostname, parts.port
    raise WrongSetting(
        "PROLONG_SCANNER_URL must be the socket of a clamd, like tcp://127.0.0.1:3310 or unix:/run/clamav/clamd.ctl."
    )
