"""R18: what becomes of a license when staff take redemptions back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from prolong_server.rules import calendar
from prolong_server.rules.vocabulary import RenewalBasis


@dataclass(frozen=True, slots=True)
class Applied:
    """A redemption as it was recorded, and whether it is (or is now to be) reversed."""

    previous_expires_on: date
    period_years: int
    basis: RenewalBasis
    redeemed_on: date
    reversed: bool


def recomputed(redemptions: Sequence[Applied]) -> date:
    """The `expires_on` of a license whose redemptions, in their order, are these (R18).

    From the `previous_expires_on` of the earliest reversed one, the later unreversed ones applied again, each with its
    own recorded period, basis and day; windows are not judged again. What was recorded before the earliest reversed
    one was never touched by a reversal, so the answer depends on which are reversed and not on the order in which
    they were. ValueError when none is reversed.
    """
    first = next((at for at, one in enumerate(redemptions) if one.reversed), None)
    if first is None:
        raise ValueError("Without a reversed redemption there is nothing to compute anew.")
    expires_on = redemptions[first].previous_expires_on
    for one in redemptions[first:]:
        if not one.reversed:
            expires_on = calendar.renewed(expires_on, one.period_years, one.basis, one.redeemed_on)
    return expires_on
