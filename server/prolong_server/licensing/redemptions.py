"""A redemption: read, judge, swap; together with others that come at the same time, or alone."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from prolong_server import db, lane
from prolong_server.call import Call
from prolong_server.licensing import batches, cases, documents, license_files, license_turns, settling, swap
from prolong_server.licensing.cases import Asked, Receipt
from prolong_server.licensing.forms import RenewalForm, fingerprint_of
from prolong_server.licensing.license_views import LicenseView
from prolong_server.licensing.settling import Intended, Outcome, Overtaken
from prolong_server.models.licensing import License
from prolong_server.rules import codes


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


def redeem(call: Call, form: RenewalForm) -> RedemptionView:
    """Spend a renewal code on a license (R1–R17, R19); the same pair again is answered with the first receipt (R4).

    Raises the first refusal in the order of precedence, and TryAgain when the outcome is unknown.
    """
    outcome = _settle(Asked(call, form, codes.read(form.code)))
    subject = outcome.held.subject(fingerprint_of(form.machine))
    document = documents.sign(call, subject)
    files = _files(call, outcome.held.facts.id) if outcome.held.is_bound else None
    return RedemptionView(outcome.receipt, subject.license, document, outcome.first, files)


@db.reading
def _files(session: Session, call: Call, license_id: int) -> tuple[str, ...]:
    return tuple(file.signed for file in license_files.current(session, [license_id]))


def _settle(asked: Asked) -> Outcome:
    try:
        return batches.redeem(asked)
    except Overtaken as overtaken:
        license_id = overtaken.license_id
    with license_turns.of(license_id):
        while True:
            # With the license held, only the end of the code itself can come in between, and a code ends once.
            try:
                return _settle_holding(asked, license_id)
            except Overtaken:
                continue


@lane.blocking
def _settle_holding(asked: Asked, license_id: int) -> Outcome:
    with db.transaction() as connection:
        swap.hold(connection, license_id)
        judged = settling.judge(asked, cases.read(connection, asked))
        done = settling.carry_out(connection, [judged], waits=True)[0] if isinstance(judged, Intended) else judged
        if isinstance(done, Outcome) and done.first and done.held.is_bound:
            done = _reissued(connection, asked.call, done)
    if isinstance(done, Exception):
        raise done
    return done


def _reissued(connection: Connection, call: Call, outcome: Outcome) -> Outcome:
    """M11: a license that is bound to Modules gets new files in the transaction that has moved its term."""
    with Session(connection) as session:
        license_files.reissue(session, call, outcome.held.facts.id)
        seq = session.scalars(select(License.seq).where(License.id == outcome.held.facts.id)).one()
    return replace(outcome, held=replace(outcome.held, seq=seq))
