from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from prolong_server import db
from prolong_server.channel import orders, sealed_codes
from prolong_server.channel.order_views import OrderView
from prolong_server.models.channel import SealedChunk
from prolong_server.models.operations import AuditEvent
from prolong_server.operations import sealing
from prolong_server.rules import errors
from tests.channel.conftest import RENEWAL, later


def chunks(vendor):
    return vendor.one(select(func.count()).select_from(SealedChunk))


@pytest.fixture
def large(vendor, dealer):
    return orders.place(vendor.dealer(dealer, test=True), replace(RENEWAL, quantity=3 * sealed_codes.CHUNK))


def test_every_download_gives_the_same_list_and_is_audited(vendor, dealer, order):
    caller = vendor.dealer(dealer)
    assert list(sealed_codes.read(caller, order.id)) == list(sealed_codes.read(caller, order.id))
    downloads = select(func.count()).where(AuditEvent.action == "order.codes_downloaded")
    assert vendor.one(downloads) == 2


def test_a_confirmed_receipt_destroys_the_list_and_repeats_itself(vendor, dealer, order):
    confirmed = orders.confirm(vendor.dealer(dealer), order.id)
    assert (confirmed.status, chunks(vendor)) == ("confirmed", 0)
    assert orders.confirm(vendor.dealer(dealer, now=later(hours=1)), order.id) == confirmed
    with pytest.raises(errors.CodesNoLongerAvailable):
        sealed_codes.read(vendor.dealer(dealer), order.id)


def test_the_list_is_there_for_30_days_and_destroyed_then(vendor, dealer, order):
    last = vendor.dealer(dealer, now=later(days=30, microseconds=-1))
    assert len(list(sealed_codes.read(last, order.id))) == 10
    with pytest.raises(errors.CodesNoLongerAvailable):
        sealed_codes.read(vendor.dealer(dealer, now=later(days=30)), order.id)
    assert chunks(vendor) == 0
    assert vendor.one(select(AuditEvent.object_id).where(AuditEvent.action == "order.codes_destroyed")) == order.id


def test_destroying_leaves_the_lists_that_still_have_days(vendor, dealer, order):
    orders.place(vendor.dealer(dealer, now=later(days=1)), RENEWAL)
    assert sealed_codes.destroy_overdue(vendor.call(now=later(days=30))) == 1
    assert sealed_codes.destroy_overdue(vendor.call(now=later(days=30))) == 0
    assert chunks(vendor) == 1


@pytest.mark.parametrize("ref", ["ord_0000000000001", "lic_0000000000001", "x"])
def test_an_unknown_orders_list_is_not_found(vendor, dealer, ref):
    with pytest.raises(errors.NotFound):
        sealed_codes.read(vendor.dealer(dealer), ref)


def test_a_sandbox_token_reads_no_live_codes(vendor, dealer, order):
    with pytest.raises(errors.NotFound):
        sealed_codes.read(vendor.dealer(dealer, test=True), order.id)


def test_a_list_destroyed_while_it_is_read_breaks_off(vendor, dealer, large):
    caller = vendor.dealer(dealer, test=True)
    read = sealed_codes.read(caller, large.id)
    told = [next(read) for _ in range(10)]
    orders.confirm(caller, large.id)
    with pytest.raises(errors.CodesNoLongerAvailable):
        told.extend(read)
    assert len(told) == sealed_codes.CHUNK


def test_confirming_against_downloads_gives_whole_lists_or_none(vendor, dealer, large):
    caller = vendor.dealer(dealer, test=True)

    def take_part(at):
        return orders.confirm(caller, large.id) if at == 5 else list(sealed_codes.read(caller, large.id))

    for got in vendor.at_once(take_part, 10):
        whole = isinstance(got, list) and len(got) == large.quantity
        assert whole or isinstance(got, (OrderView, errors.CodesNoLongerAvailable, errors.TryAgain))
    assert chunks(vendor) == 0


def test_a_chunk_moved_to_another_place_does_not_open(vendor, dealer, large):
    with db.transaction() as connection:
        for old, new in ((0, 9), (1, 0), (9, 1)):
            connection.execute(update(SealedChunk).where(SealedChunk.number == old).values(number=new))
    with pytest.raises(sealing.Tampered):
        sealed_codes.read(vendor.dealer(dealer, test=True), large.id)


def test_no_code_stands_in_clear_in_the_database(vendor, dealer, order):
    symbols = [text.replace("-", "").encode() for text in sealed_codes.read(vendor.dealer(dealer), order.id)]
    sealed = vendor.one(select(SealedChunk.sealed))
    assert not any(code[:24] in sealed for code in symbols)
