"""The arithmetic of moves: seats by Module, days of limits and returns, the hash of the scans (M4–M7, M10)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256

from prolong_server.rules import calendar, errors
from prolong_server.rules.module_facts import LicenseMove, MoveLimit, Place


def conserved(name: str | int, before: Mapping[str, int], after: Mapping[str, int]) -> errors.SeatsNotConserved | None:
    """M6: Seats before are seats after; `name` is the license's identifier, or its place in the list."""
    was, becomes = sum(before.values()), sum(after.values())
    return None if was == becomes else errors.SeatsNotConserved(license=name, before=was, after=becomes)


def seats_by_module(places: Iterable[Place]) -> dict[str, int]:
    """The seats of places, added together for each Module; a place without seats counts none."""
    seats: Counter[str] = Counter()
    for place in places:
        seats[place.module] += place.seats or 0
    return dict(seats)


def moved(before: Mapping[str, int], move: LicenseMove) -> dict[str, int]:
    """The seats of a license by Module after a move; Modules that hold none any more are left out.

    A Module cannot give what it does not hold, so a move that states more than that ends with more seats than there
    were, which `conserved` refuses.
    """
    after = dict(before)
    for serial, seats in seats_by_module(move.origins).items():
        after[serial] = max(0, after.get(serial, 0) - seats)
    for serial, seats in seats_by_module(move.targets).items():
        after[serial] = after.get(serial, 0) + seats
    return {serial: seats for serial, seats in after.items() if seats}


def with_forgotten(named: Sequence[LicenseMove], bound: Sequence[LicenseMove]) -> tuple[LicenseMove, ...]:
    """M7: *All* licenses bound to the old Module move to the new one; those that the customer forgot are added.

    `bound` is each license that the old Module holds, with all its seats there: that is what moves, also where the
    customer named fewer. What was named and is not bound stays as it was named, for the other rules to refuse.
    """
    whole = {move.license_key: move for move in bound}
    kept = [replace(whole.get(move.license_key, move), software=move.software) for move in named]
    names = {move.license_key for move in named}
    return (*kept, *(move for move in bound if move.license_key not in names))


def next_free_day(moved_on: Sequence[date], limit: MoveLimit, today: date) -> date | None:
    """M10: The first day on which a license may be moved again; None when that is today.

    A move counts for `policy_term_months` of the calendar, and is forgotten on the same day of the month.
    """
    ends = sorted(calendar.add_months(day, limit.policy_term_months) for day in moved_on)
    counted = [end for end in ends if end > today]
    return counted[-limit.allowed_count] if len(counted) >= limit.allowed_count else None


def bound_scans(scans: Iterable[tuple[str, str]]) -> str:
    """M4: One SHA-256 (hex) over kind and SHA-256 of each scan, in whichever order they come; it binds an approval."""
    lines = sorted(f"{kind} {digest}\n" for kind, digest in scans)
    return sha256("".join(lines).encode()).hexdigest()


def is_overdue(due_on: date | None, today: date) -> bool:
    """M5: Whether a Module that is to be returned is late; the due day itself is in time."""
    return due_on is not None and today > due_on
