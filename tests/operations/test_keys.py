import base64
import json
import multiprocessing
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc.jwk import OKPKey
from sqlalchemy import delete, insert, select, update

from prolong_server import db
from prolong_server.config import WrongSetting
from prolong_server.keyring import KeysBehind
from prolong_server.models.channel import SealedChunk
from prolong_server.models.licensing import Code
from prolong_server.models.operations import AuditEvent, KeyPurpose, KeyRecord
from prolong_server.operations import key_files, keys, sealing
from prolong_server.operations.key_material import KeyMaterial
from prolong_server.operations.keys import Holder
from prolong_server.rules import digests, errors
from tests.operations.rows import dealer, edition, order, product
from tests.room import NOW, called, opened, save, settings


def key(fill: str) -> str:
    return base64.urlsafe_b64encode(fill.encode() * 32).decode()


@pytest.fixture
def house(room, room_url, tmp_path):
    return settings(room_url, tmp_path / "data")


def load(house):
    return keys.load(house, NOW, os.urandom)


def records():
    with db.lookups() as connection:
        return connection.execute(select(KeyRecord.__table__).order_by(KeyRecord.id)).all()


def file(house, purpose):
    return house.data_dir / "keys" / f"{purpose}-keys"


def test_a_new_database_gets_one_key_of_each_purpose_in_files_for_the_owner_alone(house):
    ring = load(house)
    assert (len(ring.codes), len(ring.signing), len(ring.secrets)) == (1, 1, 1)
    assert stat.S_IMODE((house.data_dir / "keys").stat().st_mode) == 0o700
    for purpose in ("code", "signing", "secret"):
        assert stat.S_IMODE(file(house, purpose).stat().st_mode) == 0o600
    assert sorted(path.name for path in (house.data_dir / "keys").iterdir()) == [
        "code-keys",
        "secret-keys",
        "signing-keys",
    ]


def test_the_next_start_finds_the_same_keys_and_makes_none(house):
    assert load(house) == load(house)
    assert len(records()) == 3


def test_given_keys_are_used_and_nothing_is_written_for_them(house, room_url, tmp_path):
    given = settings(
        room_url, tmp_path / "data", code_keys=(key("c"),), signing_keys=(key("s"),), secret_keys=(key("x"),)
    )
    ring = load(given)
    assert (ring.codes[0].secret, ring.secrets) == (b"c" * 32, (b"x" * 32,))
    assert not given.data_dir.exists()


def test_the_database_holds_fingerprints_and_public_halves_but_no_key(house):
    ring = load(house)
    stored = repr(records()) + json.dumps(keys.jwks())
    assert sha256(b"code 2\0" + ring.codes[0].secret).hexdigest() in stored
    for secret in (ring.codes[0].secret, ring.secrets[0], base64.urlsafe_b64decode(text(house, "signing") + "=")):
        assert secret.hex() not in stored
        assert base64.urlsafe_b64encode(secret).decode().rstrip("=") not in stored
    assert '"d"' not in json.dumps(keys.jwks())


@pytest.mark.parametrize("purpose", ["code", "signing", "secret"])
def test_a_start_without_a_known_key_stops_with_its_purpose_and_place(house, purpose):
    load(house)
    file(house, purpose).unlink()
    with pytest.raises(WrongSetting) as stop:
        load(house)
    assert str(stop.value).startswith(f"A {purpose} key")
    assert str(file(house, purpose)) in str(stop.value)
    assert not file(house, purpose).exists()


def test_a_second_host_with_an_empty_data_directory_does_not_start(house, room_url, tmp_path):
    load(house)
    with pytest.raises(WrongSetting):
        load(settings(room_url, tmp_path / "elsewhere"))
    assert not (tmp_path / "elsewhere").exists()
    assert len(records()) == 3


