"""Leads and reports as they come through the door."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook

from prolong_server import clock
from tests.api.filled import Filled

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REPORTS = ("redemptions", "renewals", "revenue")


def ask(app: Flask, filled: Filled, path: str, holder: str = "all scopes", **headers: str) -> Any:
    named = {"Authorization": f"Bearer {filled.tokens[holder]}", **headers}
    return app.test_client().get(f"/v1{path}", headers=named)


def test_a_lead_is_told_as_the_contract_says(own: Flask, filled: Filled):
    answer = ask(own, filled, "/leads?expiring_within_days=1000").json
    (lead,) = [one for one in answer["items"] if one["license"] == filled.known["license"]]
    assert lead == {
        "license": filled.known["license"],
        "license_key_ending": filled.known["license_key"][-5:],
        "product": "shield",
        "edition": "home",
        "seats": 1,
        "country": "UA",
        "expires_on": lead["expires_on"],
        "renewable_until": lead["renewable_until"],
        "customer": {"name": "Olena", "email": "olena@example.com"},
    }
    assert answer["next_cursor"] is None
    assert filled.known["license_key"] not in str(answer)


def test_leads_come_as_a_table_too(own: Flask, filled: Filled):
    told = ask(own, filled, "/leads?expiring_within_days=1000&limit=1", Accept="text/csv")
    assert (told.mimetype, told.headers["Content-Disposition"]) == ("text/csv", 'attachment; filename="leads.csv"')
    lines = list(csv.DictReader(io.StringIO(told.text)))
    listed = ask(own, filled, "/leads?expiring_within_days=1000").json["items"]
    assert [line["license"] for line in lines] == [one["license"] for one in listed]
    assert {line["customer_email"] for line in lines} >= {"olena@example.com"}
    assert len(lines) == len(listed) > 1
    with ask(own, filled, "/leads?expiring_within_days=1000", Accept=XLSX) as answer:
        book: Any = load_workbook(io.BytesIO(answer.data))
    assert [row[0] for row in book.active.values][1:] == [line["license"] for line in lines]


def test_a_report_has_an_item_for_every_day_of_the_last_thirty(own: Flask, filled: Filled):
    today = clock.now().date()
    answer = ask(own, filled, "/reports/redemptions").json
    days = [(today - timedelta(days=back)).isoformat() for back in range(29, -1, -1)]
    assert [item["starts_on"] for item in answer["items"]] == days
    assert answer["items"][-1] == {
        "starts_on": days[-1],
        "ends_on": days[-1],
        "issued": 14,
        "redeemed": 1,
        "voided": 0,
        "reversed": 0,
        "activated": 1,
    }
    assert answer["next_cursor"] is None


def test_rates_and_money_are_decimal_texts(own: Flask, filled: Filled):
    money = ask(own, filled, "/reports/revenue?by=month").json["items"][-1]
    assert {name: money[name] for name in ("currency", "ordered", "credited", "net")} == {
        "currency": "EUR",
        "ordered": "160.00",
        "credited": "0.00",
        "net": "160.00",
    }
    terms = ask(own, filled, "/reports/renewals?from=2020-01-01&to=2035-01-01&by=month").json["items"]
    assert {item["rate"] for item in terms} >= {None, "1.0000", "0.0000"}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("group", ["product", "edition", "country", "dealer"])
def test_a_grouped_report_names_its_group_in_json_and_in_tables(own: Flask, filled: Filled, name: str, group: str):
    address = f"/reports/{name}?by=month&group={group}&from=2025-01-01&to=2027-09-01"
    items = ask(own, filled, address, "auditor").json["items"]
    assert items
    assert all(item[group] for item in items if group != "dealer")
    lines = list(csv.DictReader(io.StringIO(ask(own, filled, address, "auditor", Accept="text/csv").text)))
    assert [line[group] for line in lines] == [item[group] or "" for item in items]


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-02-30",
        "from=2026-03-02&to=2026-03-01",
        "from=2000-01-01",
        "by=year",
        "group=seats",
        "country=XX",
        "limit=501",
        "product=",
    ],
)
@pytest.mark.parametrize("name", REPORTS)
def test_a_wrong_question_is_named(own: Flask, filled: Filled, name: str, query: str):
    answer = ask(own, filled, f"/reports/{name}?{query}")
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert answer.json["errors"]


@pytest.mark.parametrize("path", ["/leads", *(f"/reports/{name}" for name in REPORTS)])
def test_another_dealers_figures_are_unknown(own: Flask, filled: Filled, path: str):
    other = filled.known["other_dealer"]
    assert ask(own, filled, f"{path}?dealer={other}").status_code == 404
    assert ask(own, filled, f"{path}?dealer={other}", "representative").status_code == 200
    assert ask(own, filled, f"{path}?dealer={filled.known['dealer']}").status_code == 200


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_can_be_read_in_pages(own: Flask, filled: Filled, name: str):
    whole = ask(own, filled, f"/reports/{name}").json["items"]
    found, cursor = [], ""
    while cursor is not None:
        page = ask(own, filled, f"/reports/{name}?limit=7{cursor and '&cursor=' + cursor}").json
        assert len(page["items"]) <= 7
        found += page["items"]
        cursor = page["next_cursor"]
    assert found == whole
    assert ask(own, filled, f"/reports/{name}?cursor=x").status_code == 422
