"""What the server answers, as frozen dataclasses.

Days are `datetime.date`, instants aware `datetime.datetime`. License keys and documents never show in a `repr`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from prolong.contacts import Seller, Support
from prolong.errors import ProlongError, Refused
from prolong.reading import DAY, FLAG, INSTANT, NEVER, TEXT, WHOLE, part, read
from prolong.refusals import refusal

if TYPE_CHECKING:
    from prolong.states import LicenseState

__all__ = ["Activation", "Check", "Customer", "License", "Redemption", "Seller", "Support", "Synced", "Validation"]


@dataclass(frozen=True)
class Customer:
    """Whom an activation registers; `country` is ISO 3166-1 alpha-2, `reminders` agrees to mail before the end."""

    name: str = field(repr=False)
    country: str
    email: str | None = field(default=None, repr=False)
    reminders: bool = False


@dataclass(frozen=True)
class License:
    """A license as it is now; `expires_on` is the last day on which the product works, `ends_at` its end."""

    id: str = field(metadata=TEXT)
    license_key: str = field(repr=False, metadata=TEXT)
    product: str = field(metadata=TEXT)
    edition: str = field(metadata=TEXT)
    license_class: str = field(metadata=TEXT)
    seats: int = field(metadata=WHOLE)
    country: str = field(metadata=TEXT)
    status: str = field(metadata=TEXT)
    starts_on: dt.date = field(metadata=DAY)
    expires_on: dt.date = field(metadata=DAY)
    ends_at: dt.datetime = field(metadata=INSTANT)
    activated_on: dt.date | None = field(default=None, metadata=DAY)
    renewable_until: dt.date | None = field(default=None, metadata=DAY)
    seller: Seller | None = field(default=None, metadata=part(partial(read, Seller)))
    test: bool = field(default=False, metadata=FLAG)


@dataclass(frozen=True)
class Redemption:
    """The receipt of a renewal; `replayed` when this code had already renewed this license (rule R4).

    `earlier`: what became of an earlier code whose answer had been lost (its receipt, its new license or its refusal),
    if that was settled on the way; it is told only here.
    """

    id: str = field(metadata=TEXT)
    redeemed_at: dt.datetime = field(metadata=INSTANT)
    period_years: int = field(metadata=WHOLE)
    previous_expires_on: dt.date = field(metadata=DAY)
    expires_on: dt.date = field(metadata=DAY)
    renewal_basis: str = field(metadata=TEXT)
    license: License = field(metadata=part(partial(read, License)))
    license_document: str | None = field(default=None, repr=False, metadata=TEXT)
    license_files: tuple[Any, ...] = field(default=(), repr=False, metadata=part(tuple))
    replayed: bool = field(default=False, metadata=FLAG)
    earlier: Redemption | Activation | Refused | None = field(default=None, metadata=NEVER)


@dataclass(frozen=True)
class Check:
    """What a code would do; the fields from `renewable` on only when a license key was given.

    `problem` is the refusal that redeeming would raise, not raised; None when it would succeed.
    """

    kind: str = field(metadata=TEXT)
    product: str = field(metadata=TEXT)
    edition: str = field(metadata=TEXT)
    period_years: int = field(metadata=WHOLE)
    seats: int = field(metadata=WHOLE)
    renewable: bool | None = field(default=None, metadata=FLAG)
    expires_on: dt.date | None = field(default=None, metadata=DAY)
    expires_on_after: dt.date | None = field(default=None, metadata=DAY)
    problem: Refused | None = field(default=None, metadata=part(refusal))


@dataclass(frozen=True)
class Activation:
    """A new license with its key, to be kept; `replayed` when this code was already activated on this machine.

    `earlier`: as of a `Redemption`.
    """

    license: License = field(metadata=part(partial(read, License)))
    license_document: str | None = field(default=None, repr=False, metadata=TEXT)
    replayed: bool = field(default=False, metadata=FLAG)
    earlier: Redemption | Activation | Refused | None = field(default=None, metadata=NEVER)


@dataclass(frozen=True)
class Validation:
    """Whether the product may work, and if not why: `code` is `VALID`, `EXPIRED`, `SUSPENDED`, ….

    After `EXPIRED`, `license.renewable_until` tells how long a renewal code still helps (rule R3).
    """

    valid: bool = field(metadata=FLAG)
    code: str = field(metadata=TEXT)
    license: License | None = field(default=None, metadata=part(partial(read, License)))
    license_document: str | None = field(default=None, repr=False, metadata=TEXT)


@dataclass(frozen=True)
class Synced:
    """What `sync` has found: what became of a code whose answer was lost, how the license stands there, and here.

    `settled` is the receipt, the new license, or the refusal; None when nothing was open. `problem`: why the rest could
    not be done, where something was settled; where nothing was, it is raised.
    """

    settled: Redemption | Activation | Refused | None
    validation: Validation | None
    license: LicenseState
    problem: ProlongError | None = None
