"""One class for each refusal that the contract names; the class of `code_voided` is `CodeVoided`.

R numbers are the rules of the vendor's service. Names in brackets are entries of `fields`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

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


class RequestIncomplete(Refused):
    """The transfer request lacks something (`missing`)."""


class SeatsNotConserved(Refused):
    """Seats before and after the move differ."""


class SeatsExceeded(Refused):
    """More seats would be bound to Modules than the license has (`seats`, `bound`)."""


class LicenseFileForeign(Refused):
    """A license file is for a license or a Module that the request does not name."""


class LicenseFileForged(Refused):
    """A license file does not bear the vendor's signature."""


class LicenseFileSuperseded(Refused):
    """A license file is not the current revision."""


class ModuleNotFound(Refused):
    """No Module with this number is registered (`module`)."""


class ModuleOutOfService(Refused):
    """The Module is out of service."""


class ReplacementNotNamed(Refused):
    """Nobody has said yet which Module takes the place of the lost or broken one."""


class ReplacementNotPaid(Refused):
    """The replacement Module is not recorded as paid."""


class DocumentsNotAccepted(Refused):
    """Letter and write-off act are not both accepted."""


class ReturnNotPledged(Refused):
    """Modules have to be returned, and the customer has not guaranteed it."""


class ScanRefused(Refused):
    """An uploaded file is no scan that can be kept (`reason`)."""


class ScanTooLarge(Refused):
    """An uploaded file is larger than 20 MB."""


class ScansChangedSinceReview(Refused):
    """The scans changed after the review; a new review is needed."""


class StateChanged(Refused):
    """Someone else decided first."""


class SecondPersonNeeded(Refused):
    """To go beyond the limit of moves a second person has to agree."""


class MoveLimitReached(Refused):
    """The license has been moved as often as its policy allows."""


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
