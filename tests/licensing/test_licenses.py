"""Licenses in the hands of staff: created, found, suspended, reinstated, revoked, and their history."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import history, license_views, licenses
from prolong_server.licensing.contacts import Contact
from prolong_server.licensing.license_specs import CustomerSpec
from prolong_server.licensing.license_views import LicenseView
from prolong_server.models.licensing import Customer, License, Redemption
from prolong_server.models.operations import AuditEvent
from prolong_server.rules import codes, errors, identifiers
from prolong_server.rules.vocabulary import LicenseClass, LicenseStatus, RenewalBasis
from tests.licensing.conftest import NOW, Shop, spec, told


def _row(license_id: str) -> License:
    with Session(db.db.engine) as session:
        return session.get_one(License, identifiers.read("lic", license_id))


def _wrong(refusal: pytest.ExceptionInfo[errors.InvalidRequest]) -> dict:
    return told(refusal)


def test_a_license_is_shown_as_the_contract_says(asked: Call, shop: Shop):
    made = licenses.create(asked, spec(license_key=" Office-1 ", dealer=shop.dealer))
    kyiv = Contact("Kyiv Soft", "+380 44 000 00 00", "sales@kyiv-soft.example", "https://kyiv-soft.example")
    assert made == LicenseView(
        id=made.id,
        license_key="Office-1",
        product="guard",
        edition="business",
        license_class=LicenseClass.STANDARD,
        seats=5,
        country="UA",
        status=LicenseStatus.ACTIVE,
        activated_on=date(2030, 1, 1),
        starts_on=date(2030, 1, 1),
        expires_on=date(2030, 12, 31),
        ends_at=datetime(2031, 1, 1, tzinfo=UTC),
        renewable_until=date(2031, 1, 31),
        seller=kyiv,
        test=False,
    )
    assert made.id.startswith("lic_")
    assert licenses.show(asked, made.id) == made


def test_a_license_ends_when_the_day_is_over_where_the_vendor_is(asked: Call, held: LicenseView):
    in_kyiv = replace(asked, zone=ZoneInfo("Europe/Kyiv"))
    assert licenses.show(in_kyiv, held.id).ends_at == datetime(2030, 12, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize("ref", ["Office-1", "OFFICE-1", "office-1", " oFFice-1\t"])
def test_a_key_is_compared_without_regard_to_case_and_trimmed(asked: Call, held: LicenseView, ref: str):
    assert licenses.show(asked, ref) == held


@pytest.mark.parametrize("ref", ["", "office-2", "lic_0000000000001", "a\x00", "Оffice-1", "\ud800", "x" * 65, "LIC_"])
def test_an_unknown_license_is_not_found(asked: Call, held: LicenseView, ref: str):
    for look in (licenses.show, history.show):
        with pytest.raises(errors.LicenseNotFound):
            look(asked, ref)
    with pytest.raises(errors.LicenseNotFound):
        licenses.suspend(asked, ref, "a question")


def test_a_key_is_made_where_none_is_given_and_no_form_takes_it_for_a_code(asked: Call, shop: Shop):
    first, second = (licenses.create(asked, spec()).license_key for _ in range(2))
    assert first != second
    assert [len(group) for group in first.split("-")] == [4] * 6
    with pytest.raises(errors.CodeMalformed):
        codes.read(first)


def test_a_taken_key_is_refused_in_any_case(asked: Call, held: LicenseView):
    with pytest.raises(errors.AlreadyExists) as refusal:
        licenses.create(asked, spec(license_key="OFFICE-1", customer=CustomerSpec("Anna")))
    assert refusal.value.fields == {"field": "license_key"}
    with Session(db.db.engine) as session:
        assert session.scalars(select(Customer)).all() == []


def test_a_made_key_that_exists_is_made_anew(asked: Call, shop: Shop):
    made = licenses.create(replace(asked, random=bytes), spec())
    drawn = iter([b"\0" * 24, b"\x01" * 24])
    unlucky = replace(asked, random=lambda count: next(drawn) if count == 24 else asked.random(count))
    assert licenses.create(unlucky, spec()).license_key != made.license_key


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("license_key", {"license_key": ""}),
        ("license_key", {"license_key": "x" * 65}),
        ("license_key", {"license_key": "ключ"}),
        ("license_key", {"license_key": "a\x00b"}),
        ("product", {"product": "unknown"}),
        ("product", {"product": "a\x00"}),
        ("product", {"product": "\ud800"}),
        ("edition", {"edition": "unknown"}),
        ("seats", {"seats": 0}),
        ("seats", {"seats": 1_000_001}),
        ("country", {"country": "ua"}),
        ("country", {"country": "XK"}),
        ("starts_on", {"starts_on": date(1989, 12, 31)}),
        ("expires_on", {"expires_on": date(2200, 1, 1)}),
        ("expires_on", {"expires_on": date(2029, 12, 31)}),
        ("activated_on", {"activated_on": date(2030, 3, 16)}),
        ("activated_on", {"activated_on": date(1, 1, 1)}),
        ("dealer", {"dealer": "dlr_0000000000001"}),
        ("dealer", {"dealer": "Kyiv Soft"}),
        ("activation_code", {"activation_code": "XPRO-NFR"}),
        ("activation_code", {"activation_code": ""}),
        ("license_class", {"activation_code": "x-pro-1", "license_class": LicenseClass.STANDARD}),
        ("license_class", {"activation_code": "x-nfr-1", "license_class": LicenseClass.PROMO}),
    ],
)
def test_a_wrong_field_is_named_and_no_license_is_made(asked: Call, shop: Shop, field: str, changes: dict):
    with pytest.raises(errors.InvalidRequest) as refusal:
        licenses.create(asked, spec(**changes))
    assert list(told(refusal)) == [field]
    assert licenses.list_all(asked).items == ()


def test_wrong_fields_of_the_customer_are_named_inside_the_customer(asked: Call, shop: Shop):
    with pytest.raises(errors.InvalidRequest) as refusal:
        licenses.create(asked, spec(seats=0, customer=CustomerSpec("a\x00", "nobody", "UKR")))
    assert told(refusal).keys() == {"seats", "customer"}
    assert told(refusal)["customer"].keys() == {"name", "email", "country"}


@pytest.mark.parametrize(
    ("code", "given", "expected"),
    [
        ("7K2-PRO-9", None, "promo"),
        ("7k2nfr9", None, "nfr"),
        ("7K2-PRO-9", "promo", "promo"),
        ("7K2-9", None, "standard"),
        ("7K2-9", "trial", "trial"),
        (None, "nfr", "nfr"),
        (None, None, "standard"),
    ],
)
def test_a_legacy_activation_code_sets_the_class(
    asked: Call, shop: Shop, code: str | None, given: str | None, expected: str
):
    given_class = LicenseClass(given) if given else None
    made = licenses.create(asked, spec(activation_code=code, license_class=given_class))
    assert made.license_class == expected
    assert (made.renewable_until is None) is (expected != "standard")


def test_the_last_day_of_the_past_is_today(asked: Call, shop: Shop):
    assert licenses.create(asked, spec(activated_on=asked.today)).activated_on == asked.today


def test_a_license_that_was_never_activated_has_no_day_until_which_to_renew(asked: Call, shop: Shop):
    made = licenses.create(asked, spec(activated_on=None))
    assert (made.activated_on, made.renewable_until, made.seller) == (None, None, None)


def test_the_customer_is_kept_and_stays_out_of_the_audit_trail(asked: Call, shop: Shop):
    anna = CustomerSpec("Anna", "anna@example.org", "UA", reminders=True)
    made = licenses.create(asked, spec(license_key="SECRET-KEY", activation_code="OLD-PRO-CODE", customer=anna))
    with Session(db.db.engine) as session:
        kept = session.get_one(Customer, _row(made.id).customer_id)
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.object_id == made.id))
    assert (kept.name, kept.email, kept.country, kept.reminders) == ("Anna", "anna@example.org", "UA", True)
    told = str(event.after)
    assert not any(secret in told for secret in ("Anna", "anna", "SECRET", "OLD"))


def test_licenses_are_listed_in_pages_without_gaps(asked: Call, shop: Shop):
    made = {licenses.create(asked, spec()).id for _ in range(5)}
    found, cursor = [], None
    for _ in range(3):
        page = licenses.list_all(asked, cursor, 2)
        found += [shown.id for shown in page.items]
        cursor = page.next_cursor
    assert (len(found), set(found), cursor) == (5, made, None)


def test_suspended_is_active_again_after_reinstatement_and_every_change_counts(asked: Call, held: LicenseView):
    first = _row(held.id)
    later = replace(asked, now=NOW + timedelta(minutes=1))
    suspended = licenses.suspend(later, held.license_key, "a question")
    assert suspended == replace(held, status=LicenseStatus.SUSPENDED, renewable_until=None)
    changed = _row(held.id)
    assert (changed.seq, changed.changed_at) == (first.seq + 1, later.now)
    assert licenses.reinstate(asked, held.id, "answered") == held
    assert _row(held.id).seq == first.seq + 2


@pytest.mark.parametrize("act", [licenses.suspend, licenses.revoke])
def test_the_same_again_changes_nothing(asked: Call, held: LicenseView, act):
    once = act(asked, held.id, "a question")
    row, told = _row(held.id), history.show(asked, held.id)
    assert act(replace(asked, now=NOW + timedelta(days=1)), held.id, "again") == once
    assert _row(held.id).seq == row.seq
    assert history.show(asked, held.id) == told


def test_reinstating_an_active_license_changes_nothing(asked: Call, held: LicenseView):
    assert licenses.reinstate(asked, held.id, "a slip") == held
    assert _row(held.id).seq == 1


def test_revoked_is_final(asked: Call, held: LicenseView):
    licenses.suspend(asked, held.id, "a question")
    assert licenses.revoke(asked, held.id, "fraud").status is LicenseStatus.REVOKED
    for act in (licenses.reinstate, licenses.suspend):
        with pytest.raises(errors.LicenseRevoked) as refusal:
            act(asked, held.id, "mercy")
        assert refusal.value.country == "UA"
    assert licenses.show(asked, held.id).status is LicenseStatus.REVOKED


@pytest.mark.parametrize("reason", ["", " ", "x" * 501, "a\nb", "a\x00"])
def test_a_reason_is_needed(asked: Call, held: LicenseView, reason: str):
    with pytest.raises(errors.InvalidRequest) as refusal:
        licenses.revoke(asked, held.id, reason)
    assert list(told(refusal)) == ["reason"]
    assert licenses.show(asked, held.id) == held


def test_the_history_tells_changes_and_renewals_oldest_first(asked: Call, held: LicenseView):
    number = identifiers.read("lic", held.id)
    assert number is not None
    licenses.suspend(replace(asked, now=NOW + timedelta(hours=3)), held.id, "a question")
    with Session(db.db.engine) as session, session.begin():
        session.add(
            Redemption(
                code=b"c" * 16,
                license_id=number,
                license_seq=2,
                redeemed_at=NOW + timedelta(hours=1),
                redeemed_on=NOW.date(),
                previous_expires_on=date(2030, 12, 31),
                expires_on=date(2031, 12, 31),
                period_years=1,
                renewal_basis=RenewalBasis.FROM_EXPIRY,
                reversed_at=None,
            )
        )
    created, renewed, suspended = history.show(asked, held.id).items
    assert [event.action for event in (created, renewed, suspended)] == [
        "license.created",
        "license.renewed",
        "license.suspended",
    ]
    assert (renewed.before, renewed.actor) == ({"expires_on": "2030-12-31"}, "anonymous")
    assert renewed.object_id.startswith("rdm_")
    assert (suspended.actor, suspended.before) == ("system", {"status": "active"})
    assert suspended.after == {"status": "suspended", "reason": "a question"}


def test_the_history_comes_in_pages(asked: Call, held: LicenseView):
    for act in (licenses.suspend, licenses.reinstate, licenses.revoke):
        act(asked, held.id, "a question")
    first = history.show(asked, held.id, None, 3)
    rest = history.show(asked, held.id, first.next_cursor, 3)
    assert (len(first.items), rest.next_cursor) == (3, None)
    assert [event.action for event in rest.items] == ["license.revoked"]
    with pytest.raises(errors.InvalidRequest):
        history.show(asked, held.id, "-1")


def test_load_gives_a_room_the_same_view(asked: Call, held: LicenseView):
    with Session(db.db.engine) as session:
        assert license_views.load(session, asked.zone, "office-1") == held


def test_a_key_that_looks_like_the_identifier_of_a_license_is_refused(asked: Call, shop: Shop):
    other = licenses.create(asked, spec())
    with pytest.raises(errors.InvalidRequest):
        licenses.create(asked, spec(license_key=other.id.upper()))
