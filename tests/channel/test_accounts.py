import pytest
from sqlalchemy import func, select

from prolong_server.channel import accounts, dealers
from prolong_server.models.channel import AccountEntry
from prolong_server.rules import errors
from tests.channel.conftest import wrong_fields


def test_a_payment_raises_the_balance_and_leaves_an_entry(vendor, dealer):
    entry = accounts.record_payment(vendor.call(), dealer.id, "100.50", "invoice 7")
    assert (entry.kind, entry.amount, entry.balance, entry.reason) == ("payment", "100.50", "100.50", "invoice 7")
    assert dealers.show(vendor.call(), dealer.id).available == "1100.50"
    assert vendor.one(select(AccountEntry.amount)) == 10050


def test_a_correction_may_lower_the_balance(vendor, dealer):
    assert accounts.record_correction(vendor.call(), dealer.id, "-0.01", "rounding").balance == "-0.01"


@pytest.mark.parametrize("amount", ["0", "-1.00", "1.001", "", "1,00", "NaN", "1e2", "9" * 19])
def test_a_payment_of_nothing_or_of_no_money_is_refused(vendor, dealer, amount):
    with pytest.raises(errors.InvalidRequest) as refusal:
        accounts.record_payment(vendor.call(), dealer.id, amount, "x")
    assert wrong_fields(refusal) == {"amount"}
    assert vendor.one(select(func.count()).select_from(AccountEntry)) == 0


def test_a_balance_that_cannot_be_kept_is_refused_and_not_rounded(vendor, dealer):
    most = "9999990000000000.00"
    accounts.record_payment(vendor.call(), dealer.id, most, "all the money")
    dealers.change(vendor.call(), dealer.id, {"credit_limit": "10000000000.00"})
    with pytest.raises(errors.InvalidRequest):
        accounts.record_payment(vendor.call(), dealer.id, "0.01", "a cent more")
    told = dealers.show(vendor.call(), dealer.id)
    assert (told.balance, told.available) == (most, "10000000000000000.00")


def test_payments_at_once_all_count(vendor, dealer):
    vendor.at_once(lambda _: accounts.record_payment(vendor.call(), dealer.id, "1.00", "x"), 12)
    assert vendor.balance(dealer) == 1200
    assert vendor.one(select(func.sum(AccountEntry.amount))) == 1200
