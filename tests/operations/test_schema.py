"""Which databases a release serves from."""

import pytest
from sqlalchemy import text

from prolong_server import db
from prolong_server.operations import schema


@pytest.fixture
def revise(context):
    """Write another revision into the database."""

    def write(revision: str | None) -> None:
        with db.transaction() as connection:
            connection.execute(text("DELETE FROM alembic_version"))
            if revision:
                connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})

    return write


def test_the_newest_tables_are_served_from(context):
    assert schema.is_current()


def test_tables_of_a_newer_release_are_served_from_too(revise):
    revise("of_a_newer_release")
    assert schema.is_current()


def test_a_database_without_tables_is_not_served_from(revise):
    revise(None)
    assert not schema.is_current()
