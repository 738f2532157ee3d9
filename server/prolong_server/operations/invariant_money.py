"""What holds of money: accounts, orders, price lists."""

from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, not_, select

from prolong_server.models.channel import AccountEntry, Dealer, EntryKind, Order, PriceItem
from prolong_server.models.licensing import VOIDED, Code


def balances_are_the_sums_of_their_entries() -> Select[Any]:
    """A dealer's balance is the sum of its account entries."""
    entries = select(func.coalesce(func.sum(AccountEntry.amount), 0)).where(AccountEntry.dealer_id == Dealer.id)
    return select(Dealer.id).where(Dealer.balance != entries.scalar_subquery())


def entries_say_the_balance_after_them() -> Select[Any]:
    """An account entry that says a balance says the sum of the dealer's entries up to it."""
    run = func.sum(AccountEntry.amount).over(partition_by=AccountEntry.dealer_id, order_by=AccountEntry.id)
    entries = select(AccountEntry.dealer_id, AccountEntry.balance, run.label("run")).subquery()
    # None where the release before this column wrote the entry.
    return select(entries.c.dealer_id).where(entries.c.balance.is_not(None), entries.c.balance != entries.c.run)


def orders_are_counted_in_quotas() -> Select[Any]:
    """The codes that a dealer with a quota ordered since its period began are counted as used; sandbox orders not."""
    live = (Order.dealer_id == Dealer.id, Order.test.is_(False), Order.ordered_on >= Dealer.quota_from)
    ordered = select(func.coalesce(func.sum(Order.quantity), 0)).where(*live).scalar_subquery()
    # Not equal: an order that was begun on the day before is counted, too, if the next period had begun meanwhile.
    return select(Dealer.id).where(Dealer.quota_codes.is_not(None), Dealer.quota_used < ordered)


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
