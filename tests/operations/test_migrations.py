from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from prolong_server import create_app, migrations
from prolong_server import db as databases
from prolong_server.config import Settings
from prolong_server.db import Base
from prolong_server.operations import schema

# SQLAlchemy cannot look at an index over an expression on SQLite; `_indexes` compares its SQL instead.
pytestmark = [
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index"),
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index"),
]

_SQLITE_INDEXES = "SELECT name, sql AS told FROM sqlite_master WHERE type = 'index'"
_POSTGRESQL_INDEXES = """
    SELECT indexname AS name, indexdef AS told FROM pg_indexes WHERE schemaname = 'public' UNION ALL
    SELECT 'options of ' || relname, reloptions::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


@pytest.fixture
def made_url(database_url, tmp_path, request):
    """The URL of a database of the same kind whose tables were made from the models, without migrations."""
    if database_url.startswith("sqlite"):
        url = f"sqlite:///{tmp_path / 'made.db'}"
    else:
        url = request.getfixturevalue("postgres").create("made_from_models")
    engine = create_engine(url, poolclass=NullPool)
    Base.metadata.create_all(engine)
    yield url
    if not database_url.startswith("sqlite"):
        request.getfixturevalue("postgres").drop("made_from_models")


def shape(url: str) -> dict[str, object]:
    """All that makes a table: columns, keys, constraints, indexes and storage options, by name."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        seen = inspect(connection)
        names = sorted(set(seen.get_table_names()) - {"alembic_version"})
        return {name: _table(seen, name) for name in names} | _indexes(connection)


def _table(seen, name: str) -> dict[str, object]:
    return {
        "columns": {column["name"]: (str(column["type"]), column["nullable"]) for column in seen.get_columns(name)},
        "primary key": seen.get_pk_constraint(name),
        "unique": sorted(map(str, seen.get_unique_constraints(name))),
        "foreign keys": sorted(map(str, seen.get_foreign_keys(name))),
        "checks": {check["name"]: check["sqltext"] for check in seen.get_check_constraints(name)},
    }


def _indexes(connection: Connection) -> dict[str, object]:
    found = connection.execute(text(_SQLITE_INDEXES if connection.dialect.name == "sqlite" else _POSTGRESQL_INDEXES))
    return {row.name: row.told for row in found if "alembic_version" not in row.name}


def test_the_migrated_tables_are_those_of_the_models_in_every_constraint_and_index(database_url, made_url):
    assert shape(database_url) == shape(made_url)


def test_alembic_sees_no_difference_after_an_upgrade(context):
    assert schema.is_current()
    assert schema.differences() == []


def test_a_database_without_tables_is_not_current_until_it_is_upgraded(tmp_path):
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path / 'new.db'}", data_dir=tmp_path))
    with app.app_context():
        assert not schema.is_current()
        schema.upgrade()
        assert schema.is_current()
        databases.db.engine.dispose()


def test_no_migration_looks_at_the_models_which_will_have_moved_on():
    files = list(Path(migrations.DIRECTORY, "versions").glob("*.py"))
    assert files
    assert not [file.name for file in files if "prolong_server" in file.read_text()]
