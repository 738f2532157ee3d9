"""What the tests of this room need: an empty database of either kind, a call, and a small catalogue."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from prolong_server.call import Call
from prolong_server.licensing import licenses, products
from prolong_server.licensing.license_specs import LicenseSpec
from prolong_server.licensing.license_views import LicenseView
from prolong_server.licensing.product_specs import EditionSpec, ProductSpec
from prolong_server.models.channel import Dealer, DealerStatus
from prolong_server.rules import errors, identifiers
from tests.room import called, save

NOW = datetime(2030, 3, 15, 12, 0, tzinfo=UTC)
EDITIONS = (EditionSpec("business", "For offices", (1, 2, 3)), EditionSpec("home", "For the home", (1, 2)))
GUARD = ProductSpec(code="guard", name="Guard", latest_version="9.10", editions=EDITIONS)


@dataclass(frozen=True, slots=True)
class Shop:
    """A catalogue with one product, and one dealer in Ukraine and Moldova."""

    product: products.ProductView
    dealer: str


@pytest.fixture
def asked(room: None) -> Call:
    """A call of the system on 15 March 2030, with a database of its own behind it."""
    return called(now=NOW)


def add_dealer(asked: Call, **changes: object) -> str:
    """Put a dealer into the database; returns its `dlr_…`."""
    number = asked.new_id()
    values: dict = {
        "name": "Kyiv Soft",
        "country": "UA",
        "territories": ("UA", "MD"),
        "currency": "EUR",
        "credit_limit": 100_000,
        "discount_percent": 0,
        "phone": "+380 44 000 00 00",
        "email": "sales@kyiv-soft.example",
        "url": "https://kyiv-soft.example",
        "status": DealerStatus.ACTIVE,
    }
    save(Dealer(id=number, created_at=NOW, **values | changes))
    return identifiers.show("dlr", number)


@pytest.fixture
def shop(asked: Call) -> Shop:
    return Shop(products.create(asked, GUARD), add_dealer(asked))


def told(refusal: pytest.ExceptionInfo[errors.InvalidRequest]) -> dict:
    """The errors by field that a refusal tells."""
    found = refusal.value.fields["errors"]
    assert isinstance(found, dict)
    return found


def spec(**changes: object) -> LicenseSpec:
    """A sound license of the shop's business edition, activated and running."""
    values: dict = {
        "product": "guard",
        "edition": "business",
        "seats": 5,
        "country": "UA",
        "starts_on": date(2030, 1, 1),
        "expires_on": date(2030, 12, 31),
        "activated_on": date(2030, 1, 1),
    }
    return LicenseSpec(**values | changes)


@pytest.fixture
def held(asked: Call, shop: Shop) -> LicenseView:
    """A running license of five seats with the key OFFICE-1, sold by the shop's dealer."""
    return licenses.create(asked, spec(license_key="Office-1", dealer=shop.dealer))
