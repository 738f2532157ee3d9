"""The sealer: whom it trusts, where it stops, and what a head proves."""

import base64
import json
import os
import random
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.keyring import KeysBehind
from prolong_server.models.operations import AuditEvent, AuditHead, KeyRecord
from prolong_server.operations import (
    audit_chain,
    audit_heads,
    audit_trail,
    audit_verification,
    backup,
    keys,
    signatures,
)
from prolong_server.operations.audit_chain import FIELDS, BrokenChain
from prolong_server.operations.audit_verification import Wrong
from prolong_server.operations.signatures import NotSigned
from prolong_server.rules import errors
from tests.operations import chained
from tests.operations.chained import FOREIGN, OURS, RETIRED, called
from tests.room import opened, settings

CHANCE = random.Random(7)


@pytest.fixture
def known(room):
    chained.record_keys(RETIRED, OURS)


def execute(statement: str) -> None:
    with db.db.engine.begin() as connection:
        connection.execute(text(statement))


def test_everything_that_is_told_of_an_event_is_hashed_but_the_hash_itself():
    hashed = {column.key for column in FIELDS} | {"position"}
    assert hashed == {column.key for column in AuditEvent.__table__.columns} - {"hash"}


def test_a_batch_is_bounded_and_the_next_one_goes_on_where_it_ended(known):
    chained.write(CHANCE, audit_chain.BATCH + 5)
    assert audit_chain.seal(called()) == audit_chain.BATCH
    assert audit_chain.seal(called(1)) == 5
    assert audit_chain.seal(called(2)) == 0
    assert audit_verification.verify(called()).sealed == audit_chain.BATCH + 5


def test_a_head_says_issuer_instant_place_and_hash_and_can_be_verified_by_anybody(known):
    chained.write(CHANCE, 3)
    audit_chain.seal(called(60))
    header, payload, signature = (audit_heads.last_signed(called()) or "").split(".")
    jwk = OURS.public_jwk or {}
    key = Ed25519PublicKey.from_public_bytes(unpadded(jwk["x"]))
    key.verify(unpadded(signature), f"{header}.{payload}".encode())
    assert json.loads(unpadded(header)) == {"alg": "EdDSA", "kid": jwk["kid"], "typ": "audit-head+jwt"}
    assert json.loads(unpadded(payload)) == {
        "iss": "https://renew.example",
        "iat": int(called(60).now.timestamp()),
        "position": 3,
        "hash": chained.read().events[-1]["hash"].hex(),
        "previous": 0,
    }


def unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_nothing_sealed_is_no_head_and_no_fault(known):
    chained.write(CHANCE, 2)
    assert audit_heads.last_signed(called()) is None
    found = audit_verification.verify(called())
    assert (found.sealed, found.unsealed, found.head) == (0, 2, None)


def test_the_place_of_an_event_is_shown_once_it_is_sealed(known):
    chained.write(CHANCE, 2)
    assert [event.position for event in audit_trail.list_all(called()).items] == [None, None]
    audit_chain.seal(called())
    assert [event.position for event in audit_trail.list_all(called()).items] == [2, 1]


def test_after_a_rotation_the_newest_key_signs_and_older_heads_stay_proven(known):
    for key in (RETIRED, OURS):
        chained.write(CHANCE, 2)
        audit_chain.seal(called(0, key, *({RETIRED, OURS} - {key})))
    retire()
    found = audit_verification.verify(called())
    assert found.sealed == 4
    assert signatures.key_id(found.head or "") == OURS.signing.kid


def retire() -> None:
    with Session(db.db.engine) as session, session.begin():
        retired = KeyRecord.fingerprint == RETIRED.fingerprint
        session.execute(update(KeyRecord).where(retired).values(retired_at=called().now))


def test_a_key_that_has_signed_the_newest_head_is_not_let_go(known):
    chained.write(CHANCE, 1)
    audit_chain.seal(called(0, RETIRED))
    with Session(db.db.engine) as session:
        number = session.query(KeyRecord.id).where(KeyRecord.fingerprint == RETIRED.fingerprint).scalar()
    with pytest.raises(errors.StateChanged):
        keys.retire(called(), number)
    chained.write(CHANCE, 1)
    audit_chain.seal(called(1, OURS, RETIRED))
    assert keys.retire(called(), number).retired_at is not None


@pytest.mark.parametrize("held", [(FOREIGN,), (RETIRED,)], ids=["unknown", "retired"])
def test_a_sealer_whose_newest_key_is_not_in_use_must_load_its_keys_again(known, held):
    chained.write(CHANCE, 1)
    audit_chain.seal(called(0, OURS))
    chained.write(CHANCE, 1)
    retire()
    with pytest.raises(KeysBehind):
        audit_chain.seal(called(1, *held))


