"""Reminders of a license's end: a letter to its customer, a list to its dealer, an event for programs; never twice.

That somebody is told is noted in the transaction of the telling, under a primary key that keeps two workers from
telling the same. A renewal makes a new `expires_on`, and so begins a new series.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.channel import due_licenses, reminder_letters, reminder_lists, reminder_records
from prolong_server.licensing import license_links, representatives
from prolong_server.licensing.contacts import Contact
from prolong_server.models.licensing import Customer, License
from prolong_server.models.mail import Audience
from prolong_server.models.webhooks import WebhookEndpoint
from prolong_server.operations import mail, outbox
from prolong_server.operations.mail import Term
from prolong_server.rules import calendar, identifiers, languages
from prolong_server.rules.events import EndpointStatus, EventKind

BATCH: Final = 200
Customers = Mapping[int, Customer]
Told = frozenset[tuple[int, Audience]]


def remind(call: Call, *, by_mail: bool) -> int:
    """Tell of a batch of licenses and look after a batch of dealers; how much was done, 0 when all is.

    Safe beside any number of others. Where no mail can be sent (`by_mail` is false), programs alone are told.
    """
    done = _remind_of_licenses(call, by_mail)
    return done + reminder_lists.send(call) if by_mail else done


def purge(call: Call) -> int:
    """Delete what was noted of terms that ended a year ago; how many rows. 0 when all is done."""
    return reminder_records.purge(call)


@db.transactional
def _remind_of_licenses(session: Session, call: Call, by_mail: bool) -> int:
    waiting = _waiting(session, call, by_mail)
    rows = [row for row, _ in waiting]
    customers = _mailable(session, rows) if by_mail else {}
    wanted = [(row, step, audience) for row, step in waiting for audience in _audiences(row, step, customers)]
    told = reminder_records.write(session, call, wanted)
    _tell_programs(session, call, [row for row in rows if (row.id, Audience.PROGRAMS) in told])
    _tell_customers(session, call, [row for row in rows if (row.id, Audience.CUSTOMER) in told], customers)
    return len(told)


def _waiting(session: Session, call: Call, by_mail: bool) -> list[tuple[License, int]]:
    found: list[tuple[License, int]] = []
    for reached in due_licenses.steps(session, call):
        if len(found) < BATCH:
            licenses = due_licenses.of_customers_and_programs(reached, by_mail).limit(BATCH - len(found))
            found += [(row, reached.step) for row in session.scalars(licenses)]
    return found


def _audiences(row: License, step: int, customers: Customers) -> Iterator[Audience]:
    if row.customer_id in customers:
        yield Audience.CUSTOMER
    if step > due_licenses.FIRST_AFTER:
        yield Audience.PROGRAMS


def _mailable(session: Session, rows: Sequence[License]) -> Customers:
    """The customers who may be written to. They cannot be erased before this transaction ends, nor object."""
    ids = sorted({row.customer_id for row in rows if row.customer_id is not None})
    chosen = select(Customer).where(Customer.id.in_(ids)).order_by(Customer.id)
    found = session.scalars(chosen.with_for_update(read=True))
    return {customer.id: customer for customer in found if customer.email is not None and customer.reminders}


def _tell_programs(session: Session, call: Call, rows: Sequence[License]) -> None:
    # Asked once for all, since each telling asks for itself: many vendors have no endpoint at all.
    listening = select(WebhookEndpoint.id).where(WebhookEndpoint.status == EndpointStatus.ACTIVE).limit(1)
    if not rows or session.scalar(listening) is None:
        return
    for row in rows:
        outbox.tell(session, call, EventKind.LICENSE_EXPIRING, _event(call, row), row.dealer_id)


def _event(call: Call, row: License) -> dict[str, object]:
    return {
        "license": identifiers.show("lic", row.id),
        "expires_on": row.expires_on,
        "days_left": (row.expires_on - call.today).days,
        "renewable_until": reminder_letters.renewable_until(row),
        "product": row.edition.product.code,
        "edition": row.edition.code,
        "seats": row.seats,
        "dealer": identifiers.show("dlr", row.dealer_id) if row.dealer_id else None,
        "test": row.test,
    }


def _tell_customers(session: Session, call: Call, rows: Sequence[License], customers: Customers) -> None:
    support: dict[str, Contact | None] = {}
    for row in rows:
        if row.country not in support:
            support[row.country] = representatives.support_for(session, row.country)
        _queue(session, call, row, customers[row.customer_id or 0], support[row.country])


def _queue(session: Session, call: Call, row: License, customer: Customer, support: Contact | None) -> None:
    language = languages.chosen(customer.language, customer.country or row.country)
    link = license_links.address(call, row.id)
    mail.queue(
        session,
        call,
        to=customer.email or "",
        letter=reminder_letters.to_customer(language, call.today, row, link, support),
        language=language,
        purpose=license_links.PURPOSE,
        customer_id=customer.id,
        term=_term(call, row),
    )


def _term(call: Call, row: License) -> Term:
    """The letter is right while the license can be renewed, and never sent later (the grace of R2)."""
    return Term(row.id, row.expires_on, calendar.term_end(reminder_letters.renewable_until(row), call.zone))
