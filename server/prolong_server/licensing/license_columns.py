"""The columns of a CSV file of licenses, and how a line of it is read.

The header row uses the names of the JSON fields, in any order; those of the customer are `customer_name`,
`customer_email`, `customer_country`, `customer_reminders`. An empty cell is an absent field. Days are YYYY-MM-DD,
`test` and `customer_reminders` are true or false.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

from prolong_server.licensing.license_specs import CustomerSpec, LicenseSpec
from prolong_server.rules.vocabulary import LicenseClass

REQUIRED: Final = ("product", "edition", "seats", "country", "starts_on", "expires_on")
_CUSTOMER: Final = "customer_"
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_BOOLEANS: Final = {"true": True, "false": False}


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _boolean(text: str) -> bool:
    if text.lower() not in _BOOLEANS:
        raise ValueError(text)
    return _BOOLEANS[text.lower()]


_READERS: Final[dict[str, tuple[Callable[[str], object], str]]] = {
    "license_key": (str, ""),
    "product": (str, ""),
    "edition": (str, ""),
    "license_class": (LicenseClass, f"Write one of {', '.join(LicenseClass)}."),
    "activation_code": (str, ""),
    "seats": (_number, "Write a whole number in digits."),
    "country": (str, ""),
    "starts_on": (_day, "Write a day as YYYY-MM-DD."),
    "expires_on": (_day, "Write a day as YYYY-MM-DD."),
    "activated_on": (_day, "Write a day as YYYY-MM-DD, or nothing if it was never activated."),
    "dealer": (str, ""),
    "customer_name": (str, ""),
    "customer_email": (str, ""),
    "customer_country": (str, ""),
    "customer_reminders": (_boolean, "Write true or false."),
    "test": (_boolean, "Write true or false."),
}
COLUMNS: Final = tuple(_READERS)


class UnreadableLine(Exception):
    """Cells of a line that cannot be read; `problems` says in words what is wrong with which column."""

    def __init__(self, problems: dict[str, list[str]]) -> None:
        super().__init__("unreadable line")
        self.problems = problems


def wrong_header(header: list[str]) -> list[str]:
    """What is wrong with a header row, in words; empty when it will do."""
    known = set(COLUMNS)
    unknown = [repr(name[:64]) for name in header if name not in known]
    missing = [name for name in REQUIRED if name not in header]
    twice = sorted({name for name in header if name in known and header.count(name) > 1})
    told = (("Unknown columns", unknown[:20]), ("Missing columns", missing), ("Columns named twice", twice))
    return [f"{what}: {', '.join(names)}." for what, names in told if names]


def read(header: list[str], cells: list[str] | None) -> LicenseSpec:
    """The license that a line describes, not yet judged; UnreadableLine, also for a line without cells."""
    if cells is None:
        told = "The quotes of this line do not match, or a cell is far too long; what follows was not read."
        raise UnreadableLine({"line": [told]})
    if len(cells) != len(header):
        raise UnreadableLine({"line": [f"The line has {len(cells)} cells, the header {len(header)}."]})
    own: dict[str, Any] = {}
    customer: dict[str, Any] = {}
    wrong = _read_cells(zip(header, cells, strict=True), own, customer)
    _require(own, customer, wrong)
    if wrong:
        raise UnreadableLine(wrong)
    return LicenseSpec(**own, customer=CustomerSpec(**customer) if "name" in customer else None)


def _read_cells(
    named: Iterable[tuple[str, str]], own: dict[str, Any], customer: dict[str, Any]
) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    for name, cell in named:
        if text := cell.strip(" \t"):
            reader, sentence = _READERS[name]
            into, field = (customer, name[len(_CUSTOMER) :]) if name.startswith(_CUSTOMER) else (own, name)
            try:
                into[field] = reader(text)
            except ValueError:
                wrong[name] = [sentence]
    return wrong


def _require(own: Mapping[str, object], customer: Mapping[str, object], wrong: dict[str, list[str]]) -> None:
    missing = [name for name in REQUIRED if name not in own]
    if "name" not in customer and ("email" in customer or "country" in customer):
        missing.append("customer_name")
    for name in missing:
        wrong.setdefault(name, ["This cell is empty, and it is needed here."])
