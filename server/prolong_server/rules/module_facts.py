"""All that a decision about Modules and requests may depend on, frozen. Dates are the vendor's calendar days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from prolong_server.rules.module_words import (
    AttachmentKind,
    ChecklistItem,
    FilesHeld,
    ModuleState,
    MoveKind,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Seats of one license on one Module; in a draft either may be lacking still ("" and None)."""

    module: str
    seats: int | None


@dataclass(frozen=True, slots=True)
class LicenseMove:
    """One license of a request: where its seats are and where they are to be."""

    license_key: str
    software: str
    origins: tuple[Place, ...]
    targets: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class MoveData:
    """What a request states (M2) and which kinds of files came with it."""

    kind: MoveKind
    company: str
    contact_email: str
    licenses: tuple[LicenseMove, ...]
    non_use: bool = False
    return_modules: bool = False
    files_held: FilesHeld | None = None
    attachments: frozenset[AttachmentKind] = frozenset()


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval as a representative wants to give it; the scans are told by `modules.bound_scans`."""

    data: MoveData
    ticked: frozenset[ChecklistItem]
    return_required: bool
    scans_reviewed: str
    scans_now: str


@dataclass(frozen=True, slots=True)
class Module:
    """A Module by its serial number; it has no state when nobody knows it."""

    serial: str
    state: ModuleState | None


@dataclass(frozen=True, slots=True)
class Binding:
    """Seats of a license that are to be bound to a Module.

    `bound` counts the license's seats that are bound already, those on this Module left out, for they are replaced.
    """

    license: str
    seats_of_license: int
    bound: int
    seats: int
    module: Module


@dataclass(frozen=True, slots=True)
class MoveLimit:
    """M10: so many moves of a license in so many months. ValueError when it would allow none at all."""

    allowed_count: int
    policy_term_months: int

    def __post_init__(self) -> None:
        """A limit without a move, or without a term, has no day from which it is free again."""
        if self.allowed_count < 1 or self.policy_term_months < 1:
            raise ValueError("A limit allows at least one move in at least one month.")


@dataclass(frozen=True, slots=True)
class Override:
    """M10: who asked for a move beyond the limit, why, and who else agreed. Persons are told by their identifiers."""

    reason: str
    asked_by: str
    confirmed_by: str | None


@dataclass(frozen=True, slots=True)
class MovedLicense:
    """One license of a move: its seats by Module before and after, the days of its earlier moves, and their limit."""

    license: str
    before: Mapping[str, int]
    after: Mapping[str, int]
    moved_on: tuple[date, ...] = ()
    limit: MoveLimit | None = None


@dataclass(frozen=True, slots=True)
class Execution:
    """A move that is about to be made, over all its licenses; the Modules from which and to which their seats go."""

    today: date
    kind: MoveKind
    ticked: frozenset[ChecklistItem]
    return_required: bool
    scans_approved: str
    scans_now: str
    paid: bool
    origins: tuple[Module, ...]
    targets: tuple[Module, ...]
    licenses: tuple[MovedLicense, ...]
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class LicenseFile:
    """A license file as it was read, beside what is known of it; what is not `genuine` is judged no further.

    `genuine`: our signature, of our type, and we know the file. `current_revision` is the newest one for the same
    license and Module, None when nothing is bound there any more. `last_day` is the last on which it works.
    """

    genuine: bool
    license: str = ""
    module: str = ""
    revision: int = 0
    current_revision: int | None = None
    revoked: bool = False
    module_state: ModuleState = ModuleState.IN_SERVICE
    last_day: date = date.max


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A license file that came with a request, and the pairs of license and Module that the request names as origins.

    Its `current_revision` is the one at the time when the request was submitted (M3).
    """

    file: LicenseFile
    origins: frozenset[tuple[str, str]]
    replaces: bool
