"""Queries and answers of leads and reports."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from marshmallow import fields, validate

from prolong_server.api.schemas.base import Country, Day, QueryWhole, Text, WindowSchema
from prolong_server.api.schemas.strict import Strict
from prolong_server.channel.totals import Question
from prolong_server.rules.periods import Period

LONGEST_LEAD = 1000
LONGEST_PAGE = 500
GROUPS = ("product", "edition", "country", "dealer")
_USUAL_RANGE = timedelta(days=29)


class DecimalText(fields.String):
    """A decimal number as a text, with all its places."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:f}"


class LeadsQuerySchema(WindowSchema):
    expiring_within_days = QueryWhole(0, LONGEST_LEAD, load_default=60)
    dealer = Text(64, load_default=None)


class LeadCustomerSchema(Strict):
    name = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)


class LeadSchema(Strict):
    license = fields.String(required=True)
    license_key_ending = fields.String(required=True)
    product = fields.String(required=True)
    edition = fields.String(required=True)
    seats = fields.Integer(required=True)
    country = fields.String(required=True)
    expires_on = fields.Date(required=True)
    renewable_until = fields.Date(required=True)
    customer = fields.Nested(LeadCustomerSchema, required=True, allow_none=True)


class ReportQuerySchema(Strict):
    starts_on = Day(data_key="from", load_default=None)
    ends_on = Day(data_key="to", load_default=None)
    by = fields.Enum(Period, by_value=True, load_default=Period.DAY)
    dealer = Text(64, load_default=None)
    product = Text(64, load_default=None)
    edition = Text(64, load_default=None)
    country = Country(load_default=None)
    group = fields.String(load_default=None, validate=validate.OneOf(GROUPS))
    limit = QueryWhole(1, LONGEST_PAGE, load_default=None)
    cursor = Text(12, load_default=None)


def question(asked: Mapping[str, Any], today: date) -> Question:
    """What a query asks; without days it is the last 30 of them, today included."""
    ends_on = asked["ends_on"] or max(today, asked["starts_on"] or today)
    starts_on = asked["starts_on"] or ends_on - _USUAL_RANGE
    told = {name: value for name, value in asked.items() if name in Question.__slots__}
    return Question(**{**told, "starts_on": starts_on, "ends_on": ends_on})


class PeriodSchema(Strict):
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    product = fields.String()
    edition = fields.String()
    country = fields.String()
    dealer = fields.String(allow_none=True)


class RedemptionsPeriodSchema(PeriodSchema):
    issued = fields.Integer(required=True)
    redeemed = fields.Integer(required=True)
    voided = fields.Integer(required=True)
    reversed = fields.Integer(required=True)
    activated = fields.Integer(required=True)


class RenewalsPeriodSchema(PeriodSchema):
    due = fields.Integer(required=True)
    renewed = fields.Integer(required=True)
    rate = DecimalText(required=True, allow_none=True)
    provisional = fields.Boolean(required=True)


class RevenuePeriodSchema(PeriodSchema):
    currency = fields.String(required=True)
    ordered = DecimalText(required=True)
    credited = DecimalText(required=True)
    net = DecimalText(required=True)
