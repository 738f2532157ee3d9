"""Validation: is this license good for this product on this machine today? Also how a product catches up."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from prolong_server.call import Call
from prolong_server.licensing import batches, documents, registration
from prolong_server.licensing.forms import ValidationForm, fingerprint_of
from prolong_server.licensing.ledger import Sought
from prolong_server.licensing.license_views import LicenseView, canonical_key
from prolong_server.licensing.reading import Held
from prolong_server.rules import errors
from prolong_server.rules.vocabulary import LicenseStatus


class Verdict(StrEnum):
    """The answers of a validation, in their order of precedence."""

    PRODUCT_MISMATCH = "PRODUCT_MISMATCH"
    REVOKED = "REVOKED"
    SUSPENDED = "SUSPENDED"
    NOT_ACTIVATED = "NOT_ACTIVATED"
    NOT_STARTED = "NOT_STARTED"
    EXPIRED = "EXPIRED"
    MACHINE_NOT_REGISTERED = "MACHINE_NOT_REGISTERED"
    VALID = "VALID"


_WITHOUT_DOCUMENT = {Verdict.PRODUCT_MISMATCH, Verdict.NOT_ACTIVATED, Verdict.MACHINE_NOT_REGISTERED}


@dataclass(frozen=True, slots=True)
class ValidationView:
    """The verdict, the license, and its document where it may have one."""

    valid: bool
    code: Verdict
    license: LicenseView
    license_document: str | None


def validate(call: Call, form: ValidationForm) -> ValidationView:
    """Judge a license (R3, R6); a machine that finds a free seat registers itself. Raises LicenseNotFound."""
    held = _read(call, form)
    verdict = judge(held, form, call.today)
    if verdict is Verdict.VALID and form.machine and held.counts_machines and not held.facts.machine_registered:
        registered = registration.register(call, held.facts.id, form.machine)
        held = _read(call, form)
        verdict = judge(held, form, call.today) if registered else Verdict.MACHINE_NOT_REGISTERED
    return _view(call, form, held, verdict)


def judge(held: Held, form: ValidationForm, today: date) -> Verdict:
    """The first verdict that applies."""
    found = held.facts
    full = found.machines >= found.seats and not found.machine_registered
    verdicts = {
        Verdict.PRODUCT_MISMATCH: found.product != form.product,
        Verdict.REVOKED: found.status is LicenseStatus.REVOKED,
        Verdict.SUSPENDED: found.status is LicenseStatus.SUSPENDED,
        Verdict.NOT_ACTIVATED: not found.activated,
        Verdict.NOT_STARTED: today < held.starts_on,
        Verdict.EXPIRED: today > found.expires_on,
        Verdict.MACHINE_NOT_REGISTERED: form.machine is not None and held.counts_machines and full,
    }
    return next((verdict for verdict, applies in verdicts.items() if applies), Verdict.VALID)


def _read(call: Call, form: ValidationForm) -> Held:
    key = canonical_key(form.license_key)
    if key is None:
        raise errors.LicenseNotFound
    return batches.license_of(call, Sought(key, fingerprint_of(form.machine)))


def _view(call: Call, form: ValidationForm, held: Held, verdict: Verdict) -> ValidationView:
    subject = held.subject(fingerprint_of(form.machine))
    document = None if verdict in _WITHOUT_DOCUMENT else documents.sign(call, subject)
    return ValidationView(verdict is Verdict.VALID, verdict, subject.license, document)
