"""The people to whom licenses belong, and their right to be forgotten."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.licensing import Customer
from prolong_server.operations import audit, mail
from prolong_server.rules import errors, identifiers


@db.transactional
def erase(session: Session, call: Call, customer_ref: str) -> None:
    """Erase name and e-mail of a customer (`cus_…`) for good, and letters that wait for it; the license stays.

    Again: nothing more. NotFound.
    """
    number = identifiers.read("cus", customer_ref)
    found = select(Customer).where(Customer.id == number).with_for_update()
    row = session.scalars(found).one_or_none() if number else None
    if row is None:
        raise errors.NotFound
    if row.name is None and row.email is None:
        return
    row.name, row.email, row.reminders = None, None, False
    mail.forget(session, row.id)
    audit.record(session, call, "customer.erased", customer_ref)
