"""A license document is believed only if the vendor's key signed exactly these bytes as a license document."""

import base64
import datetime as dt
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from prolong import DocumentError, Machine, documents, errors
from tests.sdk.script import LICENSE, LICENSE_KEY

NOW = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
HEADER = {"alg": "EdDSA", "kid": "k1", "typ": "license+jwt"}
CLAIMS: dict[str, Any] = {
    "iss": "https://licenses.example.com",
    "iat": int(NOW.timestamp()) - 60,
    "nbf": int(NOW.timestamp()) - 60,
    "license": LICENSE,
    "machine": {"fingerprint": "fingerprint-0001"},
    "seq": 3,
    "fresh_until": int(NOW.timestamp()) + 21 * 86400,
}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(key: Ed25519PrivateKey, **more: str) -> dict[str, Any]:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(raw), "kid": "k1", **more}


KEYS = {"keys": [jwk(STRANGER, kid="k0"), jwk(PRIVATE, use="sig", alg="EdDSA")]}


def sign(header: Any = HEADER, claims: Any = CLAIMS, key: Ed25519PrivateKey = PRIVATE) -> str:
    """Signed by another library than the one that reads: the format is RFC 7515's, not joserfc's."""
    signed = b64(json.dumps(header).encode()) + "." + b64(json.dumps(claims).encode())
    return signed + "." + b64(key.sign(signed.encode()))


def test_a_genuine_document_tells_the_license_and_how_long_it_is_fresh() -> None:
    found = documents.verify(sign(), KEYS, NOW)
    assert found.license.license_key == LICENSE_KEY
    assert (found.seq, found.key_id, found.issuer) == (3, "k1", "https://licenses.example.com")
    assert found.fresh_until == NOW + dt.timedelta(days=21)
    assert found.machine == Machine("fingerprint-0001")
    assert LICENSE_KEY not in repr(found)


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ("", errors.MalformedDocument),
        ("a.b", errors.MalformedDocument),
        ("ключ.ключ.ключ", errors.MalformedDocument),
        (sign().rsplit(".", 1)[0], errors.MalformedDocument),
        (sign(header=["EdDSA"]), errors.MalformedDocument),
        (sign(header="alg"), errors.MalformedDocument),
        (sign(header={"kid": "k1"}), errors.MalformedDocument),
        (sign(claims=[]), errors.MalformedDocument),
        (sign(claims={**CLAIMS, "license": None}), errors.MalformedDocument),
        (sign(claims={**CLAIMS, "iat": "now"}), errors.MalformedDocument),
        (sign(claims={**CLAIMS, "machine": "fingerprint-0001"}), errors.MalformedDocument),
        (sign(claims={**CLAIMS, "iat": 10**30}), errors.MalformedDocument),
        (sign(header={**HEADER, "alg": "none"}), errors.WrongAlgorithm),
        (sign(header={**HEADER, "alg": "HS256"}), errors.WrongAlgorithm),
        (sign(header={**HEADER, "alg": "Ed448"}), errors.WrongAlgorithm),
        (sign(header={**HEADER, "alg": None}), errors.WrongAlgorithm),
        (sign(header={**HEADER, "typ": "license-file+jwt"}), errors.WrongType),
        (sign(header={**HEADER, "typ": "revocations+jwt"}), errors.WrongType),
        (sign(header={"alg": "EdDSA", "kid": "k1"}), errors.WrongType),
        (sign(header={**HEADER, "kid": "k9"}), errors.UnknownKey),
        (sign(header={"alg": "EdDSA", "typ": "license+jwt"}), errors.UnknownKey),
        (sign(header={**HEADER, "kid": "k0"}), errors.BadSignature),
        (sign(key=STRANGER), errors.BadSignature),
        (sign()[:-2], errors.BadSignature),
        (sign() + "AA", errors.BadSignature),
        (sign(claims={**CLAIMS, "nbf": CLAIMS["iat"] + 3600}), errors.NotYetValid),
    ],
)
def test_each_failing_has_its_own_error(document: str, error: type[DocumentError]) -> None:
    with pytest.raises(DocumentError) as caught:
        documents.verify(document, KEYS, NOW)
    assert type(caught.value) is error
    assert LICENSE_KEY not in str(caught.value)


@pytest.mark.parametrize(
    "more",
    [
        {"jku": "https://stranger.test/keys"},
        {"jwk": jwk(STRANGER)},
        {"x5u": "https://stranger.test/chain"},
        {"x5c": ["MIIB"]},
        {"x5t": "MIIB"},
        {"crit": ["b64"], "b64": True},
        {"crit": ["exp"]},
    ],
    ids=str,
)
def test_a_document_never_chooses_its_own_key_or_its_own_rules(more: dict[str, Any]) -> None:
    with pytest.raises(errors.ForbiddenHeader):
        documents.verify(sign(header={**HEADER, **more}, key=STRANGER), KEYS, NOW)


@pytest.mark.parametrize("keys", [{}, {"keys": None}, {"keys": ["k1"]}, {"keys": [{"kid": "k1", "crv": "Ed25519"}]}])
def test_a_damaged_set_of_keys_trusts_nobody(keys: dict[str, Any]) -> None:
    with pytest.raises(errors.UnknownKey):
        documents.verify(sign(), keys, NOW)


GENUINE = sign().encode()


@given(position=st.integers(0, len(GENUINE) - 1), bit=st.integers(0, 7))
def test_no_single_flipped_bit_goes_unnoticed(position: int, bit: int) -> None:
    damaged = bytearray(GENUINE)
    damaged[position] ^= 1 << bit
    with pytest.raises(DocumentError):
        documents.verify(damaged.decode("latin-1"), KEYS, NOW)


def test_no_flipped_bit_of_the_signature_goes_unnoticed_in_the_unused_bits_of_its_last_symbol() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    genuine = sign()
    passed = [last for last in alphabet if not _refused(genuine[:-1] + last)]
    assert passed == [genuine[-1]]


def _refused(document: str) -> bool:
    try:
        documents.verify(document, KEYS, NOW)
    except DocumentError:
        return True
    return False


def test_a_clock_that_lags_a_little_does_not_spoil_a_new_document() -> None:
    assert documents.verify(sign(), KEYS, NOW - dt.timedelta(minutes=5)).seq == 3


@pytest.mark.parametrize(
    ("changes", "now", "standing"),
    [
        ({}, "2027-04-30T23:59:59Z", "VALID"),
        ({}, "2027-05-01T00:00:00Z", "EXPIRED"),
        ({}, "2024-05-01T00:00:00Z", "VALID"),
        ({}, "2024-04-30T23:59:59Z", "NOT_STARTED"),
        ({"status": "suspended"}, "2026-04-01T00:00:00Z", "SUSPENDED"),
        ({"status": "revoked"}, "2028-04-01T00:00:00Z", "REVOKED"),
        ({"ends_at": "2027-04-30T21:00:00Z"}, "2027-04-30T21:00:00Z", "EXPIRED"),
        ({"ends_at": "2027-04-30T21:00:00Z"}, "2024-04-30T21:00:00Z", "VALID"),
    ],
)
def test_the_standing_without_the_network_follows_the_instant_at_which_the_last_day_is_over(
    changes: dict[str, str], now: str, standing: str
) -> None:
    found = documents.verify(sign(claims={**CLAIMS, "license": {**LICENSE, **changes}}), KEYS, NOW)
    assert found.standing(dt.datetime.fromisoformat(now)) == standing
