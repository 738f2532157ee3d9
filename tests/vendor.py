"""A small vendor, made through the services: two editions, a dealer with credit, prices, codes, licenses."""

import itertools
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from joserfc.jwk import OKPKey

from prolong_server.call import Call
from prolong_server.channel import dealers, orders, price_lists, sealed_codes
from prolong_server.channel.dealers import DealerSpec
from prolong_server.channel.orders import OrderSpec
from prolong_server.channel.price_lines import PriceLine, PriceListSpec
from prolong_server.keyring import SigningKey
from prolong_server.licensing import licenses, products, representatives
from prolong_server.licensing.forms import ActivationForm, CustomerForm, MachineForm, RenewalForm
from prolong_server.licensing.license_specs import LicenseSpec
from prolong_server.licensing.license_views import LicenseView
from prolong_server.licensing.product_specs import EditionSpec, ProductSpec
from prolong_server.licensing.representatives import RepresentativeView
from prolong_server.rules.vocabulary import CodeKind, EditionKind
from tests import room

PRODUCT = "shield"
MACHINE = MachineForm("machine-fingerprint-0001", "desk")
_SIGNING = SigningKey("test-key", OKPKey.generate_key("Ed25519"))
_keys = itertools.count(1)


def called(days: int = 0, **changes: Any) -> Call:
    """A call as `room.called` makes it, which can sign."""
    call = room.called(days)
    return replace(call, keys=replace(call.keys, signing=(_SIGNING,)), **changes)


TODAY = called().today


@dataclass(frozen=True, slots=True)
class Vendor:
    """What `found` has made."""

    dealer: str
    product: str = PRODUCT


def found(credit: str = "1000000.00", **policies: Any) -> Vendor:
    """Make a vendor: home and business editions, a dealer for Ukraine, a price list, the vendor's own contact."""
    room.know_the_keys()
    call = called()
    editions = (
        EditionSpec("home", "Home", (1, 2), EditionKind.HOME),
        EditionSpec("business", "Business", (1, 2, 3), EditionKind.BUSINESS),
    )
    products.create(call, ProductSpec(PRODUCT, "Shield", "9.10", editions=editions, **policies))
    dealer = dealers.create(call, DealerSpec("Soft Kyiv", "UA", ("UA",), "EUR", credit_limit=credit))
    lines = tuple(
        PriceLine(PRODUCT, edition, years, 1, f"{20 * years}.00", f"{10 * years}.00")
        for edition, longest in (("home", 2), ("business", 3))
        for years in range(1, longest + 1)
    )
    price_lists.create(call, PriceListSpec("EUR", date(2020, 1, 1), lines))
    contact = RepresentativeView("default", "Vendor", "+1 555 0100", "help@example.com", "https://help.example")
    representatives.put(call, contact)
    return Vendor(dealer.id)


def found_again() -> Vendor:
    """The vendor that `found` made before in this database."""
    return Vendor(dealers.list_all(called()).items[0].id)


def balance(vendor: Vendor) -> str:
    """The dealer's balance."""
    return dealers.show(called(), vendor.dealer).balance


def order(vendor: Vendor, quantity: int = 1, call: Call | None = None, **changes: Any) -> str:
    """Order renewal codes (home, one year, one seat unless changed) and return the order's id."""
    spec = OrderSpec(CodeKind.RENEWAL, PRODUCT, "home", 1, 1, quantity, dealer=vendor.dealer)
    return orders.place(call or called(), replace(spec, **changes)).id


def codes(vendor: Vendor, quantity: int = 1, **changes: Any) -> list[str]:
    """The codes of a new order."""
    return list(sealed_codes.read(called(), order(vendor, quantity, **changes)))


def license_(days_left: int = 30, **changes: Any) -> LicenseView:
    """A license of the home edition, activated, that runs `days_left` days more."""
    spec = LicenseSpec(
        product=PRODUCT,
        edition="home",
        seats=1,
        country="UA",
        starts_on=TODAY - timedelta(days=300),
        expires_on=TODAY + timedelta(days=days_left),
        license_key=f"KEY-{next(_keys):05d}",
        activated_on=TODAY - timedelta(days=300),
    )
    return licenses.create(called(), replace(spec, **changes))


def renewal(code: str, license_key: str | None, **changes: Any) -> RenewalForm:
    """The form of a redemption, filled in well."""
    return replace(RenewalForm(code, license_key, PRODUCT, "9.10", MACHINE), **changes)


def activation(code: str, machine: MachineForm = MACHINE, **changes: Any) -> ActivationForm:
    """The form of an activation, filled in well."""
    customer = CustomerForm("Olena", "UA")
    return replace(ActivationForm(code, PRODUCT, "9.10", machine, customer), **changes)
