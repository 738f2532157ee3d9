from typing import Any

import pytest

from prolong_server.rules.actors import Role
from tests.api.shop import DEALER, Shop

UNKNOWN = "dlr_0000000000001"


def test_a_dealer_is_created_shown_listed_and_changed(shop: Shop):
    made = shop.ask("POST", "/dealers", shop.admin, json=DEALER)
    assert made.status_code == 201
    assert made.json["id"].startswith("dlr_")
    assert (made.json["balance"], made.json["available"], made.json["status"]) == ("0.00", "980.00", "active")
    where = f"/dealers/{made.json['id']}"
    assert shop.ask("GET", where, shop.admin).json == made.json
    assert shop.ask("GET", "/dealers", shop.admin).json == {"items": [made.json], "next_cursor": None}
    changed = shop.ask("PATCH", where, shop.admin, json={"status": "suspended", "phone": None})
    assert (changed.status_code, changed.json) == (200, made.json | {"status": "suspended", "phone": None})


WRONG: list[dict[str, Any]] = [
    {"country": "XX"},
    {"country": "UA\n"},
    {"territories": []},
    {"territories": ["UA", 1]},
    {"currency": "XXX"},
    {"credit_limit": 980},
    {"credit_limit": "9,80"},
    {"credit_limit": "1.001"},
    {"discount_percent": "101"},
    {"name": "a\x00b"},
    {"name": ""},
    {"url": "javascript:alert(1)"},
    {"status": "asleep"},
    {"balance": "5.00"},
]


def test_a_wrong_dealer_is_refused_by_field(shop: Shop):
    for changes in WRONG:
        answer = shop.ask("POST", "/dealers", shop.admin, json=DEALER | changes)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
        assert set(answer.json["errors"]) == set(changes)


def test_a_dealer_sees_itself_and_nothing_of_the_vendors(shop: Shop):
    dealer = shop.dealer()
    token = shop.token(dealer, scopes=())
    told = shop.ask("GET", "/dealer", token)
    assert (told.status_code, told.json["id"], told.json["available"]) == (200, dealer, "980.00")
    assert shop.ask("GET", "/dealer", shop.admin).status_code == 403
    for path in ("/dealers", f"/dealers/{dealer}", f"/dealers/{dealer}/tokens"):
        assert shop.ask("GET", path, token).status_code == 403
        assert shop.ask("GET", path).status_code == 401


def test_an_auditor_reads_and_changes_nothing(shop: Shop):
    dealer, auditor = shop.dealer(), shop.tokens[Role.AUDITOR]
    assert shop.ask("GET", f"/dealers/{dealer}", auditor).status_code == 200
    assert shop.ask("PATCH", f"/dealers/{dealer}", auditor, json={"name": "X"}).status_code == 403
    assert shop.ask("POST", f"/dealers/{dealer}/payments", auditor, json={}).status_code == 403


def test_payments_and_corrections_move_the_balance(shop: Shop):
    where = f"/dealers/{shop.dealer()}"
    paid = shop.ask("POST", f"{where}/payments", shop.admin, json={"amount": "20.00", "reason": "invoice 7"})
    assert (paid.status_code, paid.json["kind"], paid.json["balance"]) == (201, "payment", "20.00")
    lowered = shop.ask("POST", f"{where}/corrections", shop.admin, json={"amount": "-5.00", "reason": "typing error"})
    assert (lowered.status_code, lowered.json["amount"], lowered.json["balance"]) == (201, "-5.00", "15.00")
    assert shop.ask("GET", where, shop.admin).json["available"] == "995.00"


def test_a_payment_with_the_same_key_is_recorded_once(shop: Shop):
    where = f"/dealers/{shop.dealer()}"
    body, key = {"amount": "20.00", "reason": "invoice 7"}, {"Idempotency-Key": "payment-1"}
    first, again = (shop.ask("POST", f"{where}/payments", shop.admin, json=body, headers=key) for _ in range(2))
    assert (again.status_code, again.data, again.headers["Idempotent-Replayed"]) == (201, first.data, "true")
    assert shop.ask("GET", where, shop.admin).json["balance"] == "20.00"


