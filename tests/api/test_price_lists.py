from typing import Any

from tests.api.shop import LINE, PRICES, Shop

DEAR = LINE | {"new_price": "10.00", "renewal_price": "10.00"}


def test_everybody_reads_the_official_prices(shop: Shop):
    told = shop.ask("GET", "/price-list?product=shield&country=UA")
    line = LINE | {"new_price": "49.00", "renewal_price": "24.50", "currency": "EUR", "valid_from": "2020-01-01"}
    assert (told.status_code, told.json) == (200, {"items": [line]})
    assert shop.ask("GET", "/price-list?product=unknown").status_code == 404


def test_a_list_that_is_not_preferential_is_refused_with_every_line_of_that_kind(shop: Shop):
    items = [*PRICES["items"], DEAR | {"seats_from": 2}, DEAR | {"seats_from": 3}]
    answer = shop.ask("POST", "/price-lists", shop.admin, json=PRICES | {"items": items})
    assert (answer.status_code, answer.json["code"]) == (409, "renewal_price_not_preferential")
    assert [line["line"] for line in answer.json["lines"]] == [2, 3]
    assert len(shop.ask("GET", "/price-lists", shop.admin).json["items"]) == 1


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"currency": "XXX"}, "currency"),
    ({"valid_from": "2026-02-30"}, "valid_from"),
    ({"valid_from": "9999-01-01"}, "valid_from"),
    ({"items": []}, "items"),
    ({"items": [DEAR | {"edition": "unknown"}]}, "items"),
    ({"items": [DEAR | {"new_price": 10}]}, "items"),
    ({"items": [DEAR | {"seats_from": 2**40}]}, "items"),
    ({"items": "all"}, "items"),
    ({"until": "2026-01-01"}, "until"),
]


def test_a_wrong_list_is_refused_by_field(shop: Shop):
    for changes, field in WRONG:
        answer = shop.ask("POST", "/price-lists", shop.admin, json=PRICES | changes)
        assert (answer.status_code, set(answer.json["errors"])) == (422, {field})


def test_a_dealer_sees_its_prices(shop: Shop):
    token = shop.token(shop.dealer(discount_percent="10"), scopes=())
    told = shop.ask("GET", "/prices?product=shield&edition=home", token)
    [line] = told.json["items"]
    assert (told.json["currency"], told.json["discount_percent"]) == ("EUR", "10.00")
    assert (line["renewal_price"], line["renewal_unit_price"], line["new_unit_price"]) == ("24.50", "22.05", "44.10")
    assert shop.ask("GET", "/prices", shop.admin).status_code == 403
    assert shop.ask("GET", "/prices").status_code == 401
