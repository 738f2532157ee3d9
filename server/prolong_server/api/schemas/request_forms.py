"""Forms of transfer requests: what customers state (M2), and what staff decide."""

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale
from marshmallow import ValidationError, fields, post_load, validate

from prolong_server.api.schemas.base import Flag, MailAddress, Paragraph, QueryFlag, Text, Whole, WindowSchema
from prolong_server.api.schemas.licensing import Typed
from prolong_server.api.schemas.strict import Strict
from prolong_server.licensing.license_specs import MAX_SEATS
from prolong_server.modules.registry import LONGEST_SERIAL
from prolong_server.modules.request_specs import (
    MOST_LICENSES,
    MOST_MODULES,
    LineSpec,
    PlaceSpec,
    Pledges,
    RequestSpec,
)
from prolong_server.modules.review import LONGEST_QUESTION
from prolong_server.rules.languages import Language
from prolong_server.rules.module_words import ChecklistItem, FilesHeld, MoveKind, RequestState

_MODULES = validate.Length(0, MOST_MODULES)


class PlaceSchema(Strict):
    module = Text(LONGEST_SERIAL, required=True)
    seats = Whole(1, MAX_SEATS, required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> PlaceSpec:
        return PlaceSpec(**data)


class LineSchema(Strict):
    license_key = Typed(required=True)
    software = Text(200, load_default=None, allow_none=True)
    origins = fields.List(fields.Nested(PlaceSchema), load_default=list, validate=_MODULES, data_key="from")
    targets = fields.List(fields.Nested(PlaceSchema), load_default=list, validate=_MODULES, data_key="to")

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> LineSpec:
        sides = {side: tuple(data[side]) for side in ("origins", "targets")}
        return LineSpec(**data | sides)


class PledgesSchema(Strict):
    non_use = Flag(load_default=False)
    return_modules = Flag(load_default=False)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Pledges:
        return Pledges(**data)


class _RequestDataSchema(Strict):
    kind = fields.Enum(MoveKind, by_value=True)
    company = Text(200, allow_none=True)
    licenses = fields.List(fields.Nested(LineSchema), validate=validate.Length(0, MOST_LICENSES))
    pledges = fields.Nested(PledgesSchema)
    files_held = fields.Enum(FilesHeld, by_value=True, allow_none=True)
    language = fields.Enum(Language, by_value=True)


class RequestChangeSchema(_RequestDataSchema):
    answer = Paragraph(LONGEST_QUESTION, allow_none=True)


class CreateRequestSchema(_RequestDataSchema):
    kind = fields.Enum(MoveKind, by_value=True, required=True)
    contact_email = MailAddress(required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> RequestSpec:
        lines = tuple(data.get("licenses", ()))
        return RequestSpec(**{"language": _spoken()} | data | {"licenses": lines})


def _spoken() -> Language:
    return Language(str(get_locale()))


class RequestsQuerySchema(WindowSchema):
    state = fields.Enum(RequestState, by_value=True, load_default=None)
    overdue = QueryFlag(load_default=False)


class Checklist(fields.Field[frozenset[ChecklistItem]]):
    """The items that were ticked: a list of them, or an object that says of items whether they were."""

    def __init__(self, **kwargs: Any) -> None:
        items = [item.value for item in ChecklistItem]
        ticked = {"type": "array", "items": {"type": "string", "enum": items}, "maxItems": 2 * len(items)}
        said = {"type": "object", "properties": {item: {"type": "boolean"} for item in items}}
        forms = [ticked, said | {"additionalProperties": False}]
        super().__init__(metadata={"anyOf": forms}, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> frozenset[ChecklistItem]:
        said = value if isinstance(value, dict) else dict.fromkeys(_hashable(value), True)
        if not all(item in list(ChecklistItem) and isinstance(ticked, bool) for item, ticked in said.items()):
            raise ValidationError("A list of items, or an object of items that are true or false.")
        return frozenset(ChecklistItem(item) for item, ticked in said.items() if ticked)


def _hashable(value: Any) -> list[str]:
    if not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        raise ValidationError("A list of items, or an object of items that are true or false.")
    return value


class ApprovalSchema(Strict):
    return_required = Flag(required=True)
    checklist = Checklist(required=True)
    exchange_modules = fields.List(Text(LONGEST_SERIAL), load_default=list, validate=_MODULES)
    scans = Text(64, 64, load_default=None, allow_none=True, metadata={"pattern": "^[0-9a-f]{64}$"})


class QuestionSchema(Strict):
    text = Paragraph(LONGEST_QUESTION, required=True)


class NoteSchema(QuestionSchema):
    checklist = Checklist()


class PaymentSchema(Strict):
    order_reference = Text(200, required=True)


class ReturnedSchema(Strict):
    module = Text(LONGEST_SERIAL, required=True)
