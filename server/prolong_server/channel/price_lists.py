"""The official price lists (R12): dated, one after the other in each currency, and open to everybody.

On a day the list with the latest `valid_from` up to that day holds for its currency, of several the newest; it replaces
the earlier one whole, so an item that it leaves out has no price any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.channel import dealers, price_lines
from prolong_server.channel.price_lines import PriceLine, PriceListSpec
from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.channel import PriceItem, PriceList
from prolong_server.operations import audit, idempotency, pages
from prolong_server.operations.pages import Page
from prolong_server.rules import errors, identifiers


@dataclass(frozen=True, slots=True)
class PriceListView:
    """A list as it was taken in."""

    id: str
    currency: str
    valid_from: date
    created_at: datetime
    items: tuple[PriceLine, ...]


@dataclass(frozen=True, slots=True)
class OfficialPrice:
    """A line of the list that holds today, with its currency and since when."""

    product: str
    edition: str
    period_years: int
    seats_from: int
    currency: str
    new_price: str
    renewal_price: str
    valid_from: date


@idempotency.creating
def create(session: Session, call: Call, spec: PriceListSpec) -> PriceListView:
    """Take in a price list, all or nothing.

    InvalidRequest names each wrong field by its item's index; RenewalPriceNotPreferential names every line (from 1)
    whose renewal price is not below the price of a new license (R12).
    """
    price_lines.require_currency(spec.currency)
    if not 1 <= len(spec.items) <= price_lines.MAX_ITEMS:
        raise errors.InvalidRequest({"items": [f"A list has 1 to {price_lines.MAX_ITEMS} lines."]})
    editions = known_editions(session)
    if wrong := price_lines.problems(dict(enumerate(spec.items)), spec.currency, editions):
        raise errors.InvalidRequest({"items": {str(at): told for at, told in wrong.items()}})
    price_lines.require_preferential(dict(enumerate(spec.items, start=1)), spec.currency)
    return take_in(session, call, spec, editions)


def take_in(
    session: Session, call: Call, spec: PriceListSpec, editions: Mapping[tuple[str, str], int]
) -> PriceListView:
    """Store a list that was judged good."""
    made = PriceList(id=call.new_id(), currency=spec.currency, valid_from=spec.valid_from, created_at=call.now)
    session.add(made)
    session.flush()
    session.add_all([_item(made, line, editions[line.product, line.edition]) for line in spec.items])
    told = {"currency": spec.currency, "valid_from": spec.valid_from, "items": len(spec.items)}
    audit.record(session, call, "price_list.created", identifiers.show("prl", made.id), after=told)
    return _view(made, price_lines.in_order(spec))


@db.reading
def show(session: Session, call: Call, ref: str) -> PriceListView:
    """The list `prl_…`; NotFound."""
    number = identifiers.read("prl", ref)
    held = session.get(PriceList, number) if number else None
    if held is None:
        raise errors.NotFound
    return _view(held, lines_of(session, [held])[held.id])


@db.reading
def list_all(
    session: Session, call: Call, cursor: str | None = None, limit: int = pages.DEFAULT
) -> Page[PriceListView]:
    """A page of all lists, those of the past and of the future too."""
    rows, following = pages.fetch(session, select(PriceList), PriceList.id, cursor, limit)
    lines = lines_of(session, rows)
    return Page(tuple(_view(row, lines[row.id]) for row in rows), following)


@db.reading
def official(
    session: Session, call: Call, product: str | None = None, country: str | None = None
) -> tuple[OfficialPrice, ...]:
    """Today's official prices of every currency, without dealers' discounts (R12).

    With `product` only that product's (NotFound for an unknown one). With `country` only in the currencies of the
    active dealers who sell there; where nobody does, in every currency.
    """
    if product is not None:
        require_product(session, product)
    lists = [held for currency in _currencies(session, country) if (held := in_force(session, currency, call.today))]
    lines = lines_of(session, lists, product)
    return tuple(_official(held, line) for held in lists for line in lines[held.id])


def in_force(session: Session, currency: str, day: date) -> PriceList | None:
    """The list that holds on `day` for `currency`, or None."""
    newest_first = (PriceList.valid_from.desc(), PriceList.created_at.desc(), PriceList.id.desc())
    of_currency = select(PriceList).where(PriceList.currency == currency, PriceList.valid_from <= day)
    return session.scalars(of_currency.order_by(*newest_first).limit(1)).one_or_none()


def lines_of(
    session: Session, lists: Iterable[PriceList], product: str | None = None, edition: str | None = None
) -> Mapping[int, tuple[PriceLine, ...]]:
    """The lines of each list by its id, sorted by product, edition, period and seats."""
    found: dict[int, list[PriceLine]] = {held.id: [] for held in lists}
    currency_of = {held.id: held.currency for held in lists}
    statement = select(PriceItem, Product.code, Edition.code).where(PriceItem.price_list_id.in_(found))
    statement = statement.join(Edition, Edition.id == PriceItem.edition_id).join(Edition.product)
    statement = statement if product is None else statement.where(Product.code == product)
    statement = statement if edition is None else statement.where(Edition.code == edition)
    order = (Product.code, Edition.code, PriceItem.period_years, PriceItem.seats_from)
    for item, product_code, edition_code in session.execute(statement.order_by(*order)):
        line = _line(item, product_code, edition_code, currency_of[item.price_list_id])
        found[item.price_list_id].append(line)
    return {number: tuple(lines) for number, lines in found.items()}


def require_product(session: Session, code: str) -> None:
    """NotFound when there is no product of this code."""
    if session.scalar(select(Product.id).where(Product.code == code)) is None:
        raise errors.NotFound


def known_editions(session: Session) -> dict[tuple[str, str], int]:
    """The ids of all editions by the codes of product and edition."""
    rows = session.execute(select(Product.code, Edition.code, Edition.id).join(Edition.product))
    return {(product, edition): number for product, edition, number in rows}


def _item(made: PriceList, line: PriceLine, edition_id: int) -> PriceItem:
    return PriceItem(
        price_list_id=made.id,
        edition_id=edition_id,
        period_years=line.period_years,
        seats_from=line.seats_from,
        new_price=price_lines.units(line.new_price, made.currency),
        renewal_price=price_lines.units(line.renewal_price, made.currency),
    )


def _line(item: PriceItem, product: str, edition: str, currency: str) -> PriceLine:
    new, renewal = dealers.shown(item.new_price, currency), dealers.shown(item.renewal_price, currency)
    return PriceLine(product, edition, item.period_years, item.seats_from, new, renewal)


def _currencies(session: Session, country: str | None) -> Sequence[str]:
    every = session.scalars(select(PriceList.currency).distinct().order_by(PriceList.currency)).all()
    if country is None:
        return every
    sold_in = {dealer.currency for dealer in session.scalars(dealers.active(country))}
    return [currency for currency in every if currency in sold_in] if sold_in else every


def _official(held: PriceList, line: PriceLine) -> OfficialPrice:
    return OfficialPrice(
        product=line.product,
        edition=line.edition,
        period_years=line.period_years,
        seats_from=line.seats_from,
        currency=held.currency,
        new_price=line.new_price,
        renewal_price=line.renewal_price,
        valid_from=held.valid_from,
    )


def _view(held: PriceList, items: tuple[PriceLine, ...]) -> PriceListView:
    return PriceListView(
        id=identifiers.show("prl", held.id),
        currency=held.currency,
        valid_from=held.valid_from,
        created_at=held.created_at,
        items=items,
    )
