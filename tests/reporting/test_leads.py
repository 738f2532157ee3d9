"""Whom a dealer should ask to renew."""

from dataclasses import replace

import pytest

from prolong_server.channel import dealers, leads, postings
from prolong_server.channel.dealers import DealerSpec
from prolong_server.channel.leads import LeadCustomer, LeadView
from prolong_server.licensing import customers, licenses, redemptions
from prolong_server.licensing.license_specs import CustomerSpec
from prolong_server.rules import errors
from prolong_server.rules.actors import Actor, Role
from prolong_server.rules.vocabulary import LicenseClass
from tests import vendor
from tests.reporting.history import dealer_actor

pytestmark = pytest.mark.usefixtures("room")
STAFF = Actor(kind="staff", id=1, role=Role.REPRESENTATIVE)


@pytest.fixture(params=["nothing posted", "all posted"])
def post(request):
    """Post everything so far, or nothing: no answer may depend on it."""

    def run(days=1):
        while request.param == "all posted" and postings.post(vendor.called(days)):
            pass

    return run


def asked(dealer, days=0, **changes):
    return vendor.called(days, actor=dealer_actor(dealer, **changes))


def ends(page):
    return [(lead.expires_on - vendor.TODAY).days for lead in page.items]


def test_a_lead_says_what_a_dealer_needs_and_not_the_whole_key(post):
    shop = vendor.found()
    customer = CustomerSpec("Olena", "olena@example.com", "UA")
    held = vendor.license_(20, dealer=shop.dealer, customer=customer, license_key="AB-12345", seats=3)
    post()
    assert held.customer_id
    assert held.renewable_until
    lead = LeadView(
        license=held.id,
        license_key_ending="2345",
        product=vendor.PRODUCT,
        edition="home",
        seats=3,
        country="UA",
        expires_on=held.expires_on,
        renewable_until=held.renewable_until,
        customer=LeadCustomer("Olena", "olena@example.com"),
    )
    assert leads.list_all(asked(shop.dealer)).items == (lead,)
    customers.erase(vendor.called(), held.customer_id)
    assert leads.list_all(asked(shop.dealer)).items == (replace(lead, customer=None),)


@pytest.mark.parametrize(("key", "ending"), [("A", ""), ("ABC", "C"), ("ABCDEFGH", "EFGH"), ("0123456789ABC", "9ABC")])
def test_of_a_short_key_at_most_half_is_told(key, ending):
    shop = vendor.found()
    vendor.license_(20, dealer=shop.dealer, license_key=key)
    (lead,) = leads.list_all(asked(shop.dealer)).items
    assert lead.license_key_ending.endswith(ending)
    assert len(lead.license_key_ending) <= min(5, len(key) / 2)


def test_leads_run_from_the_last_day_of_grace_to_the_last_day_asked_for(post):
    shop = vendor.found(renewal_grace_months=1)
    # A month before 5 March is 5 February, 28 days ago.
    for days in (-200, -40, -29, -28, -1, 0, 60, 61):
        vendor.license_(days, dealer=shop.dealer)
    post()
    assert ends(leads.list_all(asked(shop.dealer))) == [-28, -1, 0, 60]
    assert ends(leads.list_all(asked(shop.dealer), 0)) == [-28, -1, 0]
    assert ends(leads.list_all(asked(shop.dealer), 61)) == [-28, -1, 0, 60, 61]
    assert ends(leads.list_all(asked(shop.dealer, days=1))) == [-1, 0, 60, 61]


def test_who_cannot_be_renewed_is_no_lead(post):
    shop = vendor.found()
    vendor.license_(dealer=shop.dealer, activated_on=None)
    vendor.license_(dealer=shop.dealer, license_class=LicenseClass.TRIAL)
    vendor.license_(dealer=shop.dealer, license_class=LicenseClass.NFR)
    vendor.license_()
    for change in (licenses.suspend, licenses.revoke):
        change(vendor.called(), vendor.license_(dealer=shop.dealer).id, "unpaid")
    post()
    assert leads.list_all(asked(shop.dealer)).items == ()


def test_who_was_renewed_is_a_lead_under_the_new_day_only(post):
    shop = vendor.found()
    held = vendor.license_(10, dealer=shop.dealer)
    post()
    redemptions.redeem(vendor.called(2), vendor.renewal(vendor.codes(shop)[0], held.license_key))
    assert leads.list_all(asked(shop.dealer, days=2)).items == ()
    assert ends(leads.list_all(asked(shop.dealer, days=2), 1000)) == [375]
    post(days=3)
    assert ends(leads.list_all(asked(shop.dealer, days=3), 1000)) == [375]


def test_pages_tell_every_lead_once_in_the_order_of_days(post):
    shop = vendor.found()
    made = [vendor.license_(days, dealer=shop.dealer).id for days in (3, 1, 2, 2, 2, 5, 4)]
    post()
    found, cursor = [], None
    while True:
        page = leads.list_all(asked(shop.dealer), cursor=cursor, limit=2)
        found += [(lead.expires_on, lead.license) for lead in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == sorted(found)
    assert sorted(number for _, number in found) == sorted(made)
    assert [lead.license for lead in leads.everything(asked(shop.dealer))] == [number for _, number in found]


@pytest.mark.parametrize("cursor", ["x", "led_", "lic_0000000000001", "led_00000000000010000000", "é"])
def test_a_foreign_cursor_is_named(cursor):
    shop = vendor.found()
    with pytest.raises(errors.InvalidRequest) as refusal:
        leads.list_all(asked(shop.dealer), cursor=cursor)
    assert list(refusal.value.fields["errors"]) == ["cursor"]  # type: ignore[call-overload]  # the fields are anything


def test_everybody_sees_their_own(post):
    shop = vendor.found()
    other = dealers.create(vendor.called(), DealerSpec("Other", "PL", ("PL",), "EUR")).id
    mine = vendor.license_(1, dealer=shop.dealer).id
    theirs = vendor.license_(2, dealer=other).id
    nobodys = vendor.license_(3).id
    sandbox = vendor.license_(4, dealer=shop.dealer, test=True).id
    post()
    assert [lead.license for lead in leads.list_all(asked(shop.dealer)).items] == [mine]
    assert [lead.license for lead in leads.list_all(asked(shop.dealer, test=True)).items] == [sandbox]
    assert [lead.license for lead in leads.list_all(asked(shop.dealer), dealer=shop.dealer).items] == [mine]
    staff = vendor.called(actor=STAFF)
    assert [lead.license for lead in leads.list_all(staff).items] == [mine, theirs, nobodys]
    assert [lead.license for lead in leads.list_all(staff, dealer=other).items] == [theirs]
    for unknown in (other, "dlr_0000000000001", "x"):
        with pytest.raises(errors.NotFound):
            leads.everything(asked(shop.dealer), dealer=unknown)
    with pytest.raises(errors.NotFound):
        leads.list_all(staff, dealer="x")


def test_days_of_grace_are_those_of_each_product():
    shop = vendor.found(renewal_grace_months=3)
    vendor.license_(-80, dealer=shop.dealer)
    assert ends(leads.list_all(asked(shop.dealer))) == [-80]
    assert leads.list_all(asked(shop.dealer, days=30)).items == ()