def test_a_payment_of_no_money_is_refused(shop: Shop):
    where = f"/dealers/{shop.dealer()}/payments"
    for amount in ("0", "-1.00", "1.001", 5, None, "NaN", "٣"):
        answer = shop.ask("POST", where, shop.admin, json={"amount": amount, "reason": "x"})
        assert (answer.status_code, set(answer.json["errors"])) == (422, {"amount"})


def test_what_is_not_there_is_not_found(shop: Shop):
    movement = {"amount": "1.00", "reason": "x"}
    answers = [
        shop.ask("GET", f"/dealers/{UNKNOWN}", shop.admin),
        shop.ask("PATCH", f"/dealers/{UNKNOWN}", shop.admin, json={}),
        shop.ask("POST", f"/dealers/{UNKNOWN}/payments", shop.admin, json=movement),
        shop.ask("POST", f"/dealers/{UNKNOWN}/tokens", shop.admin, json={"name": "x", "scopes": []}),
        shop.ask("DELETE", f"/dealers/{shop.dealer()}/tokens/tok_0000000000001", shop.admin),
    ]
    assert [(answer.status_code, answer.json["code"]) for answer in answers] == [(404, "not_found")] * 5


def test_a_token_is_told_once_and_opens_nothing_after_it_was_deleted(shop: Shop):
    where = f"/dealers/{shop.dealer()}/tokens"
    made = shop.ask("POST", where, shop.admin, json={"name": "shop", "scopes": ["orders:read"], "test": True})
    assert (made.status_code, made.json["token"][:9]) == (201, "plt_test_")
    assert shop.ask("GET", "/orders", made.json["token"]).status_code == 200
    [listed] = shop.ask("GET", where, shop.admin).json["items"]
    assert listed["id"] == made.json["id"]
    assert made.json["token"] not in shop.ask("GET", where, shop.admin).text
    deleted = shop.ask("DELETE", f"{where}/{made.json['id']}", shop.admin)
    assert (deleted.status_code, deleted.data) == (204, b"")
    assert shop.ask("GET", "/orders", made.json["token"]).status_code == 401


def test_the_repetition_of_a_token_does_not_tell_it_again(shop: Shop):
    where = f"/dealers/{shop.dealer()}/tokens"
    body, key = {"name": "shop", "scopes": []}, {"Idempotency-Key": "token-1"}
    assert shop.ask("POST", where, shop.admin, json=body, headers=key).status_code == 201
    again = shop.ask("POST", where, shop.admin, json=body, headers=key)
    assert (again.status_code, again.json["code"]) == (409, "idempotency_result_secret")


def test_everybody_finds_the_resellers_of_a_country(shop: Shop):
    shop.dealer()
    shop.dealer(name="Riga Soft", country="LV", territories=["LV"])
    found = shop.ask("GET", "/resellers?country=MD").json
    assert found["items"] == [{"name": "Kyiv Soft", "phone": DEALER["phone"], "email": None, "url": None}]
    assert len(shop.ask("GET", "/resellers").json["items"]) == 2
    assert shop.ask("GET", "/resellers?country=ua").status_code == 422


def test_lists_go_on_where_the_cursor_says(shop: Shop):
    names = {shop.dealer(name=f"Dealer {number}") for number in range(3)}
    first = shop.ask("GET", "/dealers?limit=2", shop.admin).json
    rest = shop.ask("GET", f"/dealers?limit=2&cursor={first['next_cursor']}", shop.admin).json
    assert {one["id"] for one in first["items"] + rest["items"]} == names
    assert rest["next_cursor"] is None
    assert shop.ask("GET", "/dealers?cursor=*", shop.admin).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "https://soft.example/\x00"},
        {"url": "https://soft.example/\ud800"},
        {"email": '"\x01"@soft.example'},
        {"email": "sales@soft\ud800.example"},
    ],
)
def test_an_address_with_a_control_character_or_half_a_pair_is_refused(wrong: dict[str, str], shop: Shop):
    dealer = shop.dealer()
    for method, path, body in (("POST", "/dealers", DEALER | wrong), ("PATCH", f"/dealers/{dealer}", wrong)):
        answer = shop.ask(method, path, shop.admin, json=body)
        assert (answer.status_code, set(answer.json["errors"])) == (422, set(wrong))
