"""Forms and answers of products and their users: redemption, check, activation, validation, license."""

from typing import Any

from flask import request
from marshmallow import fields, missing, post_load, validate

from prolong_server.api import calls, problems
from prolong_server.api.schemas.base import (
    ASCII,
    Country,
    Day,
    Flag,
    MailAddress,
    Moment,
    Text,
    is_version,
    printable_ascii,
)
from prolong_server.api.schemas.strict import Strict
from prolong_server.licensing.forms import ActivationForm, CustomerForm, MachineForm, RenewalForm, ValidationForm
from prolong_server.licensing.validations import Verdict
from prolong_server.rules.languages import Language
from prolong_server.rules.vocabulary import CodeKind, LicenseClass, LicenseStatus, RenewalBasis


class Typed(fields.String):
    """A code or a key as a person typed it: any text. The rules say that a code is malformed or a key unknown."""


class Fingerprint(fields.String):
    """A machine's fingerprint: opaque, and so never trimmed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=[validate.Length(16, 128), printable_ascii], metadata={"pattern": ASCII}, **kwargs)


class MachineSchema(Strict):
    fingerprint = Fingerprint(required=True)
    name = Text(200, load_default=None, allow_none=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> MachineForm:
        return MachineForm(**data)


class RedemptionCheckRequestSchema(Strict):
    code = Typed(required=True)
    license_key = Typed(load_default=None)
    product = Text(64, required=True)
    product_version = Text(64, load_default=None, validate=is_version, metadata={"pattern": ASCII})
    machine = fields.Nested(MachineSchema, load_default=None)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> RenewalForm:
        return RenewalForm(**data, origin=calls.asked().environ.get("HTTP_ORIGIN"))


class RedemptionRequestSchema(RedemptionCheckRequestSchema):
    license_key = Typed(required=True)


class CustomerSchema(Strict):
    name = Text(200, required=True)
    email = MailAddress(load_default=None)
    country = Country(required=True)
    reminders = Flag(load_default=False)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> CustomerForm:
        return CustomerForm(**data, language=_asked_in())


def _asked_in() -> Language | None:
    """The language that the person's program asks for, if we speak it."""
    spoken = request.accept_languages.best_match(tuple(Language))
    return None if spoken is None else Language(spoken)


class ActivationRequestSchema(Strict):
    code = Typed(required=True)
    product = Text(64, required=True)
    product_version = Text(64, load_default=None, validate=is_version, metadata={"pattern": ASCII})
    machine = fields.Nested(MachineSchema, load_default=None)
    customer = fields.Nested(CustomerSchema, required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> ActivationForm:
        return ActivationForm(**data, origin=calls.asked().environ.get("HTTP_ORIGIN"))


class ValidationRequestSchema(Strict):
    license_key = Typed(required=True)
    product = Text(64, required=True)
    product_version = Text(64, load_default=None, validate=is_version, metadata={"pattern": ASCII})
    machine = fields.Nested(MachineSchema, load_default=None)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> ValidationForm:
        return ValidationForm(**data)


class SellerSchema(Strict):
    name = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    url = fields.String(required=True, allow_none=True)


class LicenseSchema(Strict):
    id = fields.String(required=True)
    license_key = fields.String(required=True)
    product = fields.String(required=True)
    edition = fields.String(required=True)
    license_class = fields.Enum(LicenseClass, by_value=True, required=True)
    seats = fields.Integer(required=True)
    country = fields.String(required=True)
    status = fields.Enum(LicenseStatus, by_value=True, required=True)
    activated_on = Day(required=True, allow_none=True)
    starts_on = Day(required=True)
    expires_on = Day(required=True)
    ends_at = Moment(required=True)
    renewable_until = Day(required=True, allow_none=True)
    seller = fields.Nested(SellerSchema, required=True, allow_none=True)
    test = fields.Boolean(required=True)


class StaffLicenseSchema(LicenseSchema):
    customer_id = fields.String(required=True, allow_none=True)


class LicenseField(fields.Nested):
    """A license, which knows by itself how it is written: documents hold the same."""

    def __init__(self) -> None:
        super().__init__(LicenseSchema, required=True)

    def _serialize(self, *told: Any, **_: Any) -> dict[str, object]:
        written: dict[str, object] = told[0].as_json
        return written


class LicenseFiles(fields.List[str]):
    """Signed license files; a license that is bound to no Module has none, and the answer does not speak of them."""

    def __init__(self) -> None:
        super().__init__(fields.String())

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return missing if value is None else super()._serialize(value, attr, obj, **kwargs)


class RedemptionSchema(Strict):
    id = fields.String(required=True, attribute="receipt.id")
    redeemed_at = Moment(required=True, attribute="receipt.redeemed_at")
    period_years = fields.Integer(required=True, attribute="receipt.period_years")
    previous_expires_on = Day(required=True, attribute="receipt.previous_expires_on")
    expires_on = Day(required=True, attribute="receipt.expires_on")
    renewal_basis = fields.Enum(RenewalBasis, by_value=True, required=True, attribute="receipt.renewal_basis")
    license = LicenseField()
    license_document = fields.String(required=True)
    license_files = LicenseFiles()


class RedemptionCheckSchema(Strict):
    kind = fields.Enum(CodeKind, by_value=True, required=True)
    product = fields.String(required=True)
    edition = fields.String(required=True)
    period_years = fields.Integer(required=True)
    seats = fields.Integer(required=True)
    renewable = fields.Boolean(allow_none=True, required=True)
    expires_on = Day(allow_none=True, required=True)
    expires_on_after = Day(allow_none=True, required=True)
    problem = fields.Method("write_problem", required=True, metadata={"type": ["object", "null"]})

    def write_problem(self, told: Any) -> dict[str, Any] | None:
        """The problem as the refusal of a redemption would carry it."""
        return problems.document(told.problem) if told.problem else None


class ActivationSchema(Strict):
    license = LicenseField()
    license_document = fields.String(required=True)


class ValidationSchema(Strict):
    valid = fields.Boolean(required=True)
    code = fields.Enum(Verdict, by_value=True, required=True)
    license = LicenseField()
    license_document = fields.String(required=True, allow_none=True)
