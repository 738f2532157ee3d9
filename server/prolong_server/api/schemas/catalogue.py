"""Forms and answers of the catalogue: products, editions, representatives, and whom the public can call."""

from typing import Any

from marshmallow import fields, post_load, validate

from prolong_server.api.schemas.base import ASCII, WEB_ADDRESS, Country, Text, Whole, is_version
from prolong_server.api.schemas.strict import Strict
from prolong_server.licensing.product_specs import PERIODS, EditionSpec, ProductSpec
from prolong_server.rules.vocabulary import EditionKind, MachineCheck, RenewalBasis, Territory

_NAME = {"pattern": "^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$"}
_ADDRESS = {"pattern": WEB_ADDRESS}


class Version(Text):
    """A version that can be compared (R7)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(64, validate=is_version, metadata={"pattern": ASCII}, **kwargs)


class EditionSchema(Strict):
    code = Text(64, required=True, metadata=_NAME)
    name = Text(200, required=True)
    kind = fields.Enum(EditionKind, by_value=True)
    periods = fields.List(Whole(min(PERIODS), max(PERIODS)), required=True, validate=validate.Length(1, len(PERIODS)))
    territory = fields.Enum(Territory, by_value=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> EditionSpec:
        return EditionSpec(**data | {"periods": tuple(data["periods"])})


class ProductChangeSchema(Strict):
    name = Text(200)
    latest_version = Version()
    minimum_renewal_version = Version(allow_none=True)
    download_url = Text(2000, allow_none=True, metadata=_ADDRESS)
    registration_url = Text(2000, allow_none=True, metadata=_ADDRESS)
    where_to_buy = Text(2000, allow_none=True, metadata=_ADDRESS)
    renewal_basis = fields.Enum(RenewalBasis, by_value=True)
    renewal_grace_months = Whole(0, 3)
    max_advance_years = Whole(1, 50)
    machine_check = fields.Enum(MachineCheck, by_value=True)
    refresh_days = Whole(1, 366)
    moves_allowed_count = Whole(1, 1000, allow_none=True)
    moves_policy_term_months = Whole(1, 120)
    web_origins = fields.List(Text(2000), validate=validate.Length(max=100))
    editions = fields.List(fields.Nested(EditionSchema), validate=validate.Length(max=100))

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Any:
        return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}


class ProductRequestSchema(ProductChangeSchema):
    code = Text(64, required=True, metadata=_NAME)
    name = Text(200, required=True)
    latest_version = Version(required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> ProductSpec:
        return ProductSpec(**super().build(data))


class EditionAnswerSchema(Strict):
    code = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.Enum(EditionKind, by_value=True, required=True)
    periods = fields.List(fields.Integer(), required=True)
    territory = fields.Enum(Territory, by_value=True, required=True)


class ProductSchema(Strict):
    id = fields.String(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    latest_version = fields.String(required=True)
    minimum_renewal_version = fields.String(required=True, allow_none=True)
    download_url = fields.String(required=True, allow_none=True)
    registration_url = fields.String(required=True, allow_none=True)
    where_to_buy = fields.String(required=True, allow_none=True)
    renewal_basis = fields.Enum(RenewalBasis, by_value=True, required=True)
    renewal_grace_months = fields.Integer(required=True)
    max_advance_years = fields.Integer(required=True)
    machine_check = fields.Enum(MachineCheck, by_value=True, required=True)
    refresh_days = fields.Integer(required=True)
    moves_allowed_count = fields.Integer(required=True, allow_none=True)
    moves_policy_term_months = fields.Integer(required=True)
    web_origins = fields.List(fields.String(), required=True)
    editions = fields.List(fields.Nested(EditionAnswerSchema), required=True)


class RepresentativeRequestSchema(Strict):
    name = Text(200, required=True)
    phone = Text(64, required=True)
    email = Text(254, required=True)
    url = Text(2000, required=True, metadata=_ADDRESS)


class RepresentativeSchema(Strict):
    country = fields.String(required=True)
    name = fields.String(required=True)
    phone = fields.String(required=True)
    email = fields.String(required=True)
    url = fields.String(required=True)


class SupportSchema(Strict):
    name = fields.String(required=True)
    phone = fields.String(required=True)
    email = fields.String(required=True)
    url = fields.String(required=True)


class SupportQuerySchema(Strict):
    country = Country(load_default=None)
