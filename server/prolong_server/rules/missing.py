"""M2, M3, M8: what a request lacks before it can be submitted, told in words.

A license is named by its place in the list, for its key is no word for answers and logs. The English sentence is the
key of its translations; `{names}` in it are filled from the fields.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from prolong_server.rules.module_facts import LicenseMove, MoveData, Place
from prolong_server.rules.module_words import AttachmentKind, FilesHeld, MoveKind

_SENTENCE: Final = {
    "company": "The name of the company is lacking.",
    "contact_email": "A mail address for questions and answers is lacking.",
    "licenses": "No license is named: name each one that is involved.",
    "license_key": "License {number} of the list: its number is lacking.",
    "software": "License {number} of the list: the name of the software is lacking.",
    "origins": "License {number} of the list: the Modules that hold it now are lacking.",
    "targets": "License {number} of the list: the Module that is to hold it is lacking.",
    "order_of_redistribution": (
        "License {number} of the list: how its workstations are to be divided among the Modules is lacking."
    ),
    "module_numbers": "License {number} of the list: the number of a Module is lacking.",
    "seats": "License {number} of the list: the number of its workstations on a Module is lacking.",
    "named_twice": (
        "License {number} of the list, or one of its Modules, is named twice: bring its workstations on a Module "
        "together in one line."
    ),
    "non_use": "The guarantee not to use the license files received before is lacking.",
    "return_modules": "The guarantee to return the broken Module is lacking.",
    "letter": "The scan of the signed letter on the company's letterhead is lacking.",
    "write_off_act": "The scan of the act by which the lost or broken Module was written off is lacking.",
    "license_files": "The license files that you hold are lacking, or else the statement that you hold none.",
}
_SHAPE: Final = {
    MoveKind.TRANSFER: "A transfer is from exactly one Module to exactly one other; name these two and no more.",
    MoveKind.MERGE: "A merge is from several Modules to exactly one; name at least two that hold the licenses now.",
    MoveKind.REDISTRIBUTE: "A redistribution changes the workstations of at least two Modules; name each of them.",
    MoveKind.REPLACE_LOST: "For a lost Module exactly one new one takes its place; name these two and no more.",
    MoveKind.REPLACE_BROKEN: "For a broken Module exactly one new one takes its place; name these two and no more.",
}
SENTENCES: Final = (*_SENTENCE.values(), *_SHAPE.values())


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is lacking: a word for programs, and a sentence with its fields for people."""

    code: str
    sentence: str
    fields: Mapping[str, object] = field(default_factory=dict)


def missing(data: MoveData) -> tuple[Missing, ...]:
    """M2: All that is lacking, in the order of the form; nothing when the request may be submitted."""
    codes = [*_of_the_request(data), *_of_pledges(data), *_of_files(data)]
    places = [*_of_licenses(data)]
    shape = [] if places or not data.licenses or _has_its_shape(data) else [Missing("shape", _SHAPE[data.kind])]
    lacking = [Missing(code, _SENTENCE[code]) for code in codes]
    before = [one for one in lacking if one.code in {"company", "contact_email", "licenses"}]
    return (*before, *places, *shape, *lacking[len(before) :])


def _of_the_request(data: MoveData) -> Iterator[str]:
    if not data.company.strip():
        yield "company"
    if not data.contact_email.strip():
        yield "contact_email"
    if not data.licenses:
        yield "licenses"


def _of_licenses(data: MoveData) -> Iterator[Missing]:
    named: set[str] = set()
    for number, move in enumerate(data.licenses, start=1):
        for code in (*_of_license(move, data.kind), *(["named_twice"] if _is_named_twice(move, named) else [])):
            yield Missing(code, _SENTENCE[code], {"number": number})
        named |= {move.license_key.strip()} - {""}


def _of_license(move: LicenseMove, kind: MoveKind) -> Iterator[str]:
    if not move.license_key.strip():
        yield "license_key"
    if not move.software.strip():
        yield "software"
    if not move.origins:
        yield "origins"
    # Which Module takes the place of a lost or broken one the vendor may say later, when it is bought.
    if not move.targets and not kind.replaces:
        yield "order_of_redistribution" if kind is MoveKind.REDISTRIBUTE else "targets"
    places = (*move.origins, *move.targets)
    if not all(place.module.strip() for place in places):
        yield "module_numbers"
    if not all(place.seats is not None and place.seats > 0 for place in places):
        yield "seats"


def _is_named_twice(move: LicenseMove, named: set[str]) -> bool:
    sides = (_serials(move.origins), _serials(move.targets))
    return move.license_key.strip() in named or any(len(side) > len(set(side)) for side in sides)


def _serials(places: tuple[Place, ...]) -> list[str]:
    return [place.module.strip() for place in places if place.module.strip()]


def _has_its_shape(data: MoveData) -> bool:
    """M1: `transfer` one Module to one, `merge` several to one, `redistribute` seats among several."""
    origins = {serial for move in data.licenses for serial in _serials(move.origins)}
    targets = {serial for move in data.licenses for serial in _serials(move.targets)}
    if data.kind is MoveKind.MERGE:
        return len(origins) > 1 and len(targets) == 1
    if data.kind is MoveKind.REDISTRIBUTE:
        return len(origins | targets) > 1 and any(set(move.origins) != set(move.targets) for move in data.licenses)
    if data.kind.replaces and not targets:
        return len(origins) == 1
    return len(origins) == len(targets) == 1 and origins != targets


def _of_pledges(data: MoveData) -> Iterator[str]:
    if not data.non_use:
        yield "non_use"
    if data.kind is MoveKind.REPLACE_BROKEN and not data.return_modules:
        yield "return_modules"


def _of_files(data: MoveData) -> Iterator[str]:
    """M8: a replacement needs the act as well; M3: for the others come the files held, or the statement about them."""
    if AttachmentKind.LETTER not in data.attachments:
        yield "letter"
    if data.kind.replaces and AttachmentKind.WRITE_OFF_ACT not in data.attachments:
        yield "write_off_act"
    handed_in = AttachmentKind.LICENSE_FILE in data.attachments or data.files_held is FilesHeld.NONE_HELD
    if not data.kind.replaces and not handed_in:
        yield "license_files"
