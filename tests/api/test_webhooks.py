"""Webhooks through the JSON door, to a receiver written with the standard's own library."""

from dataclasses import replace

import pytest

from prolong_server.operations import outbound, webhooks
from prolong_server.rules.actors import Role
from tests.api.filled import called
from tests.api.shop import Shop
from tests.receivers import LOOPBACK, receiving

HOOK = {"url": "https://hooks.example/prolong?key=of-the-receiver", "events": ["order.issued", "license.renewed"]}


def work(shop: Shop) -> int:
    with shop.app.app_context():
        call = called(shop.app)
        return webhooks.dispatch(call) and webhooks.deliver(call, outbound.client(LOOPBACK))


@pytest.fixture
def loopback(shop: Shop) -> Shop:
    """The shop of an operator who allows loopback."""
    house = shop.app.extensions["prolong"]
    shop.app.extensions["prolong"] = replace(house, settings=replace(house.settings, webhook_networks=LOOPBACK))
    return shop


def test_a_dealer_gets_a_signed_webhook_for_its_order(loopback):
    shop = loopback
    token = shop.token(shop.dealer())
    with receiving() as receiver:
        made = shop.ask("POST", "/webhook-endpoints", token, json=HOOK | {"url": receiver.url})
        assert made.status_code == 201
        order = shop.order(token, quantity=3).json
        assert work(shop) == 1
    (got,) = receiver.got
    told = got.verified(made.json["secret"])
    assert (told["type"], told["data"]["order"], told["data"]["total"]) == ("order.issued", order["id"], "73.50")
    (entry,) = shop.ask("GET", "/webhook-deliveries", token).json["items"]
    assert (entry["event"], entry["endpoint"]) == (got.id, made.json["id"])
    assert (entry["status"], entry["attempts"], entry["last_status"]) == ("delivered", 1, 204)
    again = shop.ask("POST", f"/webhook-deliveries/{entry['id']}/redeliver", token)
    assert (again.status_code, again.json["status"]) == (200, "pending")


def test_the_secret_is_told_once_and_never_again(shop):
    token = shop.token(shop.dealer())
    headers = {"Idempotency-Key": "first"}
    made = shop.ask("POST", "/webhook-endpoints", token, json=HOOK, headers=headers)
    secret = made.json["secret"]
    assert secret.startswith("whsec_")
    again = shop.ask("POST", "/webhook-endpoints", token, json=HOOK, headers=headers)
    assert (again.status_code, again.json["code"]) == (409, "idempotency_result_secret")
    shown = {name: value for name, value in made.json.items() if name != "secret"}
    where = f"/webhook-endpoints/{made.json['id']}"
    assert shop.ask("GET", where, token).json == shown
    assert shop.ask("GET", "/webhook-endpoints", token).json["items"] == [shown]
    assert shop.ask("PATCH", where, token, json={"status": "disabled"}).json["disabled_reason"] == "asked"
    trail = shop.ask("GET", "/audit-events", shop.admin, query_string={"object": made.json["id"]})
    for answer in (shop.ask("GET", "/webhook-endpoints", shop.admin), trail):
        assert secret not in answer.text
    assert "of-the-receiver" not in trail.text
    assert shop.ask("DELETE", where, token).status_code == 204
    assert shop.ask("GET", where, token).status_code == 404


def test_staff_make_endpoints_for_the_vendor_and_for_a_dealer(shop):
    dealer = shop.dealer()
    own = shop.ask("POST", "/webhook-endpoints", shop.admin, json=HOOK)
    theirs = shop.ask("POST", "/webhook-endpoints", shop.admin, json=HOOK | {"dealer": dealer})
    assert (own.json["dealer"], theirs.json["dealer"]) == (None, dealer)
    token = shop.token(dealer)
    assert [one["id"] for one in shop.ask("GET", "/webhook-endpoints", token).json["items"]] == [theirs.json["id"]]
    assert shop.ask("POST", "/webhook-endpoints", token, json=HOOK | {"dealer": dealer}).status_code == 403
    seen = shop.ask("GET", "/webhook-endpoints", shop.tokens[Role.AUDITOR]).json["items"]
    assert [one["url"] for one in seen] == ["https://hooks.example"] * 2
    where = f"/webhook-endpoints/{theirs.json['id']}"
    assert "of-the-receiver" not in shop.ask("GET", where, shop.tokens[Role.REPRESENTATIVE]).text
    assert shop.ask("GET", where, shop.admin).json["url"] == shop.ask("GET", where, token).json["url"] == HOOK["url"]


@pytest.mark.parametrize(
    "url", ["http://hooks.example/", "https://127.0.0.1/", "https://169.254.169.254/latest", "https://u:p@x.example/"]
)
def test_an_address_that_is_not_on_the_public_internet_is_refused_in_words(shop, url):
    answer = shop.ask("POST", "/webhook-endpoints", shop.admin, json=HOOK | {"url": url})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["url"])
    assert url not in answer.text


def test_an_unknown_event_and_an_unknown_status_are_refused(shop):
    answer = shop.ask("POST", "/webhook-endpoints", shop.admin, json=HOOK | {"events": ["license.stolen"]})
    assert answer.status_code == 422
    assert shop.ask("GET", "/webhook-deliveries?status=lost", shop.admin).status_code == 422
    assert shop.ask("GET", "/webhook-deliveries?endpoint=whe_0000000000000", shop.admin).status_code == 404
