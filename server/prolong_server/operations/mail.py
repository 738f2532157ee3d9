"""Letters by mail: queued in the transaction of what they tell of, sent by a job, tried again for three days.

A letter waits sealed (`sealing`) together with its address; when it has gone out or is given up, nothing of both is
left. It goes out twice where a mail server takes it and the answer is lost, each time under the same Message-ID.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.licensing import License
from prolong_server.models.mail import Mail
from prolong_server.operations import keys, mail_messages, sealing
from prolong_server.operations.mail_messages import Letter, Parcel
from prolong_server.operations.mail_transports import Line, LineDown, NotTaken, Transport, Undeliverable
from prolong_server.rules.vocabulary import LicenseStatus

# So few that even a server that takes its time at every step is done with them before the lease ends.
BATCH: Final = 8
LEASE: Final = timedelta(minutes=15)
TRIED_FOR: Final = timedelta(days=3)
KEPT_FOR: Final = timedelta(days=90)
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=6)
_DELETED_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Claim:
    """A letter in the hands of this process: its row, and the number of the try that alone may note the result."""

    id: int
    attempts: int
    queued_at: datetime
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Term:
    """What a letter speaks of: that a license ends on `expires_on`. From the instant `good_until` on it is useless."""

    license_id: int
    expires_on: date
    good_until: datetime


def queue(
    session: Session,
    call: Call,
    *,
    to: str,
    letter: Letter,
    language: str,
    purpose: str,
    customer_id: int | None = None,
    term: Term | None = None,
) -> None:
    """Queue a letter in the caller's transaction; whoever calls knows that there is a way out. Raises KeysBehind.

    `purpose` is a word for operators, such as `reminder`. With `customer_id`, erasing that customer takes it back.
    A letter about a `term` is not sent when that is over, or the license was renewed, suspended or revoked meanwhile.
    """
    keys.hold_secret(session, call.keys)
    number = call.new_id()
    sealed = sealing.seal(call.keys, call.random, Parcel(to, language, letter).packed(), _context(number))
    waiting = Mail(id=number, sealed=sealed, queued_at=call.now, due_at=call.now)
    waiting.purpose, waiting.customer_id = purpose, customer_id
    if term is not None:
        waiting.license_id, waiting.expires_on, waiting.good_until = term.license_id, term.expires_on, term.good_until
    session.add(waiting)


def forget(session: Session, customer_id: int, purpose: str | None = None) -> None:
    """Take back what waits for a customer, or what of it is for one purpose. Nothing is left of what went out before.

    Whoever queues for a customer holds the customer's row, and so does whoever calls this: neither misses the other.
    """
    waiting = delete(Mail).where(Mail.customer_id == customer_id, Mail.due_at.is_not(None))
    session.execute(waiting if purpose is None else waiting.where(Mail.purpose == purpose))


def send(call: Call, transport: Transport) -> int:
    """Try a batch of the letters that are due, outside any transaction; how many there were.

    Safe beside any number of other senders: each claims its letters for a quarter of an hour, after which those of one
    that was killed are tried by another. While the line is down, the rest of the batch waits as well.
    """
    due, claims = _claim(call)
    if claims:
        try:
            with transport.opened() as line:
                _send_all(call, transport, line, claims)
        except LineDown as down:
            _put_back(call, claims, str(down))
    return due


@db.transactional
def purge(session: Session, call: Call) -> int:
    """Delete rows of letters that went out or were given up 90 days ago, a thousand at most; how many."""
    long_ago = call.now - KEPT_FOR
    old = select(Mail.id).where(or_(Mail.sent_at < long_ago, Mail.given_up_at < long_ago)).limit(_DELETED_AT_ONCE)
    return session.connection().execute(delete(Mail).where(Mail.id.in_(old))).rowcount


def _send_all(call: Call, transport: Transport, line: Line, claims: Sequence[Claim]) -> None:
    for place, claim in enumerate(claims):
        try:
            _send(call, transport, line, claim)
        except LineDown as down:
            _put_back(call, claims[place:], str(down))
            break


def _send(call: Call, transport: Transport, line: Line, claim: Claim) -> None:
    try:
        parcel = _opened(call, claim)
        line.deliver(mail_messages.written(parcel, claim.id, claim.queued_at, transport.sender))
    except NotTaken as refused:
        _put_back(call, [claim], str(refused))
    except Undeliverable as refused:
        _note(call, claim, {"given_up_at": call.now, "outcome": str(refused)})
    else:
        _note(call, claim, {"sent_at": call.now, "outcome": None})


def _opened(call: Call, claim: Claim) -> Parcel:
    try:
        return Parcel.unpacked(sealing.unseal(call.keys, claim.sealed, _context(claim.id)))
    except sealing.KeyMissing as missing:
        raise NotTaken("its key is not held") from missing
    except sealing.Tampered as tampered:
        raise Undeliverable("tampered with") from tampered


def _context(number: int) -> bytes:
    return f"mail {number}".encode()


@db.transactional
def _claim(session: Session, call: Call) -> tuple[int, tuple[Claim, ...]]:
    # What another sender is claiming is skipped, not waited for. (SQLite has one writer, and nothing to skip.)
    due = select(Mail).where(Mail.due_at <= call.now).order_by(Mail.due_at).limit(BATCH)
    rows = session.scalars(due.with_for_update(skip_locked=True)).all()
    current = _current_terms(session, rows)
    for row in rows:
        if row.license_id is not None and not _is_of_use(row, call.now, current):
            row.sealed, row.customer_id, row.due_at = None, None, None
            row.given_up_at, row.outcome = call.now, "no longer of use"
        else:
            row.attempts, row.due_at = row.attempts + 1, call.now + LEASE
    claims = (Claim(row.id, row.attempts, row.queued_at, row.sealed) for row in rows if row.sealed is not None)
    return len(rows), tuple(claims)


def _current_terms(session: Session, rows: Sequence[Mail]) -> Mapping[int, date]:
    """The last day of those licenses that the letters are about and that are active."""
    named = [row.license_id for row in rows if row.license_id is not None]
    active = (License.id.in_(named), License.status == LicenseStatus.ACTIVE)
    return {row.id: row.expires_on for row in session.execute(select(License.id, License.expires_on).where(*active))}


def _is_of_use(row: Mail, now: datetime, current: Mapping[int, date]) -> bool:
    in_time = row.good_until is None or now < row.good_until
    return in_time and current.get(row.license_id or 0) == row.expires_on


@db.transactional
def _put_back(session: Session, call: Call, claims: Sequence[Claim], outcome: str) -> None:
    for claim in claims:
        if call.now >= claim.queued_at + TRIED_FOR:
            _settle(session, claim, {"given_up_at": call.now, "outcome": outcome})
        else:
            _change(session, claim, {"due_at": _next_try(call.now, claim), "outcome": outcome})


def _next_try(now: datetime, claim: Claim) -> datetime:
    pause = min(_FIRST_PAUSE * (1 << 2 * min(claim.attempts - 1, 10)), _LONGEST_PAUSE)
    return min(now + pause, claim.queued_at + TRIED_FOR)


@db.transactional
def _note(session: Session, call: Call, claim: Claim, result: Mapping[str, object]) -> None:
    _settle(session, claim, result)


def _settle(session: Session, claim: Claim, result: Mapping[str, object]) -> None:
    _change(session, claim, {"sealed": None, "customer_id": None, "due_at": None, **result})


def _change(session: Session, claim: Claim, values: Mapping[str, object]) -> None:
    # Whoever comes late, after the lease, changes nothing: another has the letter in hand or is done with it.
    session.execute(update(Mail).where(Mail.id == claim.id, Mail.attempts == claim.attempts).values(dict(values)))
