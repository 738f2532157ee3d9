"""One scene for each refusal that a product can meet: what is there in the database, and what the product sends."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta

from prolong_server.call import Call
from prolong_server.channel import sealed_codes, voids
from prolong_server.licensing import licenses, products, redemptions, reversals
from prolong_server.licensing.forms import MachineForm
from prolong_server.licensing.license_views import LicenseView
from prolong_server.licensing.product_specs import EditionSpec
from prolong_server.rules.vocabulary import CodeKind, LicenseClass, RenewalBasis
from tests import vendor
from tests.vendor import Vendor

LONG_AGO = date(2020, 1, 1)
UNKNOWN_CODE = "WXWCB-YB6WK-952SW-A0432-CF1XG"
OTHER = MachineForm("machine-fingerprint-0002")


@dataclass(frozen=True, slots=True)
class Scene:
    """What the product sends: a code, for an activation without a key; `client` is how the SDK is set up for it."""

    code: str
    key: str | None
    client: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stage:
    """A vendor at the present instant."""

    shop: Vendor
    call: Call

    def code(self, call: Call | None = None, **changes: Any) -> str:
        """A new code, of renewal for the home edition unless changed."""
        asked = call or self.call
        return next(sealed_codes.read(self.call, vendor.order(self.shop, call=asked, **changes)))

    def license(self, days_left: int = 30, **changes: Any) -> LicenseView:
        """A license that runs `days_left` days more from today on."""
        running = {"starts_on": LONG_AGO, "activated_on": LONG_AGO}
        last = self.call.today + timedelta(days=days_left)
        return vendor.license_(**{**running, "expires_on": last, **changes})

    def set(self, **policies: object) -> None:
        """Change the product."""
        products.change(self.call, vendor.PRODUCT, policies)


def plain(**client: str) -> Callable[[Stage], Scene]:
    """A code and a license in good order; what is wrong is the product's own doing."""
    return lambda stage: Scene(stage.code(), stage.license().license_key, client)


def code(**changes: Any) -> Callable[[Stage], Scene]:
    """A license in good order, and a code of this kind."""
    return lambda stage: Scene(stage.code(**changes), stage.license().license_key)


def held(days_left: int = 30, **changes: Any) -> Callable[[Stage], Scene]:
    """A code in good order, and a license of this kind."""
    return lambda stage: Scene(stage.code(), stage.license(days_left, **changes).license_key)


def spent(stage: Stage) -> Scene:
    text = stage.code()
    redemptions.redeem(stage.call, vendor.renewal(text, stage.license().license_key))
    return Scene(text, stage.license().license_key)


def reversed_(stage: Stage) -> Scene:
    text, key = stage.code(), stage.license().license_key
    done = redemptions.redeem(stage.call, vendor.renewal(text, key))
    reversals.reverse(stage.call, done.receipt.id, "chargeback")
    return Scene(text, key)


def voided(stage: Stage) -> Scene:
    number = vendor.order(stage.shop, call=stage.call)
    text = next(sealed_codes.read(stage.call, number))
    voids.void(stage.call, number, "all")
    return Scene(text, stage.license().license_key)


def expired(stage: Stage) -> Scene:
    before = replace(stage.call, now=stage.call.now - timedelta(days=10))
    return Scene(stage.code(before, shelf_life_days=1), stage.license().license_key)


def changed(change: Callable[[Call, str, str], object]) -> Callable[[Stage], Scene]:
    """A license that staff have done something to."""

    def scene(stage: Stage) -> Scene:
        one = stage.license()
        change(stage.call, one.id, "unpaid")
        return Scene(stage.code(), one.license_key)

    return scene


def taken(stage: Stage) -> Scene:
    one = stage.license()
    redemptions.redeem(stage.call, vendor.renewal(stage.code(), one.license_key, machine=OTHER))
    return Scene(stage.code(), one.license_key)


def far_ahead(stage: Stage) -> Scene:
    last = stage.call.today + relativedelta(years=6)
    return Scene(stage.code(), stage.license(expires_on=last).license_key)


def wasted(stage: Stage) -> Scene:
    stage.set(renewal_basis=RenewalBasis.FROM_NOW)
    return Scene(stage.code(), stage.license(days_left=700).license_key)


def no_longer_offered(stage: Stage) -> Scene:
    text = stage.code(period_years=2)
    stage.set(editions=(EditionSpec("home", "Home", (1,)), EditionSpec("business", "Business", (1, 2, 3))))
    return Scene(text, stage.license().license_key)


#: The scenes by the code of their refusal, in the order in which they can follow each other in one database.
SCENES: dict[str, Callable[[Stage], Scene]] = {
    "code_malformed": lambda stage: Scene(UNKNOWN_CODE[:-1], stage.license().license_key),
    "code_not_found": lambda stage: Scene(UNKNOWN_CODE, stage.license().license_key),
    "not_a_renewal_code": code(kind=CodeKind.ACTIVATION),
    "renewal_code_cannot_activate": lambda stage: Scene(stage.code(), None),
    "test_code": held(test=True),
    "redemption_reversed": reversed_,
    "code_already_redeemed": spent,
    "code_voided": voided,
    "code_expired": expired,
    "license_not_found": lambda stage: Scene(stage.code(), "NO-SUCH-KEY"),
    "product_mismatch": plain(product="another"),
    "license_not_activated": held(activated_on=None),
    "license_revoked": changed(licenses.revoke),
    "license_suspended": changed(licenses.suspend),
    "promo_not_renewable": held(license_class=LicenseClass.PROMO),
    "nfr_not_renewable": held(license_class=LicenseClass.NFR),
    "trial_not_renewable": held(license_class=LicenseClass.TRIAL),
    "edition_mismatch": code(edition="business"),
    "renewal_window_closed": held(days_left=-40),
    "too_far_ahead": far_ahead,
    "seat_count_mismatch": code(seats=5),
    "territory_mismatch": held(country="PL"),
    "product_outdated": plain(product_version="9.2"),
    "machine_not_registered": taken,
    "invalid_request": plain(product_version="9" * 300),
    "would_not_extend": wasted,
    "period_not_allowed": no_longer_offered,
}


def played(stage: Stage) -> Iterator[tuple[str, Scene]]:
    """Each scene when its turn has come."""
    for name, scene in SCENES.items():
        yield name, scene(stage)
