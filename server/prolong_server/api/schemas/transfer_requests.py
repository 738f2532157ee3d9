"""Answers of transfer requests: the case as its customer and staff see it."""

from typing import Any

from marshmallow import fields, post_dump

from prolong_server.api import missing_texts
from prolong_server.api.schemas.base import Day, Moment
from prolong_server.api.schemas.strict import Strict
from prolong_server.rules import identifiers
from prolong_server.rules.module_words import AttachmentKind, FilesHeld, MoveKind, RequestState

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": {"type": "string"}}


def _customer(line: Any) -> str | None:
    return identifiers.show("cus", line.customer_id) if line.customer_id else None


class CreatedRequestSchema(Strict):
    id = fields.String(required=True)
    link = fields.String()
    token = fields.String()

    @post_dump
    def leave_out_what_is_not_told(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value is not None}


class PlaceAnswerSchema(Strict):
    module = fields.String(required=True, attribute="serial")
    seats = fields.Integer(required=True)


class LineAnswerSchema(Strict):
    license = fields.Function(lambda line: identifiers.show("lic", line.license_id), required=True, metadata=_TEXT)
    customer = fields.Function(_customer, required=True, metadata={"type": ["string", "null"]})
    license_key = fields.String(required=True)
    software = fields.String(required=True, allow_none=True)
    origins = fields.List(fields.Nested(PlaceAnswerSchema), required=True, data_key="from")
    targets = fields.List(fields.Nested(PlaceAnswerSchema), required=True, data_key="to")
    added = fields.Boolean(required=True)


class PledgesAnswerSchema(Strict):
    non_use = fields.Boolean(required=True)
    return_modules = fields.Boolean(required=True)


class AttachmentSchema(Strict):
    id = fields.String(required=True)
    kind = fields.Enum(AttachmentKind, by_value=True, required=True)
    sha256 = fields.String(required=True, allow_none=True)
    media_type = fields.String(required=True)
    size = fields.Integer(required=True)
    pages = fields.Integer(required=True)
    created_at = Moment(required=True)


class OverrideSchema(Strict):
    reason = fields.String(required=True)
    asked_by = fields.String(required=True)
    confirmed_by = fields.String(required=True, allow_none=True)


class ReturnSchema(Strict):
    module = fields.String(required=True)
    due_on = Day(required=True)
    received_at = Moment(required=True, allow_none=True)
    overdue = fields.Boolean(required=True)


class NoteAnswerSchema(Strict):
    author = fields.String(required=True)
    text = fields.String(required=True)
    created_at = Moment(required=True)


class TransferRequestSchema(Strict):
    id = fields.String(required=True)
    kind = fields.Enum(MoveKind, by_value=True, required=True)
    state = fields.Enum(RequestState, by_value=True, required=True)
    language = fields.String(required=True)
    company = fields.String(required=True, allow_none=True)
    contact_email = fields.String(required=True, allow_none=True)
    licenses = fields.List(fields.Nested(LineAnswerSchema), required=True)
    pledges = fields.Nested(PledgesAnswerSchema, required=True)
    files_held = fields.Enum(FilesHeld, by_value=True, required=True, allow_none=True)
    missing = fields.Function(lambda view: missing_texts.sentences(view.missing), required=True, metadata=_TEXTS)
    missing_codes = fields.Function(lambda view: missing_texts.codes(view.missing), required=True, metadata=_TEXTS)
    attachments = fields.List(fields.Nested(AttachmentSchema), required=True)
    scans_sha256 = fields.String(required=True)
    checklist = fields.Dict(keys=fields.String(), values=fields.Boolean(), required=True)
    question = fields.String(required=True, allow_none=True)
    answer = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    return_required = fields.Boolean(required=True, allow_none=True)
    exchange_modules = fields.List(fields.String(), required=True)
    order_reference = fields.String(required=True, allow_none=True)
    paid_at = Moment(required=True, allow_none=True)
    override = fields.Nested(OverrideSchema, required=True, allow_none=True)
    returns = fields.List(fields.Nested(ReturnSchema), required=True)
    notes = fields.List(fields.Nested(NoteAnswerSchema), required=True)
    created_at = Moment(required=True)
    submitted_at = Moment(required=True, allow_none=True)
    decided_at = Moment(required=True, allow_none=True)
    executed_at = Moment(required=True, allow_none=True)
    ended_at = Moment(required=True, allow_none=True)
