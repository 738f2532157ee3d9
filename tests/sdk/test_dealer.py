"""What a dealer does with its client, at the real server in process."""

import csv
import datetime as dt
import logging
import shutil
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest

import prolong
from prolong import refusals, webhooks
from prolong.dealer_results import LeadCustomer, Quota
from prolong_server.operations import outbound
from prolong_server.operations import webhooks as worker
from prolong_server.rules.actors import Scope
from tests.api.filled import called
from tests.receivers import LOOPBACK, receiving
from tests.sdk import dealing
from tests.sdk.dealing import ORDER

UTC = dt.UTC


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """Of the server, one database is enough here."""
    shutil.copy(sqlite_template, tmp_path / "prolong.db")
    return f"sqlite:///{tmp_path / 'prolong.db'}"


@pytest.fixture
def token(shop):
    return shop.token(shop.dealer())


@pytest.fixture
def dealer(shop, token):
    with dealing.dealer(shop, token) as made:
        yield made


def listed(path):
    with path.open(newline="", encoding="utf-8") as file:
        return [row["code"] for row in csv.DictReader(file)]


def test_account_and_prices_are_told_in_decimals(dealer):
    account = dealer.account()
    assert (account.name, account.territories, account.available) == ("Kyiv Soft", ("MD", "UA"), Decimal("980.00"))
    assert account.quota is None
    prices = dealer.prices(product="shield")
    [line] = prices.items
    assert (prices.currency, line.renewal_unit_price, line.new_unit_price) == (
        "EUR",
        Decimal("24.50"),
        Decimal("49.00"),
    )
    with pytest.raises(prolong.Refused):
        dealer.prices(product="other")


def test_a_quota_is_told_with_what_is_left(shop):
    token = shop.token(shop.dealer(quota={"codes": 10, "per": "week"}))
    with dealing.dealer(shop, token) as dealer:
        dealer.order(**ORDER)
        quota = dealer.account().quota
        assert isinstance(quota, Quota)
        assert (quota.codes, quota.left, quota.per) == (10, 7, "week")


def test_an_order_is_placed_shown_and_listed(dealer):
    made = dealer.order(**ORDER, reference="PO-7", shelf_life_days=30)
    assert (made.total, made.unit_price, made.reference) == (Decimal("73.50"), Decimal("24.50"), "PO-7")
    assert (made.counts.issued, made.replayed, made.good_until is None) == (3, False, False)
    assert dealer.show(made) == dealer.show(made.id) == made
    assert list(dealer.orders()) == [made]
    assert dealer.account().balance == Decimal("-73.50")


def test_lists_are_followed_to_their_end(dealer, monkeypatch):
    monkeypatch.setattr("prolong.dealer_flows.PAGE", 2)
    made = [dealer.order(**{**ORDER, "quantity": 1}).id for _ in range(5)]
    assert sorted(order.id for order in dealer.orders()) == sorted(made)
    assert sorted(entry.order or "" for entry in dealer.entries()) == sorted(made)


def test_a_refusal_has_its_class_and_nothing_is_ordered(dealer):
    with pytest.raises(refusals.CreditExceeded) as caught:
        dealer.order(**{**ORDER, "quantity": 41})
    assert caught.value.advice
    with pytest.raises(refusals.InvalidRequest):
        dealer.order(**{**ORDER, "kind": "gift"})
    assert list(dealer.orders()) == []


def test_a_list_goes_into_a_file_of_each_kind_that_its_owner_alone_can_read(dealer, tmp_path):
    order = dealer.order(**ORDER)
    told = []
    path = dealer.download(order, tmp_path / "codes.csv", lambda done, total: told.append((done, total)))
    size = path.stat().st_size
    assert (told[-1], path.stat().st_mode & 0o777) == ((size, size), 0o600)
    codes = listed(path)
    assert len(set(codes)) == 3
    assert dealer.download(order, tmp_path / "codes.json").read_bytes().startswith(b'{"codes":[{"code":"')
    assert dealer.download(order.id, str(tmp_path / "codes.XLSX")).read_bytes().startswith(b"PK")
    assert {dealer.status(code).state for code in codes} == {"issued"}