def test_a_foreign_key_in_place_of_the_known_one_stops_the_start_and_is_not_recorded(house, room_url, tmp_path):
    load(house)
    foreign = settings(room_url, house.data_dir, code_keys=(key("f"),))
    with pytest.raises(WrongSetting) as stop:
        load(foreign)
    assert "PROLONG_CODE_KEYS" in str(stop.value)
    assert key("f") not in str(stop.value)
    assert len(records()) == 3


@pytest.mark.parametrize("wrong", ["short", "A" * 42, "A" * 44 + "==", "я" * 43, "A" * 42 + " ", "A" * 42 + "+"])
def test_a_badly_written_key_is_named_by_its_variable_and_not_told(house, room_url, wrong):
    with pytest.raises(WrongSetting) as stop:
        load(settings(room_url, house.data_dir, secret_keys=(key("x"), wrong)))
    assert "PROLONG_SECRET_KEYS" in str(stop.value)
    assert wrong not in str(stop.value)
    assert stop.value.__cause__ is None


def test_no_key_appears_in_a_repr(house):
    ring = load(house)
    shown = repr(ring) + repr(Holder(house, lambda: NOW, os.urandom)) + repr(house)
    for secret in (ring.codes[0].secret, ring.secrets[0]):
        assert repr(secret) not in shown
    assert text(house, "signing") not in shown


def text(house, purpose):
    return file(house, purpose).read_text().split()[0]


def test_a_key_put_on_top_is_recorded_and_used_first_and_the_old_one_still_reads(house, room_url):
    old = load(house).codes[0]
    both = settings(room_url, house.data_dir, code_keys=(key("n"), text(house, "code")))
    ring = load(both)
    assert [code.secret for code in ring.codes] == [b"n" * 32, old.secret]
    assert ring.codes[1].id == old.id
    assert ring.codes[0].id not in {record.id for record in records()[:3]}
    with pytest.raises(WrongSetting):
        load(house)


def test_rotation_makes_a_key_of_each_purpose_that_the_next_load_uses_first(house):
    before = load(house)
    rotated = keys.rotate(called(), house)
    after = load(house)
    assert [one.purpose for one in rotated] == ["code", "signing", "secret"]
    assert all(one.value is None for one in rotated)
    assert after.codes[1:] == before.codes
    assert after.secrets[1:] == before.secrets
    assert [one.kid for one in after.signing[1:]] == [one.kid for one in before.signing]
    assert len(records()) == 6


def test_rotation_of_given_keys_tells_the_new_one_and_changes_nothing(house, room_url):
    given = settings(room_url, house.data_dir, code_keys=(key("c"),))
    load(given)
    (rotated,) = keys.rotate(called(), given, "code")
    assert rotated.variable == "PROLONG_CODE_KEYS"
    assert len(records()) == 3
    assert rotated.value
    assert rotated.value not in repr(rotated)
    assert len(load(settings(room_url, house.data_dir, code_keys=(rotated.value, key("c")))).codes) == 2


def test_rotation_refuses_an_unknown_purpose_and_a_missing_key(house):
    load(house)
    with pytest.raises(errors.InvalidRequest):
        keys.rotate(called(), house, "garden")
    file(house, "code").unlink()
    with pytest.raises(WrongSetting):
        keys.rotate(called(), house, "code")
    assert not file(house, "code").exists()


def test_rotations_at_the_same_time_lose_no_key(house):
    load(house)
    together(4, lambda: keys.rotate(called(), house, "code"), house)
    assert len(load(house).codes) == 5
    assert len({record.id for record in records()}) == 7


