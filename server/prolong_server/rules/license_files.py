"""License files: what one is worth today, and whether one that comes with a request is taken (M3, M6, M9, M11)."""

from collections.abc import Callable
from datetime import date
from typing import Final

from prolong_server.rules import errors
from prolong_server.rules.errors import Refusal
from prolong_server.rules.module_facts import HandedIn, LicenseFile
from prolong_server.rules.module_words import FileCode, ModuleState


def code(file: LicenseFile, today: date) -> FileCode:
    """What a license file is worth on this day: the first of `FileCode` that applies."""
    applies = {
        FileCode.FORGED: not file.genuine,
        FileCode.SUPERSEDED: _is_superseded(file),
        FileCode.REVOKED: file.revoked or file.current_revision is None,
        FileCode.MODULE_OUT_OF_SERVICE: file.module_state is ModuleState.OUT_OF_SERVICE,
        FileCode.EXPIRED: today > file.last_day,
    }
    return next((word for word, true in applies.items() if true), FileCode.VALID)


def next_revision(newest: int | None) -> int:
    """M6, M11: The revision of the next file for a license and Module; `newest` is the last that was ever issued."""
    return (newest or 0) + 1


def file_is_ours(handed_in: HandedIn) -> Refusal | None:
    """M3: Each license file is verified by our signature; a forged one is refused."""
    return None if handed_in.file.genuine else errors.LicenseFileForged()


def file_is_of_the_request(handed_in: HandedIn) -> Refusal | None:
    """M3: It is for a license and a Module that the request names; a foreign one is refused."""
    pair = (handed_in.file.license, handed_in.file.module)
    return None if pair in handed_in.origins else errors.LicenseFileForeign()


def file_is_current(handed_in: HandedIn) -> Refusal | None:
    """M3: It has the revision that was current when the request was submitted; a superseded one is refused."""
    file = handed_in.file
    current = file.revision == file.current_revision and not file.revoked
    return None if current else errors.LicenseFileSuperseded()


def module_of_the_file_is_in_service(handed_in: HandedIn) -> Refusal | None:
    """M9: What a Module out of service holds cannot be moved but by a replacement."""
    gone = handed_in.file.module_state is ModuleState.OUT_OF_SERVICE and not handed_in.replaces
    return errors.ModuleOutOfService(module=handed_in.file.module) if gone else None


HANDED_IN: Final[tuple[Callable[[HandedIn], Refusal | None], ...]] = (
    file_is_ours,
    file_is_of_the_request,
    file_is_current,
    module_of_the_file_is_in_service,
)


def _is_superseded(file: LicenseFile) -> bool:
    return file.current_revision is not None and file.revision < file.current_revision
