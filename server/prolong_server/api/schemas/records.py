"""Answers of what was recorded: receipts of redemptions, and the audit trail."""

from marshmallow import fields

from prolong_server.api.schemas.base import Day, Moment, Text, WindowSchema
from prolong_server.api.schemas.strict import Strict
from prolong_server.rules.vocabulary import RenewalBasis


class RecordsQuerySchema(WindowSchema):
    license = Text(64, load_default=None, attribute="license_ref")


class ReversalSchema(Strict):
    reversed_at = Moment(required=True)
    actor = fields.String(required=True)
    reason = fields.String(required=True)
    previous_expires_on = Day(required=True)
    expires_on = Day(required=True)


class RecordSchema(Strict):
    id = fields.String(required=True)
    redeemed_at = Moment(required=True)
    license = fields.String(required=True)
    order = fields.String(required=True)
    dealer = fields.String(required=True)
    period_years = fields.Integer(required=True)
    previous_expires_on = Day(required=True)
    expires_on = Day(required=True)
    renewal_basis = fields.Enum(RenewalBasis, by_value=True, required=True)
    reversed_at = Moment(required=True, allow_none=True)
    reversal = fields.Nested(ReversalSchema, required=True, allow_none=True)
    test = fields.Boolean(required=True)


class AuditQuerySchema(WindowSchema):
    object = Text(64, load_default=None, attribute="object_id")


class AuditEventSchema(Strict):
    id = fields.String(required=True)
    position = fields.Integer(required=True, allow_none=True)
    at = Moment(required=True)
    actor = fields.String(required=True)
    address = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True)
    action = fields.String(required=True)
    object_id = fields.String(required=True)
    before = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    after = fields.Dict(keys=fields.String(), required=True, allow_none=True)
