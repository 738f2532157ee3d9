"""Reports: series of figures by day, week or month, for the vendor of all, for a dealer of its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.channel import totals
from prolong_server.channel.totals import Question, Sums
from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.channel import Dealer
from prolong_server.models.reporting import Metric
from prolong_server.rules import calendar, identifiers, periods, prices

_RATE: Final = Decimal("0.0001")
_CODES: Final = (Metric.ISSUED, Metric.REDEEMED, Metric.VOIDED, Metric.REVERSED, Metric.ACTIVATED)
_TERMS: Final = (Metric.DUE, Metric.RENEWED)
_MONEY: Final = (Metric.ORDERED, Metric.CREDITED)
Counted = Mapping[Metric, int]
Cells = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A table: the names of its columns, and rows of days, texts, whole numbers, flags and decimal amounts."""

    columns: tuple[str, ...]
    rows: tuple[Cells, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """What one row is made of; `group` are its cells that name the group."""

    starts_on: date
    ends_on: date
    group: Cells
    currency: str
    counted: Counted


@db.snapshot
def redemptions(session: Session, call: Call, asked: Question) -> Report:
    """Codes issued, redeemed, voided, reversed, activated. NotFound; InvalidRequest for a range that is none."""
    columns = tuple(metric.value for metric in _CODES)
    lines = _lines(session, call, asked, _CODES, ("",))
    return _report(asked, columns, ((line, _each(_CODES, line.counted)) for line in lines))


@db.snapshot
def renewals(session: Session, call: Call, asked: Question) -> Report:
    """Terms due and renewed, and their rate (a decimal of four places, None where none is due).

    A row is `provisional` while a term that ended in it can still be renewed. NotFound, InvalidRequest.
    """
    grace = session.scalar(select(func.max(Product.renewal_grace_months))) or 0
    lines = _lines(session, call, asked, _TERMS, ("",))
    told = ((line, _rated(line, call.today, grace)) for line in lines)
    return _report(asked, ("due", "renewed", "rate", "provisional"), told)


@db.snapshot
def revenue(session: Session, call: Call, asked: Question) -> Report:
    """What was ordered, what was credited for voided codes, and the difference, in each currency.

    For the vendor it is revenue, for a dealer what it spent. NotFound, InvalidRequest.
    """
    dealer_id = totals.dealer_asked(session, call, asked.dealer)
    own = session.scalar(select(Dealer.currency).where(Dealer.id == dealer_id)) if dealer_id else None
    lines = _lines(session, call, asked, _MONEY, (own,) if own else ())
    told = ((line, (line.currency, *_amounts(line))) for line in lines)
    return _report(asked, ("currency", "ordered", "credited", "net"), told)


def _report(asked: Question, columns: tuple[str, ...], told: Iterable[tuple[_Line, Cells]]) -> Report:
    named = ("starts_on", "ends_on", *_group_names(asked.group), *columns)
    return Report(named, tuple((line.starts_on, line.ends_on, *line.group, *cells) for line, cells in told))


def _each(metrics: Sequence[Metric], counted: Counted) -> Cells:
    return tuple(counted.get(metric, 0) for metric in metrics)


def _rated(line: _Line, today: date, grace: int) -> Cells:
    due, renewed = (line.counted.get(metric, 0) for metric in _TERMS)
    rate = (Decimal(renewed) / due).quantize(_RATE, ROUND_HALF_UP) if due else None
    return due, renewed, rate, calendar.renewable_until(line.ends_on, grace) >= today


def _amounts(line: _Line) -> Cells:
    ordered, credited = (line.counted.get(metric, 0) for metric in _MONEY)
    return tuple(prices.from_minor_units(units, line.currency) for units in (ordered, credited, ordered - credited))


def _lines(
    session: Session, call: Call, asked: Question, metrics: Sequence[Metric], currencies: tuple[str, ...]
) -> list[_Line]:
    totals.require_range(asked)
    scope = totals.scope(session, call, asked)
    counted = totals.sums(session, metrics, asked, scope)
    ends = dict(periods.between(asked.starts_on, asked.ends_on, asked.by))
    if asked.group is not None:
        return _grouped(session, asked.group, ends, counted)
    shown = sorted({currency for _, _, currency in counted} | set(currencies))
    return [
        _Line(first, last, (), currency, counted.get((first, 0, currency), {}))
        for first, last in ends.items()
        for currency in shown
    ]


def _grouped(session: Session, group: str, ends: Mapping[date, date], counted: Sums) -> list[_Line]:
    folded: dict[tuple[date, Cells, str], dict[Metric, int]] = {}
    names = _names(session, group)
    for (first, thing, currency), values in counted.items():
        line = folded.setdefault((first, names.get(thing, (thing,)), currency), {})
        for metric, value in values.items():
            line[metric] = line.get(metric, 0) + value
    kept = sorted((key for key, values in folded.items() if any(values.values())), key=_order)
    return [_Line(key[0], ends[key[0]], key[1], key[2], folded[key]) for key in kept]


def _order(key: tuple[date, Cells, str]) -> tuple[date, list[str], str]:
    first, group, currency = key
    return first, [str(cell or "") for cell in group], currency


def _group_names(group: str | None) -> tuple[str, ...]:
    return {None: (), "edition": ("product", "edition")}.get(group, (group or "",))


def _names(session: Session, group: str) -> Mapping[object, Cells]:
    """How the things of a group are told; what is missing tells itself."""
    if group == "country":
        return {}
    if group == "dealer":
        numbers = session.scalars(select(Dealer.id))
        return {0: (None,), **{number: (identifiers.show("dlr", number),) for number in numbers}}
    rows = session.execute(select(Edition.id, Product.code, Edition.code).join(Edition.product))
    return {number: (product, edition)[: 1 if group == "product" else 2] for number, product, edition in rows}
