"""Forms and answers of dealers as the vendor keeps them, and of their accounts."""

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from prolong_server.api.schemas.base import (
    Country,
    Currency,
    Day,
    MailAddress,
    Moment,
    Text,
    WebAddress,
    Whole,
    WindowSchema,
)
from prolong_server.api.schemas.strict import Strict
from prolong_server.channel.dealers import DealerSpec
from prolong_server.channel.quotas import MAX_CODES, QuotaSpec
from prolong_server.channel.statements import Span
from prolong_server.rules.periods import Period

STATUSES = ("active", "suspended")


class Amount(Text):
    """Money or a percentage as a decimal string; whether it fits its currency is judged further in."""

    def __init__(self, **kwargs: Any) -> None:
        decimal = validate.Regexp(r"^-?[0-9]{1,19}(\.[0-9]{1,6})?$", error='A decimal string like "24.50".')
        super().__init__(27, validate=[validate.Length(1, 27), decimal], **kwargs)


class QuotaRequestSchema(Strict):
    codes = Whole(0, MAX_CODES, required=True)
    per = fields.Enum(Period, by_value=True, required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> QuotaSpec:
        return QuotaSpec(**data)


class DealerRequestSchema(Strict):
    name = Text(200, required=True)
    country = Country(required=True)
    territories = fields.List(Country(), required=True, validate=validate.Length(1, 249))
    currency = Currency(required=True)
    credit_limit = Amount(load_default="0")
    discount_percent = Amount(load_default="0")
    phone = Text(64, load_default=None, allow_none=True)
    email = MailAddress(load_default=None, allow_none=True)
    url = WebAddress(load_default=None, allow_none=True)
    status = fields.String(load_default="active", validate=validate.OneOf(STATUSES))
    quota = fields.Nested(QuotaRequestSchema, load_default=None, allow_none=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> DealerSpec:
        return DealerSpec(**data)


class DealerChangeSchema(Strict):
    name = Text(200)
    country = Country()
    territories = fields.List(Country(), validate=validate.Length(1, 249))
    currency = Currency()
    credit_limit = Amount()
    discount_percent = Amount()
    phone = Text(64, allow_none=True)
    email = MailAddress(allow_none=True)
    url = WebAddress(allow_none=True)
    status = fields.String(validate=validate.OneOf(STATUSES))
    quota = fields.Nested(QuotaRequestSchema, allow_none=True)


class QuotaSchema(Strict):
    codes = fields.Integer(required=True)
    per = fields.String(required=True, validate=validate.OneOf(list(Period)))
    used = fields.Integer(required=True)
    left = fields.Integer(required=True)
    resets_on = fields.Date(required=True)


class DealerSchema(Strict):
    id = fields.String(required=True)
    name = fields.String(required=True)
    country = fields.String(required=True)
    territories = fields.List(fields.String(), required=True)
    currency = fields.String(required=True)
    credit_limit = fields.String(required=True)
    discount_percent = fields.String(required=True)
    balance = fields.String(required=True)
    available = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    url = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    quota = fields.Nested(QuotaSchema, required=True, allow_none=True)
    created_at = Moment(required=True)


class ResellersQuerySchema(WindowSchema):
    country = Country(load_default=None)


class ResellerSchema(Strict):
    name = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    url = fields.String(required=True, allow_none=True)


class MovementSchema(Strict):
    amount = Amount(required=True)
    reason = Text(500, required=True)


class EntrySchema(Strict):
    id = fields.String(required=True)
    dealer = fields.String(required=True)
    kind = fields.String(required=True)
    amount = fields.String(required=True)
    currency = fields.String(required=True)
    balance = fields.String(required=True)
    order = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    created_at = Moment(required=True)


class EntriesQuerySchema(WindowSchema):
    since = Day(data_key="from", load_default=None)
    until = Day(data_key="to", load_default=None)

    @validates_schema
    def check_order(self, data: dict[str, date | None], **_: Any) -> None:
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            raise ValidationError("The last day is before the first.", "to")

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"span": Span(data.pop("since"), data.pop("until")), **data}
