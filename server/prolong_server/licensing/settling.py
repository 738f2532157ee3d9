"""How a redemption is settled: judged by its case, and carried out by one swap of as many as come together.

The rules are in `rules.renewal`, the SQL in `ledger` and `swap`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from prolong_server.call import Call
from prolong_server.licensing import swap
from prolong_server.licensing.cases import Asked, Case, Receipt
from prolong_server.licensing.forms import RenewalForm
from prolong_server.licensing.reading import Held
from prolong_server.licensing.swap_rows import Swap
from prolong_server.operations import outbox
from prolong_server.rules import identifiers, renewal
from prolong_server.rules.errors import Refusal
from prolong_server.rules.events import EventKind
from prolong_server.rules.vocabulary import RenewalBasis


@dataclass(frozen=True, slots=True)
class Outcome:
    """A receipt and the license as it now is; `first` is false for a repetition."""

    receipt: Receipt
    held: Held
    first: bool


@dataclass(frozen=True, slots=True)
class Intended:
    """A redemption that every rule is content with: what is to be written, and the license as it was judged."""

    swap: Swap
    held: Held


class Overtaken(Exception):
    """The code or the license was in other hands between reading and writing; nothing was done."""

    def __init__(self, license_id: int) -> None:
        super().__init__("something changed between reading and writing")
        self.license_id = license_id


def judge(asked: Asked, case: Case) -> Outcome | Intended | Refusal:
    """What the rules say (R1–R17, R19): what is to be done, or the receipt of what was done before (R4)."""
    answer = renewal.judge(case.facts, renewal.REDEMPTION)
    if isinstance(answer, Refusal):
        return case.address(asked.call, answer)
    held = case.known()
    if case.receipt is not None:
        return Outcome(case.receipt, held, first=False)
    return Intended(_swap(asked.call, asked.form, case, held), held)


def carry_out(
    connection: Connection, intended: Sequence[Intended], *, waits: bool = False
) -> list[Outcome | Overtaken]:
    """Write them all, no two on one code or one license; each is done, or overtaken and nothing of it is done.

    With `waits` a code or a license that is held by another transaction is waited for.
    """
    done = swap.swap(connection, [one.swap for one in intended], waits=waits) if intended else set()
    return [_outcome(one) if one.swap.digest in done else Overtaken(one.swap.license_id) for one in intended]


def _swap(call: Call, form: RenewalForm, case: Case, held: Held) -> Swap:
    machine = form.machine if _registers(held) else None
    intended = Swap(
        digest=case.digest,
        license_id=held.facts.id,
        seq=held.seq,
        previous_expires_on=held.facts.expires_on,
        expires_on=renewal.renewed_until(case.facts),
        period_years=case.facts.code.period_years,
        basis=case.facts.code.product.renewal_basis.value,
        now=call.now,
        today=call.today,
        machine_id=None if machine is None else call.new_id(),
        fingerprint=None if machine is None else machine.fingerprint,
        machine_name=None if machine is None else machine.name,
    )
    return replace(intended, event=_event(call, case, intended)) if case.sale.is_told else intended


def _event(call: Call, case: Case, intended: Swap) -> Mapping[str, Any]:
    sale = case.sale
    data = {
        "license": identifiers.show("lic", intended.license_id),
        "redemption": identifiers.show_pair("rdm", intended.license_id, intended.seq + 1),
        "order": identifiers.show("ord", sale.order_id),
        "dealer": identifiers.show("dlr", sale.dealer_id),
        "previous_expires_on": intended.previous_expires_on,
        "expires_on": intended.expires_on,
        "period_years": intended.period_years,
        "renewal_basis": intended.basis,
        "test": case.facts.code.test,
    }
    return outbox.row(call, EventKind.LICENSE_RENEWED, data, sale.dealer_id, sale.seller_id)


def _registers(held: Held) -> bool:
    return held.counts_machines and not held.facts.machine_registered and held.facts.machines < held.facts.seats


def _outcome(done: Intended) -> Outcome:
    told = done.swap
    receipt = Receipt(
        id=identifiers.show_pair("rdm", told.license_id, told.seq + 1),
        redeemed_at=told.now,
        period_years=told.period_years,
        previous_expires_on=told.previous_expires_on,
        expires_on=told.expires_on,
        renewal_basis=RenewalBasis(told.basis),
    )
    return Outcome(receipt, _moved(done.held, told), first=True)


def _moved(held: Held, intended: Swap) -> Held:
    registered = held.facts.machine_registered or intended.machine_id is not None
    known = replace(held.facts, expires_on=intended.expires_on, machine_registered=registered)
    return Held(held.row, held.zone, known, intended.seq + 1, intended.now)
