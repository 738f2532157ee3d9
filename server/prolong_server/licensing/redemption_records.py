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
from prolong_server.models.licensing import Code, Redemption, Reversal
from prolong_server.operations import pages
from prolong_server.operations.pages import Page
from prolong_server.rules import errors, identifiers
from prolong_server.rules.vocabulary import RenewalBasis

_PLACE: Final = tuple_(Redemption.license_id, Redemption.license_seq)


@dataclass(frozen=True, slots=True)
class ReversalView:
    """How a redemption was taken back (R18): by whom (`stf_…`), why, and from which end to which the license went."""

    reversed_at: datetime
    actor: str
    reason: str
    previous_expires_on: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class RecordView:
    """A receipt as staff see it, as it was first told; the code itself is known to nobody.

    `reversed_at` and `reversal` are None while it stands (R18).
    """

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
    reversal: ReversalView | None
    test: bool


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


def read(session: Session, license_id: int, license_seq: int) -> RecordView:
    """The record of the redemption that gave a license this `seq`, read anew; NotFound."""
    here = (Redemption.license_id == license_id, Redemption.license_seq == license_seq)
    row = session.execute(_records().where(*here).execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise errors.NotFound
    return _view(row)


def _records() -> Select[*tuple[Any, ...]]:
    joined = select(Redemption, Order.id, Order.dealer_id, Order.test, Reversal)
    joined = (
        joined.join(Code, Code.digest == Redemption.code)
        .join(Order, Order.id == Code.order_id)
        .outerjoin(Reversal, Reversal.code == Redemption.code)
    )
    return joined.order_by(Redemption.license_id, Redemption.license_seq)


def _place(cursor: str) -> tuple[int, int]:
    place = identifiers.read_pair("rdm", cursor)
    if place is None:
        raise errors.InvalidRequest({"cursor": ["This is not a cursor of this list; begin again without one."]})
    return place


def _view(row: Row[*tuple[Any, ...]]) -> RecordView:
    receipt, order_id, dealer_id, is_test, reversal = row
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
        reversal=None if reversal is None else _reversal_view(reversal),
        test=is_test,
    )


def _reversal_view(row: Reversal) -> ReversalView:
    return ReversalView(row.reversed_at, row.actor, row.reason, row.previous_expires_on, row.expires_on)
