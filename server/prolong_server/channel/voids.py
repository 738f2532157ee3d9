"""Voiding: a dealer takes back codes that are unspent, and gets its credit back once (R16)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.channel import accounts, dealers, order_views
from prolong_server.channel.order_views import OrderView
from prolong_server.licensing import code_reading
from prolong_server.models.channel import Order
from prolong_server.models.licensing import ISSUED, REDEEMED, VOIDED, Code, Void
from prolong_server.operations import audit, outbox
from prolong_server.rules import codes, errors, identifiers
from prolong_server.rules.events import EventKind

MOST: Final = 10_000
_PART: Final = 1000
_UNKNOWN: Final = "unknown"
_SPENT: Final[Mapping[int, str]] = {REDEEMED: "redeemed", VOIDED: "voided"}


@dataclass(frozen=True, slots=True)
class NotVoided:
    """A code that was left as it is: `malformed`, `unknown` (in this order), `redeemed`, `voided` or `expired`."""

    code: str = field(repr=False)
    reason: str


@dataclass(frozen=True, slots=True)
class VoidView:
    """What a call of `void` did: how many codes it voided, which it did not and why, the order as it now is."""

    voided: int
    not_voided: tuple[NotVoided, ...]
    order: OrderView


Taken = tuple[int, tuple[NotVoided, ...]]


@db.transactional
def void(session: Session, call: Call, ref: str, chosen: Sequence[str] | Literal["all"]) -> VoidView:
    """Void codes of one order, those `chosen` (at most MOST, as they are printed) or all that are unspent.

    Their price is credited to the dealer, except in the sandbox (R19). Codes whose shelf life is over are not voided,
    because running out returns no credit (R16). NotFound; InvalidRequest for too many codes; KeysBehind.
    """
    order = order_views.find(session, call, ref)
    # The dealer before the codes: two voids of one dealer follow each other, and nobody waits for the other's codes.
    dealers.find(session, identifiers.show("dlr", order.dealer_id), lock=True)
    voided, left = _void_all(session, call, order) if chosen == "all" else _void_chosen(session, call, order, chosen)
    if voided:
        _settle(session, call, order, voided)
    return VoidView(voided, left, order_views.view(session, order))


def _settle(session: Session, call: Call, order: Order, voided: int) -> None:
    amount = 0 if order.test else order.unit_price * voided
    if amount:
        accounts.credit(session, call, order, amount)
    name, told = identifiers.show("ord", order.id), {"voided": voided, "credited": amount}
    audit.record(session, call, "order.voided", name, after=told)
    session.add(_record(call, order, voided, amount))
    data = {
        "order": name,
        "dealer": identifiers.show("dlr", order.dealer_id),
        "voided": voided,
        "credited": dealers.shown(amount, order.currency),
        "currency": order.currency,
        "test": order.test,
    }
    outbox.tell(session, call, EventKind.CODE_VOIDED, data, order.dealer_id)


def _record(call: Call, order: Order, voided: int, amount: int) -> Void:
    return Void(
        order_id=order.id,
        voided_on=call.today,
        voided_at=call.now,
        codes=voided,
        credited=amount,
        actor=audit.actor_name(call.actor),
    )


def _void_all(session: Session, call: Call, order: Order) -> Taken:
    return (0 if _is_over(call, order) else _mark_voided(session, call, order, Code.order_id == order.id)), ()


def _void_chosen(session: Session, call: Call, order: Order, chosen: Sequence[str]) -> Taken:
    if not 1 <= len(chosen) <= MOST:
        raise errors.InvalidRequest({"codes": [f"From 1 to {MOST} codes at once."]})
    read = [_digests(call, order, text) for text in chosen]
    states = _lock(session, order, sorted({digest for digests in read if digests for digest in digests}))
    taken, left = _sort_out(chosen, read, states, _is_over(call, order))
    if any(one.reason == _UNKNOWN for one in left):
        code_reading.stop_if_behind(session, call)
    voided = sum(_mark_voided(session, call, order, Code.digest.in_(part)) for part in _parts(sorted(taken)))
    return voided, left


def _digests(call: Call, order: Order, text: str) -> list[bytes] | None:
    """The digests that a code may be stored under, one for each code key; none for another class's mark."""
    try:
        code = codes.read(text)
    except errors.CodeMalformed:
        return None
    if code_reading.contradicts(code, order.license_class):
        return []
    return list(code_reading.digests_of(call, code))


def _lock(session: Session, order: Order, digests: Sequence[bytes]) -> dict[bytes, int]:
    """The states of the order's own codes among `digests`, locked in the order of the digests."""
    states: dict[bytes, int] = {}
    for part in _parts(digests):
        own = select(Code.digest, Code.state).where(Code.digest.in_(part), Code.order_id == order.id)
        rows = session.execute(own.order_by(Code.digest).with_for_update(key_share=True))
        states.update((digest, state) for digest, state in rows)
    return states


def _sort_out(
    chosen: Sequence[str], read: Sequence[list[bytes] | None], states: Mapping[bytes, int], is_over: bool
) -> tuple[set[bytes], tuple[NotVoided, ...]]:
    taken: set[bytes] = set()
    left: list[NotVoided] = []
    for text, digests in zip(chosen, read, strict=True):
        found = next((digest for digest in digests or () if digest in states), None)
        reason = _reason(digests, found, states, is_over) or ("voided" if found in taken else None)
        if reason is not None:
            left.append(NotVoided(text, reason))
        elif found is not None:
            taken.add(found)
    return taken, tuple(left)


def _reason(digests: list[bytes] | None, found: bytes | None, states: Mapping[bytes, int], is_over: bool) -> str | None:
    if digests is None:
        return "malformed"
    if found is None:
        return _UNKNOWN
    return _SPENT.get(states[found], "expired" if is_over else None)


def _mark_voided(session: Session, call: Call, order: Order, chosen: ColumnElement[bool]) -> int:
    unspent = (chosen, Code.order_id == order.id, Code.state == ISSUED)
    change = update(Code).where(*unspent).values(state=VOIDED, voided_at=call.now)
    return session.connection().execute(change).rowcount


def _is_over(call: Call, order: Order) -> bool:
    return order.good_until is not None and call.today > order.good_until


def _parts(digests: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (digests[start : start + _PART] for start in range(0, len(digests), _PART))
