"""What a dealer pays: the official price that holds today, less its discount."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.channel import dealers, price_lists
from prolong_server.channel.price_lines import PriceLine
from prolong_server.models.channel import Dealer, PriceItem
from prolong_server.rules import errors, identifiers, prices
from prolong_server.rules.vocabulary import CodeKind


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of one code for this dealer, in minor units of its currency, and the list it comes from."""

    unit_price: int
    price_list_id: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be priced: one code of this kind, edition, period and number of seats."""

    kind: CodeKind
    edition_id: int
    period_years: int
    seats: int


@dataclass(frozen=True, slots=True)
class DealerPrice:
    """A line of the list that holds, official and (`…_unit_price`) with the dealer's discount; decimal strings."""

    product: str
    edition: str
    period_years: int
    seats_from: int
    new_price: str
    renewal_price: str
    new_unit_price: str
    renewal_unit_price: str


@dataclass(frozen=True, slots=True)
class DealerPrices:
    """A dealer's prices today; `price_list` and `valid_from` are None while no list of its currency holds."""

    currency: str
    discount_percent: str
    price_list: str | None
    valid_from: date | None
    items: tuple[DealerPrice, ...]


@db.reading
def of_dealer(session: Session, call: Call, product: str | None = None, edition: str | None = None) -> DealerPrices:
    """The prices that hold today for the dealer whose token asks. NotFound for others and for an unknown product."""
    dealer = dealers.find(session, identifiers.show("dlr", call.actor.dealer_id or 0))
    if product is not None:
        price_lists.require_product(session, product)
    held = price_lists.in_force(session, dealer.currency, call.today)
    lines = price_lists.lines_of(session, [held], product, edition)[held.id] if held else ()
    return DealerPrices(
        currency=dealer.currency,
        discount_percent=f"{dealer.discount_percent:.2f}",
        price_list=identifiers.show("prl", held.id) if held else None,
        valid_from=held.valid_from if held else None,
        items=tuple(_discounted(dealer, line) for line in lines),
    )


def quote(session: Session, day: date, dealer: Dealer, wanted: Wanted) -> Quote:
    """The price on `day` of what is wanted, with the dealer's discount, rounded half-up; NoPrice."""
    held = price_lists.in_force(session, dealer.currency, day)
    item = prices.best_item(_items(session, held.id, wanted), wanted.seats) if held else None
    if item is None:
        raise errors.NoPrice(currency=dealer.currency)
    official = item.renewal_price if wanted.kind is CodeKind.RENEWAL else item.new_price
    return Quote(_less_discount(dealer, official), item.price_list_id)


def _items(session: Session, price_list_id: int, wanted: Wanted) -> list[PriceItem]:
    statement = select(PriceItem).where(
        PriceItem.price_list_id == price_list_id,
        PriceItem.edition_id == wanted.edition_id,
        PriceItem.period_years == wanted.period_years,
        PriceItem.seats_from <= wanted.seats,
    )
    return list(session.scalars(statement))


def _less_discount(dealer: Dealer, official: int) -> int:
    amount = prices.from_minor_units(official, dealer.currency)
    return prices.minor_units(prices.unit_price(amount, dealer.discount_percent, dealer.currency), dealer.currency)


def _discounted(dealer: Dealer, line: PriceLine) -> DealerPrice:
    return DealerPrice(
        product=line.product,
        edition=line.edition,
        period_years=line.period_years,
        seats_from=line.seats_from,
        new_price=line.new_price,
        renewal_price=line.renewal_price,
        new_unit_price=_text_less_discount(dealer, line.new_price),
        renewal_unit_price=_text_less_discount(dealer, line.renewal_price),
    )


def _text_less_discount(dealer: Dealer, official: str) -> str:
    return f"{prices.unit_price(Decimal(official), dealer.discount_percent, dealer.currency):f}"
