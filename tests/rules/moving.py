"""Facts for the tests of the rules of Modules: a request and a move that nothing speaks against."""

from datetime import date
from typing import Any

from prolong_server.rules import moves
from prolong_server.rules.module_facts import Approval, Execution, LicenseMove, Module, MoveData, MovedLicense, Place
from prolong_server.rules.module_words import AttachmentKind, ChecklistItem, FilesHeld, ModuleState, MoveKind

TODAY = date(2026, 6, 15)
EVERYTHING = frozenset(ChecklistItem)
OLD, NEW, OTHER = "M-1", "M-2", "M-3"


def move(*, key="KEY-1", software="Shield", origins=((OLD, 5),), targets=((NEW, 5),)):
    return LicenseMove(key, software, places(origins), places(targets))


def places(pairs):
    return tuple(Place(*pair) for pair in pairs)


_LICENSES = {
    MoveKind.TRANSFER: (move(), move(key="KEY-2", origins=((OLD, 1),), targets=((NEW, 1),))),
    MoveKind.MERGE: (move(), move(key="KEY-2", origins=((OTHER, 1),), targets=((NEW, 1),))),
    MoveKind.REDISTRIBUTE: (move(targets=((OLD, 2), (NEW, 3))),),
    MoveKind.REPLACE_LOST: (move(),),
    MoveKind.REPLACE_BROKEN: (move(),),
}


def request(kind=MoveKind.TRANSFER, **changes):
    """A request of a kind that states everything and has every file that it needs."""
    files = {AttachmentKind.LETTER} | ({AttachmentKind.WRITE_OFF_ACT} if kind.replaces else set())
    stated: dict[str, Any] = {
        "company": "Мрія",
        "contact_email": "office@mriya.example",
        "licenses": _LICENSES[kind],
        "non_use": True,
        "return_modules": kind is MoveKind.REPLACE_BROKEN,
        "files_held": None if kind.replaces else FilesHeld.NONE_HELD,
        "attachments": frozenset(files),
    }
    return MoveData(kind, **(stated | changes))


def approval(kind=MoveKind.TRANSFER, *, data=None, **changes):
    """An approval of a complete request, its checklist ticked and its scans as they were."""
    scans = modules_scans()
    told = {"ticked": EVERYTHING, "return_required": False, "scans_reviewed": scans, "scans_now": scans}
    return Approval(data or request(kind), **(told | changes))


def modules_scans(letter="a" * 64):
    return moves.bound_scans([("letter", letter)])


def execution(kind=MoveKind.TRANSFER, **changes):
    """The execution of an approved request, paid where it must be, from one Module to another, both in service."""
    stated = {
        "today": TODAY,
        "ticked": EVERYTHING,
        "return_required": False,
        "scans_approved": modules_scans(),
        "scans_now": modules_scans(),
        "paid": kind.replaces,
        "origins": (Module(OLD, ModuleState.IN_SERVICE),),
        "targets": (Module(NEW, ModuleState.IN_SERVICE),),
        "licenses": (MovedLicense("lic_1", {OLD: 5}, {NEW: 5}),),
    }
    return Execution(kind=kind, **(stated | changes))


def code_of(answer):
    return None if answer is None else answer.code


def fields_of(answer):
    return answer.fields
