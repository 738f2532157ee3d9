from typing import Any

from prolong_server.api import tables
from prolong_server.rules.actors import Role
from tests.api.shop import LINE, PRICES, Shop, sheet

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


def imported(shop: Shop, text: str, query: str = "currency=EUR&valid_from=2027-01-01", **more: Any) -> Any:
    sent = {"data": text.encode(), "content_type": "text/csv"} | more
    return shop.ask("POST", f"/price-lists/import?{query}", shop.admin, **sent)


def test_an_exported_list_can_be_imported_again(shop: Shop):
    items = [*PRICES["items"], LINE | {"seats_from": 5, "new_price": "40.00", "renewal_price": "0.00"}]
    made = shop.ask("POST", "/price-lists", shop.admin, json=PRICES | {"items": items}).json
    where = f"/price-lists/{made['id']}"
    assert shop.ask("GET", where, shop.tokens[Role.AUDITOR]).json == made
    exported = shop.ask("GET", where, shop.admin, headers={"Accept": "text/csv"})
    assert exported.headers["Content-Disposition"] == 'attachment; filename="prices-EUR-2020-01-01.csv"'
    assert exported.text.splitlines() == [
        "product,edition,period_years,seats_from,new_price,renewal_price",
        "shield,home,1,1,49.00,24.50",
        "shield,home,1,5,40.00,0.00",
    ]
    again = imported(shop, exported.text)
    assert (again.status_code, again.json["items"]) == (201, made["items"])
    assert (again.json["currency"], again.json["valid_from"]) == ("EUR", "2027-01-01")
    workbook = shop.ask("GET", where, shop.admin, headers={"Accept": tables.XLSX})
    assert sheet(workbook)[1] == ("shield", "home", 1, 1, 49, 24.5)
    assert shop.ask("GET", "/price-lists/prl_0000000000001", shop.admin).status_code == 404


def test_a_file_with_bad_lines_is_refused_whole_and_names_them(shop: Shop):
    header = "product,edition,period_years,seats_from,new_price,renewal_price\n"
    bad = imported(shop, header + "shield,home,1,1,20,10\nshield,home,9,x,20,10\n")
    assert (bad.status_code, bad.json["code"]) == (422, "invalid_request")
    assert [(line["line"], set(line["errors"])) for line in bad.json["errors"]["lines"]] == [(3, {"seats_from"})]
    dear = imported(shop, header + "shield,home,1,1,20,10\nshield,home,1,2,20,20\n")
    assert (dear.status_code, dear.json["code"]) == (409, "renewal_price_not_preferential")
    assert [line["line"] for line in dear.json["lines"]] == [3]
    assert len(shop.ask("GET", "/price-lists", shop.admin).json["items"]) == 1


def test_an_import_needs_its_query_its_type_and_an_admin(shop: Shop):
    text = "product,edition,period_years,seats_from,new_price,renewal_price\nshield,home,1,1,20,10\n"
    assert set(imported(shop, text, "currency=EUR").json["errors"]) == {"valid_from"}
    assert set(imported(shop, text, "valid_from=2027-01-01").json["errors"]) == {"currency"}
    assert set(imported(shop, text, "currency=XXX&valid_from=2027-01-01").json["errors"]) == {"currency"}
    assert imported(shop, text, content_type="application/json").status_code == 415
    assert set(imported(shop, "").json["errors"]) == {"file"}
    for role in (Role.REPRESENTATIVE, Role.AUDITOR):
        path = "/price-lists/import?currency=EUR&valid_from=2027-01-01"
        assert shop.ask("POST", path, shop.tokens[role], data=b"", content_type="text/csv").status_code == 403


def test_a_file_larger_than_a_json_body_is_taken_in_once_for_its_key(shop: Shop):
    header = "product,edition,period_years,seats_from,new_price,renewal_price\n"
    text = header + "".join(f"shield,business,1,{seats},20.00,10.00\n" for seats in range(1, 3001))
    assert len(text) > 64 * 1024
    first, again = (imported(shop, text, headers={"Idempotency-Key": "prices"}) for _ in range(2))
    assert (first.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = imported(shop, text, "currency=EUR&valid_from=2027-01-02", headers={"Idempotency-Key": "prices"})
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


def test_a_dealer_sees_its_prices(shop: Shop):
    token = shop.token(shop.dealer(discount_percent="10"), scopes=())
    told = shop.ask("GET", "/prices?product=shield&edition=home", token)
    [line] = told.json["items"]
    assert (told.json["currency"], told.json["discount_percent"]) == ("EUR", "10.00")
    assert (line["renewal_price"], line["renewal_unit_price"], line["new_unit_price"]) == ("24.50", "22.05", "44.10")
    assert shop.ask("GET", "/prices", shop.admin).status_code == 403
    assert shop.ask("GET", "/prices").status_code == 401
