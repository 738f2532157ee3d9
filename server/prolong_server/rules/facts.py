"""All that a decision about a code may depend on, frozen, the day included. Dates are the vendor's calendar days."""

from dataclasses import dataclass
from datetime import date

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


@dataclass(frozen=True, slots=True)
class Form:
    """What the person's program sent beside the code: the product it is, its version, whether it named its machine.

    `trusted_origin` is true for a page of an origin that the product allows: what it leaves out is not judged (R6, R7).
    """

    product: str
    product_version: str | None
    machine_named: bool
    trusted_origin: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """The policies of the product that the code is for."""

    code: str
    latest_version: str
    minimum_renewal_version: str | None
    download_url: str | None
    renewal_basis: RenewalBasis
    renewal_grace_months: int
    max_advance_years: int
    machine_check: MachineCheck


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition as it is offered today: what kind it is, for how many years, and whose codes renew it."""

    code: str
    kind: EditionKind
    periods: tuple[int, ...]
    territory: Territory

    def offers(self, years: int) -> bool:
        """R1: Whether the edition lists this period, and it is of 1 or 2 years, or of 3 for a `business` edition."""
        longest = 3 if self.kind is EditionKind.BUSINESS else 2
        return 1 <= years <= longest and years in self.periods


@dataclass(frozen=True, slots=True)
class Spent:
    """On which license a code was spent, and whether staff have taken that back."""

    license_id: int
    reversed: bool


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code as it was ordered; `territories` are those that the dealer had on that day (R11)."""

    kind: CodeKind
    product: Product
    edition: Edition
    license_class: LicenseClass
    period_years: int
    seats: int
    territories: frozenset[str]
    test: bool
    state: CodeState
    good_until: date | None = None
    spent: Spent | None = None


@dataclass(frozen=True, slots=True)
class License:
    """A license as it is now; `machine_registered` speaks of the machine that the form named."""

    id: int
    product: str
    edition: str
    license_class: LicenseClass
    status: LicenseStatus
    seats: int
    country: str
    expires_on: date
    activated: bool
    test: bool
    machine_registered: bool
    machines: int


@dataclass(frozen=True, slots=True)
class Facts:
    """One question: may this code, from this form, be spent on this license today?

    `license` is None when no license has the key (renewal) or the code has created none yet (activation);
    `country` is the customer's, for an activation only.
    """

    today: date
    form: Form
    code: Code
    license: License | None
    country: str | None = None

    @property
    def held(self) -> License:
        """The license, for the rules that stand behind `license_is_known`."""
        if self.license is None:
            raise LookupError("a rule about the license was asked without one")
        return self.license
