"""Fixtures that the tests of all pages use."""

import pytest


@pytest.fixture
def database_url(tmp_path, sqlite_template):
    """One kind of database is enough for pages."""
    file = tmp_path / "prolong.db"
    file.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{file}"


@pytest.fixture
def client(app):
    return app.test_client()
