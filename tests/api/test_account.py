import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest

from prolong_server.api import tables
from prolong_server.rules.actors import Role, Scope
from tests.api.shop import Shop, sheet

HEADER = ["id", "kind", "amount", "currency", "balance", "order", "reason", "created_at"]


@pytest.fixture
def account(shop: Shop) -> tuple[str, str]:
    """A dealer that has paid 20.00, ordered for 245.00 and was charged 5.00, and its token for reports."""
    dealer = shop.dealer()
    token = shop.token(dealer)
    for path, amount, reason in (("payments", "20.00", "bank"), ("corrections", "-5.00", "=fee")):
        body = {"amount": amount, "reason": reason}
        assert shop.ask("POST", f"/dealers/{dealer}/{path}", shop.admin, json=body).status_code == 201
        if path == "payments":
            assert shop.order(token).status_code == 201
    return dealer, shop.token(dealer, scopes=(Scope.REPORTS_READ,))


def told(items: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(item["kind"], item["amount"], item["balance"]) for item in items]


RUN = [("payment", "20.00", "20.00"), ("order", "-245.00", "-225.00"), ("correction", "-5.00", "-230.00")]


def test_a_dealer_reads_its_account_the_newest_entry_first(shop: Shop, account: tuple[str, str]):
    dealer, token = account
    page = shop.ask("GET", "/account/entries", token)
    assert (page.status_code, told(page.json["items"]), page.json["next_cursor"]) == (200, RUN[::-1], None)
    correction, order, _ = page.json["items"]
    assert correction.keys() == {*HEADER, "dealer"}
    assert (correction["order"], correction["reason"], correction["dealer"]) == (None, "=fee", dealer)
    assert shop.ask("GET", f"/orders/{order['order']}", shop.admin).json["total"] == "245.00"
    first = shop.ask("GET", "/account/entries?limit=1", token)
    rest = shop.ask("GET", f"/account/entries?cursor={first.json['next_cursor']}", token)
    assert first.json["items"] + rest.json["items"] == page.json["items"]


def test_staff_read_the_same_of_each_dealer(shop: Shop, account: tuple[str, str]):
    dealer, token = account
    own = shop.ask("GET", "/account/entries", token)
    for role in Role:
        assert shop.ask("GET", f"/dealers/{dealer}/entries", shop.tokens[role]).json == own.json
    assert shop.ask("GET", "/dealers/dlr_0000000000001/entries", shop.admin).status_code == 404
    assert shop.ask("GET", f"/dealers/{dealer}/entries", token).status_code == 403
    assert shop.ask("GET", "/account/entries", shop.admin).status_code == 403
    narrow = shop.token(dealer, scopes=(Scope.ORDERS_READ, Scope.CODES_READ))
    assert shop.ask("GET", "/account/entries", narrow).status_code == 403


def test_a_csv_is_a_whole_statement_from_its_opening_to_its_closing_balance(shop: Shop, account: tuple[str, str]):
    dealer, token = account
    answer = shop.ask("GET", "/account/entries?limit=1", token, headers={"Accept": "text/csv"})
    assert (answer.content_type, answer.headers["Vary"]) == ("text/csv; charset=utf-8", "Accept")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="statement.csv"'
    header, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert header == HEADER
    assert [(row[1], row[2], row[4]) for row in rows] == [
        ("opening_balance", "", "0.00"),
        *RUN,
        ("closing_balance", "", "-230.00"),
    ]
    assert rows[3][6] == "'=fee"
    assert {row[3] for row in rows} == {"EUR"}
    same = shop.ask("GET", f"/dealers/{dealer}/entries", shop.admin, headers={"Accept": "text/csv"})
    assert same.text == answer.text


def test_a_workbook_holds_the_amounts_as_numbers(shop: Shop, account: tuple[str, str]):
    answer = shop.ask("GET", "/account/entries", account[1], headers={"Accept": tables.XLSX})
    assert answer.content_type == tables.XLSX
    header, *rows = sheet(answer)
    assert list(header) == HEADER
    assert [row[4] for row in rows] == [0, 20, -225, -230, -230]
    assert sum(row[2] or 0 for row in rows) == -230


