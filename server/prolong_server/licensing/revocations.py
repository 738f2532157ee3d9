"""The content of the revocation list: which licenses are revoked, under a number that grows with every one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import literal_column, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.licensing import License
from prolong_server.models.operations import Counter
from prolong_server.rules import identifiers
from prolong_server.rules.vocabulary import LicenseStatus

COUNTER: Final = "revocations"
# Written out and not bound, so that the index of revoked licenses serves whoever plans without the value.
_IS_REVOKED: Final = License.status == literal_column(f"'{LicenseStatus.REVOKED}'")


@dataclass(frozen=True, slots=True)
class Revocations:
    """The list as of `seq`: `lic_…` sorted; `changed_at` is None while nothing was ever revoked (`seq` 0)."""

    seq: int
    changed_at: datetime | None
    licenses: tuple[str, ...]


@db.reading
def sequence(session: Session, call: Call) -> int:
    """The number of the present list, 0 for the empty one; much cheaper than the list."""
    return session.scalar(select(Counter.value).where(Counter.name == COUNTER)) or 0


@db.reading
def show(session: Session, call: Call) -> Revocations:
    """The present list."""
    # One statement sees one moment: the number is always that of just these licenses.
    both = select(Counter.value, Counter.changed_at, License.id).outerjoin(License, _IS_REVOKED)
    rows = session.execute(both.where(Counter.name == COUNTER)).all()
    if not rows:
        return Revocations(0, None, ())
    seq, changed_at, _ = rows[0]
    numbers = filter(None, (number for _seq, _at, number in rows))
    shown = sorted(identifiers.show("lic", number) for number in numbers)
    return Revocations(seq, changed_at, tuple(shown))


def count_one(session: Session, call: Call) -> None:
    """Give the list its next number, in the transaction that revokes; the last lock that a transaction takes."""
    if _counted(session, call):
        return
    try:
        with session.begin_nested():
            session.add(Counter(name=COUNTER, value=1, changed_at=call.now))
    except IntegrityError:
        # Another revocation was the very first in the same instant, and has made the row meanwhile.
        _counted(session, call)


def _counted(session: Session, call: Call) -> bool:
    statement = (
        update(Counter).where(Counter.name == COUNTER).values(value=Counter.value + 1, changed_at=call.now)
    ).execution_options(synchronize_session=False)
    return session.connection().execute(statement).rowcount == 1
