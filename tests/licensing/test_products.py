"""The catalogue: products, policies and editions."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import products
from prolong_server.licensing.product_specs import EditionSpec
from prolong_server.models.operations import AuditEvent
from prolong_server.rules import errors
from prolong_server.rules.vocabulary import EditionKind, MachineCheck, RenewalBasis, Territory
from tests.licensing.conftest import EDITIONS, GUARD, Shop, told


def test_a_product_is_shown_as_it_was_created_with_the_defaults_of_the_rules(asked: Call):
    created = products.create(asked, GUARD)
    assert created == products.show(asked, "guard")
    assert created.id.startswith("prd_")
    assert (created.renewal_basis, created.machine_check) == (RenewalBasis.FROM_EXPIRY, MachineCheck.REGISTERED)
    assert (created.renewal_grace_months, created.max_advance_years, created.refresh_days) == (1, 6, 7)
    assert created.web_origins == ()


def test_the_kind_of_an_edition_defaults_to_its_code_and_the_territory_to_its_kind(asked: Call):
    business, home = products.create(asked, GUARD).editions
    assert (business.kind, business.territory) == (EditionKind.BUSINESS, Territory.ANY)
    assert (home.kind, home.territory) == (EditionKind.HOME, Territory.DEALER_COUNTRY)
    assert home.periods == (1, 2)


def test_a_code_is_given_once(asked: Call):
    products.create(asked, GUARD)
    with pytest.raises(errors.AlreadyExists) as refusal:
        products.create(asked, GUARD)
    assert refusal.value.fields == {"field": "code"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "a b"),
        ("code", "a\x00"),
        ("code", "x" * 65),
        ("name", ""),
        ("name", "two\nlines"),
        ("name", "x" * 201),
        ("latest_version", "newest"),
        ("minimum_renewal_version", "9..1"),
        ("download_url", "javascript:alert(1)"),
        ("registration_url", "ftp://x.example"),
        ("where_to_buy", "https://"),
        ("renewal_grace_months", 4),
        ("renewal_grace_months", -1),
        ("max_advance_years", 0),
        ("max_advance_years", 10**30),
        ("refresh_days", 0),
        ("web_origins", ("https://shop.example/path",)),
        ("web_origins", ("https://user@shop.example",)),
        ("editions", (EDITIONS[0], EDITIONS[0])),
        ("editions", (EditionSpec("team", "Without a kind", (1,)),)),
        ("editions", (EditionSpec("home", "Too long", (4,)),)),
        ("editions", (EditionSpec("home", "None at all", ()),)),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_created(asked: Call, field: str, value: object):
    changes: dict = {field: value}
    with pytest.raises(errors.InvalidRequest) as refusal:
        products.create(asked, replace(GUARD, **changes))
    assert list(told(refusal)) == [field]
    assert products.list_all(asked).items == ()


def test_three_years_are_for_business_editions_only(asked: Call):
    with pytest.raises(errors.PeriodNotAllowed):
        products.create(asked, replace(GUARD, editions=(EditionSpec("home", "For the home", (1, 3)),)))


def test_only_the_named_fields_change(asked: Call):
    before = products.create(asked, GUARD)
    after = products.change(asked, "guard", {"latest_version": "9.11", "where_to_buy": "https://shop.example"})
    assert after == replace(before, latest_version="9.11", where_to_buy="https://shop.example")
    assert products.show(asked, "guard") == after


def test_web_origins_are_kept_in_the_spelling_of_browsers(asked: Call):
    products.create(asked, GUARD)
    changed = products.change(asked, "guard", {"web_origins": ("https://Shop.example", "https://shop.example")})
    assert changed.web_origins == ("https://shop.example",)


def test_what_may_be_absent_can_be_taken_away_and_what_may_not_stays(asked: Call):
    products.create(asked, replace(GUARD, where_to_buy="https://shop.example"))
    assert products.change(asked, "guard", {"where_to_buy": None}).where_to_buy is None
    with pytest.raises(errors.InvalidRequest) as refusal:
        products.change(asked, "guard", {"name": None, "editions": None})
    assert set(told(refusal)) == {"name", "editions"}


def test_editions_are_replaced_by_their_code_added_and_removed(asked: Call):
    products.create(asked, GUARD)
    school = EditionSpec("school", "For schools", (1, 3), EditionKind.BUSINESS, Territory.DEALER_COUNTRY)
    wanted = (EditionSpec("business", "For firms", (2, 1)), school)
    changed = products.change(asked, "guard", {"editions": wanted})
    assert [(edition.code, edition.name, edition.periods) for edition in changed.editions] == [
        ("business", "For firms", (1, 2)),
        ("school", "For schools", (1, 3)),
    ]
    assert products.show(asked, "guard") == changed


def test_an_edition_in_use_cannot_be_removed(asked: Call, shop: Shop, held: object):
    with pytest.raises(errors.InvalidRequest) as refusal:
        products.change(asked, "guard", {"name": "Other", "editions": (EDITIONS[1],)})
    assert "business" in str(told(refusal))
    assert products.show(asked, "guard") == shop.product


def test_an_unknown_product_is_not_found(asked: Call):
    for code in ("nothing", "", "a\x00b", "\ud800"):
        with pytest.raises(errors.NotFound):
            products.show(asked, code)
    with pytest.raises(errors.NotFound):
        products.change(asked, "nothing", {})


def test_products_are_listed_by_code_in_pages(asked: Call):
    for code in ("c", "a", "b"):
        products.create(asked, replace(GUARD, code=code))
    first = products.list_all(asked, None, 2)
    rest = products.list_all(asked, first.next_cursor, 2)
    assert [product.code for product in first.items + rest.items] == ["a", "b", "c"]
    assert rest.next_cursor is None


def test_a_change_is_told_to_the_audit_trail_before_and_after(asked: Call):
    product = products.create(asked, GUARD)
    products.change(asked, "guard", {"renewal_grace_months": 2})
    with Session(db.db.engine) as session:
        created, changed = session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    assert (created.action, changed.action, changed.object_id) == ("product.created", "product.changed", product.id)
    assert (changed.before, changed.after) == ({"renewal_grace_months": 1}, {"renewal_grace_months": 2})
