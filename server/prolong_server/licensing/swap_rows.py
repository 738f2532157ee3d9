"""What a swap reads and writes: the values of one, by the names that its statements have for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import InstrumentedAttribute

from prolong_server.models.licensing import Machine, Redemption
from prolong_server.models.webhooks import Event


@dataclass(frozen=True, slots=True)
class Swap:
    """A redemption as it was judged: what must still be so, and what becomes of it. `machine_id` registers one.

    `event` are the values of a row of the outbox, where somebody wants to be told.
    """

    digest: bytes
    license_id: int
    seq: int
    previous_expires_on: date
    expires_on: date
    period_years: int
    basis: str
    now: datetime
    today: date
    machine_id: int | None = None
    fingerprint: str | None = None
    machine_name: str | None = None
    event: Mapping[str, Any] | None = None


Names = Mapping[InstrumentedAttribute[Any], str]
RECEIPT: Final[Names] = {
    Redemption.code: "p_code",
    Redemption.license_id: "p_license",
    Redemption.license_seq: "p_next_seq",
    Redemption.redeemed_at: "p_now",
    Redemption.redeemed_on: "p_today",
    Redemption.previous_expires_on: "p_previous",
    Redemption.expires_on: "p_until",
    Redemption.period_years: "p_years",
    Redemption.renewal_basis: "p_basis",
}
MACHINE: Final[Names] = {
    Machine.id: "p_machine",
    Machine.license_id: "p_license",
    Machine.fingerprint: "p_fingerprint",
    Machine.name: "p_machine_name",
    Machine.registered_at: "p_now",
}
EVENT: Final[Names] = {
    Event.id: "p_event",
    Event.type: "p_event_type",
    Event.dealer_id: "p_event_dealer",
    Event.seller_id: "p_event_seller",
    Event.test: "p_event_test",
    Event.body: "p_event_body",
    Event.created_at: "p_now",
}


def values_of(judged: Swap) -> dict[str, object]:
    """The values of the parameters of its statements; a machine and an event only where it has them."""
    values: dict[str, object] = {
        "p_code": judged.digest,
        "p_license": judged.license_id,
        "p_seq": judged.seq,
        "p_next_seq": judged.seq + 1,
        "p_previous": judged.previous_expires_on,
        "p_until": judged.expires_on,
        "p_years": judged.period_years,
        "p_basis": judged.basis,
        "p_now": judged.now,
        "p_today": judged.today,
    }
    if judged.machine_id is not None:
        machine = {"p_machine": judged.machine_id, "p_fingerprint": judged.fingerprint}
        values |= machine | {"p_machine_name": judged.machine_name}
    if judged.event is not None:
        values |= {name: judged.event[column.key] for column, name in EVENT.items()}
    return values
