"""What webhooks tell: one frozen dataclass for each type of event. Money is `Decimal`, days are `datetime.date`.

`dealer` is who sold the code, for `LicenseExpiring` who sold the license; `test` tells that it happened in the sandbox.
Where one dealer's code renewed another's license, the ids of the other's are not told and None here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from prolong.reading import DAY, DECIMAL, FLAG, INSTANT, TEXT, WHOLE


@dataclass(frozen=True)
class OrderIssued:
    """`order.issued`: codes were ordered and made."""

    order: str = field(metadata=TEXT)
    dealer: str = field(metadata=TEXT)
    kind: str = field(metadata=TEXT)
    product: str = field(metadata=TEXT)
    edition: str = field(metadata=TEXT)
    license_class: str = field(metadata=TEXT)
    period_years: int = field(metadata=WHOLE)
    seats: int = field(metadata=WHOLE)
    quantity: int = field(metadata=WHOLE)
    unit_price: Decimal = field(metadata=DECIMAL)
    total: Decimal = field(metadata=DECIMAL)
    currency: str = field(metadata=TEXT)
    ordered_on: dt.date = field(metadata=DAY)
    good_until: dt.date | None = field(default=None, metadata=DAY)
    test: bool = field(default=False, metadata=FLAG)


@dataclass(frozen=True)
class LicenseActivated:
    """`license.activated`: an activation code made a license."""

    license: str = field(metadata=TEXT)
    order: str = field(metadata=TEXT)
    dealer: str = field(metadata=TEXT)
    product: str = field(metadata=TEXT)
    edition: str = field(metadata=TEXT)
    license_class: str = field(metadata=TEXT)
    seats: int = field(metadata=WHOLE)
    country: str = field(metadata=TEXT)
    activated_on: dt.date = field(metadata=DAY)
    expires_on: dt.date = field(metadata=DAY)
    period_years: int = field(metadata=WHOLE)
    test: bool = field(default=False, metadata=FLAG)


@dataclass(frozen=True)
class LicenseRenewed:
    """`license.renewed`: a renewal code was spent."""

    previous_expires_on: dt.date = field(metadata=DAY)
    expires_on: dt.date = field(metadata=DAY)
    period_years: int = field(metadata=WHOLE)
    renewal_basis: str = field(metadata=TEXT)
    license: str | None = field(default=None, metadata=TEXT)
    redemption: str | None = field(default=None, metadata=TEXT)
    order: str | None = field(default=None, metadata=TEXT)
    dealer: str | None = field(default=None, metadata=TEXT)
    test: bool = field(default=False, metadata=FLAG)


@dataclass(frozen=True)
class LicenseExpiring:
    """`license.expiring`: a license runs out soon, or did (`days_left` below zero)."""

    license: str = field(metadata=TEXT)
    expires_on: dt.date = field(metadata=DAY)
    days_left: int | None = field(default=None, metadata=WHOLE)
    renewable_until: dt.date | None = field(default=None, metadata=DAY)
    product: str | None = field(default=None, metadata=TEXT)
    edition: str | None = field(default=None, metadata=TEXT)
    seats: int | None = field(default=None, metadata=WHOLE)
    dealer: str | None = field(default=None, metadata=TEXT)
    test: bool = field(default=False, metadata=FLAG)


@dataclass(frozen=True)
class CodeVoided:
    """`code.voided`: a dealer voided so many unspent codes of an order, and so much was credited."""

    order: str = field(metadata=TEXT)
    dealer: str = field(metadata=TEXT)
    voided: int = field(metadata=WHOLE)
    credited: Decimal | None = field(default=None, metadata=DECIMAL)
    currency: str | None = field(default=None, metadata=TEXT)
    test: bool = field(default=False, metadata=FLAG)


@dataclass(frozen=True)
class RedemptionReversed:
    """`redemption.reversed`: staff took a renewal back; the code stays spent."""

    previous_expires_on: dt.date = field(metadata=DAY)
    expires_on: dt.date = field(metadata=DAY)
    reversed_at: dt.datetime | None = field(default=None, metadata=INSTANT)
    redemption: str | None = field(default=None, metadata=TEXT)
    license: str | None = field(default=None, metadata=TEXT)
    order: str | None = field(default=None, metadata=TEXT)
    dealer: str | None = field(default=None, metadata=TEXT)
    test: bool = field(default=False, metadata=FLAG)


BY_TYPE: Mapping[str, type[Any]] = MappingProxyType(
    {
        "order.issued": OrderIssued,
        "license.activated": LicenseActivated,
        "license.renewed": LicenseRenewed,
        "license.expiring": LicenseExpiring,
        "code.voided": CodeVoided,
        "redemption.reversed": RedemptionReversed,
    }
)
