"""The server's rows against the clients' log: every 201 a row, every row a 201 or an unknown outcome, nothing twice."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

_KNOWN = (200, 201)
#: Answers after which it is not certain whether anything was done: a broken line, a fault, "try again".
_UNCERTAIN = (0, 500, 502, 503, 504)


@dataclass(slots=True)
class Attempts:
    """All that clients did with one pair: requests sent, answers by status, receipts that they were told."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    receipts: set[str] = field(default_factory=set)

    @property
    def is_unknown(self) -> bool:
        """Whether something may have been done that no client knows of."""
        open_ends = self.sent - self.statuses.total() + sum(self.statuses[status] for status in _UNCERTAIN)
        return not self.receipts and open_ends > 0


@dataclass(frozen=True, slots=True)
class Row:
    """A redemption as the server has it: its id, and that of its license."""

    receipt: str
    license: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many redemptions were confirmed to clients and how many rows only unknown outcomes explain; what is wrong."""

    confirmed: int
    unconfirmed: int
    problems: tuple[str, ...]


def attempts(lines: Iterable[dict[str, Any]]) -> dict[int, Attempts]:
    """The lines of the clients' log by their pairs."""
    found: dict[int, Attempts] = {}
    for line in lines:
        pair = found.setdefault(line["pair"], Attempts())
        if line.get("sent"):
            pair.sent += 1
        else:
            pair.statuses[line["status"]] += 1
            pair.receipts |= {line["receipt"]} if line["status"] in _KNOWN else set()
    return found


def reconcile(seen: dict[int, Attempts], rows: Iterable[Row], pair_of: Callable[[str], int | None]) -> Outcome:
    """Compare; `pair_of` tells whose license (`lic_…`) a row is of, and is asked only for rows that no client knows."""
    kept = list(rows)
    told = {receipt: pair for pair, attempt in seen.items() for receipt in attempt.receipts}
    strays = [row for row in kept if row.receipt not in told]
    problems = [*_twice(seen, kept), *_missing(told, kept), *_unasked(seen, strays, pair_of)]
    return Outcome(len(told), len(strays), tuple(problems))


def _twice(seen: dict[int, Attempts], rows: list[Row]) -> Iterable[str]:
    for pair, attempt in seen.items():
        if attempt.statuses[201] > 1 or len(attempt.receipts) > 1:
            yield f"pair {pair} was redeemed more than once"
    for name, counted in (
        ("receipt", Counter(row.receipt for row in rows)),
        ("license", Counter(row.license for row in rows)),
    ):
        yield from (f"{name} {key} stands in {count} rows" for key, count in counted.items() if count > 1)


def _missing(told: dict[str, int], rows: list[Row]) -> Iterable[str]:
    kept = {row.receipt for row in rows}
    yield from (
        f"pair {pair} was confirmed, but no row holds it" for receipt, pair in told.items() if receipt not in kept
    )


def _unasked(seen: dict[int, Attempts], strays: list[Row], pair_of: Callable[[str], int | None]) -> Iterable[str]:
    for row in strays:
        pair = pair_of(row.license)
        if pair is None or pair not in seen or not seen[pair].is_unknown:
            yield f"row {row.receipt} was neither confirmed to a client nor left open"
