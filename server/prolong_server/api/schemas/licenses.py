"""Forms and answers of staff's work on licenses: create, act, history, machines, import."""

from typing import Any

from marshmallow import fields, post_load

from prolong_server.api.schemas.base import ASCII, Country, Day, Flag, Moment, Text, Whole, printable_ascii
from prolong_server.api.schemas.strict import Strict
from prolong_server.licensing.license_specs import MAX_SEATS, CustomerSpec, LicenseSpec
from prolong_server.licensing.license_views import LONGEST_KEY
from prolong_server.licensing.licenses import LONGEST_REASON
from prolong_server.rules.codes import MAX_TEXT
from prolong_server.rules.languages import Language
from prolong_server.rules.vocabulary import LicenseClass


class LicenseCustomerSchema(Strict):
    name = Text(200, required=True)
    email = Text(254, load_default=None, allow_none=True)
    country = Country(load_default=None, allow_none=True)
    reminders = Flag(load_default=False)
    language = fields.Enum(Language, by_value=True, load_default=None, allow_none=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> CustomerSpec:
        return CustomerSpec(**data)


class LicenseRequestSchema(Strict):
    license_key = Text(
        LONGEST_KEY, load_default=None, allow_none=True, validate=printable_ascii, metadata={"pattern": ASCII}
    )
    product = Text(64, required=True)
    edition = Text(64, required=True)
    license_class = fields.Enum(LicenseClass, by_value=True, load_default=None, allow_none=True)
    activation_code = Text(MAX_TEXT, load_default=None, allow_none=True)
    seats = Whole(1, MAX_SEATS, required=True)
    country = Country(required=True)
    starts_on = Day(required=True)
    expires_on = Day(required=True)
    activated_on = Day(load_default=None, allow_none=True)
    dealer = Text(64, load_default=None, allow_none=True)
    customer = fields.Nested(LicenseCustomerSchema, load_default=None, allow_none=True)
    test = Flag(load_default=False)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> LicenseSpec:
        return LicenseSpec(**data)


class ReasonSchema(Strict):
    reason = Text(LONGEST_REASON, required=True)


class EventSchema(Strict):
    at = Moment(required=True)
    actor = fields.String(required=True)
    action = fields.String(required=True)
    object_id = fields.String(required=True)
    before = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    after = fields.Dict(keys=fields.String(), required=True, allow_none=True)


class MachineAnswerSchema(Strict):
    id = fields.String(required=True)
    fingerprint = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    registered_at = Moment(required=True)


class ImportedSchema(Strict):
    imported = fields.Integer(required=True)
