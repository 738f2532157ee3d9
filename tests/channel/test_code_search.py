from dataclasses import dataclass, replace

import pytest
from sqlalchemy import event

from prolong_server import db
from prolong_server.channel import code_search, dealers, sealed_codes, voids
from prolong_server.channel.dealers import DealerSpec
from prolong_server.keyring import CodeKey, KeysBehind
from prolong_server.licensing import activations, redemptions, reversals
from prolong_server.licensing.forms import CustomerForm
from prolong_server.licensing.license_specs import CustomerSpec
from prolong_server.licensing.license_views import LicenseView
from prolong_server.models.operations import KeyPurpose, KeyRecord
from prolong_server.rules import codes, digests, errors
from prolong_server.rules.vocabulary import CodeKind, CodeState, LicenseClass
from tests import room as rooms
from tests import vendor
from tests.channel.conftest import wrong_fields

pytestmark = pytest.mark.usefixtures("room")


@dataclass(frozen=True, slots=True)
class Shop:
    """A vendor with some history: two orders, of which one code was redeemed, one reversed, one voided."""

    vendor: vendor.Vendor
    order: str
    codes: list[str]
    license: LicenseView
    redemption: str
    reversed: str


@pytest.fixture
def shop(room):
    found = vendor.found()
    order = vendor.order(found, 4)
    printed = list(sealed_codes.read(vendor.called(), order))
    held = vendor.license_(customer=CustomerSpec("Olena", "Olena@Example.com", "UA", reminders=False))
    one, two = (redemptions.redeem(vendor.called(), vendor.renewal(code, held.license_key)) for code in printed[:2])
    reversals.reverse(vendor.called(1), two.receipt.id, "chargeback")
    voids.void(vendor.called(2), order, printed[2:3])
    return Shop(found, order, printed, held, one.receipt.id, two.receipt.id)


def search(by, text, call=None, **window):
    return code_search.search(call or vendor.called(3), by, text, **window)


def states(page):
    return sorted(item.state.value for item in page.items)


def group_of(text):
    return text.split("-")[0]


def test_a_first_group_finds_its_code_however_it_is_typed(shop):
    for text in (group_of(shop.codes[0]), group_of(shop.codes[0]).lower(), f" {'-'.join(group_of(shop.codes[0]))} "):
        [item] = search("first_group", text).items
        assert (item.order, item.dealer, item.state) == (shop.order, shop.vendor.dealer, CodeState.REDEEMED)
        assert (item.license, item.redemption) == (shop.license.id, shop.redemption)


