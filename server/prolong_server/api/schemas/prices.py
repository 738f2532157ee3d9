"""Forms and answers of price lists: as the vendor sends them, as everybody reads them, as a dealer pays."""

from typing import Any

from marshmallow import fields, post_load, validate

from prolong_server.api.schemas.base import Country, Currency, Day, Moment, Text, Whole
from prolong_server.api.schemas.dealers import Amount
from prolong_server.api.schemas.strict import Strict
from prolong_server.channel import price_lines
from prolong_server.channel.price_lines import PriceLine, PriceListSpec


class PriceLineSchema(Strict):
    product = Text(64, required=True)
    edition = Text(64, required=True)
    period_years = Whole(1, 3, required=True)
    seats_from = Whole(1, required=True)
    new_price = Amount(required=True)
    renewal_price = Amount(required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> PriceLine:
        return PriceLine(**data)


class PriceListRequestSchema(Strict):
    currency = Currency(required=True)
    valid_from = Day(required=True)
    items = fields.List(
        fields.Nested(PriceLineSchema), required=True, validate=validate.Length(1, price_lines.MAX_ITEMS)
    )

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> PriceListSpec:
        return PriceListSpec(data["currency"], data["valid_from"], tuple(data["items"]))


class PriceImportQuerySchema(Strict):
    currency = Currency(required=True)
    valid_from = Day(required=True)


class PriceListSchema(Strict):
    id = fields.String(required=True)
    currency = fields.String(required=True)
    valid_from = Day(required=True)
    created_at = Moment(required=True)
    items = fields.List(fields.Nested(PriceLineSchema), required=True)


class PricesQuerySchema(Strict):
    product = Text(64, load_default=None)
    edition = Text(64, load_default=None)


class OfficialQuerySchema(Strict):
    product = Text(64, load_default=None)
    country = Country(load_default=None)


class OfficialPriceSchema(PriceLineSchema):
    currency = fields.String(required=True)
    valid_from = Day(required=True)


class OfficialListSchema(Strict):
    items = fields.List(fields.Nested(OfficialPriceSchema), required=True)


class DealerPriceSchema(PriceLineSchema):
    new_unit_price = fields.String(required=True)
    renewal_unit_price = fields.String(required=True)


class DealerPricesSchema(Strict):
    currency = fields.String(required=True)
    discount_percent = fields.String(required=True)
    price_list = fields.String(required=True, allow_none=True)
    valid_from = Day(required=True, allow_none=True)
    items = fields.List(fields.Nested(DealerPriceSchema), required=True)
