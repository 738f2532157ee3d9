"""The companies that sell codes: their terms, their territories (R11), and whom a buyer may ask."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Select, Text, exists, literal, select, type_coerce
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.channel import quotas
from prolong_server.channel.quotas import QuotaSpec, QuotaView
from prolong_server.licensing import contacts
from prolong_server.licensing.contacts import Contact
from prolong_server.models.channel import AccountEntry, Dealer, DealerStatus
from prolong_server.operations import audit, idempotency, pages
from prolong_server.operations.pages import Page
from prolong_server.rules import errors, identifiers, prices

_AS_TOLD: Final = ("name", "country", "territories", "currency", "phone", "email", "url")
_PERCENT: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class DealerSpec:
    """What the vendor decides about a dealer. Amounts are decimal strings, countries ISO 3166-1."""

    name: str
    country: str
    territories: tuple[str, ...]
    currency: str
    credit_limit: str = "0"
    discount_percent: str = "0"
    phone: str | None = None
    email: str | None = None
    url: str | None = None
    status: str = "active"
    quota: QuotaSpec | None = None


@dataclass(frozen=True, slots=True)
class DealerView:
    """A dealer and its account; `available` = `credit_limit` + `balance`, all as decimal strings."""

    id: str
    name: str
    country: str
    territories: tuple[str, ...]
    currency: str
    credit_limit: str
    discount_percent: str
    balance: str
    available: str
    phone: str | None
    email: str | None
    url: str | None
    status: str
    quota: QuotaView | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class _Terms:
    """The amounts of a spec, read: minor units and percent."""

    credit_limit: int
    discount_percent: Decimal


@idempotency.creating
def create(session: Session, call: Call, spec: DealerSpec) -> DealerView:
    """Take in a dealer with an empty account. InvalidRequest names each field that is wrong."""
    terms = _read_terms(spec)
    dealer = Dealer(id=call.new_id(), balance=0, created_at=call.now)
    _apply(dealer, spec, terms)
    quotas.agree(session, dealer, spec.quota, call.today)
    session.add(dealer)
    audit.record(session, call, "dealer.created", identifiers.show("dlr", dealer.id), after=_audited(dealer))
    return view(dealer, call.today)


@db.reading
def show(session: Session, call: Call, ref: str) -> DealerView:
    """The dealer `dlr_…`; NotFound."""
    return view(find(session, ref), call.today)


@db.reading
def own(session: Session, call: Call) -> DealerView:
    """The dealer whose token asks; NotFound for anybody else."""
    return view(find(session, identifiers.show("dlr", call.actor.dealer_id or 0)), call.today)


@db.reading
def list_all(session: Session, call: Call, cursor: str | None = None, limit: int = pages.DEFAULT) -> Page[DealerView]:
    """A page of all dealers."""
    rows, following = pages.fetch(session, select(Dealer), Dealer.id, cursor, limit)
    return Page(tuple(view(row, call.today) for row in rows), following)


@db.reading
def resellers(
    session: Session, call: Call, country: str | None = None, cursor: str | None = None, limit: int = pages.DEFAULT
) -> Page[Contact]:
    """A page of the active dealers, or of those who sell in `country`, as the public sees them."""
    rows, following = pages.fetch(session, active(country), Dealer.id, cursor, limit)
    return Page(tuple(contacts.of_dealer(row) for row in rows), following)


@db.transactional
def change(session: Session, call: Call, ref: str, changes: Mapping[str, Any]) -> DealerView:
    """Change the fields of DealerSpec that `changes` names. Codes already sold stay as they were sold (R11).

    NotFound; InvalidRequest; StateChanged for another currency once the account has entries, because amounts already
    in it would change their meaning.
    """
    dealer = find(session, ref, lock=True)
    before = _audited(dealer)
    spec = replace(_spec(dealer), **changes)
    if spec.currency != dealer.currency and _has_entries(session, dealer):
        raise errors.StateChanged(state="the account has entries in its currency")
    _apply(dealer, spec, _read_terms(spec))
    quotas.agree(session, dealer, spec.quota, call.today)
    audit.record(session, call, "dealer.changed", identifiers.show("dlr", dealer.id), before, _audited(dealer))
    return view(dealer, call.today)


def find(session: Session, ref: str, *, lock: bool = False) -> Dealer:
    """The row of `dlr_…`, with `lock` locked to the end of the transaction; NotFound."""
    number = identifiers.read("dlr", ref)
    statement = select(Dealer).where(Dealer.id == number).execution_options(populate_existing=True)
    # FOR NO KEY UPDATE: an order being placed holds the dealer's key by its foreign key and must not be waited for.
    statement = statement.with_for_update(key_share=True) if lock else statement
    dealer = session.scalars(statement).one_or_none() if number else None
    if dealer is None:
        raise errors.NotFound
    return dealer


def active(country: str | None) -> Select[Dealer]:
    """Select the active dealers, or those of them who sell in `country`."""
    statement = select(Dealer).where(Dealer.status == DealerStatus.ACTIVE)
    if country is None:
        return statement
    words = literal(" ") + type_coerce(Dealer.territories, Text) + " "
    return statement.where(words.contains(f" {country} ", autoescape=True))


def view(dealer: Dealer, today: date) -> DealerView:
    """A row as the vendor and the dealer itself see it; its quota as it stands today."""
    return DealerView(
        id=identifiers.show("dlr", dealer.id),
        name=dealer.name,
        country=dealer.country,
        territories=dealer.territories,
        currency=dealer.currency,
        credit_limit=shown(dealer.credit_limit, dealer.currency),
        discount_percent=f"{dealer.discount_percent:.2f}",
        balance=shown(dealer.balance, dealer.currency),
        available=shown(dealer.credit_limit + dealer.balance, dealer.currency),
        phone=dealer.phone,
        email=dealer.email,
        url=dealer.url,
        status=dealer.status.value,
        quota=quotas.view(dealer, today),
        created_at=dealer.created_at,
    )


def shown(units: int, currency: str) -> str:
    """Minor units as a decimal string: 2450 EUR are "24.50"."""
    return f"{prices.from_minor_units(units, currency):f}"


def _spec(dealer: Dealer) -> DealerSpec:
    return DealerSpec(
        **{name: getattr(dealer, name) for name in _AS_TOLD},
        credit_limit=shown(dealer.credit_limit, dealer.currency),
        discount_percent=f"{dealer.discount_percent:.2f}",
        status=dealer.status.value,
        quota=quotas.agreed(dealer),
    )


def _read_terms(spec: DealerSpec) -> _Terms:
    wrong: dict[str, object] = {}
    if spec.status not in set(DealerStatus):
        wrong["status"] = ["Either active or suspended."]
    if not _PERCENT.fullmatch(spec.discount_percent) or Decimal(spec.discount_percent) > 100:
        wrong["discount_percent"] = ['A percentage from "0" to "100" with at most two decimal places.']
    limit = _read_limit(spec, wrong)
    if wrong:
        raise errors.InvalidRequest(wrong)
    return _Terms(limit, Decimal(spec.discount_percent))


def _read_limit(spec: DealerSpec, wrong: dict[str, object]) -> int:
    if not prices.is_currency(spec.currency):
        wrong["currency"] = ["The ISO 4217 code of a currency in use, such as EUR."]
        return 0
    try:
        return prices.minor_units(prices.parse_price(spec.credit_limit, spec.currency), spec.currency)
    except ValueError as reason:
        wrong["credit_limit"] = [str(reason)]
        return 0


def _apply(dealer: Dealer, spec: DealerSpec, terms: _Terms) -> None:
    for name in _AS_TOLD:
        setattr(dealer, name, getattr(spec, name))
    dealer.territories = tuple(sorted(set(spec.territories)))
    dealer.credit_limit = terms.credit_limit
    dealer.discount_percent = terms.discount_percent
    dealer.status = DealerStatus(spec.status)


def _audited(dealer: Dealer) -> dict[str, object]:
    spec = _spec(dealer)
    quota = asdict(spec.quota) if spec.quota else None
    names = ("name", "country", "territories", "currency", "credit_limit", "discount_percent", "status")
    return {name: getattr(spec, name) for name in names} | {"quota": quota}


def _has_entries(session: Session, dealer: Dealer) -> bool:
    return bool(session.scalar(select(exists().where(AccountEntry.dealer_id == dealer.id))))
