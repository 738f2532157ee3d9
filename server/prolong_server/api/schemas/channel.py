"""Forms and answers of the channel: dealers, their accounts and tokens, price lists, orders and their codes."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from prolong_server.access.dealer_tokens import TokenSpec
from prolong_server.api.schemas.base import Day, Flag, Moment, Text, Whole
from prolong_server.api.schemas.strict import Strict
from prolong_server.channel import voids
from prolong_server.channel.orders import OrderSpec
from prolong_server.licensing.license_specs import MAX_SEATS
from prolong_server.rules.actors import Scope
from prolong_server.rules.codes import MAX_TEXT
from prolong_server.rules.prices import MAX_QUANTITY
from prolong_server.rules.vocabulary import CodeKind, LicenseClass

LONGEST_SHELF_LIFE = 36500


class ChosenCodes(fields.Field[Any]):
    """A list of codes as they are printed, or the word `all`."""

    def __init__(self, **kwargs: Any) -> None:
        codes = {
            "type": "array",
            "items": {"type": "string", "maxLength": MAX_TEXT},
            "minItems": 1,
            "maxItems": voids.MOST,
        }
        super().__init__(metadata={"oneOf": [codes, {"type": "string", "enum": ["all"]}]}, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if value == "all":
            return value
        if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
            raise ValidationError('A list of codes, or "all".')
        if any(len(code) > MAX_TEXT for code in value):
            raise ValidationError(f"A code is at most {MAX_TEXT} characters.")
        return value


class TokenRequestSchema(Strict):
    name = Text(200, required=True)
    scopes = fields.List(fields.String(validate=validate.OneOf(list(Scope))), required=True)
    expires_on = Day(load_default=None, allow_none=True)
    test = Flag(load_default=False)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> TokenSpec:
        return TokenSpec(**data | {"scopes": tuple(data["scopes"])})


class TokenSchema(Strict):
    id = fields.String(required=True)
    name = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    test = fields.Boolean(required=True)
    expires_on = Day(required=True, allow_none=True)
    last_used_on = Day(required=True, allow_none=True)
    created_at = Moment(required=True)


class NewTokenSchema(TokenSchema):
    token = fields.String(required=True)


class OrderRequestSchema(Strict):
    kind = fields.Enum(CodeKind, by_value=True, required=True)
    product = Text(64, required=True)
    edition = Text(64, required=True)
    period_years = Whole(1, required=True)
    seats = Whole(1, MAX_SEATS, required=True)
    quantity = Whole(1, MAX_QUANTITY, required=True)
    reference = Text(200, load_default=None, allow_none=True)
    shelf_life_days = Whole(0, LONGEST_SHELF_LIFE, load_default=None, allow_none=True)
    dealer = Text(64, load_default=None)
    license_class = fields.Enum(LicenseClass, by_value=True, load_default=None)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> OrderSpec:
        return OrderSpec(**data)


class CountsSchema(Strict):
    issued = fields.Integer(required=True)
    redeemed = fields.Integer(required=True)
    voided = fields.Integer(required=True)


class OrderSchema(Strict):
    id = fields.String(required=True)
    dealer = fields.String(required=True)
    kind = fields.String(required=True)
    license_class = fields.String(required=True)
    product = fields.String(required=True)
    edition = fields.String(required=True)
    period_years = fields.Integer(required=True)
    seats = fields.Integer(required=True)
    quantity = fields.Integer(required=True)
    reference = fields.String(required=True, allow_none=True)
    shelf_life_days = fields.Integer(required=True, allow_none=True)
    good_until = fields.Date(required=True, allow_none=True)
    unit_price = fields.String(required=True)
    total = fields.String(required=True)
    currency = fields.String(required=True)
    price_list = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    test = fields.Boolean(required=True)
    created_at = Moment(required=True)
    confirmed_at = Moment(required=True, allow_none=True)
    counts = fields.Nested(CountsSchema, required=True)
    codes_url = fields.String(required=True)


class CodeSchema(Strict):
    code = fields.String(required=True)


class CodesSchema(Strict):
    codes = fields.List(fields.Nested(CodeSchema), required=True)


class VoidRequestSchema(Strict):
    codes = ChosenCodes(required=True)


class NotVoidedSchema(Strict):
    code = fields.String(required=True)
    reason = fields.String(required=True)


class VoidSchema(Strict):
    voided = fields.Integer(required=True)
    not_voided = fields.List(fields.Nested(NotVoidedSchema), required=True)
    order = fields.Nested(OrderSchema, required=True)
