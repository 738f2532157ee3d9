"""Every refusal of Prolong: its class, its code, its sentence; no HTTP status.

A sentence says what happened, what it means for the person and what to do next. It is the English message and
the key of its translations; `{names}` in it are filled from the refusal's fields.

    Refusal
    ├── RedemptionRefusal     R1–R19, in the order of `renewal.REDEMPTION`
    │   ├── CodeMalformed
    │   ├── CodeNotFound
    │   ├── NotARenewalCode
    │   ├── RenewalCodeCannotActivate
    │   ├── TestCode
    │   ├── RedemptionReversed
    │   ├── CodeAlreadyRedeemed
    │   ├── CodeVoided
    │   ├── CodeExpired
    │   ├── LicenseNotFound
    │   ├── ProductMismatch
    │   ├── LicenseNotActivated
    │   ├── LicenseRevoked
    │   ├── LicenseSuspended
    │   ├── PromoNotRenewable
    │   ├── NfrNotRenewable
    │   ├── TrialNotRenewable
    │   ├── EditionMismatch
    │   ├── PeriodNotAllowed
    │   ├── RenewalWindowClosed
    │   ├── TooFarAhead
    │   ├── WouldNotExtend
    │   ├── SeatCountMismatch
    │   ├── TerritoryMismatch
    │   ├── ProductOutdated
    │   └── MachineNotRegistered
    ├── ChannelRefusal        orders, prices, accounts
    │   ├── CreditExceeded
    │   ├── QuotaExceeded
    │   ├── DealerSuspended
    │   ├── NoPrice
    │   ├── RenewalPriceNotPreferential
    │   └── CodesNoLongerAvailable
    ├── ModuleRefusal         M1–M11: Modules, license files, requests to move licenses
    │   ├── DocumentsNotAccepted
    │   ├── LicenseFileForeign
    │   ├── LicenseFileForged
    │   ├── LicenseFileSuperseded
    │   ├── ModuleNotFound
    │   ├── ModuleOutOfService
    │   ├── MoveLimitReached
    │   ├── ReplacementNotNamed
    │   ├── ReplacementNotPaid
    │   ├── RequestIncomplete
    │   ├── ReturnNotPledged
    │   ├── ScanRefused
    │   │   └── ScanTooLarge
    │   ├── ScansChangedSinceReview
    │   ├── SeatsExceeded
    │   ├── SeatsNotConserved
    │   └── SecondPersonNeeded
    ├── AccessRefusal         tokens, roles, scopes
    │   ├── Unauthenticated
    │   ├── RateLimited
    │   ├── LinkInvalid
    │   └── Forbidden
    └── RequestRefusal        what was asked is unclear, unknown or must wait
        ├── InvalidRequest
        ├── NotFound
        ├── AlreadyExists
        ├── StateChanged
        ├── IdempotencyKeyReused
        ├── IdempotencyResultSecret
        ├── StillRunning
        └── TryAgain
"""

from prolong_server.rules.errors.access import (
    Forbidden,
    LinkInvalid,
    RateLimited,
    Unauthenticated,
)
from prolong_server.rules.errors.base import (
    AccessRefusal,
    ChannelRefusal,
    ModuleRefusal,
    RedemptionRefusal,
    Refusal,
    RequestRefusal,
)
from prolong_server.rules.errors.channel import (
    CodesNoLongerAvailable,
    CreditExceeded,
    DealerSuspended,
    NoPrice,
    QuotaExceeded,
    RenewalPriceNotPreferential,
)
from prolong_server.rules.errors.codes import (
    CodeAlreadyRedeemed,
    CodeExpired,
    CodeMalformed,
    CodeNotFound,
    CodeVoided,
    NotARenewalCode,
    RedemptionReversed,
    RenewalCodeCannotActivate,
    TestCode,
)
from prolong_server.rules.errors.modules import (
    DocumentsNotAccepted,
    LicenseFileForeign,
    LicenseFileForged,
    LicenseFileSuperseded,
    ModuleNotFound,
    ModuleOutOfService,
    MoveLimitReached,
    ReplacementNotNamed,
    ReplacementNotPaid,
    RequestIncomplete,
    ReturnNotPledged,
    ScanRefused,
    ScansChangedSinceReview,
    ScanTooLarge,
    SeatsExceeded,
    SeatsNotConserved,
    SecondPersonNeeded,
)
from prolong_server.rules.errors.redemption import (
    EditionMismatch,
    LicenseNotActivated,
    LicenseNotFound,
    LicenseRevoked,
    LicenseSuspended,
    MachineNotRegistered,
    NfrNotRenewable,
    PeriodNotAllowed,
    ProductMismatch,
    ProductOutdated,
    PromoNotRenewable,
    RenewalWindowClosed,
    SeatCountMismatch,
    TerritoryMismatch,
    TooFarAhead,
    TrialNotRenewable,
    WouldNotExtend,
)
from prolong_server.rules.errors.requests import (
    AlreadyExists,
    IdempotencyKeyReused,
    IdempotencyResultSecret,
    InvalidRequest,
    NotFound,
    StateChanged,
    StillRunning,
    TryAgain,
)

__all__ = [
    "AccessRefusal",
    "AlreadyExists",
    "ChannelRefusal",
    "CodeAlreadyRedeemed",
    "CodeExpired",
    "CodeMalformed",
    "CodeNotFound",
    "CodeVoided",
    "CodesNoLongerAvailable",
    "CreditExceeded",
    "DealerSuspended",
    "DocumentsNotAccepted",
    "EditionMismatch",
    "Forbidden",
    "IdempotencyKeyReused",
    "IdempotencyResultSecret",
    "InvalidRequest",
    "LicenseFileForeign",
    "LicenseFileForged",
    "LicenseFileSuperseded",
    "LicenseNotActivated",
    "LicenseNotFound",
    "LicenseRevoked",
    "LicenseSuspended",
    "LinkInvalid",
    "MachineNotRegistered",
    "ModuleNotFound",
    "ModuleOutOfService",
    "ModuleRefusal",
    "MoveLimitReached",
    "NfrNotRenewable",
    "NoPrice",
    "NotARenewalCode",
    "NotFound",
    "PeriodNotAllowed",
    "ProductMismatch",
    "ProductOutdated",
    "PromoNotRenewable",
    "QuotaExceeded",
    "RateLimited",
    "RedemptionRefusal",
    "RedemptionReversed",
    "Refusal",
    "RenewalCodeCannotActivate",
    "RenewalPriceNotPreferential",
    "RenewalWindowClosed",
    "ReplacementNotNamed",
    "ReplacementNotPaid",
    "RequestIncomplete",
    "RequestRefusal",
    "ReturnNotPledged",
    "ScanRefused",
    "ScanTooLarge",
    "ScansChangedSinceReview",
    "SeatCountMismatch",
    "SeatsExceeded",
    "SeatsNotConserved",
    "SecondPersonNeeded",
    "StateChanged",
    "StillRunning",
    "TerritoryMismatch",
    "TestCode",
    "TooFarAhead",
    "TrialNotRenewable",
    "TryAgain",
    "Unauthenticated",
    "WouldNotExtend",
]
