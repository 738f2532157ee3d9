"""The quick way through a schema ends as the library's own way, whatever comes."""

from collections.abc import Iterator
from dataclasses import make_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields

from prolong_server.api import openapi  # noqa: F401 - with the door come all of its schemas
from prolong_server.api.schemas.reports import DecimalText
from prolong_server.api.schemas.strict import Strict

_LOOSE = st.sampled_from(
    [
        *(None, "", " ", "a", "UA", "USD", "1.2.3", "2026-01-31", "10.00", "true", "a@example.com"),
        *("https://a.example/", "x" * 20, "x" * 3000, "line\nbreak"),
        *(0, 1, 365, -1, 2**40, 1.5, True, False, [], {}, ["UA"], [1, 2], {"a": 1}),
    ]
)


def _kinds(base: type[Schema] = Strict) -> Iterator[type[Schema]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


KINDS = sorted(set(_kinds()), key=lambda kind: (kind.__module__, kind.__name__))


def _forms(schema: Schema, depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of the schema's keys, and now and then a key that it does not know."""
    known = {field.data_key or name: _values(field, depth) for name, field in schema.load_fields.items()}
    strange = {"strange": _LOOSE}
    return st.one_of(
        st.fixed_dictionaries(known),
        st.fixed_dictionaries({}, optional=known | strange),
    )


def _values(field: fields.Field[Any], depth: int) -> st.SearchStrategy[Any]:
    if isinstance(field, fields.Nested) and depth:
        inner = _forms(field.schema, depth - 1)
        return st.one_of(_LOOSE, inner, st.lists(inner, max_size=2))
    if isinstance(field, fields.List) and depth:
        return st.one_of(_LOOSE, st.lists(_values(field.inner, depth - 1), max_size=3))
    return _LOOSE


def _outcome(load: Any, form: Any) -> Any:
    try:
        return load(form)
    except ValidationError as wrong:
        return wrong.messages


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_form_is_read_or_refused_as_the_library_does_it(kind: type[Schema]) -> None:
    schema = kind()

    @settings(max_examples=40)
    @given(_forms(schema))
    def compare(form: dict[str, Any]) -> None:
        with Flask(__name__).test_request_context("/", headers={"Accept-Language": "uk"}):
            assert _outcome(schema.load, form) == _outcome(lambda told: Schema.load(schema, told), form)

    compare()


_PLAIN: list[tuple[type[fields.Field[Any]], Any]] = [
    (fields.DateTime, datetime(2026, 1, 31, 12, 30, 1, 250, UTC)),
    (fields.Date, date(2026, 1, 31)),
    (DecimalText, Decimal("10.50")),
    (fields.Boolean, True),
    (fields.Integer, 7),
    (fields.String, "a \u0456 b"),
]


class _NotPlain(Exception):
    """A field makes what it writes from things that only its service knows."""


def _thing(schema: Schema, lacking: str | None = None) -> Any:
    """A dataclass with a value for every field of the schema, except for the one that is lacking."""
    parts = {field.attribute or name: _value(field) for name, field in schema.dump_fields.items() if name != lacking}
    tops = {name for name in parts if "." not in name}
    nested = {name.partition(".")[0] for name in parts if "." in name}
    values = {name: parts[name] for name in tops} | {
        top: _made({name.partition(".")[2]: value for name, value in parts.items() if name.startswith(f"{top}.")})
        for top in nested
    }
    return _made(values)


def _made(values: dict[str, Any]) -> Any:
    return make_dataclass("Thing", list(values))(**values)


def _value(field: fields.Field[Any]) -> Any:
    if isinstance(field, fields.Nested):
        if type(field) is not fields.Nested:
            raise _NotPlain
        return [_thing(field.schema)] * 2 if field.many or field.schema.many else _thing(field.schema)
    if isinstance(field, fields.List):
        return [_value(field.inner)] * 2
    if isinstance(field, fields.Enum):
        return next(iter(field.enum.__members__.values()))
    for kind, value in _PLAIN:
        if isinstance(field, kind):
            return value
    raise _NotPlain


def _is_plain(kind: type[Schema]) -> bool:
    try:
        _thing(kind())
    except _NotPlain:
        return False
    return True


PLAIN = [kind for kind in KINDS if _is_plain(kind)]


def test_most_schemas_are_compared_as_writers() -> None:
    assert len(PLAIN) > len(KINDS) // 2


@pytest.mark.parametrize("kind", PLAIN, ids=lambda kind: kind.__name__)
def test_a_thing_is_written_as_the_library_does_it_whatever_part_it_lacks(kind: type[Schema]) -> None:
    schema = kind()
    for lacking in (None, *schema.dump_fields):
        thing = _thing(schema, lacking)
        assert schema.dump(thing) == Schema.dump(schema, thing)
    assert schema.dump([_thing(schema)] * 2, many=True) == Schema.dump(schema, [_thing(schema)] * 2, many=True)
