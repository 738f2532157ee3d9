"""The refusals about hardware Modules, license files and the requests to move licenses between them.

M numbers are the rules of the vendor's service. Names in brackets are entries of `fields`.
"""

from __future__ import annotations

from prolong.errors import Refused


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


class SecondPersonNeeded(Refused):
    """To go beyond the limit of moves a second person has to agree."""


class MoveLimitReached(Refused):
    """The license has been moved as often as its policy allows."""
