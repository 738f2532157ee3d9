import io
import json
import os
import sqlite3
import stat
import tarfile

import pytest
from sqlalchemy import create_engine, inspect, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from prolong_server import db
from prolong_server.models.channel import Dealer
from prolong_server.operations import backup, dumps, keys
from prolong_server.operations.backup import BackupFailed
from tests.operations.rows import dealer
from tests.room import NOW, opened, save, settings


@pytest.fixture
def house(room_url, tmp_path, request, monkeypatch):
    if room_url.startswith("postgresql"):
        programs = request.getfixturevalue("postgres").programs
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    with opened(room_url):
        house = settings(room_url, tmp_path / "data")
        keys.load(house, NOW, os.urandom)
        save(dealer(7), dealer(8, name="Дилер"))
    return house


@pytest.fixture
def elsewhere(room_url, tmp_path, request):
    """An empty place of the same kind."""
    if room_url.startswith("sqlite"):
        yield settings(f"sqlite:///{tmp_path / 'new' / 'other.db'}", tmp_path / "new")
        return
    server = request.getfixturevalue("postgres")
    yield settings(server.create("elsewhere"), tmp_path / "new")
    server.drop("elsewhere")


def names(url):
    with Session(create_engine(url, poolclass=NullPool)) as session:
        return session.scalars(select(Dealer.name).order_by(Dealer.id)).all()


def tables(url):
    return inspect(create_engine(url, poolclass=NullPool)).get_table_names()


def test_what_was_backed_up_is_restored_into_an_empty_database(house, elsewhere, tmp_path):
    made = backup.backup(house, tmp_path / "one.tar", NOW)
    restored = backup.restore(elsewhere, tmp_path / "one.tar")
    assert made == restored
    assert (made.made_at, made.keys) == (NOW.isoformat(), ())
    assert names(elsewhere.database_url) == ["Dealer 7", "Дилер"]
    assert sorted(tables(elsewhere.database_url)) == sorted(tables(house.database_url))


def test_an_empty_database_that_a_process_has_open_is_filled_too(house, elsewhere, tmp_path):
    backup.backup(house, tmp_path / "one.tar", NOW)
    elsewhere.data_dir.mkdir()
    with opened(elsewhere.database_url), db.lookups() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
        connection.rollback()
        backup.restore(elsewhere, tmp_path / "one.tar")
        assert connection.scalars(select(Dealer.id).order_by(Dealer.id)).all() == [7, 8]


def test_a_backup_is_for_its_owner_alone_and_holds_no_key_unless_asked(house, tmp_path):
    backup.backup(house, tmp_path / "one.tar", NOW)
    assert stat.S_IMODE((tmp_path / "one.tar").stat().st_mode) == 0o600
    with tarfile.open(tmp_path / "one.tar") as archive:
        assert archive.getnames() == ["manifest.json", "database"]


def test_with_keys_a_new_host_starts_from_the_backup_alone(house, elsewhere, tmp_path):
    made = backup.backup(house, tmp_path / "one.tar", NOW, with_keys=True)
    assert made.keys == ("code", "signing", "secret")
    backup.restore(elsewhere, tmp_path / "one.tar")
    with opened(elsewhere.database_url):
        restored = keys.load(elsewhere, NOW, os.urandom)
    with opened(house.database_url):
        assert restored.codes == keys.load(house, NOW, os.urandom).codes
    assert stat.S_IMODE((elsewhere.data_dir / "keys" / "code-keys").stat().st_mode) == 0o600


def test_a_backup_never_overwrites_and_leaves_nothing_beside_it(house, tmp_path):
    (tmp_path / "one.tar").write_text("precious")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(BackupFailed):
        backup.backup(house, tmp_path / "one.tar", NOW)
    assert (tmp_path / "one.tar").read_text() == "precious"
    assert sorted(tmp_path.iterdir()) == before


def test_a_database_that_is_not_empty_is_left_as_it_is(house, tmp_path):
    backup.backup(house, tmp_path / "one.tar", NOW)
    with opened(house.database_url):
        save(dealer(9))
    with pytest.raises(BackupFailed, match="not empty"):
        backup.restore(house, tmp_path / "one.tar")
    assert len(names(house.database_url)) == 3


