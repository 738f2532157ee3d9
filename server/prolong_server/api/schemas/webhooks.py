"""Forms and answers of the webhooks: who wants to be told, and what became of telling them."""

from typing import Any

from marshmallow import fields, post_load, validate

from prolong_server.api.schemas.base import Flag, Moment, Text, WindowSchema
from prolong_server.api.schemas.strict import Strict
from prolong_server.operations.webhook_endpoints import EndpointSpec
from prolong_server.rules.events import DeliveryError, DeliveryStatus, EndpointStatus, EventKind
from prolong_server.rules.targets import LONGEST_URL

ADDRESS = "^[Hh][Tt][Tt][Pp][Ss]?://[!-~]+$"


class EndpointRequestSchema(Strict):
    url = Text(LONGEST_URL, required=True, metadata={"pattern": ADDRESS})
    events = fields.List(
        fields.String(validate=validate.OneOf(list(EventKind))),
        required=True,
        validate=validate.Length(1, len(EventKind)),
    )
    dealer = Text(64, load_default=None)
    test = Flag(load_default=None)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> EndpointSpec:
        return EndpointSpec(**data | {"events": tuple(data["events"])})


class EndpointChangeSchema(Strict):
    status = fields.Enum(EndpointStatus, by_value=True, required=True)


class EndpointSchema(Strict):
    id = fields.String(required=True)
    dealer = fields.String(required=True, allow_none=True)
    url = fields.String(required=True)
    events = fields.List(fields.String(), required=True)
    test = fields.Boolean(required=True)
    status = fields.Enum(EndpointStatus, by_value=True, required=True)
    disabled_at = Moment(required=True, allow_none=True)
    disabled_reason = fields.String(required=True, allow_none=True)
    failing_since = Moment(required=True, allow_none=True)
    created_at = Moment(required=True)


class NewEndpointSchema(EndpointSchema):
    secret = fields.String(required=True)


class DeliveriesQuerySchema(WindowSchema):
    endpoint = Text(64, load_default=None)
    status = fields.Enum(DeliveryStatus, by_value=True, load_default=None)


class DeliverySchema(Strict):
    id = fields.String(required=True)
    event = fields.String(required=True)
    endpoint = fields.String(required=True)
    type = fields.Enum(EventKind, by_value=True, required=True)
    status = fields.Enum(DeliveryStatus, by_value=True, required=True)
    attempts = fields.Integer(required=True)
    last_status = fields.Integer(required=True, allow_none=True)
    last_error = fields.Enum(DeliveryError, by_value=True, required=True, allow_none=True)
    next_attempt_at = Moment(required=True, allow_none=True)
    delivered_at = Moment(required=True, allow_none=True)
    created_at = Moment(required=True)