def test_a_sealer_that_does_not_hold_the_key_of_the_newest_head_must_load_its_keys_again(known):
    chained.write(CHANCE, 1)
    audit_chain.seal(called(0, OURS))
    chained.write(CHANCE, 1)
    with pytest.raises(KeysBehind):
        audit_chain.seal(called(1, RETIRED))


@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM audit_heads WHERE position = (SELECT max(position) FROM audit_heads)",
        "UPDATE audit_heads SET signed = 'a.b.c'",
        "UPDATE audit_events SET position = 9 WHERE position = 1",
        "UPDATE counters SET value = 1 WHERE name = 'audit_chain'",
    ],
)
def test_nothing_more_is_sealed_on_a_chain_that_does_not_end_as_its_head_says(known, tampering):
    for turn in range(2):
        chained.write(CHANCE, 2)
        audit_chain.seal(called(turn))
    chained.write(CHANCE, 1)
    execute(tampering)
    with pytest.raises(BrokenChain):
        audit_chain.seal(called(9))
    with pytest.raises(Wrong):
        audit_verification.verify(called())


def test_after_a_cut_new_events_are_still_sealed_and_the_gap_is_told_for_ever(known):
    chained.write(CHANCE, 4)
    audit_chain.seal(called())
    execute("DELETE FROM audit_events WHERE position > 2")
    chained.write(CHANCE, 1)
    assert audit_chain.seal(called(1)) == 1
    with pytest.raises(Wrong) as wrong:
        audit_verification.verify(called())
    assert wrong.value.position == 3


def test_every_head_that_was_kept_elsewhere_lies_on_the_chain(known):
    kept = []
    for turn in range(4):
        chained.write(CHANCE, 3)
        audit_chain.seal(called(turn))
        kept.append(audit_heads.last_signed(called()) or "")
    assert audit_verification.verify(called(), [kept[2], kept[0], kept[3], kept[0]]).sealed == 12


def test_a_kept_head_of_another_server_is_refused(known):
    chained.write(CHANCE, 1)
    audit_chain.seal(called())
    foreign = audit_heads.sign(called(0, FOREIGN), 1, bytes(32), 0).signed
    for text_of_head in (foreign, "a.b.c", ""):
        with pytest.raises(NotSigned):
            audit_verification.verify(called(), [text_of_head])


def test_a_document_of_another_kind_is_no_head(known):
    payload = {"iss": "x", "iat": 1, "position": 1, "hash": bytes(32).hex(), "previous": 0}
    document = signatures.sign(called().keys, "license+jwt", payload)
    with pytest.raises(NotSigned):
        audit_verification.verify(called(), [document])


@pytest.mark.parametrize("column", ["at", "before", "hash", "position", "actor"])
def test_rubbish_that_cannot_even_be_read_is_found_at_its_place(known, column, room_url):
    if room_url.startswith("postgresql"):
        kinds = {row.name: str(row.type) for row in AuditEvent.__table__.columns}
        assert column in kinds
        return
    chained.write(CHANCE, 5)
    audit_chain.seal(called())
    value = "x'ff'" if column == "actor" else "'rubbish {'"
    execute(f"UPDATE audit_events SET {column} = {value} WHERE position = 3")
    with pytest.raises(Wrong) as wrong:
        audit_verification.verify(called())
    assert wrong.value.position == 3


def test_a_restored_backup_verifies_with_the_head_that_was_kept_before(room_url, tmp_path, request, monkeypatch):
    house, elsewhere = places(room_url, tmp_path, request, monkeypatch)
    with opened(house.database_url):
        chained.record_keys(RETIRED, OURS)
        chained.grow(random.Random(3), 3, 9)
        before = audit_verification.verify(called())
    backup.backup(house, tmp_path / "one.tar", called().now)
    backup.restore(elsewhere, tmp_path / "one.tar")
    with opened(elsewhere.database_url):
        assert audit_verification.verify(called(), [before.head or ""]) == before


def places(url, folder, request, monkeypatch):
    house = settings(url, folder / "data")
    if url.startswith("sqlite"):
        return house, settings(f"sqlite:///{folder / 'new' / 'other.db'}", folder / "new")
    server = request.getfixturevalue("postgres")
    monkeypatch.setenv("PATH", f"{server.programs}{os.pathsep}{os.environ['PATH']}")
    request.addfinalizer(lambda: server.drop("audited"))
    return house, settings(server.create("audited"), folder / "new")


def test_the_instant_of_a_head_is_whole_seconds(known):
    chained.write(CHANCE, 1)
    audit_chain.seal(replace(called(), now=called().now.replace(microsecond=7)))
    with Session(db.db.engine) as session:
        assert session.query(AuditHead.signed_at).scalar() == called().now
