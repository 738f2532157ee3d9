"""The page for C, C++ and C# is right: a second reader, written from it alone, and the SDK agree on every vector.

The second reader verifies by libsodium, as the page tells, in the shape of PyNaCl; the SDK does not.
"""

import base64
import binascii
import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from prolong import DocumentError, documents
from tests.sdk.test_documents import flipped

DOCS = Path(__file__).parents[2] / "client_sdk" / "docs"
VECTORS = json.loads((DOCS / "vectors" / "license_document.json").read_text("utf-8"))
NOW = dt.datetime.fromtimestamp(VECTORS["now"], dt.UTC)
KNOWN = {"product": VECTORS["product"], "machine": VECTORS["machine"]}
FORBIDDEN = {"b64", "crit", "jku", "jwk", "x5c", "x5t", "x5t#S256", "x5u"}


class Refused(Exception):
    """By the name that the page gives to the defect."""


def decoded(text: str) -> bytes:
    """base64url, strictly: no padding, no other symbol, and only one spelling of each value."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Refused("malformed_document") from None
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise Refused("malformed_document")
    return data


def an_object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data.decode("utf-8"))
    except ValueError:
        raise Refused("malformed_document") from None
    if not isinstance(found, dict):
        raise Refused("malformed_document")
    return found


def read(text: str) -> dict[str, Any]:
    """The steps of the page, in its order."""
    parts = text.split(".")
    if len(parts) != 3 or not text.isascii():
        raise Refused("malformed_document")
    key = bytes.fromhex(key_of(an_object(decoded(parts[0])), parts[2]))
    judge_signature(key, f"{parts[0]}.{parts[1]}".encode("ascii"), parts[2])
    payload = an_object(decoded(parts[1]))
    if payload["license"]["product"] != VECTORS["product"]:
        raise Refused("wrong_product")
    if payload.get("machine", {}).get("fingerprint") != VECTORS["machine"]:
        raise Refused("wrong_machine")
    return payload


def key_of(header: dict[str, Any], signature: str) -> str:
    if FORBIDDEN & header.keys():
        raise Refused("forbidden_header")
    if header.get("alg") != "EdDSA":
        raise Refused("wrong_algorithm")
    if header.get("typ") != "license+jwt":
        raise Refused("wrong_type")
    if len(signature) != 86:
        raise Refused("malformed_document")
    if header.get("kid") != VECTORS["keys"]["keys"][0]["kid"]:
        raise Refused("unknown_key")
    return str(VECTORS["public_key_hex"])


def judge_signature(key: bytes, signed: bytes, text: str) -> None:
    try:
        VerifyKey(key).verify(signed, decoded(text))
    except (Refused, BadSignatureError):
        raise Refused("bad_signature") from None


def by_sdk(text: str) -> documents.Document:
    return documents.verify(text, VECTORS["keys"], NOW, **KNOWN)


def test_the_second_reader_and_the_sdk_read_the_same() -> None:
    payload = read(VECTORS["document"])
    found = by_sdk(VECTORS["document"])
    assert payload == VECTORS["payload"]
    assert (found.seq, found.license.license_key) == (payload["seq"], payload["license"]["license_key"])
    assert found.fresh_until.timestamp() == payload["fresh_until"]


def test_the_parts_of_the_vector_fit_together() -> None:
    head, payload, signature = VECTORS["document"].split(".")
    assert f"{head}.{payload}" == VECTORS["signing_input"]
    assert decoded(signature).hex() == VECTORS["signature_hex"]
    assert len(decoded(signature)) == 64
    assert decoded(VECTORS["keys"]["keys"][0]["x"]).hex() == VECTORS["public_key_hex"]
    assert an_object(decoded(head)) == VECTORS["header"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["why"])
def test_what_one_reader_refuses_the_other_refuses_for_the_same_reason(vector: dict[str, str]) -> None:
    with pytest.raises(Refused, match=f"^{vector['error']}$"):
        read(vector["document"])
    with pytest.raises(DocumentError) as caught:
        by_sdk(vector["document"])
    assert re.sub(r"(?<!^)(?=[A-Z])", "_", type(caught.value).__name__).lower() == vector["error"]


def passes(text: str) -> bool:
    try:
        read(text)
    except Refused:
        return False
    return True


def test_the_second_reader_too_refuses_the_document_whichever_of_its_bits_is_turned_round() -> None:
    genuine = VECTORS["document"].encode("ascii")
    damaged = [flipped(genuine, place).decode("latin-1") for place in range(len(genuine) * 8)]
    assert passes(VECTORS["document"])
    assert [text for text in damaged if passes(text)] == []


def test_the_page_names_every_defect_and_every_forbidden_header() -> None:
    page = (DOCS / "verify-in-c.md").read_text("utf-8")
    assert {vector["error"] for vector in VECTORS["refused"]} <= set(re.findall(r"`(\w+)`", page))
    assert {f"`{name}`" for name in FORBIDDEN} <= set(re.findall(r"`[^`]+`", page))
    assert VECTORS["public_key_hex"] in page
