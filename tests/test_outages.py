"""The database gone, its pool exhausted, its disk full: 503 at once, and service again by itself."""

import base64
import gc
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError

from prolong_server import clock, create_app, db, lane_connections
from prolong_server.api import support
from prolong_server.call import Once
from prolong_server.channel import dealers
from prolong_server.channel.dealers import DealerSpec
from prolong_server.config import Settings
from prolong_server.licensing import batches
from prolong_server.licensing.batches import Redeeming
from prolong_server.licensing.cases import Asked
from prolong_server.licensing.settling import Outcome
from prolong_server.operations import schema
from prolong_server.operations.keys import Holder
from prolong_server.rules import codes, errors
from tests import postgres as servers
from tests import vendor
from tests.loops import in_lane

PATIENCE = 2.0


def served(url: str, folder: Path, pool_size: int = 4) -> Flask:
    """An application on a migrated database with a vendor in it."""
    keys = tuple(base64.urlsafe_b64encode(byte * 32).decode().rstrip("=") for byte in (b"s", b"c", b"k"))
    settings = Settings(
        database_url=url,
        data_dir=folder,
        secret_keys=keys[:1],
        code_keys=keys[1:2],
        signing_keys=keys[2:],
        pool_size=pool_size,
    )
    holder = Holder(settings, clock.now, os.urandom)
    app = create_app(settings, holder)
    with app.app_context():
        schema.upgrade()
        holder.current()
        vendor.found()
    return app


def license_of(app: Flask) -> dict[str, str]:
    """The body of a validation of a license that runs."""
    with app.app_context():
        held = vendor.license_(days_left=500)
    return {"license_key": held.license_key, "product": vendor.PRODUCT}


def dispose(app: Flask) -> None:
    with app.app_context():
        for engine in db.db.engines.values():
            engine.dispose()


def assert_try_again(app: Flask, path: str, body: Mapping[str, object]) -> None:
    began = time.perf_counter()
    answer = app.test_client().post(path, json=body)
    assert time.perf_counter() - began < PATIENCE
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["code"] == "try_again"
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.fixture
def own_postgres(postgres_directory: Path):
    """A PostgreSQL of this test alone, to stop and to start."""
    server = servers.start(postgres_directory / "outage")
    yield server
    server.remove()


def test_a_database_that_is_gone_is_503_and_service_comes_back_with_it(own_postgres, tmp_path):
    app = served(own_postgres.create("outage"), tmp_path)
    body = license_of(app)
    assert app.test_client().post("/v1/licenses/validate", json=body).status_code == 200
    own_postgres.stop()
    assert_try_again(app, "/v1/licenses/validate", body)
    redemption = body | {"code": "WXWCB-YB6WK-952SW-A0432-CF1XG", "product_version": "9.10"}
    assert_try_again(app, "/v1/redemptions", redemption)
    assert app.test_client().get("/readyz").status_code == 503
    assert app.test_client().get("/healthz").status_code == 200
    own_postgres.resume()
    assert app.test_client().post("/v1/licenses/validate", json=body).status_code == 200
    assert app.test_client().get("/readyz").status_code == 200
    dispose(app)


def test_a_database_that_says_nothing_makes_the_server_not_ready_and_service_comes_back_with_it(
    own_postgres, tmp_path, monkeypatch
):
    monkeypatch.setattr(lane_connections, "HUNG_SECONDS", 0.5)
    app = served(own_postgres.create("silence"), tmp_path)

    def ready() -> int:
        return app.test_client().get("/readyz").status_code

    with app.test_request_context():
        support.last_known()
    assert in_lane(app, ready) == [200]
    with own_postgres.halted():
        assert in_lane(app, ready) == [503]
        assert in_lane(app, lambda: app.test_client().get("/healthz").status_code) == [200]
    assert in_lane(app, ready) == [200]
    dispose(app)


def test_what_could_not_connect_leaves_no_socket_that_the_database_would_take_for_a_client(own_postgres, tmp_path):
    app = served(own_postgres.create("sockets"), tmp_path)
    dispose(app)
    process = psutil.Process()
    # What nobody refers to is closed at once; cycles are not what this counts on.
    gc.disable()
    try:
        with app.app_context(), own_postgres.halted():
            before = len(process.net_connections("unix"))
            for engine in db.db.engines.values():
                with pytest.raises(OperationalError):
                    engine.connect()
            assert len(process.net_connections("unix")) == before
    finally:
        gc.enable()


def test_an_exhausted_pool_is_503_and_service_comes_back_when_a_connection_is_free(postgres_url, tmp_path):
    app = served(postgres_url, tmp_path, pool_size=2)
    body = license_of(app)
    with app.app_context():
        engine = db.db.engines[db.LOOKUPS]
        held = [engine.connect() for _ in range(2)]
    assert_try_again(app, "/v1/licenses/validate", body)
    for connection in held:
        connection.close()
    assert app.test_client().post("/v1/licenses/validate", json=body).status_code == 200
    dispose(app)


def test_a_full_disk_is_503_changes_nothing_and_service_comes_back_with_space(tmp_path):
    app = served(f"sqlite:///{tmp_path / 'full.db'}", tmp_path)
    limits = {"pages": 1_073_741_823}

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limits['pages']}")

    with app.app_context():
        event.listen(db.db.engine, "connect", limit)
        shop = vendor.found_again()
        before = vendor.balance(shop)
        with sqlite3.connect(tmp_path / "full.db") as plain:
            limits["pages"] = plain.execute("PRAGMA page_count").fetchone()[0] + 20
        plain.close()
        db.db.engine.dispose()
        with pytest.raises(errors.TryAgain):
            vendor.order(shop, 20_000)
        limits["pages"] = 1_073_741_823
        db.db.engine.dispose()
        assert vendor.balance(shop) == before
        assert len(vendor.codes(shop, 20_000)) == 20_000
    dispose(app)


