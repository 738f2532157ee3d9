"""What the command prints of a license and of a contact."""

from __future__ import annotations

import datetime as dt
from typing import Any

from prolong.cli_terminal import harmless
from prolong.contacts import Support
from prolong.errors import ProlongError, Refused
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
    return [harmless(f"{label}: {', '.join(known)}")] if known else []


def failure_facts(error: Exception) -> dict[str, Any]:
    """What a script may see of an error: of a refusal also whom to call, its number, and what is wrong with a field."""
    if not isinstance(error, Refused):
        advice = error.advice if isinstance(error, ProlongError) else None
        return {"code": type(error).__name__, "detail": str(error), "advice": advice, "support": None}
    contact = None if error.support is None else vars(error.support)
    told = {"code": error.code, "detail": str(error), "advice": error.advice, "support": contact}
    wrong = {"errors": error.fields["errors"]} if "errors" in error.fields else {}
    return {**told, "request_id": error.request_id, **wrong}


def failure_lines(error: Exception) -> list[str]:
    """What a person reads of an error: what happened, what is wrong with a field, what to do next, whom to call."""
    advice = [error.advice] if isinstance(error, ProlongError) else []
    if not isinstance(error, Refused):
        return [str(error), *advice]
    errors = error.fields.get("errors")
    wrong = [f"  {name}: {_words(why)}" for name, why in errors.items()] if isinstance(errors, dict) else []
    number = [f"Number of this request: {error.request_id}"] if error.request_id else []
    return [harmless(line) for line in (str(error), *wrong, *advice, *contact_line(error.support), *number)]


def _words(why: object) -> str:
    if isinstance(why, dict):
        return " ".join(f"{name}: {_words(one)}" for name, one in why.items())
    return " ".join(map(_words, why)) if isinstance(why, list) else str(why)


def written(moment: dt.date) -> str:
    """A date or an instant in JSON."""
    return moment.isoformat()
