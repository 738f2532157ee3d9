from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.channel import accounts, dealers, orders, sealed_codes, statements, voids
from prolong_server.channel.dealers import DealerSpec
from prolong_server.channel.statements import Span
from prolong_server.models.channel import AccountEntry
from prolong_server.operations import invariants
from prolong_server.rules import errors, identifiers
from tests.channel.conftest import RENEWAL, later

ALL = Span()


def told(entries):
    return [(entry.kind, entry.amount, entry.balance) for entry in entries]


def read(vendor, dealer, span=ALL, **call):
    return statements.read(vendor.dealer(dealer, **call), None, span)


@pytest.fixture
def moved(vendor, dealer):
    """A payment, an order of 10 codes, two of them voided, a correction: one each day from 10 March on."""
    pay = accounts.record_payment(vendor.call(), dealer.id, "100.00", "bank, 4711")
    order = orders.place(vendor.dealer(dealer, now=later(days=1)), RENEWAL)
    code = next(iter(_codes(vendor, dealer, order)))
    voids.void(vendor.dealer(dealer, now=later(days=2)), order.id, [code])
    accounts.record_correction(vendor.call(now=later(days=3)), dealer.id, "-0.01", "fee")
    return pay, order


def _codes(vendor, dealer, order):
    return list(sealed_codes.read(vendor.dealer(dealer, now=later(days=1)), order.id))


RUN = [
    ("payment", "100.00", "100.00"),
    ("order", "-245.00", "-145.00"),
    ("void", "24.50", "-120.50"),
    ("correction", "-0.01", "-120.51"),
]


def test_each_entry_says_what_moved_the_balance_and_what_it_left(vendor, dealer, moved):
    page = statements.list_entries(vendor.dealer(dealer), None, ALL)
    assert told(page.items) == RUN[::-1]
    correction, void, order, pay = page.items
    assert (pay, pay.reason, pay.order) == (moved[0], "bank, 4711", None)
    assert (order.order, void.order, order.reason) == (moved[1].id, moved[1].id, None)
    assert (correction.reason, correction.created_at) == ("fee", later(days=3))
    assert dealers.own(vendor.dealer(dealer)).balance == correction.balance


def test_pages_go_from_the_newest_to_the_oldest(vendor, dealer, moved):
    first = statements.list_entries(vendor.dealer(dealer), None, ALL, limit=3)
    rest = statements.list_entries(vendor.dealer(dealer), None, ALL, cursor=first.next_cursor)
    assert told([*first.items, *rest.items]) == RUN[::-1]
    assert rest.next_cursor is None


def test_a_statement_begins_with_what_there_was_and_ends_with_what_there_is(vendor, dealer, moved):
    whole = read(vendor, dealer)
    assert (whole.currency, whole.opening, whole.closing, told(whole.entries)) == ("EUR", "0.00", "-120.51", RUN)
    middle = read(vendor, dealer, Span(date(2026, 3, 11), date(2026, 3, 12)))
    assert (middle.opening, middle.closing, told(middle.entries)) == ("100.00", "-120.50", RUN[1:3])
    later_on = read(vendor, dealer, Span(since=date(2026, 4, 1)))
    assert (later_on.opening, later_on.closing, told(later_on.entries)) == ("-120.51", "-120.51", [])
    earlier = read(vendor, dealer, Span(until=date(2026, 3, 9)))
    assert (earlier.opening, earlier.closing, told(earlier.entries)) == ("0.00", "0.00", [])
    page = statements.list_entries(vendor.dealer(dealer), None, Span(date(2026, 3, 11), date(2026, 3, 12)))
    assert told(page.items) == RUN[1:3][::-1]


def test_days_are_the_vendors(vendor, dealer):
    kyiv = ZoneInfo("Europe/Kyiv")
    for number, at in enumerate([datetime(2026, 3, 9, 21, 59, tzinfo=UTC), datetime(2026, 3, 9, 22, tzinfo=UTC)], 1):
        accounts.record_payment(vendor.call(now=at), dealer.id, f"{number}.00", "bank")
    day = read(vendor, dealer, Span(date(2026, 3, 10), date(2026, 3, 10)), zone=kyiv)
    assert (day.opening, day.closing, told(day.entries)) == ("1.00", "3.00", [("payment", "2.00", "3.00")])
    before = read(vendor, dealer, Span(until=date(2026, 3, 9)), zone=kyiv)
    assert (before.opening, before.closing, told(before.entries)) == ("0.00", "1.00", [("payment", "1.00", "1.00")])


