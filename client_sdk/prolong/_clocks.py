"""What time it is at least: a clock that was turned back is noticed, and gains nothing.

Three instants only ever grow: the server's last date, the youngest document's `iat`, and the last time seen here. They
are kept in two places; the greater of both counts, so deleting or restoring one of them does not help.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, fields

from prolong.reading import INSTANT
from prolong.store import AnyStore

#: A clock may be this much behind without being called turned back: zones set wrong, a second system on the computer.
TOLERANCE = dt.timedelta(days=1)
#: Times are written again when they have grown by this much; oftener would only wear the disk.
_STEP = dt.timedelta(minutes=30)
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


@dataclass(frozen=True)
class Clocks:
    """The greatest instants known; all aware."""

    server: dt.datetime = _NEVER
    document: dt.datetime = _NEVER
    seen: dt.datetime = _NEVER

    @property
    def latest(self) -> dt.datetime:
        """It is not earlier than this."""
        return max(self.server, self.document, self.seen)

    def turned_back(self, now: dt.datetime) -> bool:
        """Whether a clock that shows `now` was turned back."""
        return now < self.latest - TOLERANCE

    def joined(self, other: Clocks) -> Clocks:
        """The greater of each."""
        return Clocks(*(max(getattr(self, one.name), getattr(other, one.name)) for one in fields(Clocks)))


def load(store: AnyStore) -> Clocks:
    """What both places know together; a damaged one knows nothing."""
    return _read(store.read("clock")).joined(_read(store.read("clock_copy")))


def note(store: AnyStore, seen: Clocks) -> Clocks:
    """Let time go on, at both places; returns what is known now."""
    known = load(store)
    grown = known.joined(seen)
    if _differ(known, grown) or store.read("clock") is None or store.read("clock_copy") is None:
        _save(store, grown)
    return grown


def heal(store: AnyStore, now: dt.datetime, date: dt.datetime) -> None:
    """Forget times that were too late, because the server has just told the date and signed a document that fits it.

    A clock that once was years ahead by mistake, or a date that was damaged on its way, would otherwise count as turned
    back for years. What the documents have told is never taken back.
    """
    known = load(store)
    if known.turned_back(now):
        _save(store, Clocks(min(known.server, date), known.document, min(known.seen, max(date, known.document))))


def _differ(known: Clocks, grown: Clocks) -> bool:
    return any(getattr(grown, one.name) - getattr(known, one.name) > _STEP for one in fields(Clocks))


def _save(store: AnyStore, clocks: Clocks) -> None:
    text = json.dumps({one.name: getattr(clocks, one.name).isoformat() for one in fields(Clocks)})
    store.write("clock", text)
    store.write("clock_copy", text)


def _read(text: str | None) -> Clocks:
    try:
        told = json.loads(text or "{}")
        return Clocks(**{one.name: INSTANT["read"](told[one.name]) for one in fields(Clocks) if one.name in told})
    except (TypeError, ValueError, RecursionError):
        return Clocks()
