"""Whom people of a country are sent to (R13)."""

from dataclasses import replace

import pytest

from prolong_server.call import Call
from prolong_server.licensing import representatives
from prolong_server.licensing.representatives import RepresentativeView
from prolong_server.rules import errors
from tests.licensing.conftest import told

OURS = RepresentativeView("default", "Head office", "+1 555 0100", "help@vendor.example", "https://vendor.example")
KYIV = RepresentativeView("UA", "Kyiv office", "+380 44 000 00 01", "ua@vendor.example", "https://ua.vendor.example")


def _name(asked: Call, country: str | None) -> str | None:
    contact = representatives.support(asked, country)
    return contact.name if contact else None


def test_support_is_the_countrys_representative_else_the_vendors_own(asked: Call):
    representatives.put(asked, OURS)
    representatives.put(asked, KYIV)
    assert _name(asked, "UA") == "Kyiv office"
    for country in ("PL", None, "ua", "XX", "a\x00", ""):
        assert _name(asked, country) == "Head office"


def test_support_is_nobody_while_nobody_is_named(asked: Call):
    assert _name(asked, "UA") is None
    representatives.put(asked, KYIV)
    assert _name(asked, "UA") == "Kyiv office"
    assert _name(asked, "PL") is None


def test_putting_again_replaces(asked: Call):
    representatives.put(asked, KYIV)
    moved = replace(KYIV, name="New office")
    assert representatives.put(asked, moved) == moved == representatives.show(asked, "UA")
    assert representatives.list_all(asked).items == (moved,)


def test_show_gives_exactly_the_one_that_is_named(asked: Call):
    representatives.put(asked, OURS)
    assert representatives.show(asked, "default") == OURS
    for country in ("UA", "nowhere", "a\x00"):
        with pytest.raises(errors.NotFound):
            representatives.show(asked, country)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "ua"),
        ("country", "EU"),
        ("country", "Default"),
        ("name", " "),
        ("phone", "1" * 65),
        ("email", "nobody"),
        ("email", "a@b\x00.example"),
        ("url", "vendor.example"),
    ],
)
def test_a_wrong_field_is_named_and_nobody_is_put(asked: Call, field: str, value: str):
    with pytest.raises(errors.InvalidRequest) as refusal:
        representatives.put(asked, replace(KYIV, **{field: value}))
    assert list(told(refusal)) == [field]
    assert representatives.list_all(asked).items == ()
