"""What holds of posted sums: they follow from the facts."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, select, union, union_all

from prolong_server.models.licensing import License
from prolong_server.models.reporting import ALL, Expiry, Mark, Total
from prolong_server.operations import figures
from prolong_server.rules.vocabulary import LicenseClass

_KEY = ("metric", "dealer_id", "day", "edition_id", "country", "currency")
_POSTED_UNTIL = select(Mark.posted_until).where(Mark.name == figures.MARK).scalar_subquery()


def totals_are_the_sums_of_their_facts() -> Select[Any]:
    """A dealer's posted totals are the sums of its facts up to the instant up to which all is posted."""
    fact = union_all(*_both_sides()).subquery().c
    key = [fact[name] for name in _KEY]
    wrong = select(*key).group_by(*key).having(func.sum(fact.value) != 0).subquery()
    return select(wrong.c.dealer_id).distinct()


def totals_of_all_dealers_are_those_of_each() -> Select[Any]:
    """The posted totals of all dealers together are the sums of those of each dealer."""
    key = [getattr(Total, name) for name in _KEY if name != "dealer_id"]
    signed = case((Total.dealer_id == ALL, -Total.value), else_=Total.value)
    dealer_id = func.max(Total.dealer_id).label("dealer_id")
    wrong = select(dealer_id).group_by(*key).having(func.sum(signed) != 0).subquery()
    return select(wrong.c.dealer_id).distinct()


def posted_licenses_have_their_day_of_expiry() -> Select[Any]:
    """A renewable license that is posted, and whose term ends after it was, is found under the day on which it ends."""
    later = union(*(select(key).where(at > _POSTED_UNTIL) for key, at in figures.TOUCHES))
    known = exists().where(Expiry.license_id == License.id, Expiry.expires_on == License.expires_on)
    return select(License.id).where(
        License.license_class == LicenseClass.STANDARD,
        License.created_at <= _POSTED_UNTIL,
        License.expires_on >= func.date(_POSTED_UNTIL),
        License.id.not_in(later),
        ~known,
    )


def _both_sides() -> Iterator[Select[Any]]:
    """The facts with their values, and the totals with theirs taken away."""
    for source in figures.SOURCES:
        fact = source.facts.where(source.instant <= _POSTED_UNTIL).subquery().c
        metric: ColumnElement[str] = literal(source.metric, Total.metric.type).label("metric")
        yield select(metric, *(fact[name] for name in _KEY[1:]), fact.value)
    yield select(*(getattr(Total, name) for name in _KEY), -Total.value).where(Total.dealer_id != ALL)
