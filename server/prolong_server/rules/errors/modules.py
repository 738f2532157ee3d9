"""Refusals of Modules, license files and requests to move licenses between Modules, M1–M11; in the order of names."""

from typing import ClassVar

from prolong_server.rules.errors.base import ModuleRefusal
from prolong_server.rules.vocabulary import ScanFault


class DocumentsNotAccepted(ModuleRefusal):
    code = "documents_not_accepted"
    title = "The documents are not accepted yet"
    sentence = (
        "Not everything that the letter and its enclosures must state was found in the scans; lacking names what was "
        "not. Nothing was decided or moved: ask the customer for it, or reject the request."
    )


class LicenseFileForeign(ModuleRefusal):
    code = "license_file_foreign"
    title = "The license file belongs elsewhere"
    sentence = (
        "This license file is for a license or a Module that the request does not name. It was not accepted: add them "
        "to the request, or hand in the file of a license and Module that it names."
    )


class LicenseFileForged(ModuleRefusal):
    code = "license_file_forged"
    title = "The license file is not ours"
    sentence = (
        "The signature of this license file is not ours, or we have never issued the file. It was not accepted: hand "
        "it in exactly as you received it from us."
    )


class LicenseFileSuperseded(ModuleRefusal):
    code = "license_file_superseded"
    title = "The license file is no longer current"
    sentence = (
        "This license file was revoked, or a newer one for the same license and Module has taken its place. It was not "
        "accepted: hand in the newest one that you received from us."
    )


class ModuleNotFound(ModuleRefusal):
    code = "module_not_found"
    title = "The Module is unknown"
    sentence = (
        "We know no Module with the number {module}. Nothing was changed: compare it with the number on the device, "
        "or have the Module registered first."
    )


class ModuleOutOfService(ModuleRefusal):
    code = "module_out_of_service"
    title = "The Module is not in service"
    sentence = (
        "Module {module} was reported lost or broken, has to be given back, or is out of service, so nothing can be "
        "bound to it or moved from it. Nothing was changed: name another Module, or ask for its replacement."
    )


class MoveLimitReached(ModuleRefusal):
    """`next_on` is the first day on which the license may be moved again."""

    code = "move_limit_reached"
    title = "The license was moved too often"
    sentence = (
        "A license may be moved {allowed_count} time(s) in {policy_term_months} month(s), and license {license} may be "
        "moved again on {next_on}. Nothing was moved: wait for that day, or override the limit with a second person."
    )


class ReplacementNotNamed(ModuleRefusal):
    code = "replacement_not_named"
    title = "The new Module is not named"
    sentence = (
        "The request does not say which Module takes the place of the lost or broken one. Nothing was moved: name it "
        "in an approval, as a Module that the customer gets in exchange."
    )


class ReplacementNotPaid(ModuleRefusal):
    code = "replacement_not_paid"
    title = "The new Module is not paid for"
    sentence = (
        "A lost or broken Module is replaced at the customer's expense, and no payment for the new one is recorded. "
        "Nothing was moved: record the payment first."
    )


class RequestIncomplete(ModuleRefusal):
    """`missing` names each thing that is lacking, as `missing.Missing`."""

    code = "request_incomplete"
    title = "The request is not complete"
    sentence = (
        "Something is lacking before the request can be submitted, so it was not. Each thing is named in missing: add "
        "it, then submit the request again."
    )


class ReturnNotPledged(ModuleRefusal):
    code = "return_not_pledged"
    title = "The return of Modules is not guaranteed"
    sentence = (
        "Modules are to be returned, and the customer has not guaranteed that yet. Nothing was decided: ask the "
        "customer for the guarantee first, then review the request again."
    )


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


class ScansChangedSinceReview(ModuleRefusal):
    code = "scans_changed_since_review"
    title = "The scans have changed since the review"
    sentence = (
        "The scans are no longer those that were reviewed, so the decision is not about them. Nothing was changed: "
        "review the request again with the scans as they are now."
    )


class SeatsExceeded(ModuleRefusal):
    code = "seats_exceeded"
    title = "More workstations than the license has"
    sentence = (
        "License {license} is for {seats} workstation(s), and {bound} would be bound to Modules. Nothing was bound: "
        "bind fewer, or move some from another Module."
    )


class SeatsNotConserved(ModuleRefusal):
    """`license` is an identifier, or the place of the license in the list of the request, from 1."""

    code = "seats_not_conserved"
    title = "Workstations would appear or vanish"
    sentence = (
        "License {license} has {before} workstation(s) on the Modules before the move and would have {after} after it. "
        "Nothing was moved: correct the workstations so that both numbers are the same."
    )


class SecondPersonNeeded(ModuleRefusal):
    code = "second_person_needed"
    title = "A second person must agree"
    sentence = (
        "To go beyond the limit of moves a reason is needed, and the consent of somebody else than the person who asks "
        "for it. Nothing was moved: have a colleague confirm it."
    )
