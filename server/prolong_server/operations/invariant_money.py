"""What holds of money: accounts, orders, price lists."""

from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, not_, select

from prolong_server.models.channel import AccountEntry, Dealer, EntryKind, Order, PriceItem
from prolong_server.models.licensing import VOIDED, Code


def balances_are_the_sums_of_their_entries() -> Select[Any]:
    """A dealer's balance is the sum of its account entries."""
    entries = select(func.coalesce(func.sum(AccountEntry.amount), 0)).where(AccountEntry.dealer_id == Dealer.id)
    return select(Dealer.id).where(Dealer.balance != entries.scalar_subquery())


def totals_are_unit_price_times_quantity() -> Select[Any]:
    """An order's total is its unit price times its quantity."""
    return select(Order.id).where(Order.total != Order.unit_price * Order.quantity)


def orders_are_debited_once() -> Select[Any]:
    """An order is debited once, with its total, from its own dealer in its own currency; a sandbox order never."""
    return _moved_otherwise(EntryKind.ORDER, -Order.total)


def voids_are_credited_once() -> Select[Any]:
    """What was credited for an order is its unit price for each voided code; for a sandbox order nothing."""
    voided = select(Code.order_id, func.count().label("codes")).where(Code.state == VOIDED)
    counted = voided.group_by(Code.order_id).subquery()
    broken = _moved_otherwise(EntryKind.VOID, Order.unit_price * func.coalesce(counted.c.codes, 0))
    return broken.outerjoin(counted, counted.c.order_id == Order.id)


def renewals_cost_less_than_new_licenses() -> Select[Any]:
    """Every item of a price list has a renewal price below that of a new license (R12)."""
    wrong = (PriceItem.renewal_price >= PriceItem.new_price) | (PriceItem.renewal_price < 0)
    return select(PriceItem.price_list_id).where(wrong)


def _moved_otherwise(kind: EntryKind, due: ColumnElement[int]) -> Select[Any]:
    """The orders for which entries of this kind sum up to something else than is due, or move another's account."""
    entries = select(AccountEntry.order_id, func.sum(AccountEntry.amount).label("amount"))
    moved = entries.where(AccountEntry.kind == kind).group_by(AccountEntry.order_id).subquery()
    astray = select(AccountEntry.order_id).join(Order, Order.id == AccountEntry.order_id)
    foreign = (AccountEntry.dealer_id != Order.dealer_id) | (AccountEntry.currency != Order.currency)
    is_due = func.coalesce(moved.c.amount, 0) == case((Order.test, 0), else_=due)
    joined = select(Order.id).outerjoin(moved, moved.c.order_id == Order.id)
    return joined.where(not_(is_due) | Order.id.in_(astray.where(AccountEntry.kind == kind, foreign)))
