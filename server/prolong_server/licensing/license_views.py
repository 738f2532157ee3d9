"""A license as everybody sees it: the contract's `license`, in answers and in signed documents alike."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from prolong_server.licensing import contacts
from prolong_server.licensing.contacts import Contact
from prolong_server.models.catalogue import Edition
from prolong_server.models.licensing import License
from prolong_server.rules import calendar, errors, identifiers
from prolong_server.rules.vocabulary import LicenseClass, LicenseStatus

LONGEST_KEY = 64


@dataclass(frozen=True)
class LicenseView:
    """The contract's `license`. Days are the vendor's; `ends_at` is in UTC; `seller` is None where none is known.

    `customer_id` is for staff alone: `as_json` leaves it out, so no document and no public answer tells it.
    """

    id: str
    license_key: str
    product: str
    edition: str
    license_class: LicenseClass
    seats: int
    country: str
    status: LicenseStatus
    activated_on: date | None
    starts_on: date
    expires_on: date
    ends_at: datetime
    renewable_until: date | None
    seller: Contact | None
    test: bool
    customer_id: str | None = None

    @cached_property
    def as_json(self) -> dict[str, object]:
        """The same in an answer and in a signed document, and made once for both; not to be changed."""
        return {
            "id": self.id,
            "license_key": self.license_key,
            "product": self.product,
            "edition": self.edition,
            "license_class": self.license_class,
            "seats": self.seats,
            "country": self.country,
            "status": self.status,
            "activated_on": self.activated_on and self.activated_on.isoformat(),
            "starts_on": self.starts_on.isoformat(),
            "expires_on": self.expires_on.isoformat(),
            "ends_at": calendar.in_utc(self.ends_at),
            "renewable_until": self.renewable_until and self.renewable_until.isoformat(),
            "seller": self.seller and contacts.written(self.seller),
            "test": self.test,
        }


def view(
    *,
    zone: ZoneInfo,
    license_id: int,
    license_key: str,
    product: str,
    edition: str,
    license_class: LicenseClass,
    seats: int,
    country: str,
    status: LicenseStatus,
    activated_on: date | None,
    starts_on: date,
    expires_on: date,
    grace_months: int,
    seller: Contact | None,
    test: bool,
    customer_id: int | None = None,
) -> LicenseView:
    """The view of a license from plain values; `zone` is the vendor's, `grace_months` the product's (R2)."""
    renewable = activated_on is not None and is_renewable(license_class, status)
    return LicenseView(
        id=identifiers.show("lic", license_id),
        license_key=license_key,
        product=product,
        edition=edition,
        license_class=license_class,
        seats=seats,
        country=country,
        status=status,
        activated_on=activated_on,
        starts_on=starts_on,
        expires_on=expires_on,
        ends_at=calendar.term_end(expires_on, zone),
        renewable_until=calendar.renewable_until(expires_on, grace_months) if renewable else None,
        seller=seller,
        test=test,
        customer_id=identifiers.show("cus", customer_id) if customer_id else None,
    )


def is_renewable(license_class: LicenseClass, status: LicenseStatus) -> bool:
    """Whether the class (R10) and the status (R15) of a license leave it a day until which it can be renewed."""
    return license_class is LicenseClass.STANDARD and status is LicenseStatus.ACTIVE


def of_row(row: License, zone: ZoneInfo) -> LicenseView:
    """The view of a row that was loaded with its edition, product and dealer (`with_all`)."""
    return view(
        zone=zone,
        license_id=row.id,
        license_key=row.license_key,
        product=row.edition.product.code,
        edition=row.edition.code,
        license_class=row.license_class,
        seats=row.seats,
        country=row.country,
        status=row.status,
        activated_on=row.activated_on,
        starts_on=row.starts_on,
        expires_on=row.expires_on,
        grace_months=row.edition.product.renewal_grace_months,
        seller=contacts.of_dealer(row.dealer) if row.dealer else None,
        test=row.test,
        customer_id=row.customer_id,
    )


def with_all() -> Select[License]:
    """Select licenses with all that their views show."""
    return select(License).options(joinedload(License.edition).joinedload(Edition.product), joinedload(License.dealer))


def load(session: Session, zone: ZoneInfo, ref: str) -> LicenseView:
    """The view of the license that `ref` names (`lic_…` or the key); LicenseNotFound."""
    return of_row(find(session, ref), zone)


def find(session: Session, ref: str, *, lock: bool = False) -> License:
    """The row that `ref` names by `lic_…` or by its key, whose case does not matter; LicenseNotFound.

    With `lock` the row stays locked until the transaction ends.
    """
    statement = with_all().with_for_update(of=License) if lock else with_all()
    number = identifiers.read("lic", ref)
    row = session.scalars(statement.where(License.id == number)).one_or_none() if number else None
    if row is None and (key := canonical_key(ref)) is not None:
        row = session.scalars(statement.where(func.upper(License.license_key) == key)).one_or_none()
    if row is None:
        raise errors.LicenseNotFound
    return row


def canonical_key(text: str) -> str | None:
    """The form of a license key in which keys are compared: trimmed, in capitals; None for what no key can be."""
    key = text.strip()
    return key.upper() if 1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() else None
