"""Forms and answers about codes that were sold: the status of one, and the vendor's search."""

from typing import Any, Final

from marshmallow import ValidationError, fields, post_load

from prolong_server.api.schemas.base import Day, Moment, Text, Whole
from prolong_server.api.schemas.licensing import Typed
from prolong_server.api.schemas.strict import Strict
from prolong_server.channel import code_search
from prolong_server.operations import pages
from prolong_server.rules.vocabulary import CodeKind, CodeState

_ONE: Final = "Give exactly one of " + ", ".join(code_search.BY) + "."


class CodeStatusRequestSchema(Strict):
    code = Typed(required=True)


class CodeStatusSchema(Strict):
    order = fields.String(required=True)
    reference = fields.String(required=True, allow_none=True)
    kind = fields.Enum(CodeKind, by_value=True, required=True)
    product = fields.String(required=True)
    edition = fields.String(required=True)
    period_years = fields.Integer(required=True)
    seats = fields.Integer(required=True)
    state = fields.Enum(CodeState, by_value=True, required=True)
    issued_at = Moment(required=True)
    good_until = Day(required=True, allow_none=True)
    redeemed_at = Moment(required=True, allow_none=True)
    voided_at = Moment(required=True, allow_none=True)
    reversed_at = Moment(required=True, allow_none=True)


class CodeSearchRequestSchema(Strict):
    first_group = Typed(load_default=None, allow_none=True)
    code = Typed(load_default=None, allow_none=True)
    order = Typed(load_default=None, allow_none=True)
    license = Typed(load_default=None, allow_none=True)
    dealer = Typed(load_default=None, allow_none=True)
    customer = Typed(load_default=None, allow_none=True)
    limit = Whole(1, pages.LONGEST, load_default=pages.DEFAULT)
    cursor = Text(500, load_default=None, allow_none=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """By what is searched, and for what."""
        given = [(name, data[name]) for name in code_search.BY if data[name] is not None]
        if len(given) != 1:
            raise ValidationError(_ONE, given[1][0] if given else "first_group")
        [(by, text)] = given
        return {"by": by, "text": text, "cursor": data["cursor"], "limit": data["limit"]}


class FoundCodeSchema(Strict):
    order = fields.String(required=True)
    dealer = fields.String(required=True)
    kind = fields.Enum(CodeKind, by_value=True, required=True)
    product = fields.String(required=True)
    edition = fields.String(required=True)
    state = fields.Enum(CodeState, by_value=True, required=True)
    test = fields.Boolean(required=True)
    issued_at = Moment(required=True)
    good_until = Day(required=True, allow_none=True)
    redeemed_at = Moment(required=True, allow_none=True)
    voided_at = Moment(required=True, allow_none=True)
    reversed_at = Moment(required=True, allow_none=True)
    license = fields.String(required=True, allow_none=True)
    redemption = fields.String(required=True, allow_none=True)


class FoundPageSchema(Strict):
    items = fields.List(fields.Nested(FoundCodeSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    complete = fields.Boolean(required=True)
