"""The signed link to a license's page, as a letter carries it, and what the page shows: no key, no person.

The token stands in the fragment of the address, which no browser sends: so it is in no log of ours, of a proxy or of
another site. It holds the license's number alone, is signed with the keyring's secrets and works for 90 days.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.keyring import LINK_DAYS
from prolong_server.licensing import contacts, license_views, representatives
from prolong_server.licensing.contacts import Contact
from prolong_server.models.licensing import Customer, License
from prolong_server.operations import audit, link_tokens, mail
from prolong_server.rules import errors, identifiers, license_keys
from prolong_server.rules.vocabulary import LicenseStatus

GOOD_FOR_DAYS: Final = LINK_DAYS
PURPOSE: Final = "reminder"
_SALT: Final = "prolong license link v1"


class LicenseState(StrEnum):
    """How a license stands on its owner's page."""

    RUNNING = "running"
    GRACE = "grace"
    ENDED = "ended"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class LinkedLicense:
    """What whoever holds the link may see. `where_to_buy` and the contacts are None where nobody has named them."""

    product: str
    edition: str
    seats: int
    license_key_ending: str
    expires_on: date
    renewable_until: date | None
    state: LicenseState
    seller: Contact | None
    support: Contact | None
    where_to_buy: str | None
    registration_url: str | None
    reminders: bool


def address(call: Call, license_id: int) -> str:
    """The address of the page of a license, signed now."""
    return f"{call.issuer}/license#{link_tokens.write(call, _SALT, license_id)}"


@db.reading
def show(session: Session, call: Call, token: str) -> LinkedLicense:
    """What the license of a link shows. LinkInvalid for a forged or old token, or one of another purpose."""
    row = _find(session, call, token)
    customer = session.get(Customer, row.customer_id) if row.customer_id else None
    return _view(session, call, row, customer)


@db.transactional
def unsubscribe(session: Session, call: Call, token: str) -> LinkedLicense:
    """Send no more reminders to the license's customer, none that waits either. Again: unchanged. LinkInvalid."""
    row = _find(session, call, token)
    chosen = select(Customer).where(Customer.id == row.customer_id).with_for_update()
    customer = session.scalars(chosen).one_or_none()
    if customer is not None and customer.reminders:
        customer.reminders = False
        mail.forget(session, customer.id, PURPOSE)
        name = identifiers.show("cus", customer.id)
        audit.record(session, call, "customer.reminders_stopped", name, {"reminders": True}, {"reminders": False})
    return _view(session, call, row, customer)


def _find(session: Session, call: Call, token: str) -> License:
    number = link_tokens.read(call, _SALT, token, GOOD_FOR_DAYS)
    row = session.scalars(license_views.with_all().where(License.id == number)).one_or_none()
    if row is None:
        raise errors.LinkInvalid
    return row


def _view(session: Session, call: Call, row: License, customer: Customer | None) -> LinkedLicense:
    seen = license_views.of_row(row, call.zone)
    product = row.edition.product
    return LinkedLicense(
        product=product.name,
        edition=row.edition.name,
        seats=row.seats,
        license_key_ending=license_keys.ending(row.license_key),
        expires_on=row.expires_on,
        renewable_until=seen.renewable_until,
        state=_state(call.today, row, seen.renewable_until),
        seller=contacts.of_dealer(row.dealer) if row.dealer else None,
        support=representatives.support_for(session, row.country),
        where_to_buy=product.where_to_buy,
        registration_url=product.registration_url,
        reminders=customer is not None and customer.reminders,
    )


def _state(today: date, row: License, renewable_until: date | None) -> LicenseState:
    if row.status is not LicenseStatus.ACTIVE:
        return LicenseState.BLOCKED
    if today <= row.expires_on:
        return LicenseState.RUNNING
    return LicenseState.GRACE if renewable_until and today <= renewable_until else LicenseState.ENDED
