"""A reversal: staff take a redemption back (R18), and the license runs until the day that the others give it.

All of it is one transaction in this file, so that whatever hangs on a license's end can join it here. The license is
locked before its redemptions are read: a redemption of the same license is either among them or comes afterwards and
sees the new end, because it is conditional on the license's `seq`. The code stays spent, so it is not touched.
"""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import license_files, redemption_records
from prolong_server.licensing.redemption_records import RecordView
from prolong_server.models.licensing import License, Redemption, Reversal
from prolong_server.operations import audit, outbox
from prolong_server.rules import errors, identifiers, texts
from prolong_server.rules.events import EventKind
from prolong_server.rules.reversals import Applied, recomputed

LONGEST_REASON = 500


@db.transactional
def reverse(session: Session, call: Call, ref: str, reason: str) -> RecordView:
    """Take the redemption `rdm_…` back and recompute its license, whatever its status and however long it is over.

    One that is reversed already stays as it is. NotFound, InvalidRequest for a reason that is none. The dealer is not
    credited: staff may record a correction.
    """
    if not texts.is_line(reason, LONGEST_REASON):
        raise errors.InvalidRequest({"reason": [f"Give a reason of 1 to {LONGEST_REASON} characters on one line."]})
    license_id, seq = identifiers.read_pair("rdm", ref) or (0, 0)
    held = session.scalar(select(License).where(License.id == license_id).with_for_update())
    redemptions = _of_license(session, license_id)
    chosen = next((one for one in redemptions if one.license_seq == seq), None)
    if held is None or chosen is None:
        raise errors.NotFound
    if chosen.reversed_at is None:
        _reverse(session, call, held, redemptions, chosen, reason)
    return redemption_records.read(session, license_id, seq)


def _of_license(session: Session, license_id: int) -> Sequence[Redemption]:
    of_license = select(Redemption).where(Redemption.license_id == license_id)
    return session.scalars(of_license.order_by(Redemption.license_seq)).all()


def _reverse(
    session: Session, call: Call, held: License, redemptions: Sequence[Redemption], chosen: Redemption, reason: str
) -> None:
    before, after = held.expires_on, recomputed([_applied(one, chosen) for one in redemptions])
    _mark(session, call, chosen)
    held.expires_on, held.seq, held.changed_at = after, held.seq + 1, call.now
    session.add(
        Reversal(
            code=chosen.code,
            license_id=held.id,
            license_seq=held.seq,
            reversed_at=call.now,
            reversed_on=call.today,
            reason=reason,
            actor=audit.actor_name(call.actor),
            previous_expires_on=before,
            expires_on=after,
        )
    )
    session.flush()
    _tell(session, call, held, chosen)
    license_files.reissue(session, call, held.id)


def _applied(one: Redemption, chosen: Redemption) -> Applied:
    is_reversed = one is chosen or one.reversed_at is not None
    return Applied(one.previous_expires_on, one.period_years, one.renewal_basis, one.redeemed_on, is_reversed)


def _mark(session: Session, call: Call, chosen: Redemption) -> None:
    unreversed = (Redemption.code == chosen.code, Redemption.reversed_at.is_(None))
    marked = update(Redemption).where(*unreversed).values(reversed_at=call.now)
    if session.connection().execute(marked).rowcount != 1:
        raise errors.TryAgain


def _tell(session: Session, call: Call, held: License, chosen: Redemption) -> None:
    told = redemption_records.read(session, held.id, chosen.license_seq)
    if told.reversal is None:
        raise LookupError("a reversal was written and is not there")
    before = {"expires_on": told.reversal.previous_expires_on}
    after = {"license": told.license, "expires_on": told.reversal.expires_on, "reason": told.reversal.reason}
    audit.record(session, call, "redemption.reversed", told.id, before, after)
    data = {
        "redemption": told.id,
        "license": told.license,
        "order": told.order,
        "dealer": told.dealer,
        "previous_expires_on": told.reversal.previous_expires_on,
        "expires_on": told.reversal.expires_on,
        "reversed_at": told.reversal.reversed_at,
        "test": held.test,
    }
    outbox.tell(
        session, call, EventKind.REDEMPTION_REVERSED, data, identifiers.read("dlr", told.dealer), held.dealer_id
    )
