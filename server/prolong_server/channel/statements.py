"""A dealer's account as the dealer and the vendor's accountants read it: by page, or a whole span of days at once.

The account is what is live: a sandbox token reads an empty one (R19).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, false, func, select, true
from sqlalchemy.orm import Session, aliased

from prolong_server import db
from prolong_server.call import Call
from prolong_server.channel import accounts, dealers
from prolong_server.channel.accounts import EntryView
from prolong_server.models.channel import AccountEntry, Dealer
from prolong_server.operations import pages
from prolong_server.operations.pages import Page
from prolong_server.rules import calendar, identifiers

_AT_ONCE: Final = 1000
_ONE_DAY: Final = timedelta(days=1)
_NOBODYS: Final = 0
_earlier = aliased(AccountEntry)
# The release before the column `balance` left it empty; its entries are counted anew.
_BALANCE: Final = func.coalesce(
    AccountEntry.balance,
    select(func.sum(_earlier.amount))
    .where(_earlier.dealer_id == AccountEntry.dealer_id, _earlier.id <= AccountEntry.id)
    .scalar_subquery(),
)


@dataclass(frozen=True, slots=True)
class Span:
    """From the day `since` to the day `until`, both included, in the vendor's zone; None is without an end."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A span of an account. `opening` and `closing` are decimal strings, `closing` = `opening` + the entries' sum.

    The entries come oldest first and are read as they are asked for.
    """

    currency: str
    opening: str
    closing: str
    entries: Iterator[EntryView]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A statement before its entries are read: whose account, up to which entry."""

    account: int
    last: int
    currency: str
    opening: int
    closing: int


@db.reading
def list_entries(
    session: Session,
    call: Call,
    ref: str | None,
    span: Span,
    cursor: str | None = None,
    limit: int = pages.DEFAULT,
) -> Page[EntryView]:
    """A page of the entries of the dealer `dlr_…`, or without one of whose token asks; the newest first. NotFound."""
    mine = (AccountEntry.dealer_id == _account(call, _dealer(session, call, ref)), *_within(call, span))
    entries = select(AccountEntry, _BALANCE).where(*mine)
    rows, following = pages.fetch(session, entries, AccountEntry.id, cursor, limit, descending=True)
    return Page(tuple(accounts.view(entry, int(balance)) for entry, balance in rows), following)


def read(call: Call, ref: str | None, span: Span) -> Statement:
    """The whole span of such an account, as it stands now: what is entered while it is read is not in it. NotFound."""
    opened = _open(call, ref, span)
    return Statement(
        currency=opened.currency,
        opening=dealers.shown(opened.opening, opened.currency),
        closing=dealers.shown(opened.closing, opened.currency),
        entries=_entries(call, opened, span),
    )


@db.reading
def _open(session: Session, call: Call, ref: str | None, span: Span) -> _Opened:
    dealer = _dealer(session, call, ref)
    account = _account(call, dealer)
    before, within = _before(call, span), and_(true(), *_within(call, span))
    # One statement sees one state; the entries of a dealer are numbered in the order in which they are committed.
    totals = select(_sum(before), _sum(within), func.coalesce(func.max(AccountEntry.id), 0))
    opening, moved, last = session.execute(totals.where(AccountEntry.dealer_id == account)).one()
    return _Opened(account, last, dealer.currency, int(opening), int(opening + moved))


def _entries(call: Call, opened: _Opened, span: Span) -> Iterator[EntryView]:
    after = 0
    while part := _part(call, opened, span, after):
        yield from (view for _, view in part)
        after = part[-1][0]


@db.reading
def _part(session: Session, call: Call, opened: _Opened, span: Span, after: int) -> list[tuple[int, EntryView]]:
    here = (AccountEntry.dealer_id == opened.account, AccountEntry.id > after, AccountEntry.id <= opened.last)
    entries = select(AccountEntry, _BALANCE).where(*here, *_within(call, span))
    rows = session.execute(entries.order_by(AccountEntry.id).limit(_AT_ONCE))
    return [(entry.id, accounts.view(entry, int(balance))) for entry, balance in rows]


def _sum(part: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(AccountEntry.amount).filter(part), 0)


def _dealer(session: Session, call: Call, ref: str | None) -> Dealer:
    return dealers.find(session, identifiers.show("dlr", call.actor.dealer_id or _NOBODYS) if ref is None else ref)


def _account(call: Call, dealer: Dealer) -> int:
    return _NOBODYS if call.actor.test else dealer.id


def _before(call: Call, span: Span) -> ColumnElement[bool]:
    if span.since is None:
        return false()
    return AccountEntry.created_at < calendar.term_end(span.since - _ONE_DAY, call.zone)


def _within(call: Call, span: Span) -> tuple[ColumnElement[bool], ...]:
    begun = () if span.since is None else (~_before(call, span),)
    ended = () if span.until is None else (AccountEntry.created_at < calendar.term_end(span.until, call.zone),)
    return *begun, *ended