def test_other_keys_in_the_place_are_kept_and_nothing_is_restored(house, elsewhere, tmp_path):
    backup.backup(house, tmp_path / "one.tar", NOW, with_keys=True)
    place = elsewhere.data_dir / "keys" / "signing-keys"
    place.parent.mkdir(parents=True)
    place.write_text("other\n")
    with pytest.raises(BackupFailed, match="signing"):
        backup.restore(elsewhere, tmp_path / "one.tar")
    assert place.read_text() == "other\n"
    assert not tables_or_none(elsewhere.database_url)


def tables_or_none(url):
    return [] if url.startswith("sqlite") and not os.path.exists(url.removeprefix("sqlite:///")) else tables(url)


def test_a_changed_cut_or_foreign_file_is_refused_whole(house, elsewhere, tmp_path):
    file = tmp_path / "one.tar"
    backup.backup(house, file, NOW)
    whole = file.read_bytes()
    in_name, in_manifest, in_database = 2, whole.index(b'"files"'), len(whole) // 2
    flipped = [flip(whole, at) for at in (in_name, in_manifest, in_database)]
    for changed in (*flipped, whole[:in_database], whole[:512], b"", b"PGDMP"):
        file.write_bytes(changed)
        with pytest.raises(BackupFailed):
            backup.restore(elsewhere, file)
        assert not tables_or_none(elsewhere.database_url)


def flip(whole, at):
    return whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]


def test_an_archive_cannot_choose_where_its_parts_are_written(tmp_path):
    evil = tmp_path / "evil.tar"
    manifest = json.dumps({"format": 1, "database": "sqlite", "files": {"../escaped": "0"}}).encode()
    with tarfile.open(evil, "w") as archive:
        for name, content in (("manifest.json", manifest), ("../escaped", b"")):
            head = tarfile.TarInfo(name)
            head.size = len(content)
            archive.addfile(head, io.BytesIO(content))
    with pytest.raises(BackupFailed):
        backup.restore(settings(f"sqlite:///{tmp_path / 'new.db'}", tmp_path / "data"), evil)
    assert not (tmp_path / "escaped").exists()
    assert not (tmp_path / "new.db").exists()


def test_a_backup_of_the_other_kind_of_database_is_refused(tmp_path):
    url = f"sqlite:///{tmp_path / 'one.db'}"
    sqlite3.connect(tmp_path / "one.db").close()
    backup.backup(settings(url, tmp_path), tmp_path / "one.tar", NOW)
    with pytest.raises(BackupFailed, match="sqlite"):
        backup.restore(settings("postgresql+psycopg:///nowhere", tmp_path), tmp_path / "one.tar")


def test_missing_files_and_programs_are_told_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    cases = [
        (lambda: backup.backup(settings("postgresql+psycopg:///x", tmp_path), tmp_path / "a.tar", NOW), "pg_dump"),
        (
            lambda: backup.backup(settings(f"sqlite:///{tmp_path / 'no.db'}", tmp_path), tmp_path / "a.tar", NOW),
            "no.db",
        ),
        (lambda: backup.restore(settings(f"sqlite:///{tmp_path / 'no.db'}", tmp_path), tmp_path / "b.tar"), "b.tar"),
    ]
    for work, named in cases:
        with pytest.raises(BackupFailed, match=named):
            work()
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_away_or_no_database_is_told_in_one_sentence(tmp_path, postgres, monkeypatch):
    monkeypatch.setenv("PATH", f"{postgres.programs}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "one.db").write_text("This is a letter and no database at all.")
    away = f"postgresql+psycopg://somebody:swordfish@/x?host={tmp_path}"
    for url in (f"sqlite:///{tmp_path / 'one.db'}", away):
        with pytest.raises(BackupFailed) as failure:
            backup.backup(settings(url, tmp_path), tmp_path / "a.tar", NOW)
        assert "swordfish" not in str(failure.value)
    assert [path.name for path in tmp_path.iterdir()] == ["one.db"]


@pytest.mark.parametrize("address", ["somebody:swordfish@x/db", "somebody@x/db?password=swordfish"])
def test_no_password_stands_on_a_command_line(address, tmp_path, monkeypatch):
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "$@ has $PGPASSWORD" >&2\nexit 1\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(BackupFailed) as failure:
        dumps.dump(f"postgresql+psycopg://{address}", tmp_path / "a.tar")
    said, _, secret = str(failure.value).rpartition(" has ")
    assert "--dbname=postgresql://somebody@x/db" in said
    assert "swordfish" not in said
    assert secret == "swordfish"
