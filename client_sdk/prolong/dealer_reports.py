"""Rows of a dealer's reports and what its webhook endpoints were sent, as frozen dataclasses.

A row of a report is for the days `starts_on` to `ends_on`, both included; of `product`, `edition`, `country` and
`dealer` the one that was grouped by is told.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from prolong.reading import DAY, DECIMAL, FLAG, INSTANT, TEXT, TEXTS, WHOLE


@dataclass(frozen=True)
class Redemptions:
    """Codes: how many were issued, redeemed, voided, reversed, activated."""

    starts_on: dt.date = field(metadata=DAY)
    ends_on: dt.date = field(metadata=DAY)
    issued: int = field(metadata=WHOLE)
    redeemed: int = field(metadata=WHOLE)
    voided: int = field(metadata=WHOLE)
    reversed: int = field(default=0, metadata=WHOLE)
    activated: int = field(default=0, metadata=WHOLE)
    product: str | None = field(default=None, metadata=TEXT)
    edition: str | None = field(default=None, metadata=TEXT)
    country: str | None = field(default=None, metadata=TEXT)
    dealer: str | None = field(default=None, metadata=TEXT)


@dataclass(frozen=True)
class Renewals:
    """Terms that ended, and how many were renewed; `rate` is None where none ended, `provisional` may still rise."""

    starts_on: dt.date = field(metadata=DAY)
    ends_on: dt.date = field(metadata=DAY)
    due: int = field(metadata=WHOLE)
    renewed: int = field(metadata=WHOLE)
    provisional: bool = field(metadata=FLAG)
    rate: Decimal | None = field(default=None, metadata=DECIMAL)
    product: str | None = field(default=None, metadata=TEXT)
    edition: str | None = field(default=None, metadata=TEXT)
    country: str | None = field(default=None, metadata=TEXT)
    dealer: str | None = field(default=None, metadata=TEXT)


@dataclass(frozen=True)
class Revenue:
    """Money: what was ordered, what was credited for voided codes, and the difference: what the dealer spent."""

    starts_on: dt.date = field(metadata=DAY)
    ends_on: dt.date = field(metadata=DAY)
    currency: str = field(metadata=TEXT)
    ordered: Decimal = field(metadata=DECIMAL)
    credited: Decimal = field(metadata=DECIMAL)
    net: Decimal = field(metadata=DECIMAL)
    product: str | None = field(default=None, metadata=TEXT)
    edition: str | None = field(default=None, metadata=TEXT)
    country: str | None = field(default=None, metadata=TEXT)
    dealer: str | None = field(default=None, metadata=TEXT)


@dataclass(frozen=True)
class Endpoint:
    """An address that is told of events; `secret` is known only where it was just made."""

    id: str = field(metadata=TEXT)
    # An address may hold a secret of the receiver's.
    url: str = field(repr=False, metadata=TEXT)
    events: tuple[str, ...] = field(metadata=TEXTS)
    status: str = field(metadata=TEXT)
    created_at: dt.datetime = field(metadata=INSTANT)
    secret: str | None = field(default=None, repr=False, metadata=TEXT)
    disabled_at: dt.datetime | None = field(default=None, metadata=INSTANT)
    disabled_reason: str | None = field(default=None, metadata=TEXT)
    failing_since: dt.datetime | None = field(default=None, metadata=INSTANT)
    test: bool = field(default=False, metadata=FLAG)


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one endpoint: `status` is `pending`, `delivered` or `failed`; `last_error` says why."""

    id: str = field(metadata=TEXT)
    event: str = field(metadata=TEXT)
    endpoint: str = field(metadata=TEXT)
    type: str = field(metadata=TEXT)
    status: str = field(metadata=TEXT)
    attempts: int = field(metadata=WHOLE)
    created_at: dt.datetime = field(metadata=INSTANT)
    last_status: int | None = field(default=None, metadata=WHOLE)
    last_error: str | None = field(default=None, metadata=TEXT)
    next_attempt_at: dt.datetime | None = field(default=None, metadata=INSTANT)
    delivered_at: dt.datetime | None = field(default=None, metadata=INSTANT)
