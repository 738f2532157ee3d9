"""Leads: whom a dealer should ask to renew, because the license runs out soon or is in its renewal grace (R2)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, false, literal, or_, select, tuple_, union
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.channel import totals
from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.licensing import Customer, License
from prolong_server.models.reporting import Expiry
from prolong_server.operations import figures, pages
from prolong_server.operations.pages import Page
from prolong_server.rules import calendar, errors, identifiers, license_keys, periods
from prolong_server.rules.vocabulary import LicenseClass, LicenseStatus

DEFAULT_DAYS: Final = 60
_MOST_AT_ONCE: Final = 4000
Place = tuple[date, int]
Places = Select[*tuple[Any, ...]]
Conditions = Iterable[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class LeadCustomer:
    """Whose license it is, as far as it is known."""

    name: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class LeadView:
    """A license to renew. `license_key_ending` are its key's last characters, never more than half of it."""

    license: str
    license_key_ending: str
    product: str
    edition: str
    seats: int
    country: str
    expires_on: date
    renewable_until: date
    customer: LeadCustomer | None


@dataclass(frozen=True, slots=True)
class _Edition:
    product: str
    edition: str
    grace_months: int


_Catalogue = Mapping[int, _Edition]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A stretch of the list: the first and the last day of expiry, the place behind which it begins, its length."""

    first: date
    last: date
    behind: Place | None
    most: int

    def read(self, session: Session, statement: Places, day: Any, number: Any) -> list[Place]:
        """The places of this stretch among those of the statement, in their order."""
        within = statement.where(day.between(self.first, self.last)).order_by(day, number).limit(self.most)
        if self.behind is not None:
            last_day, last = self.behind
            within = within.where(tuple_(day, number) > tuple_(literal(last_day), literal(last)))
        return [(day, number) for day, number in session.execute(within)]


@db.snapshot
def list_all(
    session: Session,
    call: Call,
    expiring_within_days: int = DEFAULT_DAYS,
    dealer: str | None = None,
    cursor: str | None = None,
    limit: int = pages.DEFAULT,
) -> Page[LeadView]:
    """A page of the leads by `expires_on`: a dealer's own, of its sandbox for a sandbox token; for staff all live ones.

    They are active, activated, of a class that can be renewed, end within so many days, and can still be renewed.
    NotFound for a dealer that the caller does not see, InvalidRequest for a foreign cursor.
    """
    dealer_id = totals.dealer_asked(session, call, dealer)
    catalogue = _catalogue(session)
    wanted = (*_renewable(call, catalogue), *_seen(call, dealer_id))
    behind = None if cursor is None else _place(cursor)
    stretch = _Stretch(*_window(call, catalogue, expiring_within_days), behind, limit + 1)
    places = sorted({*_since_the_mark(session, wanted, stretch), *_posted(session, dealer_id, wanted, stretch)})
    found = _views(session, catalogue, places[:limit])
    return Page(found, _cursor(places[limit - 1]) if len(places) > limit else None)


def everything(call: Call, expiring_within_days: int = DEFAULT_DAYS, dealer: str | None = None) -> Iterator[LeadView]:
    """All leads, read part by part; whatever is refused is refused before the first is told."""
    first = list_all(call, expiring_within_days, dealer, limit=pages.LONGEST)
    return _following(call, expiring_within_days, dealer, first)


def _following(call: Call, days: int, dealer: str | None, page: Page[LeadView]) -> Iterator[LeadView]:
    yield from page.items
    while page.next_cursor is not None:
        page = list_all(call, days, dealer, page.next_cursor, pages.LONGEST)
        yield from page.items


def _window(call: Call, catalogue: _Catalogue, days: int) -> tuple[date, date]:
    oldest = min((_oldest(call, one) for one in catalogue.values()), default=call.today)
    return oldest, call.today + timedelta(days=days)


def _oldest(call: Call, edition: _Edition) -> date:
    return periods.oldest_renewable(call.today, edition.grace_months)


def _renewable(call: Call, catalogue: _Catalogue) -> Iterable[ColumnElement[bool]]:
    """Conditions on a license that can still be renewed."""
    yield License.status == LicenseStatus.ACTIVE
    yield License.license_class == LicenseClass.STANDARD
    yield License.activated_on.is_not(None)
    oldest = {number: _oldest(call, one) for number, one in catalogue.items()}
    yield or_(License.expires_on >= call.today, *_in_grace(oldest))


def _in_grace(oldest: Mapping[int, date]) -> Iterable[ColumnElement[bool]]:
    for day in sorted(set(oldest.values())):
        editions = [number for number, first in oldest.items() if first == day]
        yield and_(License.edition_id.in_(editions), License.expires_on >= day)
    yield false()


def _seen(call: Call, dealer_id: int | None) -> Iterable[ColumnElement[bool]]:
    yield License.test.is_(call.actor.test)
    if dealer_id is not None:
        yield License.dealer_id == dealer_id


def _posted(session: Session, dealer_id: int | None, wanted: Conditions, stretch: _Stretch) -> list[Place]:
    """The next posted places whose licenses still end there and are wanted.

    Days are read in the order of their index and licenses by their keys. In one statement the planner would take the
    two conditions that join them for independent, expect next to nothing, and read all licenses.
    """
    statement = select(Expiry.expires_on, Expiry.license_id)
    if dealer_id is not None:
        statement = statement.where(Expiry.dealer_id == dealer_id)
    found: list[Place] = []
    part = replace(stretch, most=2 * stretch.most)
    while len(found) < stretch.most:
        known = part.read(session, statement, Expiry.expires_on, Expiry.license_id)
        found += _standing(session, wanted, known)
        if len(known) < part.most:
            break
        part = replace(part, behind=known[-1], most=min(2 * part.most, _MOST_AT_ONCE))
    return found[: stretch.most]


def _standing(session: Session, wanted: Conditions, places: list[Place]) -> Iterable[Place]:
    numbers = [number for _, number in places]
    rows = session.execute(select(License.expires_on, License.id).where(License.id.in_(numbers), *wanted))
    standing = {(day, number) for day, number in rows}
    return (place for place in places if place in standing)


def _since_the_mark(session: Session, wanted: Conditions, stretch: _Stretch) -> list[Place]:
    statement = select(License.expires_on, License.id).where(*wanted)
    since = figures.posted_until(session)
    if since != figures.NEVER:
        touched = union(*(select(key).where(at > since) for key, at in figures.TOUCHES))
        statement = statement.where(License.id.in_(touched))
    return stretch.read(session, statement, License.expires_on, License.id)


def _views(session: Session, catalogue: _Catalogue, places: list[Place]) -> tuple[LeadView, ...]:
    columns = (License.license_key, License.edition_id, License.seats, License.country, License.expires_on)
    statement = select(License.id, *columns, Customer.name, Customer.email)
    statement = statement.outerjoin(Customer, Customer.id == License.customer_id)
    rows = session.execute(statement.where(License.id.in_([number for _, number in places])))
    found = {row.id: row for row in rows}
    return tuple(_view(found[number], catalogue[found[number].edition_id]) for _, number in places)


def _view(row: Row[*tuple[Any, ...]], edition: _Edition) -> LeadView:
    customer = LeadCustomer(row.name, row.email) if row.name or row.email else None
    return LeadView(
        license=identifiers.show("lic", row.id),
        license_key_ending=license_keys.ending(row.license_key),
        product=edition.product,
        edition=edition.edition,
        seats=row.seats,
        country=row.country,
        expires_on=row.expires_on,
        renewable_until=calendar.renewable_until(row.expires_on, edition.grace_months),
        customer=customer,
    )


def _catalogue(session: Session) -> _Catalogue:
    grace = Product.renewal_grace_months
    rows = session.execute(select(Edition.id, Product.code, Edition.code, grace).join(Edition.product))
    return {number: _Edition(product, edition, months) for number, product, edition, months in rows}


def _cursor(place: Place) -> str:
    day, number = place
    return identifiers.show_pair("led", number, day.toordinal())


def _place(cursor: str) -> Place:
    pair = identifiers.read_pair("led", cursor)
    if pair is None or not 1 <= pair[1] <= date.max.toordinal():
        raise errors.InvalidRequest({"cursor": ["This is not a cursor of this list; begin again without one."]})
    number, ordinal = pair
    return date.fromordinal(ordinal), number
