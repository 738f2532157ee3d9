"""Refusals of Modules, of the scans that come with a request, and of requests to move Modules."""

from typing import ClassVar

from prolong_server.rules.errors.base import ModuleRefusal
from prolong_server.rules.vocabulary import ScanFault


class ScanRefused(ModuleRefusal):
    """An uploaded file that is not kept; `reason` says in a machine's word why, the message in a sentence."""

    code = "scan_refused"
    title = "The file was not accepted"
    sentence = "This file cannot be taken as a scan. Nothing was kept; scan the paper anew and send it again."
    reasons: ClassVar[dict[ScanFault, str]] = {
        ScanFault.NOT_A_SCAN: (
            "This is no PDF, JPEG, PNG or TIFF file that a scanner or a camera makes. Nothing was kept; save the scan "
            "in one of these forms and send it again."
        ),
        ScanFault.MISLABELLED: (
            "The content of this file is not what its name or its declared type says. Nothing was kept; save the scan "
            "under the right name (.pdf, .jpg, .png or .tiff) and send it again."
        ),
        ScanFault.ENCRYPTED: (
            "This document is protected by encryption, so it cannot be reviewed. Nothing was kept; save it without a "
            "password and restrictions and send it again."
        ),
        ScanFault.SCRIPTED: (
            "This document holds a script, an attached file, an active form or an action, which no scan needs. Nothing "
            "was kept; print it, scan the paper and send the scan."
        ),
        ScanFault.BOMB: (
            "To read this file would take far more memory or time than a scan needs. Nothing was kept; scan the paper "
            "anew at 300 dpi and send that."
        ),
        ScanFault.DAMAGED: (
            "This file is incomplete or damaged and cannot be read to its end. Nothing was kept; look whether it opens "
            "on your computer, or scan the paper anew."
        ),
        ScanFault.TOO_MANY_PAGES: (
            "This file has more than 50 pages. Nothing was kept; send only the letter or the act, or split it into "
            "several files."
        ),
        ScanFault.TOO_MANY_PIXELS: (
            "A page of this file has more than 100 million pixels, or all its pages together more than 500 million. "
            "Nothing was kept; scan the paper at 300 dpi and send that."
        ),
        ScanFault.INFECTED: (
            "The vendor's virus scanner found something harmful in this file. Nothing was kept; check your computer, "
            "then scan the paper anew and send it again."
        ),
    }

    def __init__(self, reason: ScanFault) -> None:
        super().__init__(reason=str(reason))
        self.reason = reason

    @property
    def message(self) -> str:
        return self.reasons.get(self.reason, self.sentence)


class ScanTooLarge(ScanRefused):
    code = "scan_too_large"
    title = "The file is too large"
    sentence = (
        "This file is larger than 20 MB. Nothing was kept; scan the paper at 300 dpi in gray, or send its pages as "
        "several files."
    )

    def __init__(self) -> None:
        super().__init__(ScanFault.TOO_LARGE)
