"""Modules, bound licenses and a transfer request in each state that an operation needs, for the filled database."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image

from prolong_server.call import Call
from prolong_server.licensing import licenses
from prolong_server.licensing.license_specs import LicenseSpec
from prolong_server.licensing.license_views import LicenseView
from prolong_server.modules import (
    attachments,
    binding,
    execution,
    registry,
    reports,
    review,
    scans,
    submission,
    transfer_requests,
)
from prolong_server.modules.request_specs import LineSpec, PlaceSpec, Pledges, RequestSpec
from prolong_server.modules.scan_examination import Claim
from prolong_server.modules.scan_jobs import MediaType
from prolong_server.modules.scans import Scan
from prolong_server.rules import modules
from prolong_server.rules.module_words import AttachmentKind, FilesHeld, ModuleEvent, MoveKind
from tests import vendor

TICKED = [item.value for item in modules.checklist(MoveKind.TRANSFER, return_required=True)]
NO_SCAN = Scan(sha256(b"nothing").hexdigest(), 7, MediaType.PDF, 1)
STEPS = ("draft", "submitted", "in_review", "approved", "awaiting")


def picture(side: int = 40) -> bytes:
    """A small scan, as a PNG."""
    file = io.BytesIO()
    Image.new("L", (side, side), 255).save(file, "PNG")
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Mover:
    """Makes a license on a Module of its own, and brings a request about it as far as it is told."""

    call: Call
    letter: Scan

    def license(self, name: str) -> LicenseView:
        """A license of ten seats, all of them on Module `A-name`; `B-name` is free."""
        day = self.call.today
        spec = LicenseSpec(
            product=vendor.PRODUCT,
            edition="home",
            seats=10,
            country="UA",
            starts_on=day - timedelta(days=300),
            expires_on=day + timedelta(days=300),
            license_key=f"KEY-{name}",
            activated_on=day - timedelta(days=300),
        )
        held = licenses.create(self.call, spec)
        for serial in (f"A-{name}", f"B-{name}"):
            registry.register(self.call, serial)
        binding.bind(self.call, held.id, f"A-{name}", 10)
        return held

    def request(self, name: str, steps: Sequence[str]) -> dict[str, str]:
        """A transfer from `A-name` to `B-name`, its letter attached: its identifier, token and attachment."""
        held = self.license(name)
        line = LineSpec(held.license_key, "Shield", (PlaceSpec(f"A-{name}", 10),), (PlaceSpec(f"B-{name}", 10),))
        stated: dict[str, Any] = {"company": "Works", "licenses": (line,), "files_held": FilesHeld.NONE_HELD}
        pledges = Pledges(non_use=True, return_modules=True)
        made = transfer_requests.create(
            self.call, RequestSpec(MoveKind.TRANSFER, "works@company.example", pledges=pledges, **stated)
        )
        letter = attachments.add_scan(self.call, made.id, AttachmentKind.LETTER, lambda: self.letter)
        for step in steps:
            getattr(self, f"_{step}")(made.id)
        return {"request": made.id, "token": made.token or "", "attachment": letter.id}

    def _submitted(self, ref: str) -> None:
        submission.submit(self.call, ref)

    def _in_review(self, ref: str) -> None:
        review.begin(self.call, ref)

    def _approved(self, ref: str) -> None:
        ticked = modules.checklist(MoveKind.TRANSFER, return_required=True)
        review.approve(self.call, ref, return_required=True, checklist=ticked)

    def _awaiting(self, ref: str) -> None:
        execution.execute(self.call, ref)


def fill(call: Call, folder: Path) -> tuple[str, dict[str, str]]:
    """The token of a customer who holds the link of the draft, and the things that were made by their names."""
    letter = scans.receive(folder / "scans", io.BytesIO(picture()), Claim("letter.png", "image/png"))
    made = {step: _later(call, place, letter).request(step, STEPS[1 : place + 1]) for place, step in enumerate(STEPS)}
    known = {f"{step}_request": told["request"] for step, told in made.items()}
    registry.register(call, "M-LOST")
    reports.report(call, "M-LOST", ModuleEvent.LOST)
    moved = transfer_requests.license_files(call, known["awaiting_request"]).items[0]
    known |= {
        "request": made["draft"]["request"],
        "attachment": made["draft"]["attachment"],
        "module": "A-draft",
        "free_module": "B-draft",
        "module_license": "KEY-draft",
        "license_file": moved.id,
        "signed_file": moved.file,
    }
    return made["draft"]["token"], known


def _later(call: Call, place: int, letter: Scan) -> Mover:
    """Requests are listed by the instants at which they were begun."""
    return Mover(replace(call, now=call.now + timedelta(seconds=place)), letter)
