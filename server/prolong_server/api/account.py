"""Dealers' accounts, entry by entry: pages of JSON, or a whole statement as CSV or XLSX."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from flask import Response, request

from prolong_server.api import tables
from prolong_server.api.core import Noun, Reply
from prolong_server.api.schemas.base import page_of
from prolong_server.api.schemas.dealers import EntriesQuerySchema, EntrySchema
from prolong_server.call import Call
from prolong_server.channel import statements
from prolong_server.channel.statements import Statement

HEADER: Final = ("id", "kind", "amount", "currency", "balance", "order", "reason", "created_at")
ENTRIES: Final = page_of(EntrySchema)
own = Noun("account", "The account of the dealer whose token asks")
of_dealers = Noun("dealer_entries", "Dealers' accounts, entry by entry")


@own.operation(
    "entries",
    "GET",
    "/account/entries",
    query=EntriesQuerySchema,
    answer=ENTRIES,
    media=tables.MEDIA,
)
def list_own(call: Call, asked: Mapping[str, Any]) -> Reply | Response:
    """The dealer's own account: a page, the newest entry first; as CSV or XLSX the whole span, the oldest first."""
    return _told(call, None, asked)


@of_dealers.operation(
    "list",
    "GET",
    "/dealers/<ref>/entries",
    query=EntriesQuerySchema,
    answer=ENTRIES,
    media=tables.MEDIA,
)
def list_of_dealer(call: Call, asked: Mapping[str, Any], ref: str) -> Reply | Response:
    """One dealer's account, in the same forms."""
    return _told(call, ref, asked)


def _told(call: Call, ref: str | None, asked: Mapping[str, Any]) -> Reply | Response:
    kind = tables.chosen(request.accept_mimetypes)
    if kind == "json":
        return Reply(statements.list_entries(call, ref, **asked), headers={"Vary": "Accept"})
    return tables.answer(kind, "statement", HEADER, _rows(statements.read(call, ref, asked["span"])))


def _rows(statement: Statement) -> Iterator[tuple[object, ...]]:
    yield _balance("opening_balance", statement.opening, statement.currency)
    for entry in statement.entries:
        amount, balance = Decimal(entry.amount), Decimal(entry.balance)
        yield entry.id, entry.kind, amount, entry.currency, balance, entry.order, entry.reason, entry.created_at
    yield _balance("closing_balance", statement.closing, statement.currency)


def _balance(kind: str, balance: str, currency: str) -> tuple[object, ...]:
    return None, kind, None, currency, Decimal(balance), None, None, None
