"""What has become of one code, for whoever holds it and sells it; never by whom it was spent."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.channel import code_records
from prolong_server.channel.code_records import CodeRecord
from prolong_server.licensing import code_reading
from prolong_server.models.channel import Order
from prolong_server.operations import keys
from prolong_server.rules import codes, identifiers
from prolong_server.rules.vocabulary import CodeKind, CodeState


@dataclass(frozen=True, slots=True)
class CodeStatusView:
    """The order of a code and its state; an instant is None for what has not happened. Days are the vendor's."""

    order: str
    reference: str | None
    kind: CodeKind
    product: str
    edition: str
    period_years: int
    seats: int
    state: CodeState
    issued_at: datetime
    good_until: date | None
    redeemed_at: datetime | None
    voided_at: datetime | None
    reversed_at: datetime | None


@db.reading
def show(session: Session, call: Call, text: str) -> CodeStatusView:
    """The state of a code as it was typed. A dealer asks about the codes of its own orders in its own world (R19).

    CodeMalformed; CodeNotFound for an unknown code, one whose mark contradicts it, and another's; KeysBehind.
    """
    code = codes.read(text)
    found = code_records.read(session, code_reading.digests_of(call, code), call.today)
    record = next(iter(found.values()), None)
    if record is None or code_reading.contradicts(code, record.license_class) or not _sees(call, record.order):
        raise code_reading.unknown(keys.code_key_ids(session), call)
    return _view(record)


def _sees(call: Call, order: Order) -> bool:
    actor = call.actor
    return actor.role is not None or (order.dealer_id == actor.dealer_id and order.test is actor.test)


def _view(record: CodeRecord) -> CodeStatusView:
    order = record.order
    return CodeStatusView(
        order=identifiers.show("ord", order.id),
        reference=order.reference,
        kind=order.kind,
        product=record.product,
        edition=record.edition,
        period_years=order.period_years,
        seats=order.seats,
        state=record.state,
        issued_at=order.created_at,
        good_until=order.good_until,
        redeemed_at=record.redeemed_at,
        voided_at=record.voided_at,
        reversed_at=record.reversed_at,
    )
