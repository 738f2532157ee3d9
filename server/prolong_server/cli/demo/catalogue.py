"""What the demo's vendor makes and sells, and who helps its customers."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from prolong_server.call import Call
from prolong_server.channel import dealers, price_lists
from prolong_server.channel.dealers import DealerSpec
from prolong_server.channel.price_lines import PriceLine, PriceListSpec
from prolong_server.licensing import products, representatives
from prolong_server.licensing.product_specs import EditionSpec, ProductSpec
from prolong_server.licensing.representatives import RepresentativeView
from prolong_server.rules.vocabulary import EditionKind, MachineCheck, RenewalBasis

ANTIVIRUS: Final = "bulwark"
MAIL: Final = "bulwark-mail"
DRAFT: Final = "bulwark-draft"
VERSION: Final = "9.10"
OLD_VERSION: Final = "9.2"

PRODUCTS: Final = (
    ProductSpec(
        code=ANTIVIRUS,
        name="Bulwark Antivirus",
        latest_version=VERSION,
        download_url="https://bulwark.example/download",
        registration_url="https://bulwark.example/renew",
        where_to_buy="https://bulwark.example/buy",
        editions=(
            EditionSpec("home", "Home", (1, 2)),
            EditionSpec("business", "Business", (1, 2, 3)),
        ),
    ),
    ProductSpec(
        code=MAIL,
        name="Bulwark Mail Gateway",
        latest_version="4.1.3",
        minimum_renewal_version="4.0",
        download_url="https://bulwark.example/mail",
        renewal_basis=RenewalBasis.FROM_NOW,
        machine_check=MachineCheck.OFF,
        editions=(EditionSpec("server", "Server", (1, 2, 3), EditionKind.BUSINESS),),
    ),
    ProductSpec(
        code=DRAFT,
        name="Bulwark Draft",
        latest_version="7.0",
        download_url="https://bulwark.example/draft",
        machine_check=MachineCheck.OFF,
        moves_allowed_count=3,
        editions=(EditionSpec("office", "Office", (1, 2, 3), EditionKind.BUSINESS),),
    ),
)

PRICES: Final = {
    "EUR": (
        PriceLine(ANTIVIRUS, "home", 1, 1, "24.90", "14.50"),
        PriceLine(ANTIVIRUS, "home", 2, 1, "42.90", "24.50"),
        PriceLine(ANTIVIRUS, "business", 1, 1, "34.00", "23.80"),
        PriceLine(ANTIVIRUS, "business", 1, 10, "290.00", "203.00"),
        PriceLine(ANTIVIRUS, "business", 2, 10, "490.00", "343.00"),
        PriceLine(ANTIVIRUS, "business", 3, 10, "650.00", "455.00"),
        PriceLine(MAIL, "server", 1, 1, "180.00", "120.00"),
        PriceLine(MAIL, "server", 2, 1, "320.00", "210.00"),
    ),
    "UAH": (
        PriceLine(ANTIVIRUS, "home", 1, 1, "999.00", "590.00"),
        PriceLine(ANTIVIRUS, "home", 2, 1, "1749.00", "990.00"),
        PriceLine(ANTIVIRUS, "business", 1, 1, "1399.00", "979.00"),
        PriceLine(ANTIVIRUS, "business", 1, 10, "11900.00", "8330.00"),
        PriceLine(ANTIVIRUS, "business", 2, 10, "19900.00", "13930.00"),
        PriceLine(ANTIVIRUS, "business", 3, 10, "26500.00", "18550.00"),
        PriceLine(MAIL, "server", 1, 1, "7400.00", "4900.00"),
        PriceLine(MAIL, "server", 2, 1, "13100.00", "8600.00"),
    ),
}

UKRAINE: Final = DealerSpec(
    name="Soft Dnipro",
    country="UA",
    territories=("UA", "MD"),
    currency="UAH",
    credit_limit="500000.00",
    discount_percent="20",
    phone="+380 44 000 00 11",
    email="orders@soft-dnipro.example",
    url="https://soft-dnipro.example",
)
GERMANY: Final = DealerSpec(
    name="Nordlicht IT",
    country="DE",
    territories=("DE", "AT", "PL"),
    currency="EUR",
    credit_limit="10000.00",
    discount_percent="15",
    phone="+49 40 000 00 22",
    email="bestellung@nordlicht.example",
    url="https://nordlicht.example",
)

_REPRESENTATIVES: Final = (
    ("default", "Bulwark Customer Care", "+44 20 0000 0000", "care@bulwark.example", "https://bulwark.example/care"),
    ("UA", "Bulwark Ukraine", "+380 44 000 00 00", "ua@bulwark.example", "https://bulwark.example/ua"),
    ("DE", "Bulwark Deutschland", "+49 40 000 00 00", "de@bulwark.example", "https://bulwark.example/de"),
)


def create(call: Call) -> tuple[str, str]:
    """Make representatives, products, price lists and dealers; the `dlr_…` of the one in Ukraine and in Germany."""
    for person in _REPRESENTATIVES:
        representatives.put(call, RepresentativeView(*person))
    for product in PRODUCTS:
        products.create(call, product)
    for currency, lines in PRICES.items():
        price_lists.create(call, PriceListSpec(currency, call.today - timedelta(days=90), lines))
    ukrainian, german = dealers.create(call, UKRAINE), dealers.create(call, GERMANY)
    return ukrainian.id, german.id


def drop_a_period(call: Call) -> None:
    """From now on the mail gateway is not offered for two years any more (R1, judged again when redeeming)."""
    mail = PRODUCTS[1]
    products.change(call, MAIL, {"editions": (replace(mail.editions[0], periods=(1, 3)),)})
