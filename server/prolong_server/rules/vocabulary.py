"""The closed sets of words of the field, as they stand in code, API and database."""

from enum import StrEnum


class LicenseClass(StrEnum):
    """What a license was given as; only `standard` ones can be renewed (R10)."""

    STANDARD = "standard"
    PROMO = "promo"
    NFR = "nfr"
    TRIAL = "trial"


class LicenseStatus(StrEnum):
    """What staff have decided about a license (R15)."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class CodeKind(StrEnum):
    """A renewal code extends a license, an activation code creates one (R9)."""

    RENEWAL = "renewal"
    ACTIVATION = "activation"


class CodeState(StrEnum):
    """Where a one-time code is in its life (R4, R16, R18)."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    VOIDED = "voided"
    EXPIRED = "expired"
    REVERSED = "reversed"


class MachineCheck(StrEnum):
    """Whether a product counts the machines of a license (R6)."""

    REGISTERED = "registered"
    OFF = "off"


class Territory(StrEnum):
    """Whose codes an edition accepts (R11)."""

    DEALER_COUNTRY = "dealer_country"
    ANY = "any"


class EditionKind(StrEnum):
    """Three-year periods are for `business` only (R1)."""

    HOME = "home"
    BUSINESS = "business"


class RenewalBasis(StrEnum):
    """From which day a renewal's period is counted (Dates)."""

    FROM_EXPIRY = "from_expiry"
    FROM_NOW = "from_now"
    FROM_NOW_IF_EXPIRED = "from_now_if_expired"


class ScanFault(StrEnum):
    """Why an uploaded file is not taken as a scan (M2)."""

    TOO_LARGE = "too_large"
    NOT_A_SCAN = "not_a_scan"
    MISLABELLED = "mislabelled"
    ENCRYPTED = "encrypted"
    SCRIPTED = "scripted"
    BOMB = "bomb"
    DAMAGED = "damaged"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_PIXELS = "too_many_pixels"
    INFECTED = "infected"
