"""One class for each refusal that the contract names; the class of `code_voided` is `CodeVoided`.

R numbers are the rules of the vendor's service. Names in brackets are entries of `fields`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from prolong import refusals_of_modules  # noqa: F401 - BY_CODE finds its classes by their base
from prolong.errors import Refused
from prolong.reading import json_object

# For products and their users: the rules.


class PeriodNotAllowed(Refused):
    """R1: this edition is not sold for the code's period."""


class RenewalWindowClosed(Refused):
    """R2: too late to renew; only a new license helps (`where_to_buy`)."""


class CodeAlreadyRedeemed(Refused):
    """R4: the code was spent on another license or machine."""


class MachineNotRegistered(Refused):
    """R6: all seats are taken by other machines, or this one was not named."""


class ProductOutdated(Refused):
    """R7: update the product first (`latest_version`, `download_url`)."""


class SeatCountMismatch(Refused):
    """R8: the code is for another number of seats (`seats_bought`, `seats_of_code`)."""


class RenewalCodeCannotActivate(Refused):
    """R9: a renewal code extends a license; it does not make one."""


class LicenseNotActivated(Refused):
    """R9: a license that was never activated cannot be renewed."""


class NotARenewalCode(Refused):
    """R9: an activation code belongs in the activation form."""


class PromoNotRenewable(Refused):
    """R10: promo licenses cannot be renewed (`where_to_buy`)."""


class NfrNotRenewable(Refused):
    """R10: partner licenses cannot be renewed (`where_to_buy`)."""


class TrialNotRenewable(Refused):
    """R10: trials cannot be renewed (`where_to_buy`)."""


class TerritoryMismatch(Refused):
    """R11: the code was sold for another country (`where_to_buy`)."""


class RenewalPriceNotPreferential(Refused):
    """R12: a renewal price in the list is not below the new-license price."""


class ProductMismatch(Refused):
    """R14: code, license and program do not name the same product."""


class EditionMismatch(Refused):
    """R14: the code is for another edition."""


class LicenseSuspended(Refused):
    """R15: the license is suspended."""


class LicenseRevoked(Refused):
    """R15: the license is revoked."""


class CodeVoided(Refused):
    """R16: the dealer took the code back."""


class CodeExpired(Refused):
    """R16: the code's shelf life is over."""


class TooFarAhead(Refused):
    """R17: the license would run too far ahead."""


class WouldNotExtend(Refused):
    """R17: the code would not move the last day; it was not spent."""


class RedemptionReversed(Refused):
    """R18: this redemption was reversed by staff; the code stays spent."""


class TestCode(Refused):
    """R19: sandbox codes and sandbox licenses only work with each other."""


# For products and their users, beyond the rules.


class CodeNotFound(Refused):
    """No such code was ever issued."""


class LicenseNotFound(Refused):
    """No license has this key."""


class CodeMalformed(Refused):
    """Not the text of a code: mistyped, or typed with another keyboard layout."""


class InvalidRequest(Refused):
    """The request does not have the shape that the contract asks for (`errors` by field)."""


class RateLimited(Refused):
    """Too many requests; nothing was done. Wait a little and repeat."""


class TryAgain(Refused):
    """The server cannot work just now."""


class StillRunning(Refused):
    """The same request is still being worked on."""


# For dealers and staff, for the page that a reminder links to, and for Modules and transfer requests.


class Unauthenticated(Refused):
    """The token is missing, mistyped, withdrawn, or ran out."""


class Forbidden(Refused):
    """The token may not do this (`needed`: the scope or role)."""


class NotFound(Refused):
    """There is no such thing, or it is somebody else's."""


class AlreadyExists(Refused):
    """The name is taken."""


class CreditExceeded(Refused):
    """The order costs more than the account still covers."""


class QuotaExceeded(Refused):
    """The order is for more codes than the dealer may have."""


class NoPrice(Refused):
    """No price list names this product, edition, period and number of seats."""


class DealerSuspended(Refused):
    """The dealer may not order."""


class CodesNoLongerAvailable(Refused):
    """The sealed copy of the codes was destroyed."""


class IdempotencyKeyReused(Refused):
    """The idempotency key came with another body before."""


class IdempotencyResultSecret(Refused):
    """The first answer held a secret and was not kept."""


class LinkInvalid(Refused):
    """The link of a reminder is incomplete, too old, or not of the vendor's making."""


class StateChanged(Refused):
    """Someone else decided first."""


def refusal(problem: object, *, status: int | None = None) -> Refused:
    """The refusal that a problem document tells of, not raised; a plain `Refused` where the code is not known here.

    Raises `TypeError` when `problem` is not a JSON object.
    """
    fields = json_object(problem)
    kind = BY_CODE.get(str(fields.get("code")), Refused)
    return kind(fields, status=status)


def _code(kind: type[Refused]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


BY_CODE: Mapping[str, type[Refused]] = MappingProxyType({_code(kind): kind for kind in Refused.__subclasses__()})
