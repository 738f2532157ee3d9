"""Dealers' accounts: the only place that moves a balance, always together with the entry that tells of it.

Every movement is one conditional UPDATE, so that a credit limit holds against any number of orders at once without a
lock taken before. A movement of nothing leaves no entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.channel import dealers, quotas
from prolong_server.models.channel import AccountEntry, Dealer, DealerStatus, EntryKind, Order
from prolong_server.operations import audit, idempotency
from prolong_server.rules import errors, identifiers, prices
from prolong_server.rules.errors import Refusal

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class EntryView:
    """One movement of an account: a debit is negative; `balance` is what it left. Amounts are decimal strings.

    `order` is that of an order or a void, `reason` that of a payment or a correction.
    """

    id: str
    dealer: str
    kind: str
    amount: str
    currency: str
    balance: str
    order: str | None
    reason: str | None
    created_at: datetime


@idempotency.creating
def record_payment(session: Session, call: Call, dealer_ref: str, amount: str, reason: str) -> EntryView:
    """Record what the dealer paid, a positive decimal string. NotFound, InvalidRequest."""
    return _record(session, call, dealer_ref, EntryKind.PAYMENT, amount, reason)


@idempotency.creating
def record_correction(session: Session, call: Call, dealer_ref: str, amount: str, reason: str) -> EntryView:
    """Correct a balance by a positive or negative decimal string. NotFound, InvalidRequest."""
    return _record(session, call, dealer_ref, EntryKind.CORRECTION, amount, reason)


def require_active(dealer: Dealer) -> None:
    """DealerSuspended for a dealer that may not order."""
    if dealer.status is not DealerStatus.ACTIVE:
        raise errors.DealerSuspended


def require_cover(dealer: Dealer, order: Order) -> None:
    """Refuse an order that the dealer, as just read, cannot make: DealerSuspended, CreditExceeded, QuotaExceeded.

    It spares the work of an order that would be refused; what counts in a race is `debit`.
    """
    refusal = _refusal(dealer, order)
    if refusal is not None:
        raise refusal


def debit(session: Session, call: Call, order: Order) -> None:
    """Take the order's total from its dealer's account and its codes from its quota, if it is active and both reach.

    DealerSuspended, CreditExceeded, QuotaExceeded; TryAgain if what stood against the order is gone already.
    """
    covered = (
        Dealer.status == DealerStatus.ACTIVE,
        Dealer.balance - order.total + Dealer.credit_limit >= 0,
        quotas.reaches(order.quantity, order.ordered_on),
    )
    entry = _entry(call, order.dealer_id, EntryKind.ORDER, -order.total, order.currency, order_id=order.id)
    if _move(session, entry, *covered, also=quotas.counted(order.quantity, order.ordered_on)) is None:
        dealer = session.get_one(Dealer, order.dealer_id, populate_existing=True)
        raise _refusal(dealer, order) or errors.TryAgain()


def credit(session: Session, call: Call, order: Order, amount: int) -> None:
    """Give back `amount` minor units for voided codes of an order; StateChanged when the account cannot take it."""
    entry = _entry(call, order.dealer_id, EntryKind.VOID, amount, order.currency, order_id=order.id)
    if _move(session, entry) is None:
        raise errors.StateChanged(state="the account cannot take the credit")


def _record(session: Session, call: Call, dealer_ref: str, kind: EntryKind, amount: str, reason: str) -> EntryView:
    dealer = dealers.find(session, dealer_ref, lock=True)
    units = _read_amount(amount, dealer.currency, least=1 if kind is EntryKind.PAYMENT else None)
    entry = _entry(call, dealer.id, kind, units, dealer.currency, reason=reason)
    balance = _move(session, entry)
    if balance is None:
        raise errors.InvalidRequest({"amount": ["The balance would be larger than can be kept."]})
    told = {"amount": dealers.shown(units, dealer.currency), "currency": dealer.currency, "reason": reason}
    audit.record(session, call, f"account.{kind.value}_recorded", dealer_ref, after=told)
    return view(entry, balance)


def _read_amount(amount: str, currency: str, least: int | None) -> int:
    try:
        units = prices.minor_units(prices.parse(amount, currency), currency)
    except ValueError as reason:
        raise errors.InvalidRequest({"amount": [str(reason)]}) from None
    if units == 0 or (least is not None and units < least):
        raise errors.InvalidRequest({"amount": ["Nothing or less than nothing cannot be recorded here."]})
    return units


def _move(
    session: Session, entry: AccountEntry, *conditions: ColumnElement[bool], also: Mapping[str, Any] = _NOTHING
) -> int | None:
    """Move the balance and append the entry; the new balance, or None when a condition does not hold.

    A balance is bounded so that, together with any credit limit, it is an amount that can still be shown. The UPDATE
    locks the dealer's row, so the entries of a dealer are numbered in the order in which they moved its balance.
    """
    after = Dealer.balance + entry.amount
    most = prices.MAX_UNITS - prices.MAX_PRICE_UNITS
    balance = session.scalar(
        update(Dealer)
        .where(Dealer.id == entry.dealer_id, Dealer.currency == entry.currency, *conditions)
        .where(after.between(-most, most))
        .values(balance=after, **also)
        .returning(Dealer.balance)
        .execution_options(synchronize_session=False)
    )
    if balance is not None and entry.amount:
        entry.balance = balance
        session.add(entry)
        session.flush()
    return balance


def _entry(
    call: Call,
    dealer_id: int,
    kind: EntryKind,
    amount: int,
    currency: str,
    *,
    order_id: int | None = None,
    reason: str | None = None,
) -> AccountEntry:
    return AccountEntry(
        dealer_id=dealer_id,
        kind=kind,
        amount=amount,
        currency=currency,
        order_id=order_id,
        reason=reason,
        created_at=call.now,
    )


def _refusal(dealer: Dealer, order: Order) -> Refusal | None:
    if dealer.status is not DealerStatus.ACTIVE:
        return errors.DealerSuspended()
    if dealer.currency != order.currency:
        return errors.TryAgain()
    if dealer.balance - order.total + dealer.credit_limit < 0:
        return _exceeded(dealer, order.total)
    return quotas.refusal(dealer, order.quantity, order.ordered_on)


def _exceeded(dealer: Dealer, total: int) -> Refusal:
    return errors.CreditExceeded(
        needed=dealers.shown(total, dealer.currency),
        available=dealers.shown(dealer.credit_limit + dealer.balance, dealer.currency),
        currency=dealer.currency,
    )


def view(entry: AccountEntry, balance: int) -> EntryView:
    """An entry as the dealer and the vendor see it; `balance` is the one after it."""
    return EntryView(
        id=identifiers.show("ent", entry.id),
        dealer=identifiers.show("dlr", entry.dealer_id),
        kind=entry.kind.value,
        amount=dealers.shown(entry.amount, entry.currency),
        currency=entry.currency,
        balance=dealers.shown(balance, entry.currency),
        order=identifiers.show("ord", entry.order_id) if entry.order_id else None,
        reason=entry.reason,
        created_at=entry.created_at,
    )
