"""A server whose keys are files, the documents that it signs, and a second implementation that reads them."""

import base64
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from prolong_server.call import Call
from prolong_server.channel import sealed_codes
from prolong_server.licensing import machines, validations
from prolong_server.licensing.forms import MachineForm, ValidationForm
from prolong_server.licensing.license_views import LicenseView
from prolong_server.operations import keys
from tests import room as rooms
from tests import vendor

OTHER = MachineForm("machine-fingerprint-0002")
Make = Callable[..., Call]


@pytest.fixture
def house(room: None, room_url: str, tmp_path: Path):
    """The settings of a server whose keys are files, made for this database."""
    return rooms.settings(room_url, tmp_path / "data")


@pytest.fixture
def call(house) -> Make:
    """A call by a process that has just started: it holds the keys that the files hold now."""

    def make(now: datetime = rooms.NOW, **changes: Any) -> Call:
        return replace(vendor.called(now=now, **changes), keys=keys.load(house, now, os.urandom))

    make()
    return make


@pytest.fixture(autouse=True)
def founded(call: Make) -> vendor.Vendor:
    """A vendor in the database whose keys are in files."""
    return vendor.found()


def asked(call: Call, held: LicenseView, machine: MachineForm | None = vendor.MACHINE) -> str:
    document = validations.validate(
        call, ValidationForm(held.license_key, vendor.PRODUCT, machine=machine)
    ).license_document
    assert document is not None
    return document


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(document: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload, after the signature was verified with the public key that the server shows."""
    signed, _, signature = document.rpartition(".")
    header, payload = (json.loads(unpadded(part)) for part in signed.split("."))
    (public,) = [key for key in keys.jwks()["keys"] if key["kid"] == header["kid"]]
    Ed25519PublicKey.from_public_bytes(unpadded(public["x"])).verify(unpadded(signature), signed.encode())
    return header, payload


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def code_of(call: Call, shop: vendor.Vendor, **changes: Any) -> str:
    return next(sealed_codes.read(call, vendor.order(shop, call=call, **changes)))


def machine_of(call: Call, held: LicenseView, machine: MachineForm) -> str:
    listed = machines.list_all(call, held.id).items
    return next(each.id for each in listed if each.fingerprint == machine.fingerprint)
