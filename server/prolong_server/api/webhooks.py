"""Webhooks: the endpoints that want to be told of events, and the log of what was sent to them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from prolong_server.api import calls
from prolong_server.api.core import Noun
from prolong_server.api.schemas.base import WindowSchema, page_of
from prolong_server.api.schemas.webhooks import (
    DeliveriesQuerySchema,
    DeliverySchema,
    EndpointChangeSchema,
    EndpointRequestSchema,
    EndpointSchema,
    NewEndpointSchema,
)
from prolong_server.call import Call
from prolong_server.operations import webhook_endpoints, webhook_log
from prolong_server.operations.pages import Page
from prolong_server.operations.webhook_endpoints import EndpointSpec, EndpointView
from prolong_server.operations.webhook_log import DeliveryView

endpoints = Noun("webhook_endpoints", "Addresses that want to be told of events")
deliveries = Noun("webhook_deliveries", "What was sent to them, and with what success")


@endpoints.operation(
    "create",
    "POST",
    "/webhook-endpoints",
    body=EndpointRequestSchema,
    answer=NewEndpointSchema,
    status=201,
    once=True,
    secret=True,
)
def create(call: Call, spec: EndpointSpec) -> Mapping[str, Any]:
    """Be told of events at an address; the secret that signs them is in this answer only."""
    made, secret = webhook_endpoints.create(call, spec, calls.house().settings.webhook_networks)
    return asdict(made) | {"secret": secret}


@endpoints.operation("list", "GET", "/webhook-endpoints", query=WindowSchema, answer=page_of(EndpointSchema))
def list_(call: Call, window: Mapping[str, Any]) -> Page[EndpointView]:
    """A dealer's own endpoints; for staff all."""
    return webhook_endpoints.list_all(call, **window)


@endpoints.operation("show", "GET", "/webhook-endpoints/<ref>", answer=EndpointSchema)
def show(call: Call, ref: str) -> EndpointView:
    """One endpoint, without its secret."""
    return webhook_endpoints.show(call, ref)


@endpoints.operation("change", "PATCH", "/webhook-endpoints/<ref>", body=EndpointChangeSchema, answer=EndpointSchema)
def change(call: Call, changes: Mapping[str, Any], ref: str) -> EndpointView:
    """Enable an endpoint, which sends what waits for it, or disable it."""
    return webhook_endpoints.change(call, ref, changes["status"])


@endpoints.operation("delete", "DELETE", "/webhook-endpoints/<ref>", status=204)
def delete(call: Call, ref: str) -> None:
    """Remove an endpoint, its secret and its log."""
    webhook_endpoints.delete(call, ref)


@deliveries.operation("list", "GET", "/webhook-deliveries", query=DeliveriesQuerySchema, answer=page_of(DeliverySchema))
def list_deliveries(call: Call, window: Mapping[str, Any]) -> Page[DeliveryView]:
    """What was sent to a dealer's own endpoints, the newest first; for staff to all."""
    return webhook_log.list_all(call, **window)


@deliveries.operation("redeliver", "POST", "/webhook-deliveries/<ref>/redeliver", answer=DeliverySchema)
def redeliver(call: Call, ref: str) -> DeliveryView:
    """Send once more, with the same id and body."""
    return webhook_log.redeliver(call, ref)
