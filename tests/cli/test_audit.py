"""`prolong-server audit`: what an auditor sees."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli import console


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A data directory with six sealed events, made once."""
    folder = tmp_path_factory.mktemp("audited") / "data"
    assert console.run(folder, "db", "upgrade").exit_code == 0
    for name in ("one", "two", "three"):
        added = console.run(folder, "staff", "add", f"{name}@vendor.example", "--role", "auditor", "--token")
        assert added.exit_code == 0
    assert console.run(folder, "work", "--once").exit_code == 0
    return folder


@pytest.fixture
def data(template, tmp_path):
    """A copy of it, for one test alone."""
    return Path(shutil.copytree(template, tmp_path / "data"))


def execute(data, statement: str) -> None:
    with closing(sqlite3.connect(data / "prolong.db")) as connection, connection:
        connection.execute(statement)


def test_a_sound_trail_is_told_with_its_numbers_and_its_head(data):
    assert console.run(data, "staff", "add", "four@vendor.example", "--role", "auditor", "--token").exit_code == 0
    told = console.run(data, "audit", "verify")
    head = console.run(data, "audit", "head").stdout.strip()
    assert told.exit_code == 0
    assert "6 events sealed, 2 not yet" in told.stdout
    assert told.stdout.splitlines()[-1] == head
    as_json = json.loads(console.run(data, "audit", "verify", "--json").stdout)
    assert as_json == {"sealed": 6, "unsealed": 2, "head": head, "wrong": None}


def test_a_head_that_was_kept_is_given_as_a_text_or_in_a_file_of_many(data, tmp_path):
    heads = [console.run(data, "audit", "head").stdout.strip()]
    console.run(data, "staff", "add", "four@vendor.example", "--role", "auditor", "--token")
    console.run(data, "work", "--once")
    heads.append(console.run(data, "audit", "head").stdout.strip())
    file = tmp_path / "heads.txt"
    file.write_text("\n".join(heads) + "\n")
    assert console.run(data, "audit", "verify", "--head", heads[0]).exit_code == 0
    assert console.run(data, "audit", "verify", "--head", str(file)).exit_code == 0


def test_what_was_touched_is_told_in_one_sentence_with_its_place_and_what_to_do(data):
    execute(data, "UPDATE audit_events SET actor = 'nobody' WHERE position = 2")
    told = console.run(data, "audit", "verify")
    assert told.exit_code == 1
    assert told.stdout == ""
    assert told.stderr.startswith("Position 2 of the audit trail is wrong: the event was changed")
    assert "backup" in told.stderr
    as_json = console.run(data, "audit", "verify", "--json")
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["wrong"]["position"] == 2


def test_a_trail_that_was_cut_with_all_its_books_is_found_by_the_head_that_was_kept(data):
    head = console.run(data, "audit", "head").stdout.strip()
    for table in ("audit_events", "audit_heads", "counters"):
        execute(data, f"DELETE FROM {table}")
    assert console.run(data, "audit", "verify").exit_code == 0
    told = console.run(data, "audit", "verify", "--head", head)
    assert told.exit_code == 1
    assert "Position 1" in told.stderr


def test_a_head_of_another_server_is_refused(data, tmp_path):
    other = tmp_path / "other"
    console.run(other, "db", "upgrade")
    console.run(other, "staff", "add", "one@vendor.example", "--role", "auditor", "--token")
    console.run(other, "work", "--once")
    head = console.run(other, "audit", "head").stdout.strip()
    told = console.run(data, "audit", "verify", "--head", head)
    assert told.exit_code == 1
    assert "not signed with any key" in told.stderr


@pytest.mark.parametrize("word", ["/no/such/file", "x.y.z", "x" * 5000])
def test_what_is_no_head_and_no_file_is_wrong_usage(data, word):
    assert console.run(data, "audit", "verify", "--head", word).exit_code == 2


def test_before_anything_is_sealed_there_is_no_head_and_a_sentence_says_what_to_do(tmp_path):
    folder = tmp_path / "data"
    console.run(folder, "db", "upgrade")
    told = console.run(folder, "audit", "head")
    assert told.exit_code == 1
    assert "prolong-server work" in told.stderr
    assert console.run(folder, "audit", "verify").exit_code == 0
