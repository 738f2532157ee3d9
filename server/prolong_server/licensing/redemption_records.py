"""What renewal codes were spent on, for staff: the receipts, one license after the other, each in its order."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row, Select, select, tuple_
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing.license_views import find
from prolong_server.models.channel import Order
from prolong_server.models.licensing import Code, Redemption
from prolong_server.operations import pages
from prolong_server.operations.pages import Page
from prolong_server.rules import errors, identifiers
from prolong_server.rules.vocabulary import RenewalBasis

_PLACE: Final = tuple_(Redemption.license_id, Redemption.license_seq)


@dataclass(frozen=True, slots=True)
class RecordView:
    """A receipt as staff see it; the code itself is known to nobody. `reversed_at` is None while it stands (R18)."""

    id: str
    redeemed_at: datetime
    license: str
    order: str
    dealer: str
    period_years: int
    previous_expires_on: date
    expires_on: date
    renewal_basis: RenewalBasis
    reversed_at: datetime | None


@db.reading
def list_all(
    session: Session, call: Call, license_ref: str | None = None, cursor: str | None = None, limit: int = pages.DEFAULT
) -> Page[RecordView]:
    """A page of the receipts, of one license (`lic_…` or its key) or of all. LicenseNotFound, InvalidRequest."""
    statement = _records()
    if license_ref is not None:
        statement = statement.where(Redemption.license_id == find(session, license_ref).id)
    if cursor is not None:
        statement = statement.where(tuple_(*_place(cursor)) < _PLACE)
    told = [_view(row) for row in session.execute(statement.limit(limit + 1))]
    return Page(tuple(told[:limit]), told[limit - 1].id if len(told) > limit else None)


def _records() -> Select[*tuple[Any, ...]]:
    joined = select(Redemption, Order.id, Order.dealer_id).join(Code, Code.digest == Redemption.code)
    return joined.join(Order, Order.id == Code.order_id).order_by(Redemption.license_id, Redemption.license_seq)


def _place(cursor: str) -> tuple[int, int]:
    place = identifiers.read_pair("rdm", cursor)
    if place is None:
        raise errors.InvalidRequest({"cursor": ["This is not a cursor of this list; begin again without one."]})
    return place


def _view(row: Row[*tuple[Any, ...]]) -> RecordView:
    receipt, order_id, dealer_id = row
    return RecordView(
        id=identifiers.show_pair("rdm", receipt.license_id, receipt.license_seq),
        redeemed_at=receipt.redeemed_at,
        license=identifiers.show("lic", receipt.license_id),
        order=identifiers.show("ord", order_id),
        dealer=identifiers.show("dlr", dealer_id),
        period_years=receipt.period_years,
        previous_expires_on=receipt.previous_expires_on,
        expires_on=receipt.expires_on,
        renewal_basis=receipt.renewal_basis,
        reversed_at=receipt.reversed_at,
    )