def test_a_document_signed_by_the_old_key_is_verified_by_the_published_set(house):
    old = load(house).signing[0]
    assert isinstance(old.key.private_key, Ed25519PrivateKey)
    signature = old.key.private_key.sign(b"terms")
    keys.rotate(called(), house, "signing")
    published = keys.jwks()
    verifier = next(one for one in published["keys"] if one["kid"] == old.kid)
    public = OKPKey.import_key(dict(verifier)).public_key
    assert isinstance(public, Ed25519PublicKey)
    public.verify(signature, b"terms")
    assert [one["kid"] for one in published["keys"]] == [one.kid for one in load(house).signing]
    for one in published["keys"]:
        assert (one["kty"], one["crv"], one["alg"], one["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
        assert OKPKey.import_key({name: one[name] for name in ("kty", "crv", "x")}).thumbprint() == one["kid"]


def test_a_retired_signing_key_stays_published_and_is_not_needed_to_start(house):
    load(house)
    keys.rotate(called(), house, "signing")
    old = next(one for one in keys.listing(called())[::-1] if one.purpose == "signing")
    keys.retire(called(), old.id)
    key_files.replace(house.data_dir, KeyPurpose.SIGNING, file(house, "signing").read_text().split()[:1])
    assert len(load(house).signing) == 1
    assert len(keys.jwks()["keys"]) == 2


def test_a_code_key_goes_only_when_no_code_names_it(house):
    old = load(house).codes[0]
    with pytest.raises(errors.StateChanged):
        keys.retire(called(), old.id)
    keys.rotate(called(), house, "code")
    save(Code(digest=b"d" * 16, order_id=1, key_id=old.id))
    listed = {one.id: one.codes or 0 for one in keys.listing(called()) if one.purpose == "code"}
    assert sorted(listed.values()) == [0, 1]
    assert listed[old.id] == 1
    with pytest.raises(errors.StateChanged):
        keys.retire(called(), old.id)
    with db.transaction() as connection:
        connection.execute(delete(Code))
    assert keys.retire(called(1), old.id).retired_at == called(1).now
    assert keys.retire(called(2), old.id).retired_at == called(1).now
    assert [one.id for one in load(house).codes] != [old.id]
    assert old.id not in {one.id for one in load(house).codes}


def test_a_secret_key_goes_only_when_nothing_is_sealed_under_it(house):
    ring = load(house)
    save(dealer(7), product(1), edition(2, 1), order(3, 7, 2))
    save(SealedChunk(order_id=3, number=0, sealed=sealing.seal(ring, os.urandom, b"codes", b"")))
    keys.rotate(called(), house, "secret")
    old = next(one for one in keys.listing(called())[::-1] if one.purpose == "secret")
    for held in (load(house), ring, called().keys):
        with pytest.raises(errors.StateChanged) as refused:
            keys.retire(called(91, keys=held), old.id)
        assert refused.value.fields["state"] == "the key of something sealed"
    with db.transaction() as connection:
        fresh = sealing.seal(load(house), os.urandom, b"codes", b"")
        connection.execute(update(SealedChunk).values(sealed=fresh))
    assert keys.retire(called(91, keys=load(house)), old.id).retired_at


def test_a_secret_key_stays_until_the_links_that_it_signed_before_its_successor_came_have_ended(house):
    load(house)
    keys.rotate(called(), house, "secret")
    keys.rotate(called(30), house, "secret")
    newest, middle, oldest = (one.id for one in keys.listing(called()) if one.purpose == "secret")
    with pytest.raises(errors.StateChanged) as refused:
        keys.retire(called(89), oldest)
    assert "it may go from 2026-06-04 on" in str(refused.value.fields["state"])
    for days, number in ((90, oldest), (120, middle)):
        with pytest.raises(errors.StateChanged):
            keys.retire(called(days - 1), number)
        assert keys.retire(called(days), number).retired_at
    with pytest.raises(errors.StateChanged):
        keys.retire(called(1000), newest)


def test_rotation_and_retirement_are_in_the_trail(house):
    load(house)
    keys.rotate(called(), house, "code")
    old = next(one for one in keys.listing(called())[::-1] if one.purpose == "code")
    keys.retire(called(), old.id)
    with db.lookups() as connection:
        actions = connection.execute(select(AuditEvent.action)).scalars().all()
    assert actions == ["key.rotated", "key.retired"]


def test_a_process_behind_a_rotation_loads_again_and_then_holds_the_new_key(house):
    holder = Holder(house, lambda: NOW, os.urandom)
    before = holder.current()
    assert not holder.refresh_if_behind(known())
    keys.rotate(called(), house, "code")
    assert holder.current() == before
    assert holder.refresh_if_behind(known())
    assert len(holder.current().codes) == 2
    assert not holder.refresh_if_behind(known())


def test_a_process_that_cannot_get_the_new_key_asks_to_try_again_and_keeps_the_old_ones(house, room_url):
    given = settings(room_url, house.data_dir, code_keys=(key("c"),))
    holder = Holder(given, lambda: NOW, os.urandom)
    before = holder.current()
    load(settings(room_url, house.data_dir, code_keys=(key("n"), key("c"))))
    with pytest.raises(errors.TryAgain):
        holder.refresh_if_behind(known())
    assert holder.current() == before


def known():
    with db.lookups() as connection:
        return keys.code_key_ids(connection)


def test_an_order_under_a_retired_key_is_told_to_try_again(house):
    old = load(house).codes[0].id
    keys.rotate(called(), house, "code")
    hold(called(), old)
    keys.retire(called(), old)
    with pytest.raises(errors.TryAgain):
        hold(called(), old)


hold = db.transactional(lambda session, call, key_id: keys.hold_code_key(session, key_id))


def test_nothing_is_sealed_under_a_retired_secret_or_one_that_was_never_recorded(house):
    before = load(house)
    hold_secret(called(keys=before))
    keys.rotate(called(), house, "secret")
    hold_secret(called(keys=before))
    keys.retire(called(90, keys=load(house)), secret_id(before))
    for held in (before, called().keys):
        with pytest.raises(KeysBehind):
            hold_secret(called(keys=held))
    hold_secret(called(keys=load(house)))


hold_secret = db.transactional(lambda session, call: keys.hold_secret(session, call.keys))


def secret_id(ring):
    known = KeyMaterial(KeyPurpose.SECRET, ring.secrets[0]).fingerprints
    return next(row.id for row in records() if row.fingerprint in known)


def test_a_secret_is_not_retired_beside_a_transaction_that_seals_under_it(house):
    before = load(house)
    save(dealer(7), product(1), edition(2, 1), order(3, 7, 2))
    keys.rotate(called(), house, "secret")
    now = called(90, keys=load(house))

    @db.transactional
    def seal(session, call):
        keys.hold_secret(session, call.keys)
        sealed = sealing.seal(call.keys, os.urandom, b"codes", b"")
        session.execute(insert(SealedChunk).values(order_id=3, number=0, sealed=sealed))
        # The other waits for this transaction until its patience ends: as long as that lasts nothing is decided.
        assert retired_elsewhere(house, now, secret_id(before)) == "TryAgain"

    seal(called(keys=before))
    assert retired_elsewhere(house, now, secret_id(before)) == "StateChanged"


def retired_elsewhere(house, call, number):
    def retire():
        with opened(house.database_url):
            try:
                keys.retire(call, number)
            except errors.Refusal as refused:
                return type(refused).__name__
            return "retired"

    with ThreadPoolExecutor(1) as other:
        return other.submit(retire).result()


def test_eight_threads_that_start_at_once_on_a_new_database_hold_the_same_keys(house):
    rings = together(8, lambda: load(house), house)
    assert len({ring.codes for ring in rings}) == 1
    assert len({ring.secrets for ring in rings}) == 1
    assert len(records()) == 3


def test_processes_that_start_at_once_hold_the_same_keys(house, room_url):
    context = multiprocessing.get_context("fork")
    with context.Pool(3) as pool:
        found = pool.starmap(started, [(room_url, house.data_dir)] * 3, chunksize=1)
    assert len(set(found)) == 1


def started(url, data_dir):
    with opened(url):
        return load(settings(url, data_dir)).codes[0].secret


def test_two_hosts_that_start_at_once_do_not_both_get_keys_of_their_own(house, room_url, tmp_path):
    hosts = [settings(room_url, tmp_path / name) for name in ("one", "two")]
    outcomes = together(2, lambda: attempt(hosts.pop()), house)
    assert sorted(outcomes) == ["loaded", "stopped"]
    assert len(records()) == 3


def attempt(house):
    try:
        load(house)
    except WrongSetting:
        return "stopped"
    return "loaded"


def test_a_file_that_is_there_already_is_never_overwritten(tmp_path):
    key_files.create(tmp_path, KeyPurpose.CODE, ["first"])
    key_files.create(tmp_path, KeyPurpose.CODE, ["second"])
    assert key_files.read(tmp_path, KeyPurpose.CODE) == ("first",)
    assert len(list((tmp_path / "keys").iterdir())) == 1


def test_a_data_directory_that_cannot_be_written_is_named(house, tmp_path):
    house.data_dir.write_text("a file where the folder should be")
    with pytest.raises(WrongSetting) as stop:
        load(house)
    assert str(house.data_dir) in str(stop.value)
    assert records() == []


def together(count, work, house):
    """What `work` answered in `count` threads that began at the same moment."""
    barrier, answers = threading.Barrier(count), []

    def run():
        with opened(house.database_url):
            barrier.wait()
            answers.append(work())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == count
    return answers


def as_the_earlier_release_recorded(fill, number=1):
    """The row of a code key that a release without schemes writes: it leaves the scheme to the database."""
    fingerprint = sha256(b"code\0" + fill.encode() * 32).hexdigest()
    row = {"id": number, "purpose": KeyPurpose.CODE, "fingerprint": fingerprint, "created_at": NOW}
    with db.transaction() as connection:
        connection.execute(insert(KeyRecord).values(row))


def test_a_new_code_key_makes_digests_that_begin_with_the_first_group(house):
    assert [key.scheme for key in load(house).codes] == [digests.GROUPED]
    assert {row.purpose: row.scheme for row in records()} == {"code": 2, "signing": 1, "secret": 1}


def test_a_key_that_an_earlier_release_recorded_keeps_its_scheme_and_is_recorded_once(house, room_url):
    as_the_earlier_release_recorded("c")
    given = {"signing_keys": (key("s"),), "secret_keys": (key("x"),)}
    ring = load(settings(room_url, house.data_dir, code_keys=(key("c"),), **given))
    assert [(code.id, code.scheme) for code in ring.codes] == [(1, digests.HASHED)]
    ring = load(settings(room_url, house.data_dir, code_keys=(key("n"), key("c")), **given))
    assert [(code.secret[:1], code.scheme) for code in ring.codes] == [(b"n", digests.GROUPED), (b"c", digests.HASHED)]
    assert len([row for row in records() if row.purpose == "code"]) == 2


def test_after_a_rotation_new_codes_can_be_searched_and_the_list_of_keys_shows_it(house, room_url):
    as_the_earlier_release_recorded("c")
    key_files.create(house.data_dir, KeyPurpose.CODE, [key("c")])
    for purpose in (KeyPurpose.SIGNING, KeyPurpose.SECRET):
        key_files.create(house.data_dir, purpose, [key(purpose[0])])
    load(house)
    keys.rotate(called(), house, "code")
    assert [code.scheme for code in load(house).codes] == [digests.GROUPED, digests.HASHED]
    assert {(view.purpose, view.scheme) for view in keys.listing(called())} == {
        ("code", 1),
        ("code", 2),
        ("signing", None),
        ("secret", None),
    }


def test_the_earlier_release_does_not_recognise_a_key_of_a_newer_scheme(house):
    ring = load(house)
    as_it_computes = sha256(b"code\0" + ring.codes[0].secret).hexdigest()
    assert as_it_computes not in {row.fingerprint for row in records()}


def test_processes_that_start_together_hold_one_key_with_one_scheme(house):
    rings = together(8, lambda: load(house), house)
    assert len({(code.id, code.secret, code.scheme) for ring in rings for code in ring.codes}) == 1
