"""Dealers: as the vendor keeps them, as they see themselves, as buyers find them; payments and corrections."""

from collections.abc import Mapping
from typing import Any

from prolong_server.api.core import Noun
from prolong_server.api.schemas.base import WindowSchema, page_of
from prolong_server.api.schemas.dealers import (
    DealerChangeSchema,
    DealerRequestSchema,
    DealerSchema,
    EntrySchema,
    MovementSchema,
    ResellerSchema,
    ResellersQuerySchema,
)
from prolong_server.call import Call
from prolong_server.channel import accounts, dealers
from prolong_server.channel.accounts import EntryView
from prolong_server.channel.dealers import DealerSpec, DealerView
from prolong_server.licensing.contacts import Contact
from prolong_server.operations.pages import Page

dealer = Noun("dealer", "The dealer whose token asks")
noun = Noun("dealers", "Companies that sell codes")
payments = Noun("dealer_payments", "What dealers paid")
corrections = Noun("dealer_corrections", "Corrections of dealers' accounts")
resellers = Noun("resellers", "Where to buy")


@dealer.operation("show", "GET", "/dealer", answer=DealerSchema)
def show_own(call: Call) -> DealerView:
    """The dealer itself, its credit and its balance."""
    return dealers.own(call)


@noun.operation("create", "POST", "/dealers", body=DealerRequestSchema, answer=DealerSchema, status=201, once=True)
def create(call: Call, spec: DealerSpec) -> DealerView:
    """Take in a dealer with an empty account."""
    return dealers.create(call, spec)


@noun.operation("list", "GET", "/dealers", query=WindowSchema, answer=page_of(DealerSchema))
def list_(call: Call, window: Mapping[str, Any]) -> Page[DealerView]:
    """All dealers."""
    return dealers.list_all(call, **window)


@noun.operation("show", "GET", "/dealers/<ref>", answer=DealerSchema)
def show(call: Call, ref: str) -> DealerView:
    """One dealer and its account."""
    return dealers.show(call, ref)


@noun.operation("change", "PATCH", "/dealers/<ref>", body=DealerChangeSchema, answer=DealerSchema)
def change(call: Call, changes: Mapping[str, Any], ref: str) -> DealerView:
    """Change the named fields; codes already sold stay as they were sold."""
    return dealers.change(call, ref, changes)


@payments.operation(
    "record", "POST", "/dealers/<ref>/payments", body=MovementSchema, answer=EntrySchema, status=201, once=True
)
def record_payment(call: Call, movement: Mapping[str, str], ref: str) -> EntryView:
    """Record a payment, which raises the balance."""
    return accounts.record_payment(call, ref, **movement)


@corrections.operation(
    "record", "POST", "/dealers/<ref>/corrections", body=MovementSchema, answer=EntrySchema, status=201, once=True
)
def record_correction(call: Call, movement: Mapping[str, str], ref: str) -> EntryView:
    """Correct a balance, up or down."""
    return accounts.record_correction(call, ref, **movement)


@resellers.operation("list", "GET", "/resellers", query=ResellersQuerySchema, answer=page_of(ResellerSchema))
def list_resellers(call: Call, asked: Mapping[str, Any]) -> Page[Contact]:
    """The active dealers, or those who sell in a country."""
    return dealers.resellers(call, **asked)
