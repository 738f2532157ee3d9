"""Webhooks: what is genuine is told with its types, all else is refused; compared with the standard's own library."""

import base64
import datetime as dt
import json
from decimal import Decimal

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

import prolong
from prolong import errors, webhooks

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret of the endpoint").decode()
NOW = dt.datetime(2026, 4, 1, 10, 0, 5, tzinfo=dt.UTC)
DATA = {
    "license": "lic_1",
    "redemption": "rdm_1",
    "order": "ord_1",
    "dealer": "dlr_1",
    "previous_expires_on": "2026-04-30",
    "expires_on": "2027-04-30",
    "period_years": 1,
    "renewal_basis": "from_expiry",
    "test": False,
    "novel": {},
}
TOLD = {"type": "license.renewed", "timestamp": "2026-04-01T10:00:00Z", "data": DATA}
BODY = json.dumps(TOLD, ensure_ascii=False).encode()


@pytest.fixture(autouse=True)
def present():
    """The standard's library asks the clock itself."""
    with time_machine.travel(NOW, tick=False):
        yield


def theirs(body=BODY, secret=SECRET, at=NOW):
    """The headers as the standard's own library makes them."""
    signature = Webhook(secret).sign("evt_1", at, body.decode())
    return {"webhook-id": "evt_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


def test_what_the_standards_library_signs_is_told_with_its_types():
    event = webhooks.verify(BODY, theirs(), SECRET)
    assert (event.id, event.type, event.sent_at) == ("evt_1", "license.renewed", NOW)
    assert event.timestamp == dt.datetime(2026, 4, 1, 10, tzinfo=dt.UTC)
    assert isinstance(event.data, webhooks.LicenseRenewed)
    assert event.data.expires_on == dt.date(2027, 4, 30)


@given(st.binary(min_size=1, max_size=64), st.text(st.characters(codec="utf-8"), max_size=50), st.uuids())
def test_both_libraries_take_what_the_other_signs(key, text, name):
    secret = "whsec_" + base64.b64encode(key).decode()
    body = json.dumps({**TOLD, "note": text}, ensure_ascii=False)
    ours = webhooks.sign(body, secret, id=f"evt_{name}", at=NOW)
    assert Webhook(secret).verify(body, ours)["note"] == text
    headers = {**ours, "webhook-signature": Webhook(secret).sign(f"evt_{name}", NOW, body)}
    assert headers == ours
    assert webhooks.verify(body.encode(), headers, secret).id == f"evt_{name}"


@given(st.integers(0, len(BODY) * 8 - 1))
def test_no_bit_of_the_body_can_be_changed(at):
    damaged = bytearray(BODY)
    damaged[at // 8] ^= 1 << at % 8
    with pytest.raises(errors.ForgedWebhook):
        webhooks.verify(bytes(damaged), theirs(), SECRET)


@pytest.mark.parametrize(
    ("name", "value"), [("webhook-id", "evt_2"), ("webhook-timestamp", str(int(NOW.timestamp()) + 1))]
)
def test_id_and_time_are_signed_too(name, value):
    with pytest.raises(errors.ForgedWebhook):
        webhooks.verify(BODY, {**theirs(), name: value}, SECRET)


def test_several_signatures_and_several_secrets_are_for_the_time_of_a_rotation():
    old, new = theirs(secret=OTHER), theirs()
    both = {**new, "webhook-signature": f"{old['webhook-signature']} {new['webhook-signature']}"}
    assert webhooks.verify(BODY, both, SECRET).id == webhooks.verify(BODY, both, OTHER).id == "evt_1"
    assert webhooks.verify(BODY, old, [SECRET, OTHER]).id == "evt_1"
    with pytest.raises(errors.ForgedWebhook):
        webhooks.verify(BODY, old, [SECRET])


def test_a_signature_of_another_version_counts_for_nothing():
    digest = theirs()["webhook-signature"].partition(",")[2]
    for signature in (f"v1a,{digest}", f"v2,{digest}", digest, "v1,", "v1", ",", "v1,\udcff", f"v1,{digest}x"):
        with pytest.raises(errors.ForgedWebhook):
            webhooks.verify(BODY, {**theirs(), "webhook-signature": signature}, SECRET)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_was_sent_at_another_time_is_stale_for_both_libraries(minutes):
    headers = theirs(at=NOW + dt.timedelta(minutes=minutes))
    with pytest.raises(errors.StaleWebhook):
        webhooks.verify(BODY, headers, SECRET)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY, headers)


def test_the_clock_and_the_tolerance_can_be_given():
    headers = theirs()
    later = NOW + dt.timedelta(days=1)
    assert webhooks.verify(BODY, headers, SECRET, now=later, tolerance=dt.timedelta(days=2)).sent_at == NOW
    with pytest.raises(errors.StaleWebhook):
        webhooks.verify(BODY, headers, SECRET, now=NOW + dt.timedelta(seconds=2), tolerance=dt.timedelta(seconds=1))


def test_headers_may_be_of_any_case_and_a_missing_one_is_no_webhook():
    assert webhooks.verify(BODY, {name.title(): value for name, value in theirs().items()}, SECRET).id == "evt_1"
    for name in theirs():
        with pytest.raises(errors.MalformedWebhook):
            webhooks.verify(BODY, {other: value for other, value in theirs().items() if other != name}, SECRET)


@pytest.mark.parametrize("stamp", ["soon", "1e9", "-1", "1" * 12, "१२", " 1", ""])
def test_a_time_that_is_none_is_no_webhook(stamp):
    with pytest.raises(errors.MalformedWebhook):
        webhooks.verify(BODY, {**theirs(), "webhook-timestamp": stamp}, SECRET)


@pytest.mark.parametrize(
    "told", [[], "text", {}, {**TOLD, "data": []}, {**TOLD, "timestamp": "today"}, {**TOLD, "data": {"license": 1}}]
)
def test_what_is_genuine_and_no_event_is_malformed(told):
    body = json.dumps(told).encode()
    with pytest.raises(errors.MalformedWebhook):
        webhooks.verify(body, theirs(body), SECRET)


def test_an_event_of_a_type_that_is_new_here_is_told_as_it_came():
    body = json.dumps({**TOLD, "type": "moon.risen"}).encode()
    event = webhooks.verify(body, theirs(body), SECRET)
    assert (event.type, event.data) == ("moon.risen", DATA)


def test_money_is_told_as_decimals():
    data = {"order": "ord_1", "dealer": "dlr_1", "voided": 2, "credited": "49.00", "currency": "EUR", "test": True}
    body = json.dumps({**TOLD, "type": "code.voided", "data": data}).encode()
    voided = webhooks.verify(body, theirs(body), SECRET).data
    assert isinstance(voided, webhooks.CodeVoided)
    assert (voided.credited, voided.test) == (Decimal("49.00"), True)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_almost-right-but-mistyped", "whsec_ключ", []])
def test_a_secret_that_is_none_is_never_taken_and_never_quoted(secret):
    with pytest.raises(ValueError, match="looks like whsec_") as caught:
        webhooks.verify(BODY, theirs(), secret)
    assert "almost-right" not in str(caught.value)


def test_every_error_of_a_webhook_is_one_of_the_library_and_says_what_to_do():
    for kind in (errors.MalformedWebhook, errors.StaleWebhook, errors.ForgedWebhook):
        assert issubclass(kind, prolong.ProlongError)
        assert len(kind("text").advice) > 20
