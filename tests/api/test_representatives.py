"""Whom people are sent to (R13), through the JSON door."""

from tests.api.door import Door

KYIV = {"name": "Kyiv", "phone": "+380 44 1", "email": "ua@vendor.example", "url": "https://ua.vendor.example"}
OURS = {"name": "Head office", "phone": "+1 2", "email": "help@vendor.example", "url": "https://vendor.example"}


def test_support_is_the_countrys_representative_else_the_default(admin: Door, public: Door):
    assert admin.ask("PUT", "/representatives/UA", KYIV).json == KYIV | {"country": "UA"}
    assert admin.ask("PUT", "/representatives/default", OURS).status_code == 200
    assert public.ask("GET", "/support?country=UA").json == KYIV
    assert public.ask("GET", "/support?country=PL").json == OURS
    assert public.ask("GET", "/support").json == OURS


def test_refusals_carry_the_vendors_own_contact(admin: Door, public: Door):
    admin.ask("PUT", "/representatives/default", OURS)
    refused = public.ask("GET", "/products/nothing")
    assert refused.json["support"] == OURS


def test_representatives_are_listed_and_shown(admin: Door, public: Door):
    admin.ask("PUT", "/representatives/UA", KYIV)
    assert admin.ask("GET", "/representatives").json == {"items": [KYIV | {"country": "UA"}], "next_cursor": None}
    assert admin.ask("GET", "/representatives/UA").json["name"] == "Kyiv"
    assert admin.ask("GET", "/representatives/default").status_code == 404
    assert public.ask("PUT", "/representatives/UA", KYIV).status_code == 401


def test_without_anybody_named_support_is_not_found(public: Door):
    assert public.ask("GET", "/support?country=UA").status_code == 404
    assert public.ask("GET", "/support?country=ua").status_code == 422


def test_a_country_that_does_not_exist_is_refused_by_field(admin: Door):
    refused = admin.ask("PUT", "/representatives/XX", KYIV)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["country"])
