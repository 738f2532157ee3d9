"""Facts for the tests of the rules: a renewal and an activation that nothing speaks against, and how to change them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from prolong_server.rules.facts import Code, Edition, Facts, Form, License, Product
from prolong_server.rules.vocabulary import (
    CodeKind,
    CodeState,
    EditionKind,
    LicenseClass,
    LicenseStatus,
    MachineCheck,
    RenewalBasis,
    Territory,
)

TODAY = date(2026, 6, 15)

PRODUCT = Product(
    code="antivirus",
    latest_version="9.10",
    minimum_renewal_version=None,
    download_url="https://vendor.example/download",
    renewal_basis=RenewalBasis.FROM_EXPIRY,
    renewal_grace_months=1,
    max_advance_years=6,
    machine_check=MachineCheck.REGISTERED,
)
EDITION = Edition("home", EditionKind.HOME, (1, 2), Territory.DEALER_COUNTRY)
CODE = Code(
    kind=CodeKind.RENEWAL,
    product=PRODUCT,
    edition=EDITION,
    license_class=LicenseClass.STANDARD,
    period_years=1,
    seats=3,
    territories=frozenset({"UA", "MD"}),
    test=False,
    state=CodeState.ISSUED,
)
LICENSE = License(
    id=7,
    product="antivirus",
    edition="home",
    license_class=LicenseClass.STANDARD,
    status=LicenseStatus.ACTIVE,
    seats=3,
    country="UA",
    expires_on=date(2026, 7, 1),
    activated=True,
    test=False,
    machine_registered=False,
    machines=1,
)
FORM = Form("antivirus", "9.10", machine_named=True)

RENEWAL = Facts(TODAY, FORM, CODE, LICENSE)
ACTIVATION = Facts(TODAY, FORM, replace(CODE, kind=CodeKind.ACTIVATION), None, country="UA")

Changes = Mapping[str, Any]
NONE: Changes = {}


def ask(
    facts: Facts = RENEWAL,
    *,
    form: Changes = NONE,
    code: Changes = NONE,
    product: Changes = NONE,
    edition: Changes = NONE,
    held: Changes | None = NONE,
    **others: Any,
) -> Facts:
    """`facts` with some of them changed; `held=None` takes the license away, other changes of it bring one."""
    terms = replace(facts.code, product=replace(facts.code.product, **product))
    terms = replace(terms, edition=replace(terms.edition, **edition))
    return replace(
        facts,
        form=replace(facts.form, **form),
        code=replace(terms, **code),
        license=_license(facts.license, held),
        **others,
    )


def _license(known: License | None, changes: Changes | None) -> License | None:
    if changes is None or (known is None and not changes):
        return None
    return replace(known or LICENSE, **changes)
