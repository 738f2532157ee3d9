"""Rows of a sound little database, for tests that look at it or break it."""

from datetime import date, timedelta
from decimal import Decimal

from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.channel import Dealer, DealerStatus, Order, OrderStatus
from prolong_server.rules.vocabulary import CodeKind, EditionKind, LicenseClass, MachineCheck, RenewalBasis, Territory
from tests.room import NOW

DAY = date(2026, 1, 1)


def dealer(number: int, **changes) -> Dealer:
    """A dealer of Ukraine with a credit of 1000.00 EUR."""
    values = {
        "id": number,
        "name": f"Dealer {number}",
        "country": "UA",
        "territories": ("UA",),
        "currency": "EUR",
        "credit_limit": 100_000,
        "balance": 0,
        "discount_percent": Decimal(0),
        "status": DealerStatus.ACTIVE,
        "created_at": NOW,
    }
    return Dealer(**(values | changes))


def product(number: int, **changes) -> Product:
    """A product that counts machines."""
    values = {
        "id": number,
        "code": f"product-{number}",
        "name": "Guard",
        "latest_version": "1.0",
        "renewal_basis": RenewalBasis.FROM_EXPIRY,
        "renewal_grace_months": 1,
        "max_advance_years": 6,
        "machine_check": MachineCheck.REGISTERED,
        "refresh_days": 7,
        "web_origins": (),
        "created_at": NOW,
    }
    return Product(**(values | changes))


def edition(number: int, product_id: int, **changes) -> Edition:
    """A home edition for one or two years."""
    values = {
        "id": number,
        "product_id": product_id,
        "code": "home",
        "name": "Home",
        "kind": EditionKind.HOME,
        "periods": ("1", "2"),
        "territory": Territory.ANY,
    }
    return Edition(**(values | changes))


def order(number: int, dealer_id: int, edition_id: int, **changes) -> Order:
    """An order of one renewal code for 10.00 EUR."""
    values = {
        "id": number,
        "dealer_id": dealer_id,
        "edition_id": edition_id,
        "kind": CodeKind.RENEWAL,
        "license_class": LicenseClass.STANDARD,
        "period_years": 1,
        "seats": 1,
        "quantity": 1,
        "territories": ("UA",),
        "unit_price": 1000,
        "total": 1000,
        "currency": "EUR",
        "status": OrderStatus.ISSUED,
        "test": False,
        "ordered_on": NOW.date(),
        "created_at": NOW,
        "sealed_until": NOW + timedelta(days=30),
    }
    return Order(**(values | changes))
