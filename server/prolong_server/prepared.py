"""Statements of the hot path: written with SQLAlchemy Core, compiled once, and run by the driver itself.

What SQLAlchemy does around each execution costs more of the processor than the rules and the signature together. The
types of SQLAlchemy convert what comes back, and on SQLite what goes in; psycopg takes plain values as they are.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, repeat
from typing import Any

import psycopg
from psycopg.types.array import ListBinaryDumper
from psycopg.types.string import BytesBinaryDumper
from sqlalchemy import Connection, Dialect, Enum, Executable, FromClause, Integer, bindparam, func, literal_column
from sqlalchemy import column as sql_column
from sqlalchemy import values as sql_values
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Converter = Callable[[Any], Any]
Types = Mapping[str, TypeEngine[Any] | type[TypeEngine[Any]]]
_CURSOR = "prolong_cursor"


@dataclass(frozen=True, slots=True, eq=False)
class Many:
    """What one statement does for many: `write` makes it of the table of its lines, whose columns have these types.

    The column `place` numbers the lines from 1. There may be more of them than are given, in which all is null.
    """

    write: Callable[[FromClause], Executable]
    types: Types


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The text, as its driver takes it, its constants, and how plain values go in and rows come out."""

    text: str
    sent: bytes
    names: tuple[str, ...]
    constants: Mapping[str, object]
    binders: tuple[tuple[int, Converter], ...]
    row: Callable[..., Any]
    converters: tuple[tuple[int, Converter], ...]

    def ordered(self, values: Mapping[str, object]) -> list[object]:
        """The values in the order in which the text asks for them."""
        found = [values[name] if name in values else self.constants[name] for name in self.names]
        return _converted(found, self.binders)

    def read(self, found: Sequence[object]) -> Any:
        """A row of the driver with its columns as attributes."""
        return self.row(*_converted(list(found), self.converters))


def fetch_one(connection: Connection, statement: Executable, values: Mapping[str, object]) -> Any | None:
    """The only row of a statement, with its columns as attributes, or None. `values` are plain (no enums)."""
    compiled = _compile(statement, connection.dialect)
    # On SQLite a statement that is not read to its end keeps what it reads as it is, against every writer.
    found = _executed(connection, compiled, values)
    return compiled.read(found[0]) if found else None


def fetch_many(connection: Connection, many: Many, lines: Sequence[Mapping[str, object]]) -> list[Any]:
    """The rows of a statement for many lines of plain values; what a line does not name is null."""
    if takes_arrays(connection):
        size = 0
        values: Mapping[str, object] = {name: [line.get(name) for line in lines] for name in many.types}
    else:
        # Few sizes are prepared, and at most half of the lines that are sent are empty.
        size = 1 << (len(lines) - 1).bit_length()
        given = (line.get(name) for line in lines for name in many.types)
        values = dict(zip(_names(tuple(many.types), size), chain(given, repeat(None)), strict=False))
    compiled = _compile(_written(many, size), connection.dialect)
    return [compiled.read(row) for row in _executed(connection, compiled, values)]


def takes_arrays(connection: Connection) -> bool:
    """Whether lines come as arrays here, so that a statement serves any number of them, and does all there is to do."""
    return connection.dialect.name == "postgresql"


@cache
def _written(many: Many, size: int) -> Executable:
    return many.write(_of_parameters(many.types, size) if size else _of_arrays(many.types))


def _of_arrays(types: Types) -> FromClause:
    arrays = [bindparam(name, type_=ARRAY(type_)) for name, type_ in types.items()]
    named = [sql_column(name, type_) for name, type_ in types.items()]
    lines = func.unnest(*arrays).table_valued(*named, with_ordinality="place", name="asked")
    return lines.render_derived(name="asked")


def _of_parameters(types: Types, size: int) -> FromClause:
    named = [sql_column("place", Integer), *(sql_column(name, type_) for name, type_ in types.items())]
    names = iter(_names(tuple(types), size))
    lines = [
        (literal_column(str(place)), *(bindparam(next(names), type_=type_) for type_ in types.values()))
        for place in range(1, size + 1)
    ]
    return sql_values(*named, name="asked").data(lines).cte("asked")


@cache
def _names(columns: tuple[str, ...], size: int) -> tuple[str, ...]:
    return tuple(f"{column}_{place}" for place in range(1, size + 1) for column in columns)


def _executed(connection: Connection, compiled: _Compiled, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    cursor = _cursor(connection)
    if isinstance(cursor, sqlite3.Cursor):
        return cursor.execute(compiled.text, compiled.ordered(values)).fetchall()
    # The driver finds what it has prepared by the text, and a text it has seen before needs not be hashed anew.
    return cursor.execute(compiled.sent, compiled.ordered(values), prepare=True).fetchall()


def _cursor(connection: Connection) -> psycopg.RawCursor[Any] | sqlite3.Cursor:
    # A connection serves one thread at a time, so that one cursor serves all its statements.
    kept = connection.info
    if _CURSOR not in kept:
        kept[_CURSOR] = _opened(connection.connection.driver_connection)
    cursor: psycopg.RawCursor[Any] | sqlite3.Cursor = kept[_CURSOR]
    return cursor


def _opened(driver: object) -> psycopg.RawCursor[Any] | sqlite3.Cursor:
    if isinstance(driver, sqlite3.Connection):
        return driver.cursor()
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("a database is reached through psycopg or sqlite3")
    # It takes PostgreSQL's own placeholders: others would have to be looked for in a long text at every execution.
    raw = psycopg.RawCursor(driver)
    raw.format = psycopg.pq.Format.BINARY
    # The text of an array is made element by element, and that of bytes slowly: 32 digests took 350 µs, and now take 6.
    raw.adapters.register_dumper(list, ListBinaryDumper)
    raw.adapters.register_dumper(bytes, BytesBinaryDumper)
    return raw


def _converted(values: list[object], converters: Sequence[tuple[int, Converter]]) -> list[object]:
    for at, convert in converters:
        values[at] = convert(values[at])
    return values


@lru_cache(maxsize=128)
def _compile(statement: Executable, dialect: Dialect) -> _Compiled:
    is_postgresql = dialect.name == "postgresql"
    positional = PGDialect_psycopg(paramstyle="numeric_dollar") if is_postgresql else dialect  # type: ignore[no-untyped-call]
    compiled = statement.compile(dialect=positional)  # type: ignore[attr-defined]
    if not isinstance(compiled, SQLCompiler) or compiled.positiontup is None:
        raise TypeError("only a statement whose parameters have an order can be prepared")
    names = tuple(compiled.positiontup)
    binders = [] if is_postgresql else [_binder(compiled.binds[name].type, dialect) for name in names]
    columns = compiled._result_columns  # noqa: SLF001 - the only place that knows the types in their order
    return _Compiled(
        text=compiled.string,
        sent=compiled.string.encode(),
        names=names,
        constants={name: value for name, value in compiled.params.items() if value is not None},
        binders=_placed(binders),
        row=namedtuple("Row", [column.keyname for column in columns]),
        converters=_placed([_converter(column.type, dialect) for column in columns]),
    )


def _placed(converters: Sequence[Converter | None]) -> tuple[tuple[int, Converter], ...]:
    return tuple((at, convert) for at, convert in enumerate(converters) if convert is not None)


def _binder(type_: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _converter(type_: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    found = type_.dialect_impl(dialect).result_processor(dialect, None)
    # An enumeration has few values, and SQLAlchemy looks for each in four steps.
    return cache(found) if found is not None and isinstance(type_, Enum) else found