def test_after_confirming_there_is_nothing_to_download_and_the_file_stays_as_it_was(dealer, tmp_path):
    order = dealer.order(**ORDER)
    path = dealer.download(order, tmp_path / "codes.csv")
    before = path.read_bytes()
    assert dealer.confirm(order).confirmed_at is not None
    assert dealer.confirm(order).status == "confirmed"
    with pytest.raises(refusals.CodesNoLongerAvailable):
        dealer.download(order, path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if "codes" in one.name] == ["codes.csv"]


def test_codes_are_voided_by_name_or_all_and_the_price_comes_back(dealer, tmp_path):
    order = dealer.order(**ORDER)
    codes = listed(dealer.download(order, tmp_path / "codes.csv"))
    done = dealer.void(order, [codes[0], "nonsense"])
    assert (done.voided, [one.reason for one in done.not_voided]) == (1, ["malformed"])
    assert dealer.status(codes[0]).state == "voided"
    assert dealer.void(order, "all").order.counts.voided == 3
    assert dealer.account().balance == 0
    with pytest.raises(refusals.InvalidRequest):
        dealer.void(order, [])
    with pytest.raises(ValueError, match="list of codes"):
        dealer.void(order, codes[0])


def test_more_codes_than_fit_into_one_request_are_voided_all_the_same(shop):
    with dealing.dealer(shop, shop.token(shop.dealer(), test=True)) as dealer:
        order = dealer.order(**{**ORDER, "quantity": 10})
        done = dealer.void(order, [f"nonsense {number:>40}" for number in range(3000)])
    assert (done.voided, len(done.not_voided), done.order.id) == (0, 3000, order.id)


def test_reports_and_statement_tell_what_was_ordered(dealer):
    today = dt.datetime.now(UTC).date()
    order = dealer.order(**ORDER)
    dealer.void(order, "all")
    [row] = dealer.redemptions(today, today, by="month")
    assert (row.issued, row.voided, row.redeemed, row.starts_on) == (3, 3, 0, today)
    [grouped] = dealer.redemptions(today, today, group="product")
    assert grouped.product == "shield"
    [renewals] = dealer.renewals(today, today)
    assert (renewals.due, renewals.rate) == (0, None)
    [revenue] = dealer.revenue(today, today)
    assert (revenue.ordered, revenue.net, revenue.currency) == (Decimal("73.50"), Decimal(0), "EUR")
    assert [(entry.kind, entry.amount) for entry in dealer.entries(today, today)] == [
        ("void", Decimal("73.50")),
        ("order", Decimal("-73.50")),
    ]
    assert list(dealer.entries(until=today - dt.timedelta(days=1))) == []


def test_leads_name_who_should_be_asked_to_renew(shop):
    name = shop.dealer()
    today = dt.datetime.now(UTC).date()
    day = {"starts_on": str(today - dt.timedelta(days=300)), "expires_on": str(today + dt.timedelta(days=20))}
    sold = {"product": "shield", "edition": "home", "seats": 1, "country": "UA", "dealer": name, **day}
    person = {"name": "Olena", "email": "olena@example.com"}
    made = shop.ask(
        "POST", "/licenses", shop.admin, json={**sold, "activated_on": day["starts_on"], "customer": person}
    )
    assert made.status_code == 201, made.json
    with dealing.dealer(shop, shop.token(name)) as dealer:
        [lead] = dealer.leads(30)
        assert (lead.license, lead.expires_on) == (made.json["id"], today + dt.timedelta(days=20))
        assert (lead.customer, "Olena" in repr(lead)) == (LeadCustomer("Olena", "olena@example.com"), False)
        assert list(dealer.leads(10)) == []


