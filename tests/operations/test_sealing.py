import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.keyring import Keyring
from prolong_server.operations import sealing

OLD, NEW = b"o" * 32, b"n" * 32


def keyring(*secrets: bytes) -> Keyring:
    return Keyring((), (), secrets)


@given(st.binary(max_size=300), st.binary(max_size=30))
def test_what_is_sealed_opens_in_its_context(plain, context):
    held = keyring(NEW)
    assert sealing.unseal(held, sealing.seal(held, os.urandom, plain, context), context) == plain


def test_what_was_sealed_before_a_rotation_still_opens_and_the_newest_key_seals():
    before = sealing.seal(keyring(OLD), os.urandom, b"codes", b"")
    after = sealing.seal(keyring(NEW, OLD), os.urandom, b"codes", b"")
    assert sealing.unseal(keyring(NEW, OLD), before, b"") == b"codes"
    assert sealing.unseal(keyring(NEW), after, b"") == b"codes"


def test_without_its_key_it_says_so():
    sealed = sealing.seal(keyring(OLD), os.urandom, b"codes", b"")
    with pytest.raises(sealing.KeyMissing):
        sealing.unseal(keyring(NEW), sealed, b"")


def test_every_changed_byte_and_every_cut_is_noticed():
    held = keyring(NEW)
    sealed = sealing.seal(held, os.urandom, b"codes", b"order 1")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises((sealing.Tampered, sealing.KeyMissing)):
            sealing.unseal(held, changed, b"order 1")
        with pytest.raises(sealing.Tampered):
            sealing.unseal(held, sealed[:at], b"order 1")


def test_a_part_moved_to_another_place_does_not_open_there():
    held = keyring(NEW)
    sealed = sealing.seal(held, os.urandom, b"codes", b"order 1")
    with pytest.raises(sealing.Tampered):
        sealing.unseal(held, sealed, b"order 2")


def test_the_same_text_never_seals_to_the_same_bytes_and_is_not_seen_in_them():
    held = keyring(NEW)
    sealed = {sealing.seal(held, os.urandom, b"codes", b"") for _ in range(20)}
    assert len(sealed) == 20
    assert not any(b"codes" in one for one in sealed)
