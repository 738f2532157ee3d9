"""Statements of the hot path: written with SQLAlchemy Core, compiled once, and on PostgreSQL run by psycopg itself.

What SQLAlchemy does around each execution costs more of the processor than the rules and the signature together.
SQLite, where the disk is slower than all of that, goes the ordinary way; both share the statement and its rows' shape.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy import Connection, Dialect, Executable, TableValuedAlias, bindparam, func
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Converter = Callable[[Any], Any]
_CURSOR = "prolong_cursor"


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The text, its constants, and how a row of plain values becomes one of the column types' values."""

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, object]
    row: Callable[..., Any]
    converters: tuple[tuple[int, Converter], ...]

    def ordered(self, values: Mapping[str, object]) -> list[object]:
        """The values in the order in which the text asks for them."""
        return [values[name] if name in values else self.constants[name] for name in self.names]


def fetch_one(connection: Connection, statement: Executable, values: Mapping[str, object]) -> Any | None:
    """The only row of a statement, with its columns as attributes, or None. `values` are plain (no enums)."""
    if connection.dialect.name != "postgresql":
        return connection.execute(statement, values).one_or_none()
    compiled = _compile(statement, connection.dialect)
    found = _cursor(connection).execute(compiled.text, compiled.ordered(values), prepare=True).fetchone()
    return None if found is None else _converted(compiled, found)


def fetch_all(connection: Connection, statement: Executable, values: Mapping[str, object]) -> list[Any]:
    """The rows of a statement, on PostgreSQL (`takes_arrays`); lists among the plain `values` are arrays."""
    compiled = _compile(statement, connection.dialect)
    found = _cursor(connection).execute(compiled.text, compiled.ordered(values), prepare=True).fetchall()
    return [_converted(compiled, row) for row in found]


def takes_arrays(connection: Connection) -> bool:
    """Whether one statement can do here for many what it does for one, which it is given as arrays (`many`)."""
    return connection.dialect.name == "postgresql"


def many(columns: Mapping[str, TypeEngine[Any] | type[TypeEngine[Any]]], name: str) -> TableValuedAlias:
    """A table of a statement's parameters: each is an array and so a column, and `place` numbers the rows from 1."""
    arrays = [bindparam(column, type_=ARRAY(type_)) for column, type_ in columns.items()]
    named = [sql_column(column, type_) for column, type_ in columns.items()]
    return func.unnest(*arrays).table_valued(*named, with_ordinality="place", name=name).render_derived(name=name)


def _cursor(connection: Connection) -> psycopg.RawCursor[Any]:
    # A connection serves one thread at a time, so that one cursor serves all its statements.
    kept = connection.info
    if _CURSOR not in kept:
        driver = connection.connection.driver_connection
        if not isinstance(driver, psycopg.Connection):
            raise TypeError("PostgreSQL is reached through psycopg")
        # It takes PostgreSQL's own placeholders: others would have to be looked for in a long text at every execution.
        raw = psycopg.RawCursor(driver)
        raw.format = psycopg.pq.Format.BINARY
        kept[_CURSOR] = raw
    cursor: psycopg.RawCursor[Any] = kept[_CURSOR]
    return cursor


def _converted(compiled: _Compiled, found: tuple[Any, ...]) -> Any:
    values = list(found)
    for at, convert in compiled.converters:
        values[at] = convert(values[at])
    return compiled.row(*values)


@lru_cache(maxsize=64)
def _compile(statement: Executable, dialect: Dialect) -> _Compiled:
    positional = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    compiled = statement.compile(dialect=positional)  # type: ignore[attr-defined]
    if not isinstance(compiled, SQLCompiler) or compiled.positiontup is None:
        raise TypeError("only a statement with rows can be prepared")
    columns = compiled._result_columns  # noqa: SLF001 - the only place that knows the types in their order
    converters = ((at, _converter(column.type, dialect)) for at, column in enumerate(columns))
    known = {name: value for name, value in compiled.params.items() if value is not None}
    fields = [column.keyname for column in columns]
    row = namedtuple("Row", fields)  # type: ignore[misc]
    names = tuple(compiled.positiontup)
    return _Compiled(compiled.string, names, known, row, tuple((at, found) for at, found in converters if found))


def _converter(type_: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    return type_.dialect_impl(dialect).result_processor(dialect, None)