def test_a_first_group_finds_every_code_that_begins_with_it(shop, room):
    class Alike:
        """Randomness whose codes all begin with the same group."""

        def __call__(self, size):
            # An order of seven draws the heads of all of them at once.
            drawn = bytearray(7 if size == 7 else rooms.called().random(size))
            for at in range(5 if size % 24 == 0 else 0):
                drawn[at::24] = bytes([at]) * (size // 24)
            return bytes(drawn)

    made = vendor.order(shop.vendor, 7, vendor.called(random=Alike()))
    told = [item for cursor in pages("first_group", "01234", 3) for item in cursor.items]
    assert [item.order for item in told] == [made] * 7


def pages(by, text, limit):
    """Every page of a search."""
    page = search(by, text, limit=limit)
    yield page
    while page.next_cursor:
        page = search(by, text, limit=limit, cursor=page.next_cursor)
        yield page


def test_a_whole_code_is_found_in_every_state(shop):
    found = [search("code", text).items[0] for text in shop.codes]
    assert [item.state for item in found] == ["redeemed", "reversed", "voided", "issued"]
    assert found[1].reversed_at == vendor.called(1).now
    assert found[2].voided_at == vendor.called(2).now
    assert (found[3].license, found[3].redemption, found[3].issued_at) == (None, None, vendor.called().now)


def test_a_mark_that_contradicts_finds_nothing(shop):
    symbols = codes.read(shop.codes[0]).symbols
    assert search("code", codes.show(symbols, LicenseClass.PROMO)).items == ()
    assert search("first_group", f"NFR-{symbols[:5]}").items == ()


def test_a_marked_code_is_found_by_its_group_with_and_without_the_mark(shop):
    [text] = vendor.codes(shop.vendor, kind=CodeKind.ACTIVATION, license_class=LicenseClass.PROMO)
    _mark, group, *_rest = text.split("-")
    assert len(search("first_group", f"PRO-{group}").items) == len(search("first_group", group).items) == 1


def test_an_order_tells_all_its_codes_page_by_page_and_none_twice(shop):
    assert states(search("order", shop.order)) == ["issued", "redeemed", "reversed", "voided"]
    vendor.order(shop.vendor, 3)
    made = vendor.order(shop.vendor, 23)
    parts = list(pages("order", made, 5))
    assert [len(page.items) for page in parts] == [5, 5, 5, 5, 3]
    assert {item.order for page in parts for item in page.items} == {made}


def test_a_license_is_named_by_its_number_or_its_key_and_tells_what_was_spent_on_it(shop):
    for text in (shop.license.id, shop.license.license_key, shop.license.license_key.lower()):
        page = search("license", text)
        assert states(page) == ["redeemed", "reversed"]
        assert {item.redemption for item in page.items} == {shop.redemption, shop.reversed}


def test_the_activation_code_of_a_license_is_found_too(shop):
    [text] = vendor.codes(shop.vendor, kind=CodeKind.ACTIVATION)
    form = vendor.activation(text, customer=CustomerForm("Taras", "UA", email="taras@example.com"))
    made = activations.activate(vendor.called(), form).license
    for by, asked in (("license", made.id), ("customer", "TARAS@example.com"), ("code", text)):
        [item] = search(by, asked).items
        assert (item.kind, item.state, item.license, item.redemption) == ("activation", "redeemed", made.id, None)


def test_a_customer_is_named_by_number_or_mail_address_in_any_case(shop):
    for text in (shop.license.customer_id, "olena@example.com", "OLENA@EXAMPLE.COM"):
        assert states(search("customer", text)) == ["redeemed", "reversed"]
    for text in ("lena@example.com", "olena@example.co", "%@example.com"):
        assert search("customer", text).items == ()


def test_a_dealer_tells_the_codes_of_its_newest_orders_first_over_all_pages(shop):
    made = [vendor.order(shop.vendor, number, vendor.called(number)) for number in (1, 2, 9, 1, 1, 3)]
    other = dealers.create(vendor.called(), DealerSpec("Other", "LV", ("LV",), "EUR", credit_limit="1000.00")).id
    vendor.order(vendor.Vendor(other), 2)
    ages = dict(zip(made, (1, 2, 9, 1, 1, 3), strict=True)) | {shop.order: 0}
    whole = [item.order for item in search("dealer", shop.vendor.dealer, limit=100).items]
    assert len(whole) == 21
    assert [ages[order] for order in whole] == sorted((ages[order] for order in whole), reverse=True)
    for limit in (1, 2, 4, 7, 20, 21):
        parts = list(pages("dealer", shop.vendor.dealer, limit))
        assert [item.order for page in parts for item in page.items] == whole
        assert {len(page.items) for page in parts[:-1]} <= {limit}


def test_sandbox_codes_are_told_as_such(shop):
    actor = replace(vendor.called().actor, test=True)
    made = vendor.order(shop.vendor, 1, vendor.called(actor=actor))
    assert [item.test for item in search("order", made).items] == [True]
    assert {item.test for item in search("order", shop.order).items} == {False}


@pytest.mark.parametrize(
    ("by", "text"),
    [
        ("first_group", "ZZZZZ"),
        ("code", "WXWCB-YB6WK-952SW-A0432-CF1XG"),
        ("order", "ord_0000000000001"),
        ("license", "lic_0000000000001"),
        ("license", "NO-SUCH-KEY"),
        ("dealer", "dlr_0000000000001"),
        ("order", "lic_0000000000001"),
        ("dealer", "1"),
        ("customer", "cus_0000000000001"),
    ],
)
def test_what_is_unknown_finds_nothing(shop, by, text):
    assert search(by, text) == code_search.FoundPage((), None, complete=True)


@pytest.mark.parametrize(
    ("by", "text"),
    [
        ("first_group", "7K2Q"),
        ("first_group", "7K2QXX"),
        ("first_group", "7K2QU"),
        ("first_group", "7К2QX"),
        ("license", ""),
        ("license", "кей"),
        ("customer", "Olena"),
        ("customer", "a\0@b.example"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(shop, by, text):
    with pytest.raises(errors.InvalidRequest) as refusal:
        search(by, text)
    assert wrong_fields(refusal) == {by}


def test_a_mistyped_code_is_malformed(shop):
    with pytest.raises(errors.CodeMalformed):
        search("code", "WXWCB-YB6WK-952SW-A0432-CF1XF")


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "A" * 32 + "!"])
def test_a_foreign_cursor_is_refused(shop, cursor):
    with pytest.raises(errors.InvalidRequest) as refusal:
        search("order", shop.order, cursor=cursor)
    assert wrong_fields(refusal) == {"cursor"}


def test_codes_under_a_key_of_the_first_scheme_are_found_by_all_but_their_first_group_which_the_answer_says(shop):
    row = {"id": 9, "purpose": KeyPurpose.CODE, "fingerprint": "old", "scheme": digests.HASHED}
    rooms.save(KeyRecord(**row, created_at=rooms.NOW))
    known = vendor.called().keys
    both = replace(known, codes=(CodeKey(9, b"o" * 32, digests.HASHED), *known.codes))
    old = replace(vendor.called(), keys=both)
    order = vendor.order(shop.vendor, 1, old)
    [text] = sealed_codes.read(old, order)
    assert search("first_group", group_of(text), old) == code_search.FoundPage((), None, complete=False)
    assert [item.order for item in search("code", text, old).items] == [order]
    assert search("order", order, old).complete
    with pytest.raises(KeysBehind):
        search("code", text)


SCANNED = ("codes", "orders", "redemptions", "activations", "licenses", "customers")


@pytest.mark.parametrize("room_url", ["postgresql"], indirect=True)
def test_no_search_reads_a_whole_table(shop, request):
    """With sequential scans forbidden, PostgreSQL still names one in the plan where no index can serve."""
    seen = []
    noted = (db.db.engine, "before_cursor_execute", lambda *told: seen.append((told[2], told[3])))
    event.listen(*noted)
    request.addfinalizer(lambda: event.remove(*noted))
    asked = {"first_group": group_of(shop.codes[0]), "code": shop.codes[0], "order": shop.order}
    asked |= {"license": shop.license.license_key, "dealer": shop.vendor.dealer, "customer": "olena@example.com"}
    for by, text in asked.items():
        seen.clear()
        page = search(by, text, limit=1)
        search(by, text, limit=3, cursor=page.next_cursor)
        plans = [plan(*statement) for statement in list(seen)]
        assert plans
        assert not [line for lines in plans for line in lines if is_scan(line)], by


def is_scan(line):
    return any(f"Seq Scan on {table}" in line for table in SCANNED)


def plan(statement, parameters):
    with db.db.engine.connect() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")
        return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]
