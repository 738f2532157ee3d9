"""What holds of codes: their orders, their records, their keys."""

from typing import Any

from sqlalchemy import Select, Subquery, case, func, select, union_all

from prolong_server.models.channel import Order, OrderStatus, SealedChunk
from prolong_server.models.licensing import REDEEMED, VOIDED, Activation, Code, License, Redemption, Void
from prolong_server.models.operations import KeyPurpose, KeyRecord
from prolong_server.rules.vocabulary import CodeKind


def orders_have_the_codes_that_they_name() -> Select[Any]:
    """An order has as many codes as its quantity says: all or none were made."""
    made = select(Code.order_id, func.count().label("codes")).group_by(Code.order_id).subquery()
    joined = select(Order.id).outerjoin(made, made.c.order_id == Order.id)
    return joined.where(Order.quantity != func.coalesce(made.c.codes, 0))


def codes_belong_to_an_order() -> Select[Any]:
    """Every code names an order that is there."""
    return select(Code.order_id).outerjoin(Order, Order.id == Code.order_id).where(Order.id.is_(None)).distinct()


def spent_codes_have_a_record() -> Select[Any]:
    """A code that is marked as redeemed has one redemption or one activation."""
    spent = select(Code.order_id).outerjoin(Redemption, Redemption.code == Code.digest)
    spent = spent.outerjoin(Activation, Activation.code == Code.digest).where(Code.state == REDEEMED)
    return spent.where(Redemption.code.is_(None) == Activation.code.is_(None))


def records_have_a_spent_code() -> Select[Any]:
    """A redemption or an activation has a code that is there and marked as redeemed."""
    records = _records()
    joined = select(records.c.license_id).outerjoin(Code, Code.digest == records.c.code)
    return joined.where(func.coalesce(Code.state, VOIDED) != REDEEMED)


def renewals_spend_renewal_codes() -> Select[Any]:
    """The code of a redemption is a renewal code (R9)."""
    return _of_another_kind(Redemption, CodeKind.RENEWAL)


def activations_spend_activation_codes() -> Select[Any]:
    """The code of an activation is an activation code (R9)."""
    return _of_another_kind(Activation, CodeKind.ACTIVATION)


def sandbox_and_live_do_not_mix() -> Select[Any]:
    """Sandbox codes are spent on sandbox licenses alone, live ones on live ones (R19)."""
    return _spent_on().where(Order.test != License.test)


def codes_fit_their_licenses() -> Select[Any]:
    """A code was spent on a license of its own edition with its own number of seats (R8, R14)."""
    return _spent_on().where((Order.edition_id != License.edition_id) | (Order.seats != License.seats))


def voids_tell_of_voided_codes() -> Select[Any]:
    """The voids recorded for an order tell of no more codes than are voided, at its unit price; in the sandbox at 0."""
    # Fewer may be recorded: a release that does not know these records may have been at work.
    voided = select(Code.order_id, func.count().label("codes")).where(Code.state == VOIDED).group_by(Code.order_id)
    counted = voided.subquery()
    told = select(Void.order_id, func.sum(Void.codes).label("codes"), func.sum(Void.credited).label("credited"))
    summed = told.group_by(Void.order_id).subquery()
    joined = select(Order.id).join(summed, summed.c.order_id == Order.id)
    joined = joined.outerjoin(counted, counted.c.order_id == Order.id)
    due = case((Order.test, 0), else_=Order.unit_price * summed.c.codes)
    return joined.where((summed.c.codes > func.coalesce(counted.c.codes, 0)) | (summed.c.credited != due))


def voided_codes_say_when() -> Select[Any]:
    """A code has an instant of voiding if and only if it is voided."""
    return select(Code.order_id).where((Code.state == VOIDED) == Code.voided_at.is_(None))


def codes_are_under_known_keys() -> Select[Any]:
    """Every code names a code key that the database knows and that is not retired."""
    in_use = (KeyRecord.purpose == KeyPurpose.CODE, KeyRecord.retired_at.is_(None))
    known = select(KeyRecord.id).where(*in_use)
    return select(Code.order_id).where(Code.key_id.not_in(known)).distinct()


def confirmed_lists_are_destroyed() -> Select[Any]:
    """An order is confirmed if and only if it says when, and then nothing of its list of codes is left."""
    sealed = select(SealedChunk.order_id).where(SealedChunk.order_id == Order.id).exists()
    confirmed = Order.status == OrderStatus.CONFIRMED
    return select(Order.id).where((confirmed == Order.confirmed_at.is_(None)) | (confirmed & sealed))


def _records() -> Subquery:
    redemptions = select(Redemption.code, Redemption.license_id)
    return union_all(redemptions, select(Activation.code, Activation.license_id)).subquery()


def _of_another_kind(record: type[Redemption | Activation], kind: CodeKind) -> Select[Any]:
    joined = select(record.license_id).join(Code, Code.digest == record.code)
    return joined.join(Order, Order.id == Code.order_id).where(Order.kind != kind)


def _spent_on() -> Select[Any]:
    records = _records()
    joined = select(License.id).join(records, records.c.license_id == License.id)
    return joined.join(Code, Code.digest == records.c.code).join(Order, Order.id == Code.order_id)
