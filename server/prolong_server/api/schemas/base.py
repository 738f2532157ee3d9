"""What every schema shares: strict texts, numbers, days, countries; writing of instants and identifiers."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from prolong_server.api.schemas.strict import Strict
from prolong_server.rules import calendar, countries, versions

MAX_INT = 2**31 - 1
_CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
# One line that is not all blank, as the OpenAPI document says it.
LINE = f"^[^{_CONTROLS}]*[^{_CONTROLS}\\s][^{_CONTROLS}]*$"
# The same of several lines.
_CONTROLS_BUT_BREAKS = r"\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029"
PARAGRAPH = f"^[^{_CONTROLS_BUT_BREAKS}]*[^{_CONTROLS_BUT_BREAKS}\\s][^{_CONTROLS_BUT_BREAKS}]*$"
ASCII = "^[ -~]+$"
WEB_ADDRESS = "^ *[Hh][Tt][Tt][Pp][Ss]?://[^ ]+ *$"
_UNPRINTABLE = re.compile(f"[{_CONTROLS}\ud800-\udfff]")


class Text(fields.String):
    """A text of `least` to `most` characters, trimmed, without control characters, NUL or lone surrogates."""

    def __init__(self, most: int, least: int = 1, **kwargs: Any) -> None:
        checks = kwargs.pop("validate", [])
        kwargs.setdefault("metadata", {"pattern": LINE})
        own = [validate.Length(least, most)]
        super().__init__(validate=[*own, *(checks if isinstance(checks, list) else [checks])], **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return _one_line(super()._deserialize(value, attr, data, **kwargs)).strip()


class Paragraph(fields.String):
    """A text of 1 to `most` characters with line breaks, not all blank, and without other control characters."""

    def __init__(self, most: int, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {"pattern": PARAGRAPH})
        super().__init__(validate=validate.Length(1, most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs)).replace("\r\n", "\n").strip()
        _one_line(text.replace("\n", " "))
        return text


class MailAddress(fields.Email):
    """A mail address of at most 254 characters; its library lets control characters pass between quotes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(max=254), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return _one_line(super()._deserialize(value, attr, data, **kwargs))


class WebAddress(fields.Url):
    """An http or https address of at most 2,000 characters; its library lets control characters pass in the path."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(schemes={"http", "https"}, validate=validate.Length(max=2000), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return _one_line(super()._deserialize(value, attr, data, **kwargs))


def _one_line(text: str) -> str:
    if _UNPRINTABLE.search(text):
        raise ValidationError("Line breaks and other control characters are not allowed.")
    return text


def is_printable(text: str) -> bool:
    """Whether a text is printable ASCII only."""
    return text.isascii() and text.isprintable()


def printable_ascii(text: str) -> None:
    """A validator: printable ASCII only."""
    if not is_printable(text):
        raise ValidationError("Only printable ASCII characters are allowed.")


def is_version(text: str) -> None:
    """A validator: a version that can be compared (R7)."""
    try:
        versions.parse(text)
    except ValueError:
        raise ValidationError("Not a version like 9.10.2.") from None


def is_country(text: str) -> None:
    """A validator: an ISO 3166-1 alpha-2 code."""
    if not countries.is_country(text):
        raise ValidationError("Not a country of ISO 3166-1 alpha-2, such as UA.")


class Country(Text):
    """An ISO 3166-1 alpha-2 code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(2, 2, validate=is_country, metadata={"pattern": "^[A-Z]{2}$"}, **kwargs)


class Currency(Text):
    """An ISO 4217 code; whether prices can be in it is judged further in."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(3, 3, metadata={"pattern": "^[A-Z]{3}$"}, **kwargs)


class Whole(fields.Integer):
    """A whole number from `least` to `most`, as a JSON number (no texts, no 1.0, no true)."""

    def __init__(self, least: int, most: int = MAX_INT, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(least, most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("Not a whole number.")
        return value


class QueryWhole(fields.Integer):
    """A whole number in a query, from `least` to `most`, in ASCII digits."""

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(least, most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10):
            raise ValidationError("Not a whole number.")
        return int(value)


class Flag(fields.Boolean):
    """true or false, and nothing that merely looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Not true or false.")
        return value


class QueryFlag(fields.Boolean):
    """true or false in a query, in these words."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, str) or value not in {"true", "false"}:
            raise ValidationError("Not true or false.")
        return bool(value == "true")


class Day(fields.Date):
    """A calendar day as YYYY-MM-DD within the days that licenses can have."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:
        if not (isinstance(value, str) and len(value) == 10 and value.isascii()):
            raise ValidationError("Not a day like 2026-01-31.")
        day: date = super()._deserialize(value, attr, data, **kwargs)
        if not calendar.MIN_DAY <= day <= calendar.MAX_DAY:
            raise ValidationError(f"Not between {calendar.MIN_DAY} and {calendar.MAX_DAY}.")
        return day


class Moment(fields.DateTime):
    """An instant in an answer, RFC 3339 in UTC with a Z."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else calendar.in_utc(value)


class WindowSchema(Strict):
    """The query of every list."""

    limit = QueryWhole(1, 500, load_default=50)
    cursor = Text(500, load_default=None)


def page_of(item: type[Schema]) -> type[Schema]:
    """The schema of a page of a list: `items` and `next_cursor`."""
    name = item.__name__.removesuffix("Schema") + "PageSchema"
    parts: dict[str, fields.Field[Any]] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next_cursor": fields.String(allow_none=True, required=True),
    }
    return Strict.from_dict(parts, name=name)
