"""From a row of the ledger to what the rules and the answers need."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from prolong_server.licensing import license_views
from prolong_server.licensing.contacts import Contact
from prolong_server.licensing.documents import Subject
from prolong_server.licensing.license_views import LicenseView
from prolong_server.models.licensing import REDEEMED, VOIDED
from prolong_server.rules import facts
from prolong_server.rules.vocabulary import CodeState, MachineCheck

_STATES = {REDEEMED: CodeState.REDEEMED, VOIDED: CodeState.VOIDED}


@dataclass(frozen=True, slots=True)
class Held:
    """A license as the ledger read it: for the rules, for the eye, and for a document.

    `facts`, `seq` and `changed_at` are as they are now, which the row no longer is when a redemption has moved them.
    """

    row: Row[Any]
    zone: ZoneInfo
    facts: facts.License
    seq: int
    changed_at: datetime

    @property
    def counts_machines(self) -> bool:
        """Whether a machine needs a seat (R6)."""
        return self.row.machine_check is MachineCheck.REGISTERED

    @property
    def is_bound(self) -> bool:
        """Whether there are license files, which a change of its term issues anew (M11)."""
        return bool(self.row.files > 0)

    @property
    def starts_on(self) -> date:
        """Its first day."""
        found: date = self.row.starts_on
        return found

    def subject(self, fingerprint: str | None) -> Subject:
        """What a document for this machine speaks of; one that has no seat is not named in it (R6)."""
        named = fingerprint if self.facts.machine_registered or not self.counts_machines else None
        return Subject(self.view(), self.seq, self.changed_at, self.row.refresh_days, named)

    def view(self) -> LicenseView:
        """The license as everybody sees it."""
        row = self.row
        return license_views.view(
            zone=self.zone,
            license_id=row.license_id,
            license_key=row.license_key,
            product=row.product,
            edition=row.edition,
            license_class=row.license_class,
            seats=row.seats,
            country=row.country,
            status=row.status,
            activated_on=row.activated_on,
            starts_on=row.starts_on,
            expires_on=self.facts.expires_on,
            grace_months=row.renewal_grace_months,
            seller=_seller_of(row),
            test=row.test,
        )


def code_of(row: Row[Any], spent: facts.Spent | None) -> facts.Code:
    """The code with its order's terms and its product's policies."""
    return facts.Code(
        kind=row.code_kind,
        product=_product_of(row),
        edition=_edition_of(row),
        license_class=row.code_class,
        period_years=row.period_years,
        seats=row.code_seats,
        territories=frozenset(row.territories),
        test=row.code_test,
        state=_STATES.get(row.state, CodeState.ISSUED),
        good_until=row.good_until,
        spent=spent,
    )


def _product_of(row: Row[Any]) -> facts.Product:
    return facts.Product(
        code=row.code_product,
        latest_version=row.latest_version,
        minimum_renewal_version=row.minimum_renewal_version,
        download_url=row.download_url,
        renewal_basis=row.product_basis,
        renewal_grace_months=row.renewal_grace_months,
        max_advance_years=row.max_advance_years,
        machine_check=row.machine_check,
    )


def _edition_of(row: Row[Any]) -> facts.Edition:
    periods = tuple(int(period) for period in row.periods)
    return facts.Edition(row.code_edition, row.edition_kind, periods, row.territory)


def license_of(row: Row[Any], zone: ZoneInfo) -> Held | None:
    """The license of the row, or None when it has none; the policies are its product's."""
    if row.license_id is None:
        return None
    return Held(row, zone, _license_facts(row), row.seq, row.changed_at)


def _license_facts(row: Row[Any]) -> facts.License:
    return facts.License(
        id=row.license_id,
        product=row.product,
        edition=row.edition,
        license_class=row.license_class,
        status=row.status,
        seats=row.seats,
        country=row.country,
        expires_on=row.expires_on,
        activated=row.activated_on is not None,
        test=row.test,
        machine_registered=row.machine_id is not None,
        machines=row.machines,
    )


def _seller_of(row: Row[Any]) -> Contact | None:
    if row.seller_name is None:
        return None
    return Contact(row.seller_name, row.seller_phone, row.seller_email, row.seller_url)
