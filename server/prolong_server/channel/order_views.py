"""Orders as their dealer and the vendor see them, and who sees which.

A dealer's token sees its own dealer's orders of its own world: a sandbox token only sandbox orders, a live one only
live orders (R19). Staff see all. What a caller does not see does not exist for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from prolong_server.call import Call
from prolong_server.channel import dealers
from prolong_server.models.catalogue import Edition
from prolong_server.models.channel import Order
from prolong_server.models.licensing import REDEEMED, VOIDED, Code
from prolong_server.rules import errors, identifiers


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of an order's codes; `issued` is the number made."""

    issued: int
    redeemed: int
    voided: int


@dataclass(frozen=True, slots=True)
class OrderView:
    """The contract's `order`. Money is decimal strings; `good_until` is the codes' last day, None for ever (R16)."""

    id: str
    dealer: str
    kind: str
    license_class: str
    product: str
    edition: str
    period_years: int
    seats: int
    quantity: int
    reference: str | None
    shelf_life_days: int | None
    good_until: date | None
    unit_price: str
    total: str
    currency: str
    price_list: str | None
    status: str
    test: bool
    created_at: datetime
    confirmed_at: datetime | None
    counts: Counts
    codes_url: str


def visible(call: Call) -> Select[Order]:
    """Select the orders that this caller sees, with all that a view shows."""
    statement = select(Order).options(joinedload(Order.edition).joinedload(Edition.product))
    if call.actor.role is not None:
        return statement
    return statement.where(Order.dealer_id == (call.actor.dealer_id or 0), Order.test == call.actor.test)


def find(session: Session, call: Call, ref: str, *, lock: bool = False) -> Order:
    """The row of `ord_…`, with `lock` locked to the transaction's end; NotFound for what the caller does not see."""
    number = identifiers.read("ord", ref)
    statement = visible(call).where(Order.id == number).execution_options(populate_existing=True)
    statement = statement.with_for_update(of=Order, key_share=True) if lock else statement
    order = session.scalars(statement).one_or_none() if number else None
    if order is None:
        raise errors.NotFound
    return order


def view(session: Session, order: Order) -> OrderView:
    """An order with its codes counted anew."""
    return views(session, [order])[0]


def views(session: Session, orders: Sequence[Order]) -> tuple[OrderView, ...]:
    """Several orders, their codes counted in one statement."""
    states: dict[int, dict[int, int]] = {order.id: {} for order in orders}
    counted = select(Code.order_id, Code.state, func.count()).where(Code.order_id.in_(states))
    for order_id, state, number in session.execute(counted.group_by(Code.order_id, Code.state)):
        states[order_id][state] = number
    return tuple(_view(order, states[order.id]) for order in orders)


def of_new(order: Order) -> OrderView:
    """An order in the transaction that makes it: all its codes are unspent."""
    return _view(order, {})


def _view(order: Order, states: Mapping[int, int]) -> OrderView:
    name = identifiers.show("ord", order.id)
    return OrderView(
        id=name,
        dealer=identifiers.show("dlr", order.dealer_id),
        kind=order.kind.value,
        license_class=order.license_class.value,
        product=order.edition.product.code,
        edition=order.edition.code,
        period_years=order.period_years,
        seats=order.seats,
        quantity=order.quantity,
        reference=order.reference,
        shelf_life_days=order.shelf_life_days,
        good_until=order.good_until,
        unit_price=dealers.shown(order.unit_price, order.currency),
        total=dealers.shown(order.total, order.currency),
        currency=order.currency,
        price_list=identifiers.show("prl", order.price_list_id) if order.price_list_id else None,
        status=order.status.value,
        test=order.test,
        created_at=order.created_at,
        confirmed_at=order.confirmed_at,
        counts=Counts(order.quantity, states.get(REDEEMED, 0), states.get(VOIDED, 0)),
        codes_url=f"/v1/orders/{name}/codes",
    )
