"""Sums of figures over a range of days: what is posted, and what is behind the mark counted live, in one statement."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, DateTime, Select, case, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.channel import dealers
from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.channel import Dealer
from prolong_server.models.reporting import ALL, Metric, Total
from prolong_server.operations import figures
from prolong_server.rules import errors, identifiers, periods
from prolong_server.rules.periods import Period

LONGEST: Final = 1000
_MOST: Final = 200_000
_COLUMNS: Final = ("day", "dealer_id", "edition_id", "country", "currency", "value")
# The start of the period, the group (None without one), the currency ("" where nothing is money).
Key = tuple[date, object, str]
Sums = Mapping[Key, Mapping[Metric, int]]


@dataclass(frozen=True, slots=True)
class Question:
    """What a report is asked: first and last day, and what it is narrowed to, by code or identifier.

    `group` is `product`, `edition`, `country`, `dealer` or None.
    """

    starts_on: date
    ends_on: date
    by: Period = Period.DAY
    dealer: str | None = None
    product: str | None = None
    edition: str | None = None
    country: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose facts are counted: of one dealer or (None) of all, of these editions or of all. `empty` counts nothing."""

    dealer_id: int | None
    edition_ids: tuple[int, ...] | None
    country: str | None
    empty: bool


def require_range(asked: Question) -> None:
    """InvalidRequest for a range that runs backwards or has more than LONGEST periods."""
    if asked.starts_on > asked.ends_on:
        raise errors.InvalidRequest({"from": ["The first day is after the last."]})
    counted = islice(periods.between(asked.starts_on, asked.ends_on, asked.by), LONGEST + 1)
    if len(list(counted)) > LONGEST:
        raise errors.InvalidRequest({"by": [f"More than {LONGEST} periods; ask for longer ones or for fewer days."]})


def scope(session: Session, call: Call, asked: Question) -> Scope:
    """What the caller may see of what is asked; a sandbox token sees empty figures (R19). NotFound for the unknown."""
    editions = _editions(session, asked)
    return Scope(dealer_asked(session, call, asked.dealer), editions, asked.country, call.actor.test)


def dealer_asked(session: Session, call: Call, ref: str | None) -> int | None:
    """The dealer whose things are asked for: for a dealer itself, for staff any one, or None for all. NotFound."""
    if call.actor.role is not None:
        return None if ref is None else dealers.find(session, ref).id
    own = call.actor.dealer_id or 0
    if ref is not None and identifiers.read("dlr", ref) != own:
        raise errors.NotFound
    return own


def sums(session: Session, metrics: Sequence[Metric], asked: Question, scope: Scope) -> Sums:
    """The sums of `metrics` by period, group and currency; what is nothing may be missing.

    The session must see one state of the database for all its statements: the mark must not move in between.
    """
    found: dict[Key, dict[Metric, int]] = defaultdict(dict)
    if scope.empty:
        return found
    statement = _statement(session, metrics, asked, scope)
    rows = session.execute(statement.limit(_MOST + 1)).all()
    if len(rows) > _MOST:
        raise errors.InvalidRequest({"group": ["More than can be told at once; ask for longer periods or fewer days."]})
    for metric, begun, group, currency, value in rows:
        found[max(begun, asked.starts_on), group, currency][Metric(metric)] = int(value)
    return found


def _statement(session: Session, metrics: Sequence[Metric], asked: Question, scope: Scope) -> Select[*tuple[Any, ...]]:
    fact = union_all(*_parts(session, metrics, asked, scope)).subquery("facts").c
    country: ColumnElement[str] = fact.country
    if scope.country is not None or asked.group == "country":
        country = case((country == "", func.coalesce(Dealer.country, "")), else_=country)
    begun = _begun(session, fact.day, asked.by)
    groups = {"product": fact.edition_id, "edition": fact.edition_id, "country": country, "dealer": fact.dealer_id}
    keys = (fact.metric, begun, groups.get(asked.group or "", literal(0)), fact.currency)
    statement: Select[*tuple[Any, ...]] = select(*keys, func.sum(fact.value))
    if country is not fact.country:
        statement = statement.outerjoin(Dealer, Dealer.id == fact.dealer_id)
    if scope.country is not None:
        statement = statement.where(country == scope.country)
    return statement.group_by(*keys[:2], *([keys[2]] if asked.group else []), keys[3])


def _parts(
    session: Session, metrics: Sequence[Metric], asked: Question, scope: Scope
) -> Iterable[Select[*tuple[Any, ...]]]:
    since = figures.posted_until(session)
    posted = select(Total.metric, *(getattr(Total, name) for name in _COLUMNS)).where(*_conditions(Total, asked, scope))
    of_each = [metric for metric in metrics if _needs_dealers(metric, asked, scope)]
    of_all = [metric for metric in metrics if metric not in of_each]
    yield posted.where(Total.metric.in_(of_each), Total.dealer_id != ALL)
    yield posted.where(Total.metric.in_(of_all), Total.dealer_id == ALL)
    for source in figures.SOURCES:
        if source.metric in metrics:
            fact = source.after(since).c
            named = literal(source.metric, Total.metric.type).label("metric")
            yield select(named, *(fact[name] for name in _COLUMNS)).where(*_conditions(fact, asked, scope))


def _needs_dealers(metric: Metric, asked: Question, scope: Scope) -> bool:
    """Whether the sums of all dealers together do not tell what is asked of a metric."""
    by_country = scope.country is not None or asked.group == "country"
    return scope.dealer_id is not None or asked.group == "dealer" or (by_country and metric in figures.AT_DEALERS)


def _conditions(row: Any, asked: Question, scope: Scope) -> Iterable[ColumnElement[bool]]:
    yield row.day.between(asked.starts_on, asked.ends_on)
    if scope.dealer_id is not None:
        yield row.dealer_id == scope.dealer_id
    if scope.edition_ids is not None:
        yield row.edition_id.in_(scope.edition_ids)


def _begun(session: Session, day: ColumnElement[date], by: Period) -> ColumnElement[date]:
    if by is Period.DAY:
        return day
    if session.get_bind().dialect.name == "postgresql":
        return cast(func.date_trunc(by.value, cast(day, DateTime)), Date)
    shift = ("start of month",) if by is Period.MONTH else ("-6 days", "weekday 1")
    return func.date(day, *shift, type_=Date())


def _editions(session: Session, asked: Question) -> tuple[int, ...] | None:
    if asked.product is None and asked.edition is None:
        return None
    statement = select(Edition.id).join(Product, Product.id == Edition.product_id)
    if asked.product is not None:
        statement = statement.where(Product.code == asked.product)
    if asked.edition is not None:
        statement = statement.where(Edition.code == asked.edition)
    found = tuple(session.scalars(statement))
    if not found:
        raise errors.NotFound
    return found
