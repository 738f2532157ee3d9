"""A random history of a vendor: orders, redemptions, activations, voids, reversals, postings, as time goes by."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from prolong_server.call import Call
from prolong_server.channel import dealers, postings, sealed_codes, voids
from prolong_server.channel.dealers import DealerSpec
from prolong_server.licensing import activations, licenses, redemptions, reversals
from prolong_server.licensing.forms import CustomerForm, MachineForm
from prolong_server.licensing.license_specs import LicenseSpec
from prolong_server.rules import identifiers
from prolong_server.rules.actors import Actor, Scope
from prolong_server.rules.errors import Refusal
from prolong_server.rules.vocabulary import CodeKind, LicenseClass
from tests import vendor


def dealer_actor(dealer: str, *, test: bool = False) -> Actor:
    """A dealer's token with every scope, of the sandbox or not."""
    number = identifiers.read("dlr", dealer)
    return Actor("dealer", number, 7, None, number, frozenset(Scope), test)


@dataclass(slots=True)
class History:
    """What has happened so far; `call` is the present moment."""

    chance: random.Random
    call: Call
    shops: list[vendor.Vendor]
    codes: list[tuple[str, str]] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def step(self) -> None:
        """Something happens, a while after what happened before; a refusal is a thing that happens, too."""
        self.call = replace(self.call, now=self.call.now + timedelta(minutes=self.chance.randint(1, 2000)))
        with suppress(Refusal):
            self.chance.choice(DEEDS)(self)

    def shop(self) -> vendor.Vendor:
        return self.chance.choice(self.shops)


def begun(seed: int) -> History:
    """A vendor with two dealers in two countries, before anything has happened."""
    first = vendor.found(max_advance_years=20, renewal_grace_months=2)
    other = dealers.create(vendor.called(), DealerSpec("Soft Warszawa", "PL", ("PL", "UA"), "EUR", credit_limit="9000"))
    return History(random.Random(seed), vendor.called(), [first, vendor.Vendor(other.id)])


def _order(history: History) -> None:
    kind = history.chance.choice(list(CodeKind))
    changes: dict[str, Any] = {"edition": history.chance.choice(["home", "business"]), "period_years": 1}
    if history.chance.random() < 0.2:
        changes["license_class"] = LicenseClass.STANDARD
    shop = history.shop()
    call = history.call
    if history.chance.random() < 0.2:
        call = replace(call, actor=dealer_actor(shop.dealer, test=True))
        changes["dealer"] = None
    number = vendor.order(shop, history.chance.randint(1, 5), call, kind=kind, **changes)
    history.codes += [(number, text) for text in sealed_codes.read(history.call, number)]


def _license(history: History) -> None:
    call = history.call
    ends = timedelta(days=history.chance.randint(-60, 200))
    spec = LicenseSpec(
        product=vendor.PRODUCT,
        license_key=f"H-{len(history.keys):05d}",
        seats=1,
        starts_on=call.today - timedelta(days=400),
        activated_on=history.chance.choice([call.today, call.today, None]),
        expires_on=call.today + ends,
        dealer=history.chance.choice([None, *(shop.dealer for shop in history.shops)]),
        edition=history.chance.choice(["home", "business"]),
        country=history.chance.choice(["UA", "PL"]),
        license_class=history.chance.choice([LicenseClass.STANDARD] * 4 + [LicenseClass.TRIAL]),
        test=history.chance.random() < 0.2,
    )
    history.keys.append(licenses.create(call, spec).license_key)


def _redeem(history: History) -> None:
    for _ in range(6):
        _, text = history.chance.choice(history.codes or [("", "")])
        key = history.chance.choice(history.keys or [""])
        try:
            done = redemptions.redeem(history.call, vendor.renewal(text, key))
        except Refusal:
            continue
        history.receipts.append(done.receipt.id)
        return


def _activate(history: History) -> None:
    for _ in range(6):
        _, text = history.chance.choice(history.codes or [("", "")])
        country = history.chance.choice(["UA", "PL"])
        form = vendor.activation(text, MachineForm("machine-fingerprint-0001"), customer=CustomerForm("Olena", country))
        try:
            history.keys.append(activations.activate(history.call, form).license.license_key)
        except Refusal:
            continue
        return


def _void(history: History) -> None:
    number, text = history.chance.choice(history.codes or [("", "")])
    voids.void(history.call, number, history.chance.choice(["all", [text]]))


def _reverse(history: History) -> None:
    if history.receipts:
        reversals.reverse(history.call, history.chance.choice(history.receipts), "chargeback")


def _suspend(history: History) -> None:
    licenses.suspend(history.call, history.chance.choice(history.keys or [""]), "unpaid")


def _post(history: History) -> None:
    for _ in range(history.chance.randint(1, 5)):
        postings.post(history.call)


DEEDS: list[Callable[[History], None]] = [
    *[_order] * 3,
    *[_license] * 4,
    *[_redeem] * 6,
    *[_activate] * 2,
    _void,
    *[_reverse] * 2,
    _suspend,
    _post,
]
