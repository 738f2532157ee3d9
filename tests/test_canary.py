"""No code, key, token or person gets out: a whole life with recognizable values, and everything that is written."""

import base64
import contextlib
import io
import itertools
import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import request

from prolong_server import db
from tests.api import filled
from tests.canary import EMAIL, KEY, NAME, PERSONS, Life, live

MATERIAL = {seed * 32 for seed in (b"s", b"c", b"k")}


@pytest.fixture(scope="module")
def life(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """The application on a database of its own, with a catalogue."""
    file = tmp_path_factory.mktemp("canary") / "prolong.db"
    shutil.copy(sqlite_template, file)
    with filled.opened(file) as app:
        app.add_url_rule("/broken", "broken", break_with_what_was_sent, methods=["POST"])
        yield Life(app)


def break_with_what_was_sent() -> str:
    """A fault that nobody foresaw, whose text and locals hold what was sent."""
    told = json.loads(request.get_data())
    raise RuntimeError(f"cannot work with {told}")


@dataclass(frozen=True, slots=True)
class Written:
    """What a life has left behind outside its good answers."""

    logs: str
    refusals: str
    metrics: str


@pytest.fixture(scope="module")
def written(life: Life) -> Written:
    """Everything that was written while the life was lived."""
    told, records = io.StringIO(), io.StringIO()
    handler = logging.StreamHandler(records)
    logging.getLogger().addHandler(handler)
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        live(life)
    logging.getLogger().removeHandler(handler)
    metrics = life.app.test_client().get("/metrics", headers={"Authorization": "Bearer metrics-token-of-the-tests"})
    return Written(told.getvalue() + records.getvalue(), "\n".join(life.refused), metrics.get_data(as_text=True))


def spellings(secret: str) -> set[str]:
    """A secret as it is, without its dashes, and in small letters."""
    plain = {secret, secret.replace("-", "")}
    return plain | {text.lower() for text in plain}


def found_in(text: str, canaries: set[str]) -> set[str]:
    return {canary for canary in canaries for spelling in spellings(canary) if spelling in text}


def material() -> set[str]:
    """The keys as settings and programs write them."""
    forms = [base64.urlsafe_b64encode, base64.b64encode, base64.b16encode]
    return {form(key).decode("ascii").rstrip("=") for form in forms for key in MATERIAL} | {
        repr(key) for key in MATERIAL
    }


def table_rows(life: Life) -> dict[str, list[str]]:
    with life.app.app_context(), db.db.engine.connect() as connection:
        tables = db.Base.metadata.sorted_tables
        return {table.name: [repr(row) for row in connection.execute(table.select())] for table in tables}


def test_the_life_was_lived_with_refusals_of_every_kind(life: Life, written: Written):
    assert life.statuses >= {200, 201, 400, 401, 404, 405, 409, 422, 500}
    codes = {json.loads(text)["code"] for text in life.refused}
    assert codes >= {"code_malformed", "code_not_found", "license_not_found", "product_mismatch", "product_outdated"}
    assert codes >= {"renewal_code_cannot_activate", "not_a_renewal_code", "internal_error", "invalid_request"}


def test_a_canary_that_were_told_would_be_heard(life: Life, written: Written):
    assert found_in(f"said {KEY.lower()}", {KEY}) == {KEY}
    assert "/v1/redemptions" in written.logs
    assert "RuntimeError" in written.logs
    assert "prolong_outcomes_total" in written.metrics


@pytest.mark.parametrize("where", ["logs", "refusals", "metrics"])
def test_no_secret_and_no_person_is_in(where: str, life: Life, written: Written):
    assert found_in(getattr(written, where), life.secrets | {KEY} | PERSONS | material()) == set()


def test_no_secret_and_no_person_is_in_the_audit_trail(life: Life, written: Written):
    assert found_in("\n".join(table_rows(life)["audit_events"]), life.secrets | {KEY} | PERSONS | material()) == set()


def test_kept_answers_hold_no_secret_but_a_licenses_own_key(life: Life, written: Written):
    kept = "\n".join(table_rows(life)["kept_answers"])
    assert found_in(kept, life.secrets | PERSONS | material()) == set()
    assert KEY in kept


def test_codes_and_tokens_are_nowhere_in_the_database_in_clear(life: Life, written: Written):
    rows = "\n".join(itertools.chain.from_iterable(table_rows(life).values()))
    keys = {secret for secret in life.secrets if is_license_key(life, secret)}
    assert found_in(rows, life.secrets - keys | material()) == set()
    assert found_in(rows, keys) == keys


def test_codes_and_tokens_are_nowhere_in_the_bytes_of_the_database(life: Life, written: Written):
    folder = Path(life.app.extensions["prolong"].settings.data_dir)
    data = b"".join(file.read_bytes() for file in folder.iterdir() if file.name.startswith("prolong.db"))
    secrets = {secret for secret in life.secrets if not is_license_key(life, secret)}
    assert KEY.encode() in data
    assert [secret for secret in secrets for spelling in spellings(secret) if spelling.encode() in data] == []
    assert [key for key in MATERIAL if key in data] == []


def is_license_key(life: Life, secret: str) -> bool:
    with life.app.app_context(), db.db.engine.connect() as connection:
        asked = "SELECT count(*) FROM licenses WHERE license_key = ?"
        return bool(connection.exec_driver_sql(asked, (secret,)).scalar())


def test_persons_are_in_the_row_of_their_license_only(life: Life, written: Written):
    named = {table for table, rows in table_rows(life).items() if found_in("\n".join(rows), {NAME, EMAIL})}
    assert named == {"customers"}
