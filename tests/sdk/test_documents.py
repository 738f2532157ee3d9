"""A license document is believed only if the vendor's key signed exactly these bytes as a license document."""

import datetime as dt
from typing import Any

import pytest

from prolong import DocumentError, Machine, documents, errors
from tests.sdk import signing
from tests.sdk.script import LICENSE, LICENSE_KEY
from tests.sdk.signing import HEADER, KEYS, PRIVATE, STRANGER, jwk

NOW = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)
CLAIMS = signing.claims(LICENSE, NOW.timestamp() - 60, fresh_until=int(NOW.timestamp()) + 21 * signing.DAY)


def sign(header: Any = HEADER, claims: Any = CLAIMS, key: Any = PRIVATE) -> str:
    return signing.sign(claims, header, key)


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
        (sign()[:-2], errors.MalformedDocument),
        (sign() + "AA", errors.MalformedDocument),
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
        {"b64": False},
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


def test_no_single_flipped_bit_goes_unnoticed() -> None:
    genuine = sign().encode()
    damaged = [flipped(genuine, place).decode("latin-1") for place in range(len(genuine) * 8)]
    assert [text for text in damaged if refusal_of(text) is None] == []


def test_whatever_is_cut_off_a_document_is_called_truncated_and_not_forged() -> None:
    genuine = sign()
    assert {type(refusal_of(genuine[:length])) for length in range(len(genuine))} == {errors.MalformedDocument}


def flipped(text: bytes, place: int) -> bytes:
    """The text with one bit turned round, of all its bits the one at `place`."""
    damaged = bytearray(text)
    damaged[place // 8] ^= 1 << place % 8
    return bytes(damaged)


def test_a_document_of_another_product_or_computer_is_refused_by_name() -> None:
    mine: Any = {"product": "lab", "machine": "fingerprint-0001"}
    assert documents.verify(sign(), KEYS, NOW, **mine).seq == 3
    with pytest.raises(errors.WrongProduct):
        documents.verify(sign(), KEYS, NOW, product="studio")
    with pytest.raises(errors.WrongMachine):
        documents.verify(sign(), KEYS, NOW, machine="fingerprint-0002")
    with pytest.raises(errors.WrongMachine):
        documents.verify(sign(claims={**CLAIMS, "machine": None}), KEYS, NOW, **mine)


def test_each_error_says_what_to_do_next() -> None:
    kinds: list[type[DocumentError]] = [errors.DocumentError, *errors.DocumentError.__subclasses__()]
    assert all(kind("why").advice.endswith(".") for kind in kinds)
    assert errors.WrongMachine("why").advice != errors.UnknownKey("why").advice


def test_no_flipped_bit_of_the_signature_goes_unnoticed_in_the_unused_bits_of_its_last_symbol() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    genuine = sign()
    passed = [last for last in alphabet if refusal_of(genuine[:-1] + last) is None]
    assert passed == [genuine[-1]]


def refusal_of(document: str) -> DocumentError | None:
    try:
        documents.verify(document, KEYS, NOW)
    except DocumentError as error:
        return error
    return None


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
        ({"status": "a status of a later server"}, "2026-04-01T00:00:00Z", "SUSPENDED"),
        ({"ends_at": "2027-04-30T21:00:00Z"}, "2027-04-30T21:00:00Z", "EXPIRED"),
        ({"ends_at": "2027-04-30T21:00:00Z"}, "2024-04-30T21:00:00Z", "VALID"),
    ],
)
def test_the_standing_without_the_network_follows_the_instant_at_which_the_last_day_is_over(
    changes: dict[str, str], now: str, standing: str
) -> None:
    found = documents.verify(sign(claims={**CLAIMS, "license": {**LICENSE, **changes}}), KEYS, NOW)
    assert found.standing(dt.datetime.fromisoformat(now)) == standing
