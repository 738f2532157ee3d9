"""A case: one reading of the ledger for one renewal form, ready to be judged by the rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row

from prolong_server.call import Call
from prolong_server.licensing import code_reading, ledger, reading
from prolong_server.licensing.forms import MISSING, RenewalForm, fingerprint_of, form_facts
from prolong_server.licensing.ledger import Sought
from prolong_server.licensing.license_views import canonical_key
from prolong_server.licensing.reading import Held
from prolong_server.operations import keys
from prolong_server.rules import errors, facts, identifiers
from prolong_server.rules.codes import Code
from prolong_server.rules.errors import Refusal
from prolong_server.rules.facts import Facts
from prolong_server.rules.vocabulary import RenewalBasis


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was first told about a redemption, and is told the same for ever."""

    id: str
    redeemed_at: datetime
    period_years: int
    previous_expires_on: date
    expires_on: date
    renewal_basis: RenewalBasis


@dataclass(frozen=True, slots=True)
class Sale:
    """Who sold the code in which order, who sold the license, and whether anybody wants to be told of the renewal."""

    order_id: int
    dealer_id: int
    seller_id: int | None
    is_told: bool


@dataclass(frozen=True, slots=True)
class Case:
    """The facts, the license as it was read, and the receipt if the code was spent on this license."""

    facts: Facts
    digest: bytes
    held: Held | None
    receipt: Receipt | None
    sale: Sale
    dealer_country: str
    where_to_buy: str | None

    def known(self) -> Held:
        """The license, for what comes after the rule that it is known."""
        if self.held is None:
            raise LookupError("a license was asked for where none is known")
        return self.held

    def address(self, call: Call, refusal: Refusal) -> Refusal:
        """R13: say whose representative helps, and where a purchase solves it."""
        refusal.country = self.facts.license.country if self.facts.license else self.dealer_country
        if refusal.solved_by_purchase:
            refusal.where_to_buy = self.where_to_buy or f"{call.issuer}/v1/resellers?country={refusal.country}"
        return refusal


@dataclass(frozen=True, slots=True)
class Asked:
    """A renewal form as it came, its code read."""

    call: Call
    form: RenewalForm
    code: Code


def read(connection: Connection, asked: Asked) -> Case:
    """Read all that the form's redemption depends on. Raises CodeNotFound, TryAgain, InvalidRequest."""
    case = read_all(connection, [asked])[0]
    if isinstance(case, Refusal):
        raise case
    return case


def read_all(connection: Connection, asked: Sequence[Asked]) -> list[Case | Refusal]:
    """As `read`, for many at once: what one of them would raise is its answer."""
    rows = ledger.read_renewals(connection, [_sought(one) for one in asked])
    found = [row if _is_meant(one, row) else None for one, row in zip(asked, rows, strict=True)]
    known = keys.code_key_ids(connection) if None in found else frozenset[int]()
    return [_case_or_refusal(one, row, known) for one, row in zip(asked, found, strict=True)]


def _sought(asked: Asked) -> Sought:
    key = None if asked.form.license_key is None else canonical_key(asked.form.license_key)
    return Sought(key, fingerprint_of(asked.form.machine), code_reading.digests_of(asked.call, asked.code))


def _is_meant(asked: Asked, row: Row[Any] | None) -> bool:
    return row is not None and not code_reading.contradicts(asked.code, row.code_class)


def _case_or_refusal(asked: Asked, row: Row[Any] | None, known: frozenset[int]) -> Case | Refusal:
    if row is None:
        return code_reading.unknown(known, asked.call)
    try:
        return _case(asked.call, asked.form, row)
    except Refusal as refusal:
        return refusal


def _case(call: Call, form: RenewalForm, row: Row[Any]) -> Case:
    spent = None if row.spent_on is None else facts.Spent(row.spent_on, row.reversed_at is not None)
    held = reading.license_of(row, call.zone)
    license_facts = held.facts if held else None
    same_pair = spent is not None and held is not None and spent.license_id == held.facts.id
    return Case(
        facts=Facts(call.today, _form(form, row), reading.code_of(row, spent), license_facts),
        digest=row.digest,
        held=held,
        receipt=_receipt(row) if same_pair else None,
        sale=Sale(row.order_id, row.code_dealer_id, row.seller_id, row.is_told),
        dealer_country=row.dealer_country,
        where_to_buy=row.where_to_buy,
    )


def _form(form: RenewalForm, row: Row[Any]) -> facts.Form:
    asked = form_facts(form, row.web_origins if row.code_product == form.product else ())
    if asked.product_version is None and not asked.trusted_origin:
        raise errors.InvalidRequest({"product_version": [MISSING]})
    return asked


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(
        id=identifiers.show_pair("rdm", row.spent_on, row.license_seq),
        redeemed_at=row.redeemed_at,
        period_years=row.period_years,
        previous_expires_on=row.previous_expires_on,
        expires_on=row.renewed_until,
        renewal_basis=row.receipt_basis,
    )
