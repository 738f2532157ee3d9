"""What the letter of a request says, in English, which is also the key of the translations; `{names}` are filled in.

The letter states what M2 and M8 ask for. Sentences are written so that no number stands before a word that it would
bend, and so that one Module and several are spoken of alike.
"""

from collections.abc import Mapping
from typing import Final

from prolong_server.rules.module_words import MoveKind

LETTERHEAD: Final = "Place for the company's letterhead"
OUTGOING: Final = "Our reference: No. {blank}, dated {blank}"
ADDRESSEE: Final = "To: {vendor}"
SALUTATION: Final = "Dear Sir or Madam,"

SUBJECTS: Final[Mapping[MoveKind, str]] = {
    MoveKind.TRANSFER: "Subject: transfer of licenses from one Module to another",
    MoveKind.MERGE: "Subject: merging of licenses of several Modules on one Module",
    MoveKind.REDISTRIBUTE: "Subject: redistribution of workstations among Modules",
    MoveKind.REPLACE_LOST: "Subject: loss of a Module and its replacement",
    MoveKind.REPLACE_BROKEN: "Subject: breakage of a Module and its replacement",
}
REQUESTS: Final[Mapping[MoveKind, str]] = {
    MoveKind.TRANSFER: (
        "{company} asks you to transfer the licenses named below from the device that protects against unauthorized "
        "access (hereinafter: Module) No. {origins} to Module No. {targets}."
    ),
    MoveKind.MERGE: (
        "{company} asks you to merge the licenses named below, which are now on several devices that protect against "
        "unauthorized access (hereinafter: Modules), on one Module. From Modules No.: {origins}. To Module No. "
        "{targets}."
    ),
    MoveKind.REDISTRIBUTE: (
        "{company} asks you to redistribute the workstations of the licenses named below among devices that protect "
        "against unauthorized access (hereinafter: Modules). Modules No.: {modules}."
    ),
    MoveKind.REPLACE_LOST: (
        "{company} notifies you of the loss of the device that protects against unauthorized access (hereinafter: "
        "Module) No. {origins}, and asks you to transfer all licenses bound to it to the new Module No. {targets}, "
        "which is bought at our expense."
    ),
    MoveKind.REPLACE_BROKEN: (
        "{company} notifies you of the breakage of the device that protects against unauthorized access (hereinafter: "
        "Module) No. {origins}, and asks you to transfer all licenses bound to it to the new Module No. {targets}, "
        "which is bought at our expense."
    ),
}

LIST: Final = "Names of the software, numbers of the licenses, workstations and numbers of the Modules:"
ORDER: Final = (
    "The order of redistribution of the workstations, for each license: on the left the Modules and their workstations "
    "now, on the right after the redistribution."
)
COLUMNS: Final = ("#", "Software", "License number", "From Module", "Seats", "To Module", "Seats")
TOTAL: Final = "Licenses in all: {licenses}. Workstations in all: before {before}, after {after}."

NON_USE: Final = (
    "We guarantee that we will not use the license files received before for the licenses and Modules named above."
)
NON_USE_REPLACED: Final = (
    "We undertake not to use the license files received before that are bound to Module No. {origins}."
)
RETURN: Final = "We guarantee the return of the Modules if you require it. Modules No.: {origins}."
RETURN_BROKEN: Final = "We undertake to return the broken Module No. {origins} to you."
FILES_ALL: Final = "With this letter we hand in the license files that we hold for these licenses."
FILES_NONE: Final = "We hold no license files for these licenses."
ENCLOSURE: Final = "Enclosure: scan of the act on the write-off of the Module."

POSITION: Final = "Position"
SIGNATURE: Final = "Signature"
NAME: Final = "Name"
DATE: Final = "Date"
STAMP: Final = "Stamp"
WHAT_NEXT: Final = (
    "Print this letter on the company's letterhead, have it signed and stamped, and upload a scan of it to request "
    "{request}."
)
ACT_NEEDED: Final = "The scan of the write-off act must come with it: without both documents no Module is replaced."
FOOT: Final = "Request {request}, filled in on {day}"
PAGE: Final = "Page {page} of {pages}"

SENTENCES: Final = (
    *(LETTERHEAD, OUTGOING, ADDRESSEE, SALUTATION),
    *SUBJECTS.values(),
    *REQUESTS.values(),
    *(LIST, ORDER, *COLUMNS, TOTAL),
    *(NON_USE, NON_USE_REPLACED, RETURN, RETURN_BROKEN, FILES_ALL, FILES_NONE, ENCLOSURE),
    *(POSITION, SIGNATURE, NAME, DATE, STAMP, WHAT_NEXT, ACT_NEEDED, FOOT, PAGE),
)
