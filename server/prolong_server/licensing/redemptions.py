"""A redemption: read, judge, swap. The rules are in `rules.renewal`, the SQL in `ledger`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import cases, documents, license_files, swap
from prolong_server.licensing.cases import Case, Receipt
from prolong_server.licensing.forms import RenewalForm, fingerprint_of
from prolong_server.licensing.license_views import LicenseView
from prolong_server.licensing.reading import Held
from prolong_server.licensing.swap import Swap
from prolong_server.models.licensing import License
from prolong_server.operations import outbox
from prolong_server.rules import calendar, codes, identifiers, renewal
from prolong_server.rules.codes import Code
from prolong_server.rules.errors import Refusal
from prolong_server.rules.events import EventKind
from prolong_server.rules.vocabulary import RenewalBasis


@dataclass(frozen=True, slots=True)
class RedemptionView:
    """A receipt with the license and its document as they are now; `first` is false for a repetition.

    `license_files` are the signed files of a license that is bound to Modules, and None for any other.
    """

    receipt: Receipt
    license: LicenseView
    license_document: str
    first: bool
    license_files: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Outcome:
    receipt: Receipt
    held: Held
    first: bool


class _MustHold(Exception):
    """Something changed between reading and writing, or more than one statement is to be written."""

    def __init__(self, license_id: int) -> None:
        super().__init__("the license must be held")
        self.license_id = license_id


def redeem(call: Call, form: RenewalForm) -> RedemptionView:
    """Spend a renewal code on a license (R1–R17, R19); the same pair again is answered with the first receipt (R4).

    Raises the first refusal in the order of precedence, and TryAgain when the outcome is unknown.
    """
    outcome = _settle(call, form, codes.read(form.code))
    document = documents.sign(call, outcome.held.subject(fingerprint_of(form.machine)))
    files = _files(call, outcome.held.facts.id) if outcome.held.is_bound else None
    return RedemptionView(outcome.receipt, outcome.held.view, document, outcome.first, files)


@db.reading
def _files(session: Session, call: Call, license_id: int) -> tuple[str, ...]:
    return tuple(file.signed for file in license_files.current(session, [license_id]))


def _settle(call: Call, form: RenewalForm, code: Code) -> _Outcome:
    try:
        return _settle_at_once(call, form, code)
    except _MustHold as needed:
        license_id = needed.license_id
    while True:
        # With the license held, only the end of the code itself can come in between, and a code ends once.
        try:
            return _settle_holding(call, form, code, license_id)
        except _MustHold:
            continue


def _settle_at_once(call: Call, form: RenewalForm, code: Code) -> _Outcome:
    with db.lookups() as connection:
        judged = _judge(connection, call, form, code)
        if isinstance(judged, _Outcome):
            return judged
        if judged[1].is_bound:
            raise _MustHold(judged[0].license_id)
        if swap.is_one_statement(connection):
            return _swap(connection, call, *judged)
    with db.transaction() as connection:
        return _swap(connection, call, *judged)


def _settle_holding(call: Call, form: RenewalForm, code: Code, license_id: int) -> _Outcome:
    with db.transaction() as connection:
        swap.lock_license(connection, license_id)
        judged = _judge(connection, call, form, code)
        if isinstance(judged, _Outcome):
            return judged
        outcome = _swap(connection, call, *judged)
        return _reissued(connection, call, outcome) if outcome.held.is_bound else outcome


def _reissued(connection: Connection, call: Call, outcome: _Outcome) -> _Outcome:
    """M11: a license that is bound to Modules gets new files in the transaction that has moved its term."""
    with Session(connection) as session:
        license_files.reissue(session, call, outcome.held.facts.id)
        seq = session.scalars(select(License.seq).where(License.id == outcome.held.facts.id)).one()
    return replace(outcome, held=replace(outcome.held, seq=seq))


def _judge(connection: Connection, call: Call, form: RenewalForm, code: Code) -> _Outcome | tuple[Swap, Held]:
    case = cases.read(connection, call, form, code)
    answer = renewal.judge(case.facts, renewal.REDEMPTION)
    if isinstance(answer, Refusal):
        raise case.address(call, answer)
    held = case.known()
    return _Outcome(case.receipt, held, first=False) if case.receipt else (_intended(call, form, case, held), held)


def _intended(call: Call, form: RenewalForm, case: Case, held: Held) -> Swap:
    intended = Swap(
        digest=case.digest,
        license_id=held.facts.id,
        seq=held.seq,
        previous_expires_on=held.facts.expires_on,
        expires_on=renewal.renewed_until(case.facts),
        period_years=case.facts.code.period_years,
        basis=case.facts.code.product.renewal_basis.value,
        now=call.now,
        today=call.today,
    )
    if case.sale.is_told:
        intended = replace(intended, event=_event(call, case, intended))
    if form.machine is None or not _registers(held):
        return intended
    machine = form.machine
    return replace(intended, machine_id=call.new_id(), fingerprint=machine.fingerprint, machine_name=machine.name)


def _event(call: Call, case: Case, intended: Swap) -> Mapping[str, Any]:
    sale = case.sale
    data = {
        "license": identifiers.show("lic", intended.license_id),
        "redemption": identifiers.show_pair("rdm", intended.license_id, intended.seq + 1),
        "order": identifiers.show("ord", sale.order_id),
        "dealer": identifiers.show("dlr", sale.dealer_id),
        "previous_expires_on": intended.previous_expires_on,
        "expires_on": intended.expires_on,
        "period_years": intended.period_years,
        "renewal_basis": intended.basis,
        "test": case.facts.code.test,
    }
    return outbox.row(call, EventKind.LICENSE_RENEWED, data, sale.dealer_id, sale.seller_id)


def _registers(held: Held) -> bool:
    return held.counts_machines and not held.facts.machine_registered and held.facts.machines < held.facts.seats


def _swap(connection: Connection, call: Call, intended: Swap, held: Held) -> _Outcome:
    if not swap.swap(connection, intended):
        raise _MustHold(intended.license_id)
    receipt = Receipt(
        id=identifiers.show_pair("rdm", intended.license_id, intended.seq + 1),
        redeemed_at=intended.now,
        period_years=intended.period_years,
        previous_expires_on=intended.previous_expires_on,
        expires_on=intended.expires_on,
        renewal_basis=RenewalBasis(intended.basis),
    )
    return _Outcome(receipt, _moved(call, held, intended), first=True)


def _moved(call: Call, held: Held, intended: Swap) -> Held:
    view = replace(
        held.view,
        expires_on=intended.expires_on,
        ends_at=calendar.term_end(intended.expires_on, call.zone),
        renewable_until=calendar.renewable_until(intended.expires_on, held.grace_months),
    )
    registered = held.facts.machine_registered or intended.machine_id is not None
    known = replace(held.facts, expires_on=intended.expires_on, machine_registered=registered)
    return replace(held, facts=known, view=view, seq=intended.seq + 1, changed_at=intended.now)
