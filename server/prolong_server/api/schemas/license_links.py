"""Forms and answers of the page that a reminder links to."""

from marshmallow import fields

from prolong_server.api.schemas.base import Day, Text
from prolong_server.api.schemas.licensing import SellerSchema
from prolong_server.api.schemas.strict import Strict
from prolong_server.licensing.license_links import LicenseState

LONGEST_TOKEN = 500


class LinkSchema(Strict):
    token = Text(LONGEST_TOKEN, required=True)


class LinkedLicenseSchema(Strict):
    product = fields.String(required=True)
    edition = fields.String(required=True)
    seats = fields.Integer(required=True)
    license_key_ending = fields.String(required=True)
    expires_on = Day(required=True)
    renewable_until = Day(required=True, allow_none=True)
    state = fields.Enum(LicenseState, by_value=True, required=True)
    seller = fields.Nested(SellerSchema, required=True, allow_none=True)
    support = fields.Nested(SellerSchema, required=True, allow_none=True)
    where_to_buy = fields.String(required=True, allow_none=True)
    registration_url = fields.String(required=True, allow_none=True)
    reminders = fields.Boolean(required=True)
