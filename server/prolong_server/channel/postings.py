"""Posting, as bookkeepers do: facts that are certain are summed by day once, so that reports need not count them again.

Nothing is added to what a redemption writes. The work is done here, later, in parts, each a transaction of its own that
also moves the mark up to which all is posted. Facts behind the mark are counted live; so an answer is exact at every
moment, also where nobody ever posts, and then only slower.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, cast, delete, func, literal, select, union, union_all
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.licensing import License
from prolong_server.models.reporting import ALL, Expiry, Mark, Total
from prolong_server.operations import figures
from prolong_server.operations.figures import NEVER, Source
from prolong_server.rules.vocabulary import LicenseClass

# A fact tells the instant at which its transaction began, so one that commits late may appear behind a younger one.
MARGIN: Final = timedelta(hours=1)
# SQLite has one writer, who should not be kept waiting.
PARTS: Final = {"postgresql": timedelta(days=7), "sqlite": timedelta(days=1)}
_LEAST: Final = timedelta(minutes=10)
# A grace is at most three months (R2), so what ended before has nothing to remind of.
_KEPT: Final = timedelta(days=186)
_KEY: Final = ("dealer_id", "metric", "day", "edition_id", "country", "currency")


@db.transactional
def post(session: Session, call: Call) -> int:
    """Post the facts of one more part; how many rows were written, the mark among them, 0 when all is posted.

    Safe beside any number of others: who finds the mark held by another leaves the work to it.
    """
    mark = _hold_mark(session)
    if mark is None:
        return 0
    since = mark.posted_until
    until = _until(session, call, since)
    if until - since < _LEAST:
        return 0
    mark.posted_until = until
    rows = sum(_post_source(session, source, since, until) for source in figures.SOURCES)
    return 1 + rows + _post_expiries(session, call, since, until) + _prune(session, call)


def _hold_mark(session: Session) -> Mark | None:
    first = db.insert_for(session, Mark).values(name=figures.MARK, posted_until=NEVER)
    session.execute(first.on_conflict_do_nothing())
    held = select(Mark).where(Mark.name == figures.MARK).with_for_update(skip_locked=True)
    return session.scalars(held).one_or_none()


def _until(session: Session, call: Call, since: datetime) -> datetime:
    certain = call.now - MARGIN
    begun = _first_instant(session) if since == NEVER else since
    return certain if begun is None else min(certain, begun + PARTS[session.get_bind().dialect.name])


def _first_instant(session: Session) -> datetime | None:
    firsts = [session.scalar(select(func.min(instant))) for instant in figures.INSTANTS]
    return min((first for first in firsts if first is not None), default=None)


def _post_source(session: Session, source: Source, since: datetime, until: datetime) -> int:
    """Add the sums of each dealer, and of all dealers together, to those that are posted."""
    fact = source.after(since, until).c
    key = (fact.day, fact.edition_id, fact.country, fact.currency)
    value = func.sum(fact.value).label("value")
    of_each = select(fact.dealer_id, *key, value).where(fact.value != 0).group_by(fact.dealer_id, *key).cte("of_each")
    of_all = select(literal(ALL), *list(of_each.c)[1:-1], func.sum(of_each.c.value))
    sums = union_all(select(of_each), of_all.group_by(*list(of_each.c)[1:-1])).subquery("sums")
    metric = literal(source.metric, Total.metric.type)
    dealer_id, *rest, amount = sums.c
    rows = select(dealer_id, metric, *rest, cast(amount, BigInteger)).where(amount.is_not(None))
    added = db.insert_for(session, Total).from_select([*_KEY, "value"], rows)
    grown = {"value": Total.value + added.excluded.value}
    return _written(session, added.on_conflict_do_update(index_elements=_KEY, set_=grown))


def _post_expiries(session: Session, call: Call, since: datetime, until: datetime) -> int:
    """Where the terms of the licenses that were touched now end; what moves one later is a later fact."""
    touched = union(*(select(key).where(at > since, at <= until) for key, at in figures.TOUCHES))
    ends = select(func.coalesce(License.dealer_id, 0), License.expires_on, License.id).where(
        License.id.in_(touched),
        License.license_class == LicenseClass.STANDARD,
        License.expires_on >= call.today - _KEPT,
    )
    added = db.insert_for(session, Expiry).from_select(["dealer_id", "expires_on", "license_id"], ends)
    return _written(session, added.on_conflict_do_nothing())


def _prune(session: Session, call: Call) -> int:
    return _written(session, delete(Expiry).where(Expiry.expires_on < call.today - _KEPT))


def _written(session: Session, statement: Any) -> int:
    return max(0, session.connection().execute(statement).rowcount)
