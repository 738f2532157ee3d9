"""A representative of the vendor reviews a request (M4, M5, M10): looks, asks, approves or rejects."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Text, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.modules import TransferRequest
from prolong_server.models.request_notes import RequestNote
from prolong_server.modules import notices, registry, reports, request_rows, request_states, request_views
from prolong_server.modules.request_rows import Line
from prolong_server.modules.request_views import RequestView
from prolong_server.operations import audit, speech
from prolong_server.rules import errors, module_facts, modules, notice_texts, texts
from prolong_server.rules.languages import Language
from prolong_server.rules.module_words import Action, ChecklistItem, ModuleState, RequestState

LONGEST_REASON: Final = 500
LONGEST_QUESTION: Final = 4000


@db.transactional
def begin(session: Session, call: Call, ref: str) -> RequestView:
    """Take a request into review with its scans as they now are; one that was approved is reviewed anew.

    NotFound, StateChanged.
    """
    row = request_rows.find(session, call, ref, lock=True)
    to = request_states.judge(row, Action.REVIEW)
    row.documents = request_rows.scans(request_rows.attachments(session, row.id))
    row.decided_at, row.decided_by = None, None
    request_states.move(session, call, row, to, documents=row.documents.hex())
    return request_views.view(session, call, row)


@db.transactional
def note(
    session: Session, call: Call, ref: str, text: str, checklist: Collection[ChecklistItem] | None = None
) -> RequestView:
    """Note something for other representatives, and which items of the checklist were found so far (M4).

    The customer sees neither. NotFound, InvalidRequest; StateChanged where items are ticked outside a review.
    """
    row = request_rows.find(session, call, ref, lock=True)
    if checklist is not None:
        request_states.judge(row, Action.APPROVE)
        row.checklist = {item.value: True for item in sorted(checklist)}
    author = audit.actor_name(call.actor)
    told = RequestNote(id=call.new_ordered_id(), request_id=row.id, author=author, text=_paragraph(text))
    told.created_at = call.now
    session.add(told)
    row.version += 1
    audit.record(session, call, "transfer_request.noted", request_rows.name(row))
    session.flush()
    return request_views.view(session, call, row)


@db.transactional
def request_information(session: Session, call: Call, ref: str, text: str) -> RequestView:
    """Ask the customer, who is mailed the text and hands the request in again. NotFound, StateChanged."""
    row = request_rows.find(session, call, ref, lock=True)
    _ask(session, call, row, text)
    return request_views.view(session, call, row)


@db.transactional
def approve(
    session: Session,
    call: Call,
    ref: str,
    *,
    return_required: bool,
    checklist: Collection[ChecklistItem],
    exchange_modules: Sequence[str] = (),
    scans: str | None = None,
) -> RequestView:
    """Approve a request: every item of M2 was found in the scans, which the approval binds by their SHA-256.

    `scans` may say which scans were looked at. Where Modules must be returned and nobody has pledged it, the customer
    is asked first, and the request stands in `needs_information` afterwards (M5). NotFound, StateChanged,
    ScansChangedSinceReview, DocumentsNotAccepted, ModuleNotFound, ModuleOutOfService, InvalidRequest.
    """
    row = request_rows.find(session, call, ref, lock=True)
    to = request_states.judge(row, Action.APPROVE)
    of, files = request_rows.lines(session, row.id), request_rows.attachments(session, row.id)
    now = request_rows.scans(files).hex()
    facts = module_facts.Approval(
        data=request_rows.facts(row, of, files),
        ticked=frozenset(checklist),
        return_required=return_required,
        scans_reviewed=scans or (row.documents or b"").hex(),
        scans_now=now,
    )
    refusal = modules.judge(facts, modules.APPROVAL)
    if isinstance(refusal, errors.ReturnNotPledged):
        _ask(session, call, row, speech.say(Language(row.language), notice_texts.PLEDGE_THE_RETURN))
        return request_views.view(session, call, row)
    if refusal is not None:
        raise refusal
    row.exchange = _exchange(session, of, exchange_modules)
    row.return_required, row.documents = return_required, bytes.fromhex(now)
    row.checklist = {item.value: True for item in sorted(checklist)}
    _decide(session, call, row, to, return_required=return_required, documents=now)
    return request_views.view(session, call, row)


@db.transactional
def reject(session: Session, call: Call, ref: str, reason: str) -> RequestView:
    """Reject a request with a reason, which the customer is mailed. NotFound, StateChanged, InvalidRequest."""
    row = request_rows.find(session, call, ref, lock=True)
    to = request_states.judge(row, Action.REJECT)
    row.reason = _line("reason", reason)
    _decide(session, call, row, to, reason=reason)
    reports.lift(session, call, row)
    return request_views.view(session, call, row)


@db.transactional
def record_payment(session: Session, call: Call, ref: str, order_reference: str) -> RequestView:
    """M7: Record that the new Module of a replacement was bought and paid. NotFound, StateChanged, InvalidRequest."""
    row = request_rows.find(session, call, ref, lock=True)
    request_states.judge(row, Action.RECORD_PAYMENT)
    row.order_reference, row.paid_at = _line("order_reference", order_reference, 200), call.now
    row.version += 1
    told = {"order_reference": order_reference}
    audit.record(session, call, "transfer_request.payment_recorded", request_rows.name(row), after=told)
    session.flush()
    return request_views.view(session, call, row)


@db.transactional
def override_limit(session: Session, call: Call, ref: str, reason: str) -> RequestView:
    """M10: Go beyond the limit of moves: the first person asks with a reason, a second one agrees.

    NotFound, StateChanged, InvalidRequest; SecondPersonNeeded for who has asked and calls again.
    """
    row = request_rows.find(session, call, ref, lock=True)
    request_states.judge(row, Action.OVERRIDE_LIMIT)
    person, told = audit.actor_name(call.actor), _line("reason", reason)
    if row.override_asked_by is None:
        row.override_asked_by, row.override_reason, step = person, told, "asked"
    elif row.override_asked_by == person:
        raise errors.SecondPersonNeeded
    elif row.override_by is not None:
        return request_views.view(session, call, row)
    else:
        row.override_by, step = person, "confirmed"
    row.version += 1
    audit.record(session, call, f"transfer_request.override_{step}", request_rows.name(row), after={"reason": told})
    session.flush()
    return request_views.view(session, call, row)


def _ask(session: Session, call: Call, row: TransferRequest, text: str) -> None:
    to = request_states.judge(row, Action.REQUEST_INFORMATION)
    row.question, row.answer = _paragraph(text), None
    request_states.move(session, call, row, to)
    notices.tell(session, call, row)


def _decide(session: Session, call: Call, row: TransferRequest, to: RequestState, **told: object) -> None:
    row.decided_at, row.decided_by = call.now, audit.actor_name(call.actor)
    request_states.move(session, call, row, to, **told)
    notices.tell(session, call, row)


def _exchange(session: Session, of: Sequence[Line], serials: Sequence[str]) -> tuple[str, ...]:
    """The Modules that the customer gets: one for each target, in the order in which the request names them (M5)."""
    if not serials:
        return ()
    targets = {on.module_id for line in of for on in line.targets}
    if len(serials) != max(1, len(targets)) or len({registry.canonical(serial) for serial in serials}) < len(serials):
        told = f"Name {max(1, len(targets))} different Module(s): one for each that the request names as a target."
        raise errors.InvalidRequest({"exchange_modules": [told]})
    rows = [registry.find(session, serial) for serial in serials]
    registry.lock(session, {row.id for row in rows})
    old = {on.module_id for line in of for on in line.origins}
    for row in rows:
        if row.state is not ModuleState.IN_SERVICE:
            raise errors.ModuleOutOfService(module=row.serial)
        if row.id in old:
            raise errors.InvalidRequest({"exchange_modules": ["A Module takes its own place: name a new one."]})
        if _is_taken(session, row.id):
            told = "A Module is promised to another request or holds licenses already: name a new one."
            raise errors.InvalidRequest({"exchange_modules": [told]})
    return tuple(str(row.id) for row in rows)


def _is_taken(session: Session, module_id: int) -> bool:
    """Whether a Module is bound, or named as an exchange in another approval; the Module is held."""
    promised = select(TransferRequest.exchange).where(TransferRequest.state == RequestState.APPROVED)
    named = promised.where(TransferRequest.exchange.cast(Text).contains(str(module_id)))
    return bool(registry.bound_to(session, module_id)) or any(
        str(module_id) in numbers for numbers in session.scalars(named)
    )


def _paragraph(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_QUESTION:
        raise errors.InvalidRequest({"text": [f"Write 1 to {LONGEST_QUESTION} characters."]})
    return text.strip()


def _line(field: str, text: str, most: int = LONGEST_REASON) -> str:
    if not texts.is_line(text, most):
        raise errors.InvalidRequest({field: [f"Write 1 to {most} characters on one line."]})
    return text.strip()