def test_a_statement_is_of_the_days_that_are_asked_for(shop: Shop, account: tuple[str, str]):
    csv_of = {"Accept": "text/csv"}
    day = date.fromisoformat(shop.ask("GET", "/account/entries", account[1]).json["items"][0]["created_at"][:10])
    tomorrow = day + timedelta(days=1)
    assert shop.ask("GET", f"/account/entries?from={tomorrow}", account[1]).json["items"] == []
    empty = shop.ask("GET", f"/account/entries?from={tomorrow}&to={tomorrow}", account[1], headers=csv_of)
    assert [line.split(",")[1:5] for line in empty.text.splitlines()[1:]] == [
        ["opening_balance", "", "EUR", "-230.00"],
        ["closing_balance", "", "EUR", "-230.00"],
    ]
    assert len(shop.ask("GET", f"/account/entries?from={day}&to={day}", account[1]).json["items"]) == 3


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-02-30", "from"),
        ("to=1", "to"),
        ("from=2026-02-02&to=2026-02-01", "to"),
        ("since=2026-01-01", "since"),
    ],
)
def test_days_that_are_none_are_refused_by_name(shop: Shop, account: tuple[str, str], query: str, field: str):
    answer = shop.ask("GET", f"/account/entries?{query}", account[1])
    assert (answer.status_code, set(answer.json["errors"])) == (422, {field})


def test_a_sandbox_token_reads_an_empty_account(shop: Shop, account: tuple[str, str]):
    token = shop.token(account[0], test=True)
    assert shop.order(token).status_code == 201
    assert shop.ask("GET", "/account/entries", token).json == {"items": [], "next_cursor": None}
    answer = shop.ask("GET", "/account/entries", token, headers={"Accept": "text/csv"})
    assert [line.split(",")[4] for line in answer.text.splitlines()[1:]] == ["0.00", "0.00"]


def test_a_quota_is_given_used_shown_and_taken_away(shop: Shop):
    dealer = shop.dealer(quota={"codes": 15, "per": "month"})
    token = shop.token(dealer)
    quota = shop.ask("GET", "/dealer", token).json["quota"]
    assert (quota["codes"], quota["per"], quota["used"], quota["left"]) == (15, "month", 0, 15)
    assert quota["resets_on"].endswith("-01")
    assert shop.order(token).status_code == 201
    refused = shop.order(token)
    assert (refused.status_code, refused.json["code"]) == (409, "quota_exceeded")
    assert (refused.json["quota"], refused.json["left"]) == (15, 5)
    assert refused.json["resets_on"] == quota["resets_on"]
    assert "5 are left" in refused.json["detail"]
    where = f"/dealers/{dealer}"
    changed = shop.ask("PATCH", where, shop.admin, json={"quota": {"codes": 20, "per": "month"}})
    assert changed.json["quota"]["left"] == 10
    assert shop.ask("PATCH", where, shop.admin, json={"name": "Other"}).json["quota"]["left"] == 10
    assert shop.ask("PATCH", where, shop.admin, json={"quota": None}).json["quota"] is None
    assert shop.order(token).status_code == 201


WRONG_QUOTAS: list[object] = [
    5,
    [],
    {},
    {"codes": 1},
    {"per": "day"},
    {"codes": -1, "per": "day"},
    {"codes": "1", "per": "day"},
    {"codes": 1, "per": "year"},
    {"codes": 10**9 + 1, "per": "day"},
    {"codes": 1, "per": "day", "used": 0},
]


@pytest.mark.parametrize("quota", WRONG_QUOTAS)
def test_a_wrong_quota_is_refused_by_field(shop: Shop, quota: object):
    dealer = shop.dealer()
    answer = shop.ask("PATCH", f"/dealers/{dealer}", shop.admin, json={"quota": quota})
    assert (answer.status_code, set(answer.json["errors"])) == (422, {"quota"})
