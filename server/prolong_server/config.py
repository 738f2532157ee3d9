"""The settings, read once at the start. A wrong one stops the start with one sentence that names it."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from environs import Env, EnvError
from marshmallow.validate import Range
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


class WrongSetting(Exception):
    """A setting that the server cannot start with; the text is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. Lists of keys are newest first, and empty where the variable is absent."""

    database_url: str = field(repr=False)
    data_dir: Path
    zone: ZoneInfo = field(default=ZoneInfo("UTC"))
    base_url: str = "http://127.0.0.1:8000"
    secret_keys: tuple[str, ...] = field(repr=False, default=())
    code_keys: tuple[str, ...] = field(repr=False, default=())
    signing_keys: tuple[str, ...] = field(repr=False, default=())
    metrics_token: str | None = field(repr=False, default=None)
    trusted_proxies: int = 0
    pool_size: int = 16
    threads: int = 16


def read() -> Settings:
    """Read and check the `PROLONG_…` variables. Raises WrongSetting with a sentence that names the wrong one."""
    env = Env(prefix="PROLONG_")
    try:
        data_dir = env.path("DATA_DIR", Path("prolong-data")).absolute()
        return Settings(
            database_url=_database_url(env.str("DATABASE_URL", "") or _embedded(data_dir)),
            data_dir=data_dir,
            zone=_zone(env.str("TIME_ZONE", "UTC")),
            base_url=_base_url(env.str("BASE_URL", "http://127.0.0.1:8000")),
            secret_keys=_keys(env, "SECRET_KEYS"),
            code_keys=_keys(env, "CODE_KEYS"),
            signing_keys=_keys(env, "SIGNING_KEYS"),
            metrics_token=env.str("METRICS_TOKEN", None),
            trusted_proxies=env.int("TRUSTED_PROXIES", 0, validate=Range(0, 10)),
            pool_size=env.int("POOL_SIZE", 16, validate=Range(1, 500)),
            threads=env.int("THREADS", 16, validate=Range(1, 1000)),
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


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise WrongSetting("PROLONG_BASE_URL must be the public address of this server, like https://renew.example.")
    return text.rstrip("/")


def _keys(env: Env, name: str) -> tuple[str, ...]:
    listed: list[str] = env.list(name, [])
    return tuple(key.strip() for key in listed if key.strip())
