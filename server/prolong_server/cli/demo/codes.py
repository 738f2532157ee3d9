"""The demo's codes: ordered by its dealers, read like any dealer reads them."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from prolong_server.call import Call
from prolong_server.channel import orders, sealed_codes, voids
from prolong_server.channel.orders import OrderSpec
from prolong_server.cli.demo import catalogue
from prolong_server.cli.demo.catalogue import ANTIVIRUS, MAIL
from prolong_server.cli.demo.licenses import MACHINE
from prolong_server.licensing import redemptions, reversals
from prolong_server.licensing.forms import MachineForm, RenewalForm
from prolong_server.rules import codes, identifiers
from prolong_server.rules.actors import Actor
from prolong_server.rules.vocabulary import CodeKind, LicenseClass


@dataclass(frozen=True, slots=True)
class Shop:
    """A dealer at which single codes are bought: `renewal()` is for one home workstation and a year."""

    call: Call
    dealer: str

    def renewal(self, **terms: Any) -> str:
        """A renewal code on these terms."""
        return self.several(1, **terms)[1][0]

    def activation(self, **terms: Any) -> str:
        """An activation code on these terms."""
        return self.renewal(kind=CodeKind.ACTIVATION, **terms)

    def several(self, quantity: int, **terms: Any) -> tuple[str, list[str]]:
        """The `ord_…` and the codes of an order on these terms."""
        usual: dict[str, Any] = {
            "kind": CodeKind.RENEWAL,
            "product": ANTIVIRUS,
            "edition": "home",
            "period_years": 1,
            "seats": 1,
        }
        dealer = None if self.call.actor.kind == "dealer" else self.dealer
        order = orders.place(self.call, OrderSpec(**(usual | terms), quantity=quantity, dealer=dealer))
        return order.id, list(sealed_codes.read(self.call, order.id))

    def on(self, **changes: Any) -> "Shop":
        """The same shop at another time or asked by another caller."""
        return Shop(replace(self.call, **changes), self.dealer)

    def sandbox(self) -> "Shop":
        """The same dealer with a token of the sandbox (R19)."""
        number = identifiers.read("dlr", self.dealer)
        return self.on(actor=Actor(kind="dealer", id=number, dealer_id=number, test=True))


def expired(shop: Shop) -> str:
    """A code whose shelf life of 5 days began 10 days ago (R16)."""
    return shop.on(now=shop.call.now - timedelta(days=10)).renewal(shelf_life_days=5)


def voided(shop: Shop) -> str:
    """A code that its dealer has taken back (R16)."""
    order, (code,) = shop.several(1)
    voids.void(shop.call, order, "all")
    return code


def spent(shop: Shop) -> str:
    """A code that was redeemed for DEMO-HOME-SPENT (R4)."""
    code = shop.renewal()
    form = RenewalForm(code, "DEMO-HOME-SPENT", ANTIVIRUS, catalogue.VERSION, MachineForm(MACHINE))
    redemptions.redeem(shop.call, form)
    return code


def taken_back(shop: Shop) -> str:
    """A code that was redeemed for DEMO-HOME-REVERSED, which staff then reversed (R18)."""
    code = shop.renewal()
    form = RenewalForm(code, "DEMO-HOME-REVERSED", ANTIVIRUS, catalogue.VERSION, MachineForm(MACHINE))
    receipt = redemptions.redeem(shop.call, form).receipt
    reversals.reverse(shop.call, receipt.id, "The payment was charged back.")
    return code


def of_a_dropped_period(shop: Shop) -> str:
    """A code for two years of the mail gateway, ordered before that period was dropped (R1)."""
    code = shop.renewal(product=MAIL, edition="server", period_years=2)
    catalogue.drop_a_period(shop.call)
    return code


def never_issued(shop: Shop) -> str:
    """A well-formed code that nobody has issued."""
    return next(codes.show_block(codes.generate_block(1, shop.call.random), LicenseClass.STANDARD))


def mistyped(code: str) -> str:
    """The code with its last symbol mistyped."""
    return code[:-1] + ("7" if code[-1] != "7" else "8")


def in_cyrillic(code: str) -> str:
    """The code typed while the keyboard was Cyrillic."""
    return "\N{CYRILLIC CAPITAL LETTER ES}" + code[1:]
