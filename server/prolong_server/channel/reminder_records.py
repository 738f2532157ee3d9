"""What was told of which license to whom: noted before the telling, so that of two who would tell, one does."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import bulk
from prolong_server.models.licensing import License
from prolong_server.models.mail import Audience, DealerList, Reminder

KEPT_FOR: Final = timedelta(days=366)
_AT_ONCE: Final = 1000
Telling = tuple[License, int, Audience]


def write(session: Session, call: Call, tellings: Iterable[Telling]) -> frozenset[tuple[int, Audience]]:
    """Note that these steps (license, step, audience) are told; return those that nobody had noted before.

    Whoever is noting the same is waited for. All note in one order, so that nobody waits in a circle.
    """
    values = [
        {"expires_on": row.expires_on, "license_id": row.id, "step": step, "audience": audience, "at": call.now}
        for row, step, audience in sorted(tellings, key=lambda one: (one[0].expires_on, one[0].id, one[2]))
    ]
    noted: set[tuple[int, Audience]] = set()
    for batch in bulk.batches(values, _AT_ONCE):
        added = db.insert_for(session, Reminder).values(batch).on_conflict_do_nothing()
        noted.update(
            (row[0], row[1]) for row in session.execute(added.returning(Reminder.license_id, Reminder.audience))
        )
    return frozenset(noted)


def take_dealers(session: Session, call: Call, dealer_ids: Collection[int]) -> frozenset[int]:
    """Those of these dealers whom nobody has looked after today; now this transaction does."""
    if not dealer_ids:
        return frozenset()
    values = [{"day": call.today, "dealer_id": one, "licenses": 0, "at": call.now} for one in sorted(dealer_ids)]
    added = db.insert_for(session, DealerList).values(values).on_conflict_do_nothing()
    return frozenset(session.scalars(added.returning(DealerList.dealer_id)))


@db.transactional
def purge(session: Session, call: Call) -> int:
    """Delete what was noted of one day of a year ago or earlier; how many rows, 0 when there is no such day."""
    long_ago = call.today - KEPT_FOR
    return _purge(session, Reminder, Reminder.expires_on, long_ago) + _purge(
        session, DealerList, DealerList.day, long_ago
    )


def _purge(session: Session, table: Any, day: InstrumentedAttribute[date], long_ago: date) -> int:
    first = select(func.min(day)).where(day < long_ago).scalar_subquery()
    return session.connection().execute(delete(table).where(day == first)).rowcount