def test_a_dealer_is_told_of_its_order_by_a_webhook_that_verifies(shop, dealer):
    house = shop.app.extensions["prolong"]
    shop.app.extensions["prolong"] = replace(house, settings=replace(house.settings, webhook_networks=LOOPBACK))
    with receiving() as receiver:
        endpoint = dealer.create_endpoint(receiver.url, ["order.issued"])
        order = dealer.order(**ORDER)
        with shop.app.app_context():
            call = called(shop.app)
            assert worker.dispatch(call)
            assert worker.deliver(call, outbound.client(LOOPBACK))
    [got] = receiver.got
    event = webhooks.verify(got.body, got.headers, endpoint.secret)
    assert isinstance(event.data, webhooks.OrderIssued)
    assert (event.data.order, event.data.total, event.data.ordered_on) == (order.id, order.total, call.today)
    [delivery] = dealer.deliveries(endpoint=endpoint.id, status="delivered")
    assert (delivery.event, delivery.last_status) == (event.id, 204)
    assert dealer.redeliver(delivery.id).status == "pending"
    assert endpoint.secret not in repr(endpoint)


def test_endpoints_are_listed_paused_and_deleted(dealer):
    made = dealer.create_endpoint("https://hooks.example/prolong", ["license.renewed"])
    [shown] = dealer.endpoints()
    assert shown == replace(made, secret=None)
    assert dealer.set_endpoint(made.id, "disabled").status == "disabled"
    dealer.delete_endpoint(made.id)
    assert list(dealer.endpoints()) == []
    with pytest.raises(prolong.Refused):
        dealer.delete_endpoint(made.id)


def test_a_token_reaches_no_further_than_its_scopes(shop):
    with dealing.dealer(shop, shop.token(shop.dealer(), (Scope.ORDERS_READ,))) as dealer:
        with pytest.raises(prolong.Refused) as caught:
            dealer.order(**ORDER)
        assert caught.value.status == 403
        assert "orders:write" in caught.value.advice


def test_an_unknown_token_is_refused_and_never_told(shop, caplog):
    caplog.set_level(logging.DEBUG)
    with dealing.dealer(shop, dealing.TOKEN) as dealer:
        with pytest.raises(prolong.Refused) as caught:
            dealer.account()
        assert caught.value.status == 401
        assert "token" in caught.value.advice
        assert [one for one in (caplog.text, repr(dealer), str(caught.value)) if "canary" in one] == []


@pytest.mark.parametrize("token", ["", "plt_canary\n", "plt_canary more", "plt_canaryключ", "x" * 501])
def test_a_token_that_is_none_is_refused_before_anything_is_sent_and_not_quoted(token):
    with pytest.raises(ValueError, match="one word") as caught:
        prolong.Dealer("https://server.test", token)
    assert "canary" not in str(caught.value)


def test_codes_and_tokens_are_in_no_log(dealer, token, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    order = dealer.order(**ORDER)
    codes = listed(dealer.download(order, tmp_path / "codes.csv"))
    dealer.status(codes[0])
    dealer.void(order, codes)
    kept = "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith(("prolong.", "httpx", "stamina"))
    )
    assert kept
    assert [canary for canary in (*codes, token) if canary in kept] == []


def test_another_dealers_order_is_not_found(shop, dealer):
    order = dealer.order(**ORDER)
    with dealing.dealer(shop, shop.token(shop.dealer(name="Other"))) as other:
        for work in (lambda: other.show(order), lambda: other.void(order, "all"), lambda: other.confirm(order)):
            with pytest.raises(prolong.Refused) as caught:
                work()
            assert caught.value.status == 404


def test_an_order_number_is_never_taken_for_a_part_of_an_address():
    dealer, asked = dealing.scripted(httpx.Response(404, json={}))
    with pytest.raises(prolong.Unreachable):
        dealer.show("../dealer?x#y")
    assert asked[0].url.raw_path == b"/v1/orders/..%2Fdealer%3Fx%23y"
