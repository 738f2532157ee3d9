"""What the command prints of a license and of a contact."""

from __future__ import annotations

import datetime as dt
from typing import Any

from prolong.contacts import Support
from prolong.results import License

_NAMES = ("id", "product", "edition", "seats", "status", "expires_on", "ends_at", "renewable_until")


def license_facts(found: License | None) -> dict[str, Any] | None:
    """What a script may see of a license: of the key only its end, because output is kept in logs."""
    if found is None:
        return None
    return {**{name: getattr(found, name) for name in _NAMES}, "license_key_ending": found.license_key[-4:]}


def license_lines(found: License | None) -> list[str]:
    """What a person reads of a license."""
    if found is None:
        return []
    lines = [f"{found.product} {found.edition}, seats: {found.seats}, runs through {found.expires_on}"]
    return lines if found.renewable_until is None else [*lines, f"can be renewed through {found.renewable_until}"]


def contact_line(support: Support | None, label: str = "Contact") -> list[str]:
    """Whom to call, in one line; none if nobody is known."""
    known = [] if support is None else [text for text in vars(support).values() if text]
    return [f"{label}: {', '.join(known)}"] if known else []


def written(moment: dt.date) -> str:
    """A date or an instant in JSON."""
    return moment.isoformat()
