"""Orders: placed, shown, their codes told, received, voided."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from prolong_server.api import listings, tables
from prolong_server.api.core import Noun
from prolong_server.api.schemas.base import WindowSchema, page_of
from prolong_server.api.schemas.channel import (
    CodesSchema,
    OrderRequestSchema,
    OrderSchema,
    VoidRequestSchema,
    VoidSchema,
)
from prolong_server.call import Call
from prolong_server.channel import orders, sealed_codes, voids
from prolong_server.channel.order_views import OrderView
from prolong_server.channel.orders import OrderSpec
from prolong_server.channel.voids import VoidView
from prolong_server.operations.pages import Page

noun = Noun("orders", "Dealers' purchases of codes")


@noun.operation("place", "POST", "/orders", body=OrderRequestSchema, answer=OrderSchema, status=201, once_required=True)
def place(call: Call, spec: OrderSpec) -> OrderView:
    """Price, issue and debit an order: all of it or nothing."""
    return orders.place(call, spec)


@noun.operation("list", "GET", "/orders", query=WindowSchema, answer=page_of(OrderSchema))
def list_(call: Call, window: Mapping[str, Any]) -> Page[OrderView]:
    """A dealer's own orders; for staff all."""
    return orders.list_all(call, **window)


@noun.operation("show", "GET", "/orders/<ref>", answer=OrderSchema)
def show(call: Call, ref: str) -> OrderView:
    """One order, its codes counted."""
    return orders.show(call, ref)


@noun.operation("codes", "GET", "/orders/<ref>/codes", answer=CodesSchema, media=tables.MEDIA)
def codes(call: Call, ref: str) -> Response:
    """The codes of an order, streamed as JSON or, where `Accept` prefers it, as CSV or XLSX."""
    return listings.answer(tables.chosen(request.accept_mimetypes), sealed_codes.download(call, ref))


@noun.operation("confirm", "POST", "/orders/<ref>/confirm", answer=OrderSchema)
def confirm(call: Call, ref: str) -> OrderView:
    """Confirm that the codes were received: the sealed copy is destroyed."""
    return orders.confirm(call, ref)


@noun.operation("void", "POST", "/orders/<ref>/void", body=VoidRequestSchema, answer=VoidSchema)
def void(call: Call, chosen: Mapping[str, Any], ref: str) -> VoidView:
    """Void unspent codes; their price is credited."""
    return voids.void(call, ref, chosen["codes"])
