"""What the server tells a dealer, as frozen dataclasses.

Money and percentages are `Decimal`, days `datetime.date`, instants aware `datetime.datetime`. Codes, secrets and
customers never show in a `repr`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from prolong.reading import DAY, DECIMAL, FLAG, INSTANT, TEXT, TEXTS, WHOLE, part, parts, read


@dataclass(frozen=True)
class Quota:
    """How many codes may be ordered in each `per` (`day`, `week`, `month`), and how many are left until `resets_on`."""

    codes: int = field(metadata=WHOLE)
    per: str = field(metadata=TEXT)
    used: int = field(metadata=WHOLE)
    left: int = field(metadata=WHOLE)
    resets_on: dt.date = field(metadata=DAY)


@dataclass(frozen=True)
class Account:
    """The dealer itself; `available` = `credit_limit` + `balance` is what an order may cost."""

    id: str = field(metadata=TEXT)
    name: str = field(metadata=TEXT)
    country: str = field(metadata=TEXT)
    territories: tuple[str, ...] = field(metadata=TEXTS)
    currency: str = field(metadata=TEXT)
    credit_limit: Decimal = field(metadata=DECIMAL)
    balance: Decimal = field(metadata=DECIMAL)
    available: Decimal = field(metadata=DECIMAL)
    discount_percent: Decimal = field(default=Decimal(0), metadata=DECIMAL)
    status: str = field(default="active", metadata=TEXT)
    quota: Quota | None = field(default=None, metadata=part(partial(read, Quota)))


@dataclass(frozen=True)
class Price:
    """What one code costs from `seats_from` seats on: officially, and for this dealer (`…_unit_price`)."""

    product: str = field(metadata=TEXT)
    edition: str = field(metadata=TEXT)
    period_years: int = field(metadata=WHOLE)
    seats_from: int = field(metadata=WHOLE)
    new_price: Decimal = field(metadata=DECIMAL)
    renewal_price: Decimal = field(metadata=DECIMAL)
    new_unit_price: Decimal = field(metadata=DECIMAL)
    renewal_unit_price: Decimal = field(metadata=DECIMAL)


@dataclass(frozen=True)
class Prices:
    """The price list that holds for the dealer today; `price_list` is None where there is none yet."""

    currency: str = field(metadata=TEXT)
    discount_percent: Decimal = field(metadata=DECIMAL)
    items: tuple[Price, ...] = field(metadata=parts(Price))
    price_list: str | None = field(default=None, metadata=TEXT)
    valid_from: dt.date | None = field(default=None, metadata=DAY)


@dataclass(frozen=True)
class Counts:
    """How many codes of an order were made, and what became of them."""

    issued: int = field(metadata=WHOLE)
    redeemed: int = field(metadata=WHOLE)
    voided: int = field(metadata=WHOLE)


@dataclass(frozen=True)
class Order:
    """An order as it now is; `replayed` when the idempotency key had placed it before."""

    id: str = field(metadata=TEXT)
    kind: str = field(metadata=TEXT)
    product: str = field(metadata=TEXT)
    edition: str = field(metadata=TEXT)
    period_years: int = field(metadata=WHOLE)
    seats: int = field(metadata=WHOLE)
    quantity: int = field(metadata=WHOLE)
    unit_price: Decimal = field(metadata=DECIMAL)
    total: Decimal = field(metadata=DECIMAL)
    currency: str = field(metadata=TEXT)
    status: str = field(metadata=TEXT)
    counts: Counts = field(metadata=part(partial(read, Counts)))
    created_at: dt.datetime = field(metadata=INSTANT)
    dealer: str | None = field(default=None, metadata=TEXT)
    license_class: str = field(default="standard", metadata=TEXT)
    reference: str | None = field(default=None, metadata=TEXT)
    shelf_life_days: int | None = field(default=None, metadata=WHOLE)
    good_until: dt.date | None = field(default=None, metadata=DAY)
    price_list: str | None = field(default=None, metadata=TEXT)
    confirmed_at: dt.datetime | None = field(default=None, metadata=INSTANT)
    test: bool = field(default=False, metadata=FLAG)
    replayed: bool = field(default=False, metadata=FLAG)


@dataclass(frozen=True)
class NotVoided:
    """A code that was left as it is: `malformed`, `unknown` (in this order), `redeemed`, `voided` or `expired`."""

    code: str = field(repr=False, metadata=TEXT)
    reason: str = field(metadata=TEXT)


@dataclass(frozen=True)
class Voiding:
    """How many codes were voided just now, which were not, and the order as it now is.

    Where an answer was lost and the call repeated, what the first attempt voided is told in `order.counts` alone.
    """

    voided: int = field(metadata=WHOLE)
    not_voided: tuple[NotVoided, ...] = field(metadata=parts(NotVoided))
    order: Order = field(metadata=part(partial(read, Order)))


@dataclass(frozen=True)
class CodeStatus:
    """What has become of a code: `state` is `issued`, `redeemed`, `voided`, `expired` or `reversed`."""

    order: str = field(metadata=TEXT)
    state: str = field(metadata=TEXT)
    kind: str | None = field(default=None, metadata=TEXT)
    product: str | None = field(default=None, metadata=TEXT)
    edition: str | None = field(default=None, metadata=TEXT)
    period_years: int | None = field(default=None, metadata=WHOLE)
    seats: int | None = field(default=None, metadata=WHOLE)
    reference: str | None = field(default=None, metadata=TEXT)
    issued_at: dt.datetime | None = field(default=None, metadata=INSTANT)
    good_until: dt.date | None = field(default=None, metadata=DAY)
    redeemed_at: dt.datetime | None = field(default=None, metadata=INSTANT)
    voided_at: dt.datetime | None = field(default=None, metadata=INSTANT)
    reversed_at: dt.datetime | None = field(default=None, metadata=INSTANT)


@dataclass(frozen=True)
class LeadCustomer:
    """Whom to ask to renew."""

    name: str | None = field(default=None, metadata=TEXT)
    email: str | None = field(default=None, metadata=TEXT)


@dataclass(frozen=True)
class Lead:
    """A license that the dealer sold and that runs out soon, or is in its renewal grace."""

    license: str = field(metadata=TEXT)
    license_key_ending: str = field(metadata=TEXT)
    product: str = field(metadata=TEXT)
    edition: str = field(metadata=TEXT)
    seats: int = field(metadata=WHOLE)
    country: str = field(metadata=TEXT)
    expires_on: dt.date = field(metadata=DAY)
    renewable_until: dt.date = field(metadata=DAY)
    customer: LeadCustomer | None = field(default=None, repr=False, metadata=part(partial(read, LeadCustomer)))


@dataclass(frozen=True)
class Entry:
    """A movement of the account: `order`, `void`, `payment` or `correction`; `balance` is the one after it."""

    id: str = field(metadata=TEXT)
    kind: str = field(metadata=TEXT)
    amount: Decimal = field(metadata=DECIMAL)
    currency: str = field(metadata=TEXT)
    balance: Decimal = field(metadata=DECIMAL)
    created_at: dt.datetime = field(metadata=INSTANT)
    order: str | None = field(default=None, metadata=TEXT)
    reason: str | None = field(default=None, metadata=TEXT)
