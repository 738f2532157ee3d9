"""The schema that all of ours are made of: strict in what it takes, and quick with what is as it should be.

For each good form and each answer marshmallow looks again at what a schema always has: hooks, defaults, paths of
attributes, places for errors. That took a quarter of a redemption. Here it is looked at once; whatever is not plain or
not good goes the library's own way, which alone knows all errors.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, missing
from marshmallow.decorators import (
    POST_DUMP,
    POST_LOAD,
    PRE_DUMP,
    PRE_LOAD,
    VALIDATES,
    VALIDATES_SCHEMA,
)

_UNUSUAL_IN: Final = (PRE_LOAD, VALIDATES, VALIDATES_SCHEMA)
_UNUSUAL_OUT: Final = (PRE_DUMP, POST_DUMP)
_DATACLASS: Final = "__dataclass_fields__"


@dataclass(frozen=True, slots=True)
class _In:
    """A field as it is read: by which key, under which name, and what it is when it is absent."""

    key: str
    name: str
    field: fields.Field[Any]
    checks: tuple[Callable[[Any], Any], ...]


@dataclass(frozen=True, slots=True)
class _Out:
    """A field as it is written: where its value is, and how it becomes JSON."""

    key: str
    name: str
    value: Callable[[Any], Any]
    write: Callable[[Any, str, Any], Any]


class Strict(Schema):
    """A schema that refuses unknown fields and keeps its fields in their order."""

    class Meta:
        unknown = RAISE

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._ins = None if any(self._hooks[kind] for kind in _UNUSUAL_IN) else _ins(self)
        self._outs = None if any(self._hooks[kind] for kind in _UNUSUAL_OUT) else _outs(self)
        self._builders = [getattr(self, name) for name, _, _ in self._hooks[POST_LOAD]]

    def load(self, data: Any, *, many: bool | None = None, partial: Any = None, unknown: Any = None) -> Any:
        """As the library's. Raises ValidationError with all that is wrong."""
        if type(data) is dict and self._ins is not None and not (many or self.many or partial or unknown):
            try:
                return self._read(data, self._ins)
            except ValidationError:
                # The library goes on after the first error, and so it is asked for the rest of them.
                pass
        return super().load(data, many=many, partial=partial, unknown=unknown)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """As the library's."""
        if self._outs is not None and not (many or self.many) and hasattr(type(obj), _DATACLASS):
            try:
                return _written(obj, self._outs)
            except AttributeError:
                # Some part of the thing is absent, for which a field may have something else to say.
                pass
        return super().dump(obj, many=many)

    def _read(self, data: dict[str, Any], ins: tuple[_In, ...]) -> Any:
        read: dict[str, Any] = {}
        found = 0
        for one in ins:
            value = data.get(one.key, missing)
            found += value is not missing
            value = _value_of(one, value, data)
            if value is not missing:
                read[one.name] = value
        if found != len(data):
            raise ValidationError("There are unknown fields.")
        for build in self._builders:
            read = build(read, many=False, partial=None, unknown=self.unknown)
        return read


def _value_of(one: _In, value: Any, data: Mapping[str, Any]) -> Any:
    if value is missing or value is None:
        return one.field.deserialize(value, one.key, data)
    read = one.field._deserialize(value, one.key, data)  # noqa: SLF001 - what `deserialize` does once it has a value
    for check in one.checks:
        check(read)
    return read


def _written(thing: Any, outs: tuple[_Out, ...]) -> dict[str, Any]:
    written = {}
    for one in outs:
        value = one.write(one.value(thing), one.name, thing)
        if value is not missing:
            written[one.key] = value
    return written


def _ins(schema: Schema) -> tuple[_In, ...] | None:
    read = schema.load_fields.items()
    if any(field.pre_load or field.post_load or "." in (field.attribute or "") for _, field in read):
        return None
    return tuple(
        _In(_key(name, field), field.attribute or name, field, tuple(field.validators)) for name, field in read
    )


def _outs(schema: Schema) -> tuple[_Out, ...]:
    return tuple(
        _Out(_key(name, field), name, _getter(name, field), field._serialize)  # noqa: SLF001 - `serialize` fetches first
        for name, field in schema.dump_fields.items()
    )


def _key(name: str, field: fields.Field[Any]) -> str:
    return name if field.data_key is None else field.data_key


def _getter(name: str, field: fields.Field[Any]) -> Callable[[Any], Any]:
    if not field._CHECK_ATTRIBUTE:  # noqa: SLF001 - such a field makes its value from the whole thing
        return _nothing
    return attrgetter(field.attribute or name)


def _nothing(_: object) -> None:
    return None
