"""Whether an answer fits the question, and itself: one that was damaged on its way, or is not ours, often does not."""

from __future__ import annotations

import datetime as dt
from calendar import isleap
from typing import Union

from prolong._intents import Intent
from prolong.results import Activation, License, Redemption

Made = Union[Redemption, Activation]


def answers(made: Made, intent: Intent) -> bool:
    """Whether what was made is what was asked for, and what it says of days agrees."""
    asked = str(intent.body.get("license_key", made.license.license_key))
    if not is_key(made.license, asked) or made.license.product != intent.body["product"]:
        return False
    return not isinstance(made, Redemption) or _adds_up(made)


def is_key(told: License, asked: str) -> bool:
    """Whether the license has the key that was asked for."""
    return told.license_key.lower() == asked.strip().lower()


def _adds_up(receipt: Redemption) -> bool:
    before, after = receipt.previous_expires_on, receipt.expires_on
    if not receipt.replayed and after != receipt.license.expires_on:
        return False
    return after == _later(before, receipt.period_years) if receipt.renewal_basis == "from_expiry" else before < after


def _later(day: dt.date, years: int) -> dt.date:
    # 29 February + 1 year = 28 February, as the vendor counts.
    last = 28 if (day.month, day.day) == (2, 29) and not isleap(day.year + years) else day.day
    return day.replace(year=day.year + years, day=last)
