"""The contact that every refusal carries (R13)."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app

from prolong_server import clock
from prolong_server.api import calls
from prolong_server.licensing import contacts, representatives
from prolong_server.rules.errors import TryAgain

# A malformed code costs no SQL, and yet its refusal names whom to call: the vendor's own contact may be this old.
KEPT_FOR = timedelta(seconds=1)
Told = dict[str, object] | None


@dataclass(slots=True)
class Kept:
    """The vendor's own contact as it was last read, and when."""

    contact: Told = None
    read_at: datetime | None = None


def contact(country: str | None) -> Told:
    """The representative for a country, else the vendor's own; None where the vendor has named nobody yet.

    Without a country the answer may be a second old; while the database is away it is the last known.
    """
    try:
        return _read(country) if country else _own()
    except TryAgain:
        return last_known()


def last_known() -> Told:
    """The vendor's own contact as it was last read; a database that may be away is asked only if it never was."""
    kept = _kept()
    if kept.read_at is None:
        with suppress(TryAgain):
            return _own()
    return kept.contact


def _own() -> Told:
    kept, now = _kept(), clock.now()
    if kept.read_at is None or now - kept.read_at >= KEPT_FOR:
        kept.contact, kept.read_at = _read(None), now
    return kept.contact


def _kept() -> Kept:
    kept: Kept = current_app.extensions["prolong_contact"]
    return kept


def _read(country: str | None) -> Told:
    found = representatives.support(calls.internal(), country)
    return contacts.written(found) if found else None
