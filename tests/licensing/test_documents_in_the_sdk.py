"""License documents, read by the SDK."""

from datetime import timedelta

import pytest

import prolong
from prolong_server.licensing import revocation_lists
from prolong_server.operations import keys
from tests import room as rooms
from tests import vendor
from tests.licensing.signed import asked, call, founded, house

__all__ = ["call", "founded", "house"]


def test_the_sdk_believes_a_document_and_reads_license_and_machine(call):
    held = vendor.license_()
    now = rooms.NOW + timedelta(days=1)
    found = prolong.documents.verify(asked(call(now), held), keys.jwks(), now)
    assert found.machine == prolong.Machine(vendor.MACHINE.fingerprint)
    assert (found.issuer, found.seq, found.key_id) == ("https://renew.example", 2, call().keys.signing[0].kid)
    told = found.license
    assert (told.id, told.license_key, told.expires_on) == (held.id, held.license_key, held.expires_on)
    assert (told.ends_at, told.renewable_until) == (held.ends_at, held.renewable_until)
    assert found.valid_from.date() == held.starts_on
    assert found.fresh_until - found.issued_at == timedelta(days=21)
    assert [found.standing(moment) for moment in (now, held.ends_at)] == ["VALID", "EXPIRED"]


def test_the_sdk_believes_a_document_of_no_machine(call):
    found = prolong.documents.verify(asked(call(), vendor.license_(), None), keys.jwks(), rooms.NOW)
    assert found.machine is None


def test_the_sdk_believes_documents_of_licenses_only(call):
    signed = revocation_lists.sign(call()).text
    with pytest.raises(prolong.errors.WrongType):
        prolong.documents.verify(signed, keys.jwks(), rooms.NOW)