def test_what_is_entered_while_a_statement_is_read_is_not_in_it(vendor, dealer, moved):
    whole = read(vendor, dealer)
    accounts.record_payment(vendor.call(), dealer.id, "5.00", "bank")
    assert (told(whole.entries), whole.closing) == (RUN, "-120.51")


def test_a_long_statement_is_read_in_parts_and_told_whole(vendor, dealer):
    number = identifiers.read("dlr", dealer.id)
    accounts.record_payment(vendor.call(), dealer.id, "0.01", "bank")
    with Session(db.db.engine) as session, session.begin():
        entry = {"dealer_id": number, "kind": "payment", "amount": 1, "currency": "EUR", "created_at": later()}
        session.add_all([AccountEntry(**entry, balance=at) for at in range(2, 2501)])
    whole = read(vendor, dealer)
    balances = [entry.balance for entry in whole.entries]
    assert (len(balances), balances[-1], whole.closing) == (2500, "25.00", "25.00")


def test_entries_of_the_release_before_get_their_balance_when_they_are_read(vendor, dealer, moved):
    with Session(db.db.engine) as session, session.begin():
        session.execute(update(AccountEntry).values(balance=None).where(AccountEntry.amount > 0))
    assert told(read(vendor, dealer).entries) == RUN
    assert told(statements.list_entries(vendor.dealer(dealer), None, ALL).items) == RUN[::-1]
    assert invariants.check() == []


def test_a_sandbox_token_reads_an_empty_account(vendor, dealer, moved):
    orders.place(vendor.dealer(dealer, test=True), RENEWAL)
    sandbox = read(vendor, dealer, test=True)
    assert (sandbox.opening, sandbox.closing, told(sandbox.entries)) == ("0.00", "0.00", [])
    assert statements.list_entries(vendor.dealer(dealer, test=True), None, ALL).items == ()


def test_everybody_reads_the_own_account_and_staff_each(vendor, dealer, moved):
    other = dealers.create(vendor.call(), DealerSpec("Other", "LV", ("LV",), "EUR"))
    assert told(read(vendor, other).entries) == []
    assert told(statements.read(vendor.call(), dealer.id, ALL).entries) == RUN
    assert told(statements.list_entries(vendor.call(), dealer.id, ALL).items) == RUN[::-1]
    for ask in (statements.read, statements.list_entries):
        with pytest.raises(errors.NotFound):
            ask(vendor.call(), "dlr_0000000000001", ALL)
        with pytest.raises(errors.NotFound):
            ask(vendor.call(), None, ALL)


def test_the_entries_of_a_dealer_are_numbered_in_the_order_in_which_they_moved_its_balance(vendor, dealer):
    other = dealers.create(vendor.call(), DealerSpec("Other", "UA", ("UA",), "EUR", credit_limit="1000.00"))
    once = replace(RENEWAL, quantity=1)

    def move(at):
        mine = other if at % 3 == 0 else dealer
        for _ in range(4):
            if at % 2:
                _insistently(lambda: accounts.record_payment(vendor.call(), mine.id, "10.00", "bank"))
            else:
                _insistently(lambda: orders.place(vendor.dealer(mine), once))

    assert vendor.at_once(move, 12) == [None] * 12
    for one in (dealer, other):
        balance = Decimal(0)
        for entry in statements.read(vendor.call(), one.id, ALL).entries:
            balance += Decimal(entry.amount)
            assert Decimal(entry.balance) == balance
        assert dealers.show(vendor.call(), one.id).balance == f"{balance:.2f}"
    assert invariants.check() == []
    with Session(db.db.engine) as session:
        assert None not in session.scalars(select(AccountEntry.balance)).all()


def _insistently(work):
    while True:
        try:
            return work()
        except errors.TryAgain:
            continue
