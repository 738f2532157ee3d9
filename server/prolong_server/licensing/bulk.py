"""Many rows at once: COPY on PostgreSQL, batched inserts on SQLite; and questions about many values."""

import json
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import islice
from typing import Any, Final, TypeVar, cast

import psycopg
from psycopg import sql
from sqlalchemy import insert as insert_into
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from prolong_server.db import Base

BATCH: Final = 5_000
T = TypeVar("T")
Row = dict[str, Any]


def batches(things: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The same things in lists of `size`: neither database takes any number of values in one statement."""
    rest = iter(things)
    while batch := list(islice(rest, size)):
        yield batch


def insert(session: Session, table: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows that all have the same columns; a batch or less at a time is best.

    IntegrityError when a row is there already; OperationalError when the database goes away.
    """
    if not rows:
        return
    on_postgres = session.get_bind().dialect.name == "postgresql"
    (_copy if on_postgres else _insert)(session, table, rows)


def _insert(session: Session, table: type[Base], rows: Sequence[Row]) -> None:
    session.connection().execute(insert_into(table), rows)


def _copy(session: Session, table: type[Base], rows: Sequence[Row]) -> None:
    names = list(rows[0])
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.__tablename__), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    driver = cast(psycopg.Connection[Any], session.connection().connection.driver_connection)
    # SQLAlchemy does not see what the driver is told directly, so its errors are given the names used elsewhere.
    try:
        with driver.cursor() as cursor, cursor.copy(command) as copy:
            for row in rows:
                copy.write_row([_copied(row[name]) for name in names])
    except psycopg.IntegrityError as error:
        raise IntegrityError("COPY", None, error) from error
    except psycopg.OperationalError as error:
        raise OperationalError("COPY", None, error) from error


def _copied(value: object) -> object:
    if isinstance(value, dict):
        return json.dumps(value)
    return value.value if isinstance(value, Enum) else value
