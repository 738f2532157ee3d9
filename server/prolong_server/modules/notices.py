"""Letters about a request at each step: to its customer in their language, and to the vendor's representative.

They are queued in the transaction of what they tell of, sealed, and sent by the worker where there is a way out.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.licensing import representatives
from prolong_server.licensing.contacts import Contact
from prolong_server.models.licensing import Customer, License
from prolong_server.models.modules import Module, ModuleReturn, RequestLicense, TransferRequest
from prolong_server.modules import request_links, request_rows
from prolong_server.operations import mail, speech
from prolong_server.operations.mail_messages import Letter
from prolong_server.rules import languages, license_keys, notice_texts
from prolong_server.rules.languages import Language
from prolong_server.rules.module_words import RequestState

PURPOSE: Final = "transfer_request"
# These are the customer's own doing, or ask staff to do something.
_FOR_STAFF: Final = frozenset(
    {RequestState.SUBMITTED, RequestState.IN_REVIEW, RequestState.WITHDRAWN, RequestState.AWAITING_RETURN}
)


def send_link(session: Session, call: Call, row: TransferRequest) -> None:
    """Queue the letter that brings the link of a request to its contact."""
    _to_customer(session, call, row, notice_texts.BEGUN, [_say(row, notice_texts.BEGUN_TEXT)])


def tell(session: Session, call: Call, row: TransferRequest) -> None:
    """Queue what the state of a request has to tell: to its contact, and to staff where it asks for them."""
    news, text = notice_texts.NEWS[row.state]
    if row.contact_email is not None:
        _to_customer(session, call, row, news, list(_parts(session, row, text)))
    if row.state in _FOR_STAFF:
        _to_staff(session, call, row, notice_texts.STAFF_TEXT)


def tell_owners(session: Session, call: Call, row: TransferRequest) -> None:
    """Tell the customers whose licenses a request names that somebody else asks, by another address than theirs."""
    chosen = (
        select(Customer, License.license_key)
        .join(License, License.customer_id == Customer.id)
        .join(RequestLicense, RequestLicense.license_id == License.id)
        .where(RequestLicense.request_id == row.id, Customer.email.is_not(None))
        .order_by(RequestLicense.place)
    )
    owned: dict[Customer, list[str]] = {}
    for customer, key in session.execute(chosen):
        if (customer.email or "").lower() != (row.contact_email or "").lower():
            owned.setdefault(customer, []).append(license_keys.ending(key))
    for customer, endings in owned.items():
        _to_owner(session, call, row, customer, endings)


def tell_of_report(session: Session, call: Call, row: TransferRequest) -> None:
    """Tell staff that a customer has reported a Module by the link of a request."""
    _to_staff(session, call, row, notice_texts.STAFF_REPORTED)


def remind(session: Session, call: Call, row: TransferRequest) -> None:
    """Queue the reminder that Modules are late, to the contact and to the representative."""
    if row.contact_email is not None:
        _to_customer(session, call, row, notice_texts.LATE, list(_waiting(session, row, notice_texts.LATE_TEXT)))
    _to_staff(session, call, row, notice_texts.STAFF_LATE)


def _parts(session: Session, row: TransferRequest, text: str) -> Iterator[str]:
    if row.state is RequestState.AWAITING_RETURN:
        yield from _waiting(session, row, text)
        return
    yield _say(row, text)
    if row.state is RequestState.APPROVED and row.kind.replaces and row.paid_at is None:
        yield _say(row, notice_texts.BUY_FIRST)
    if row.state is RequestState.NEEDS_INFORMATION:
        yield row.question or ""
    if row.state is RequestState.REJECTED:
        yield row.reason or ""


def _waiting(session: Session, row: TransferRequest, text: str) -> Iterator[str]:
    chosen = (
        select(Module.serial, ModuleReturn.due_on)
        .join(ModuleReturn, ModuleReturn.module_id == Module.id)
        .where(ModuleReturn.request_id == row.id, ModuleReturn.received_at.is_(None))
        .order_by(Module.serial)
    )
    waiting = session.execute(chosen).all()
    yield _say(row, text, due_on=min(due_on for _, due_on in waiting))
    yield "\n".join(f"- {serial}" for serial, _ in waiting)


def _to_customer(session: Session, call: Call, row: TransferRequest, news: str, parts: Sequence[str]) -> None:
    say = partial(_say, row)
    subject = say(notice_texts.SUBJECT, request=request_rows.name(row), news=say(news))
    # A link that was revoked does not come to life by the next letter.
    link = [f"{say(notice_texts.LINK)}\n{request_links.address(call, row)}"] if row.link > 0 else []
    text = "\n\n".join([say(notice_texts.GREETING), *parts, *link, *_help(session, row)]) + "\n"
    _queue(session, call, row.contact_email or "", Letter(subject, text), row.language)


def _to_owner(session: Session, call: Call, row: TransferRequest, customer: Customer, endings: Sequence[str]) -> None:
    language = languages.chosen(customer.language, customer.country)
    say = partial(speech.say, language)
    subject = say(notice_texts.SUBJECT, request=request_rows.name(row), news=say(notice_texts.OWNED))
    text = say(notice_texts.OWNED_TEXT, endings=", ".join(f"…{ending}" for ending in endings))
    told = "\n\n".join([say(notice_texts.GREETING), text, *_help(session, row)]) + "\n"
    letter = Letter(subject, told)
    to = customer.email or ""
    mail.queue(session, call, to=to, letter=letter, language=language, purpose=PURPOSE, customer_id=customer.id)


def _help(session: Session, row: TransferRequest) -> Iterator[str]:
    contact = _representative(session, row)
    if contact is not None:
        ways = [way for way in (contact.phone, contact.email, contact.url) if way]
        yield "\n".join([_say(row, notice_texts.HELP, name=contact.name), *ways])


def _to_staff(session: Session, call: Call, row: TransferRequest, sentence: str) -> None:
    contact = _representative(session, row)
    if contact is None or not contact.email:
        return
    told = {"request": request_rows.name(row), "kind": row.kind, "state": row.state, "issuer": call.issuer}
    letter = Letter(notice_texts.STAFF_SUBJECT.format(**told), sentence.format(**told) + "\n")
    _queue(session, call, contact.email, letter, Language.EN.value)


def _representative(session: Session, row: TransferRequest) -> Contact | None:
    """Who helps in the country of the request's first license (R13)."""
    of_request = select(License.country).join(RequestLicense, RequestLicense.license_id == License.id)
    first = of_request.where(RequestLicense.request_id == row.id).order_by(RequestLicense.place).limit(1)
    return representatives.support_for(session, session.scalar(first))


def _queue(session: Session, call: Call, to: str, letter: Letter, language: str) -> None:
    mail.queue(session, call, to=to, letter=letter, language=language, purpose=PURPOSE)


def _say(row: TransferRequest, sentence: str, **facts: object) -> str:
    return speech.say(Language(row.language), sentence, **facts)
