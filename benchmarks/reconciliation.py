"""Every answer of status 201 that was counted is a row, and no row is there that nobody asked for."""

from dataclasses import dataclass

from benchmarks.load import Tally


class Unreconciled(Exception):
    """Rows and answers do not match: what was measured is worth nothing."""


@dataclass(slots=True)
class Account:
    """What the clients of one database have seen: answers of status 201, and requests whose answer they did not see."""

    created: int = 0
    unanswered: int = 0

    def enter(self, tally: Tally) -> Tally:
        """Take in what came back; the same tally."""
        self.created += tally.created
        self.unanswered += tally.unanswered
        return tally

    def reconcile(self, rows: int) -> str:
        """A sentence that says that `rows` match the answers. Raises Unreconciled with one that says that not."""
        told = f"{self.created} answers of 201, {self.unanswered} requests without an answer, {rows} rows"
        if not self.created <= rows <= self.created + self.unanswered:
            raise Unreconciled(f"{told}: they do not match, so the numbers are worth nothing.")
        return f"{told}: every 201 is a row"
