"""The lines that show what works: for products, for dealers, for the vendor."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from prolong_server.cli.demo.catalogue import ANTIVIRUS
from prolong_server.cli.demo.codes import Shop
from prolong_server.cli.demo.licenses import MACHINE, OTHER_MACHINE
from prolong_server.cli.demo.lines import Console, Line


@dataclass(frozen=True, slots=True)
class Tokens:
    """The demo's tokens."""

    admin: str = field(repr=False)
    auditor: str = field(repr=False)
    ukrainian: str = field(repr=False)
    german: str = field(repr=False)
    sandbox: str = field(repr=False)


def of_products(console: Console, ukraine: Shop, germany: Shop) -> Iterator[Line]:
    """What a product does for its user."""
    code, again, business = ukraine.renewal(), ukraine.renewal(), germany.renewal(edition="business", seats=10)
    running = "DEMO-HOME-RUNNING"
    yield console.redeem("What would this code do?", "200", code, running, path="/check")
    yield console.redeem("Redeem it: the key stays, its end moves (R5)", "201", code, running)
    yield console.redeem("The same again: the first receipt (R4)", "200", code, running)
    yield console.redeem("A second code is stacked on it (R17)", "201", again, running)
    yield console.redeem("On the last day", "201", ukraine.renewal(period_years=2), "DEMO-HOME-LAST-DAY")
    grace = "DEMO-HOME-GRACE"
    yield console.validate("R3: in the grace month it does not work", "200 EXPIRED", grace)
    yield console.redeem("R2: but it can be renewed", "201", ukraine.renewal(), grace)
    yield console.validate("and works again", "200 VALID", grace, machine={"fingerprint": MACHINE})
    yield console.redeem("A business license of ten seats", "201", business, "DEMO-BUSINESS-RUNNING")
    yield console.redeem("The sandbox, for integrators (R19)", "201", ukraine.sandbox().renewal(), "DEMO-HOME-SANDBOX")
    new = ukraine.activation()
    yield console.activate("Activate a new license", "201", new)
    yield console.activate("The same computer again: the same license", "200", new)
    other = {"machine": {"fingerprint": OTHER_MACHINE}}
    yield console.activate("Another computer", "409 code_already_redeemed", new, **other)


def of_readers(console: Console) -> Iterator[Line]:
    """What everybody may read."""
    yield console.get("The product", "200", f"/v1/products/{ANTIVIRUS}")
    yield console.get("Official prices (R12)", "200", f"/v1/price-list?product={ANTIVIRUS}&country=UA")
    yield console.get("Who sells in Poland", "200", "/v1/resellers?country=PL")
    yield console.get("Who helps in Ukraine (R13)", "200", "/v1/support?country=UA")
    yield console.get("Revoked licenses, signed", "200", "/v1/revocations")
    yield console.get("The public keys of all signatures", "200", "/.well-known/jwks.json")
    yield console.get("All of the interface (OpenAPI 3.1)", "200", "/v1/openapi.json")


def of_dealers(console: Console, order: str, spare: str, tokens: Tokens) -> Iterator[Line]:
    """What a dealer does."""
    token = tokens.ukrainian
    yield console.get("The account", "200", "/v1/dealer", token)
    yield console.post("Order five codes", "201", "/v1/orders", _order(5), token, _once("demo-1"))
    many, about = _order(1_000_000), "More than the credit"
    yield console.post(about, "409 credit_exceeded", "/v1/orders", many, token, _once("demo-2"))
    three = _order(1, period_years=3)
    about = "R1: three years are for business only"
    yield console.post(about, "409 period_not_allowed", "/v1/orders", three, token, _once("demo-3"))
    yield console.get("The codes of an order", "200", f"/v1/orders/{order}/codes", token, "text/csv")
    yield console.post("What became of a code", "200", "/v1/codes/status", {"code": spare}, token)
    yield console.get("Issued, redeemed, voided, by month", "200", "/v1/reports/redemptions?by=month", token)
    yield console.get("Whose license runs out soon", "200", "/v1/leads?expiring_within_days=60", token)
    yield console.get("How many of them renew", "200", "/v1/reports/renewals?by=month", token)
    yield console.get("The account's statement", "200", "/v1/account/entries", token, "text/csv")
    hook = {"url": "http://127.0.0.1:9000/", "events": ["order.issued", "license.renewed"]}
    yield console.post("Be told by a signed webhook", "201", "/v1/webhook-endpoints", hook, token)
    yield console.get("What was sent, and with what success", "200", "/v1/webhook-deliveries", token)
    yield console.get("Another dealer's order is unknown", "404 not_found", f"/v1/orders/{order}", tokens.german)


def of_staff(console: Console, spare: str, tokens: Tokens) -> Iterator[Line]:
    """What the vendor's people do."""
    home = {"product": ANTIVIRUS, "edition": "home", "period_years": 1, "seats_from": 1}
    prices = {
        "currency": "EUR",
        "valid_from": "2030-01-01",
        "items": [home | {"new_price": "20.00", "renewal_price": "20.00"}],
    }
    about = "R12: a renewal must cost less than a new license"
    yield console.post(about, "409 renewal_price_not_preferential", "/v1/price-lists", prices, tokens.admin)
    yield console.get("A license", "200", "/v1/licenses/DEMO-HOME-RUNNING", tokens.auditor)
    yield console.get("What happened to it", "200", "/v1/licenses/DEMO-HOME-RUNNING/history", tokens.auditor)
    group = {"first_group": spare[:5]}
    yield console.post("Which code begins like this", "200", "/v1/codes/search", group, tokens.admin)
    yield console.get("Revenue by dealer", "200", "/v1/reports/revenue?by=month&group=dealer", tokens.auditor)
    suspend = "/v1/licenses/DEMO-HOME-TRIAL/suspend"
    reason = {"reason": "Only to see it refused."}
    yield console.post("An auditor only reads", "403 forbidden", suspend, reason, tokens.auditor)
    reinstate = "/v1/licenses/DEMO-HOME-SUSPENDED/reinstate"
    yield console.post("End a suspension", "200", reinstate, {"reason": "The invoice was paid."}, tokens.admin)


def _order(quantity: int, **terms: Any) -> dict[str, Any]:
    usual = {"kind": "renewal", "product": ANTIVIRUS, "edition": "home", "period_years": 1, "seats": 1}
    return usual | {"quantity": quantity} | terms


def _once(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}
