from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from tests import postgres as servers


def names(url: str) -> list[str]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT datname FROM pg_database WHERE NOT datistemplate")))


def test_the_server_listens_on_a_private_socket_and_on_no_network(postgres):
    assert postgres.show("listen_addresses") == ""
    assert Path(postgres.show("unix_socket_directories")) == postgres.socket
    assert postgres.show("max_connections") == "200"


def test_a_database_is_a_copy_of_its_template_and_is_dropped_under_its_users(postgres):
    with create_engine(postgres.create("mold"), poolclass=NullPool).begin() as connection:
        connection.execute(text("CREATE TABLE shape (side integer)"))
        connection.execute(text("INSERT INTO shape VALUES (7)"))
    url = postgres.create("cast", "mold")
    with create_engine(url, poolclass=NullPool).connect() as user:
        assert user.scalar(text("SELECT side FROM shape")) == 7
        postgres.drop("cast")
        with pytest.raises(OperationalError):
            user.scalar(text("SELECT side FROM shape"))
    postgres.drop("mold")
    assert not {"mold", "cast"} & set(names(postgres.url("postgres")))


def test_a_stopped_server_refuses_and_comes_back_with_its_data(postgres_directory):
    server = servers.start(postgres_directory / "outage", durable=True)
    try:
        url = server.create("kept")
        assert make_url(url).drivername == "postgresql+psycopg"
        assert server.show("fsync") == "on"
        server.stop()
        with pytest.raises(OperationalError):
            names(url)
        server.resume()
        assert "kept" in names(url)
    finally:
        server.remove()
