import csv
import io
from typing import Any

import pytest

from prolong_server.api import tables
from prolong_server.channel import sealed_codes
from prolong_server.rules import codes
from prolong_server.rules.actors import Role, Scope
from prolong_server.rules.errors import CodesNoLongerAvailable
from tests.api.shop import ORDER, Shop, sheet


def test_an_order_from_its_price_to_its_last_code(shop: Shop):
    token = shop.token(shop.dealer())
    placed = shop.order(token, reference="PO-7", quantity=40)
    assert placed.status_code == 201
    order = placed.json
    assert (order["unit_price"], order["total"], order["currency"], order["status"]) == (
        "24.50",
        "980.00",
        "EUR",
        "issued",
    )
    assert order["counts"] == {"issued": 40, "redeemed": 0, "voided": 0}
    assert shop.ask("GET", "/dealer", token).json["balance"] == "-980.00"
    assert shop.ask("GET", f"/orders/{order['id']}", token).json == order
    assert shop.ask("GET", "/orders", token).json == {"items": [order], "next_cursor": None}
    told = shop.ask("GET", order["codes_url"].removeprefix("/v1"), token).json["codes"]
    assert len({codes.read(one["code"]).symbols for one in told}) == 40
    voided = shop.ask("POST", f"/orders/{order['id']}/void", token, json={"codes": [told[0]["code"], "nonsense"]})
    assert (voided.status_code, voided.json["voided"]) == (200, 1)
    assert voided.json["not_voided"] == [{"code": "nonsense", "reason": "malformed"}]
    assert voided.json["order"]["counts"]["voided"] == 1
    rest = shop.ask("POST", f"/orders/{order['id']}/void", token, json={"codes": "all"})
    assert rest.json["voided"] == 39
    assert shop.ask("GET", "/dealer", token).json["balance"] == "0.00"


def test_the_list_comes_as_json_or_as_csv_and_is_gone_after_confirmation(shop: Shop):
    token = shop.token(shop.dealer(), test=True)
    order = shop.order(token, quantity=2500).json
    where = f"/orders/{order['id']}"
    as_csv = shop.ask("GET", f"{where}/codes", token, headers={"Accept": "text/csv"})
    as_json = shop.ask("GET", f"{where}/codes", token, headers={"Accept": "*/*"})
    assert (as_csv.content_type, as_json.content_type) == ("text/csv; charset=utf-8", "application/json")
    assert list(csv.DictReader(io.StringIO(as_csv.text, newline=""))) == as_json.json["codes"]
    assert len(as_json.json["codes"]) == 2500
    confirmed = shop.ask("POST", f"{where}/confirm", token)
    assert (confirmed.status_code, confirmed.json["status"]) == (200, "confirmed")
    assert shop.ask("POST", f"{where}/confirm", token).json == confirmed.json
    gone = shop.ask("GET", f"{where}/codes", token)
    assert (gone.status_code, gone.json["code"]) == (410, "codes_no_longer_available")


@pytest.mark.parametrize("quantity", [1, 2, 999, 1000, 1001, 5000])
def test_the_length_of_a_list_is_told_beforehand(shop: Shop, quantity: int):
    token = shop.token(shop.dealer(), test=True)
    where = shop.order(token, quantity=quantity).json["codes_url"].removeprefix("/v1")
    for kind in ("application/json", "text/csv"):
        answer = shop.ask("GET", where, token, headers={"Accept": kind})
        assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_the_length_of_a_list_of_marked_codes_is_told_too(shop: Shop):
    made = shop.order(shop.admin, dealer=shop.dealer(), kind="activation", license_class="nfr", quantity=3).json
    answer = shop.ask("GET", f"/orders/{made['id']}/codes", shop.admin, headers={"Accept": "text/csv"})
    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_a_list_comes_as_a_workbook_too(shop: Shop):
    token = shop.token(shop.dealer(), test=True)
    order = shop.order(token, quantity=1500).json
    where = f"/orders/{order['id']}/codes"
    answer = shop.ask("GET", where, token, headers={"Accept": tables.XLSX})
    assert (answer.content_type, int(answer.headers["Content-Length"])) == (tables.XLSX, len(answer.data))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="codes-{order["id"]}.xlsx"'
    told = shop.ask("GET", where, token).json["codes"]
    assert [row[0] for row in sheet(answer)] == ["code", *(one["code"] for one in told)]
    assert shop.ask("POST", f"/orders/{order['id']}/confirm", token).status_code == 200
    gone = shop.ask("GET", where, token, headers={"Accept": tables.XLSX})
    assert (gone.status_code, gone.json["code"]) == (410, "codes_no_longer_available")
    assert "Void" in gone.json["detail"]


def test_a_list_destroyed_while_it_is_sent_breaks_the_answer_off(shop: Shop):
    token = shop.token(shop.dealer(), test=True)
    order = shop.order(token, quantity=2 * sealed_codes.CHUNK).json
    sending = shop.ask("GET", f"/orders/{order['id']}/codes", token, buffered=False)
    parts = sending.iter_encoded()
    assert next(parts).startswith(b'{"codes":[')
    shop.ask("POST", f"/orders/{order['id']}/confirm", token)
    with pytest.raises(CodesNoLongerAvailable):
        list(parts)


def test_the_key_is_required_and_the_same_key_gives_the_first_answer(shop: Shop):
    token = shop.token(shop.dealer())
    missing = shop.ask("POST", "/orders", token, json=ORDER)
    assert (missing.status_code, set(missing.json["errors"])) == (422, {"Idempotency-Key"})
    first, again = shop.order(token, "PO-7"), shop.order(token, "PO-7")
    assert (again.status_code, again.data, again.headers["Idempotent-Replayed"]) == (201, first.data, "true")
    other = shop.order(token, "PO-7", quantity=11)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert shop.ask("GET", "/dealer", token).json["balance"] == "-245.00"


WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"quantity": 41}, 409, "credit_exceeded"),
    ({"period_years": 2}, 409, "no_price"),
    ({"period_years": 3}, 409, "period_not_allowed"),
    ({"product": "unknown"}, 404, "not_found"),
    ({"dealer": "dlr_0000000000001"}, 403, "forbidden"),
    ({"license_class": "promo", "kind": "activation"}, 403, "forbidden"),
    ({"quantity": 0}, 422, "invalid_request"),
    ({"quantity": 1_000_001}, 422, "invalid_request"),
    ({"quantity": 10**30}, 422, "invalid_request"),
    ({"quantity": "10"}, 422, "invalid_request"),
    ({"quantity": True}, 422, "invalid_request"),
    ({"quantity": 1.0}, 422, "invalid_request"),
    ({"kind": "gift"}, 422, "invalid_request"),
    ({"shelf_life_days": -1}, 422, "invalid_request"),
    ({"reference": "a\x00"}, 422, "invalid_request"),
    ({"price": "0.00"}, 422, "invalid_request"),
]


def test_what_cannot_be_ordered_is_refused_and_costs_nothing(shop: Shop):
    token = shop.token(shop.dealer())
    for changes, status, code in WRONG:
        answer = shop.order(token, **changes)
        assert (answer.status_code, answer.json["code"]) == (status, code)
        assert answer.content_type == "application/problem+json"
    assert shop.ask("GET", "/dealer", token).json["balance"] == "0.00"
    assert shop.ask("GET", "/orders", token).json["items"] == []


def test_a_suspended_dealer_orders_nothing(shop: Shop):
    dealer = shop.dealer()
    token = shop.token(dealer)
    shop.ask("PATCH", f"/dealers/{dealer}", shop.admin, json={"status": "suspended"})
    answer = shop.order(token)
    assert (answer.status_code, answer.json["code"]) == (409, "dealer_suspended")


def test_an_admin_orders_promo_codes_for_a_dealer_for_nothing(shop: Shop):
    made = shop.order(shop.admin, dealer=shop.dealer(), kind="activation", license_class="promo", quantity=1)
    assert (made.status_code, made.json["total"], made.json["license_class"]) == (201, "0.00", "promo")
    [one] = shop.ask("GET", f"/orders/{made.json['id']}/codes", shop.admin).json["codes"]
    assert one["code"].startswith("PRO-")


def test_anothers_order_is_not_found_by_any_way(shop: Shop):
    order = shop.order(shop.token(shop.dealer())).json["id"]
    other = shop.token(shop.dealer(name="Other"))
    answers = [
        shop.ask("GET", f"/orders/{order}", other),
        shop.ask("GET", f"/orders/{order}/codes", other),
        shop.ask("POST", f"/orders/{order}/confirm", other),
        shop.ask("POST", f"/orders/{order}/void", other, json={"codes": "all"}),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4


@pytest.mark.parametrize(
    ("method", "path", "scope", "body"),
    [
        ("POST", "/orders", Scope.ORDERS_WRITE, ORDER),
        ("GET", "/orders", Scope.ORDERS_READ, None),
        ("GET", "/orders/{}", Scope.ORDERS_READ, None),
        ("GET", "/orders/{}/codes", Scope.CODES_READ, None),
        ("POST", "/orders/{}/confirm", Scope.CODES_READ, None),
        ("POST", "/orders/{}/void", Scope.CODES_VOID, {"codes": "all"}),
    ],
)
def test_every_operation_needs_its_scope(shop: Shop, method, path, scope, body):
    dealer = shop.dealer()
    where = path.format(shop.order(shop.token(dealer)).json["id"])
    key = {"Idempotency-Key": "x"}
    all_but = tuple(other for other in Scope if other is not scope)
    assert shop.ask(method, where, shop.token(dealer, all_but), json=body, headers=key).status_code == 403
    assert shop.ask(method, where, shop.token(dealer, (scope,)), json=body, headers=key).status_code < 300
    assert shop.ask(method, where, json=body, headers=key).status_code == 401


def test_representatives_and_auditors_see_orders_but_not_their_codes(shop: Shop):
    order = shop.order(shop.token(shop.dealer())).json["id"]
    for role in (Role.REPRESENTATIVE, Role.AUDITOR):
        assert shop.ask("GET", f"/orders/{order}", shop.tokens[role]).status_code == 200
        assert shop.ask("GET", f"/orders/{order}/codes", shop.tokens[role]).status_code == 403


def test_a_wrong_choice_of_codes_is_refused(shop: Shop):
    token = shop.token(shop.dealer())
    order = shop.order(token).json["id"]
    wrong: list[Any] = ["some", [], [1], None, {}, ["x" * 201], 5]
    for chosen in wrong:
        answer = shop.ask("POST", f"/orders/{order}/void", token, json={"codes": chosen})
        assert (answer.status_code, set(answer.json["errors"])) == (422, {"codes"})


def test_a_code_with_half_a_pair_of_utf_16_is_malformed_and_the_others_are_voided(shop: Shop):
    token = shop.token(shop.dealer())
    order = shop.order(token).json["id"]
    good = shop.ask("GET", f"/orders/{order}/codes", token).json["codes"][0]["code"]
    answer = shop.ask("POST", f"/orders/{order}/void", token, json={"codes": [good, "\ud800"]})
    assert (answer.status_code, answer.json["voided"]) == (200, 1)
    assert answer.json["not_voided"] == [{"code": "?", "reason": "malformed"}]
