"""Forms and answers of Modules and license files."""

from marshmallow import fields

from prolong_server.api.schemas.base import Day, Moment, Paragraph, QueryFlag, Text, Whole, WindowSchema, page_of
from prolong_server.api.schemas.strict import Strict
from prolong_server.licensing.license_specs import MAX_SEATS
from prolong_server.modules.registry import LONGEST_SERIAL
from prolong_server.modules.verification import LONGEST_FILE
from prolong_server.rules.module_words import FileCode, FileStatus, ModuleEvent, ModuleState


class ModuleRequestSchema(Strict):
    serial = Text(LONGEST_SERIAL, required=True)
    customer = Text(64, load_default=None, allow_none=True)


class ModulesQuerySchema(WindowSchema):
    status = fields.Enum(ModuleState, by_value=True, load_default=None)
    overdue = QueryFlag(load_default=False)


class ModuleEventSchema(Strict):
    event = fields.Enum(ModuleEvent, by_value=True, required=True)


class ModuleSchema(Strict):
    id = fields.String(required=True)
    serial = fields.String(required=True)
    status = fields.Enum(ModuleState, by_value=True, required=True)
    customer = fields.String(required=True, allow_none=True)
    event = fields.Enum(ModuleEvent, by_value=True, required=True, allow_none=True)
    event_at = Moment(required=True, allow_none=True)
    out_of_service_at = Moment(required=True, allow_none=True)
    return_by = Day(required=True, allow_none=True)
    returned_at = Moment(required=True, allow_none=True)
    seats = fields.Integer(required=True)


class BindingRequestSchema(Strict):
    license = Text(64, required=True, attribute="license_ref")
    module = Text(LONGEST_SERIAL, required=True)
    seats = Whole(1, MAX_SEATS, required=True)
    interim_until = Day(load_default=None, allow_none=True)


class LicenseFilesQuerySchema(WindowSchema):
    license = Text(64, load_default=None, attribute="license_ref")
    module = Text(64, load_default=None)


class LicenseFileSchema(Strict):
    id = fields.String(required=True)
    revision = fields.Integer(required=True)
    license = fields.String(required=True)
    module = fields.String(required=True)
    seats = fields.Integer(required=True)
    status = fields.Enum(FileStatus, by_value=True, required=True)
    expires_on = Day(required=True)
    interim_until = Day(required=True, allow_none=True)
    issued_at = Moment(required=True)
    file = fields.String(required=True)


LicenseFilePageSchema = page_of(LicenseFileSchema)


class ShownFileSchema(Strict):
    # A file that was saved may end with a line break.
    file = Paragraph(LONGEST_FILE, required=True)


class VerifiedSchema(Strict):
    valid = fields.Boolean(required=True)
    code = fields.Enum(FileCode, by_value=True, required=True)