def test_redemptions_that_share_a_full_disk_are_told_to_try_again_and_none_of_them_is_done(tmp_path):
    app = served(f"sqlite:///{tmp_path / 'full.db'}", tmp_path)

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # as many as there are

    with app.app_context():
        shop = vendor.found_again()
        forms = [vendor.renewal(code, vendor.license_().license_key) for code in vendor.codes(shop, 64)]
        asked = [Redeeming(Asked(vendor.called(), form, codes.read(form.code))) for form in forms]
        db.db.engine.dispose()
        event.listen(db.db.engine, "connect", limit)
        with pytest.raises(errors.TryAgain) as told:
            batches.answer_all(asked)
        assert isinstance(told.value.__cause__, sqlite3.OperationalError)
        event.remove(db.db.engine, "connect", limit)
        db.db.engine.dispose()
        assert all(isinstance(answer, Outcome) and answer.first for answer in batches.answer_all(asked))
    dispose(app)


def test_a_full_disk_of_postgresql_is_an_outage_like_the_others():
    with pytest.raises(errors.TryAgain), Flask("x").app_context(), db.told_as_try_again():
        raise psycopg.errors.DiskFull


def test_sqlite_in_use_by_another_writer_is_503_within_the_time(tmp_path):
    app = served(f"sqlite:///{tmp_path / 'busy.db'}", tmp_path)
    body = license_of(app) | {"machine": {"fingerprint": "0123456789abcdef"}}
    other = sqlite3.connect(tmp_path / "busy.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert_try_again(app, "/v1/licenses/validate", body)
    other.execute("ROLLBACK")
    other.close()
    assert app.test_client().post("/v1/licenses/validate", json=body).status_code == 200
    dispose(app)


def test_requests_in_flight_at_an_outage_are_told_to_try_again_and_lose_nothing(own_postgres, tmp_path):
    app = served(own_postgres.create("flight"), tmp_path)
    with app.app_context():
        shop = vendor.found_again()
        pairs = [(code, vendor.license_(days_left=500).license_key) for code in vendor.codes(shop, 60)]
    bodies = [
        {"code": code, "license_key": key, "product": vendor.PRODUCT, "product_version": "9.10"}
        | {"machine": {"fingerprint": vendor.MACHINE.fingerprint}}
        for code, key in pairs
    ]
    outage = threading.Timer(0.15, own_postgres.stop)
    outage.start()
    first = [app.test_client().post("/v1/redemptions", json=body) for body in bodies]
    outage.join()
    own_postgres.resume()
    second = [app.test_client().post("/v1/redemptions", json=body) for body in bodies]
    assert {answer.status_code for answer in first} <= {201, 503}
    for early, late in zip(first, second, strict=True):
        assert late.status_code in {200, 201}
        assert late.status_code == 200 or early.status_code == 503
        assert late.get_json()["license"]["expires_on"] == late.get_json()["expires_on"]
    dispose(app)


def test_after_a_migration_beside_it_a_plan_that_was_prepared_before_is_made_anew(postgres_url, tmp_path):
    app = served(postgres_url, tmp_path)
    bodies = [license_of(app) for _ in range(2)]
    ask = app.test_client().post
    assert ask("/v1/licenses/validate", json=bodies[0]).status_code == 200
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as migration:
        migration.execute("ALTER TABLE licenses ALTER COLUMN license_key TYPE varchar(80)")
    assert_try_again(app, "/v1/licenses/validate", bodies[1])
    assert ask("/v1/licenses/validate", json=bodies[1]).status_code == 200
    dispose(app)


@pytest.mark.parametrize("kind", [psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.FeatureNotSupported])
def test_what_only_a_new_connection_helps_against_is_an_outage(kind, tmp_path):
    app = served(f"sqlite:///{tmp_path / 'any.db'}", tmp_path)
    with app.app_context(), pytest.raises(errors.TryAgain), db.told_as_try_again():
        raise DBAPIError("UPDATE", None, kind())
    dispose(app)


def test_what_is_no_outage_is_not_told_as_one():
    with pytest.raises(psycopg.errors.UndefinedTable), Flask("x").app_context(), db.told_as_try_again():
        raise psycopg.errors.UndefinedTable


def test_a_twin_that_loses_its_connection_while_it_waits_is_not_told_that_the_other_still_runs(postgres_url, tmp_path):
    app = served(postgres_url, tmp_path)
    once = Once(7, "dealers.create", "key", b"x" * 32, lambda _result: None)
    twin = replace(vendor.called(), once=once)
    spec = DealerSpec("Kyiv Soft", "UA", ("UA",), "EUR")
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as first, ThreadPoolExecutor(1) as thread:
        columns = "token_id, route, key, request_digest, created_at"
        claim = f"INSERT INTO kept_answers ({columns}) VALUES (7, %s, %s, %s, now())"
        first.execute(claim, [once.route, once.key, once.body_digest])
        waiting = thread.submit(within, app, lambda: dealers.create(twin, spec))
        end_whoever_waits(postgres_url)
        with pytest.raises(errors.TryAgain):
            waiting.result()
    dispose(app)


def within(app: Flask, work: Callable[[], object]) -> object:
    with app.app_context():
        return work()


def end_whoever_waits(url: str) -> None:
    """End the connection that waits for a lock, as soon as there is one."""
    ending = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        while connection.execute(ending).fetchone() is None:
            continue
