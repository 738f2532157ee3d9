"""What a product gets back from each call, and what travels to the server."""

import datetime as dt
import json
import logging

import httpx
import pytest

import prolong
from prolong import Customer, Machine, refusals
from tests.sdk.script import CODE, LICENSE, LICENSE_KEY, REDEMPTION, SUPPORT, Connect, problem

UTC = dt.UTC


def test_a_redemption_tells_the_new_day_as_a_date_and_the_end_as_an_instant(connect: Connect) -> None:
    client, script = connect(httpx.Response(201, json=REDEMPTION))
    receipt = client.redeem(CODE, LICENSE_KEY)
    assert receipt.expires_on == dt.date(2027, 4, 30)
    assert receipt.license.ends_at == dt.datetime(2027, 5, 1, tzinfo=UTC)
    assert not receipt.replayed
    assert script.asked[0].url.path == "/v1/redemptions"
    assert script.body == {
        "code": CODE,
        "license_key": LICENSE_KEY,
        "product": "lab",
        "product_version": "9.10",
        "machine": {"fingerprint": "fingerprint-0001"},
    }


def test_the_same_pair_again_is_known_as_a_replay(connect: Connect) -> None:
    client, _ = connect(httpx.Response(200, json=REDEMPTION, headers={"Idempotent-Replayed": "true"}))
    assert client.redeem(CODE, LICENSE_KEY).replayed


def test_unknown_fields_and_missing_optional_ones_are_tolerated(connect: Connect) -> None:
    optional = {"seller", "renewable_until", "activated_on", "test"}
    lean = {name: value for name, value in LICENSE.items() if name not in optional}
    client, _ = connect(
        httpx.Response(
            201, json={**REDEMPTION, "license": {**lean, "novel": [1]}, "license_document": None, "novel": {}}
        )
    )
    receipt = client.redeem(CODE, LICENSE_KEY)
    assert receipt.license.seller is None
    assert receipt.license.renewable_until is None


def test_a_check_without_a_license_sends_no_key_and_judges_the_code_alone(connect: Connect) -> None:
    judged = {
        "kind": "renewal",
        "product": "lab",
        "edition": "business",
        "period_years": 1,
        "seats": 5,
        "problem": None,
    }
    client, script = connect(httpx.Response(200, json=judged))
    check = client.check(CODE)
    assert (check.kind, check.seats, check.renewable, check.problem) == ("renewal", 5, None, None)
    assert "license_key" not in script.body


def test_the_problem_of_a_check_is_the_refusal_that_redeeming_would_raise(connect: Connect) -> None:
    obstacle = json.loads(problem(409, "seat_count_mismatch", seats_bought=5, seats_of_code=10).content)
    judged = {"kind": "renewal", "product": "lab", "edition": "business", "period_years": 1, "seats": 10}
    client, _ = connect(httpx.Response(200, json={**judged, "renewable": False, "problem": obstacle}))
    found = client.check(CODE, LICENSE_KEY).problem
    assert isinstance(found, refusals.SeatCountMismatch)
    assert found.fields == {"seats_bought": 5, "seats_of_code": 10}


def test_an_activation_sends_the_customer_and_brings_the_new_key(connect: Connect) -> None:
    client, script = connect(httpx.Response(201, json={"license": LICENSE, "license_document": "a.b.c"}))
    activation = client.activate(CODE, Customer(name="Olena", country="UA"))
    assert activation.license.license_key == LICENSE_KEY
    assert script.body["customer"] == {"name": "Olena", "country": "UA", "reminders": False}


def test_a_validation_tells_why_the_product_may_not_work(connect: Connect) -> None:
    client, _ = connect(httpx.Response(200, json={"valid": False, "code": "EXPIRED", "license": LICENSE}))
    answer = client.validate(LICENSE_KEY)
    assert (answer.valid, answer.code) == (False, "EXPIRED")
    assert answer.license is not None
    assert answer.license.renewable_until == dt.date(2027, 5, 30)


def test_a_refusal_has_its_class_its_sentence_and_whom_to_call(connect: Connect) -> None:
    answer = problem(409, "renewal_window_closed", support=SUPPORT, where_to_buy="https://example.com/buy")
    client, _ = connect(answer)
    with pytest.raises(refusals.RenewalWindowClosed) as caught:
        client.redeem(CODE, LICENSE_KEY)
    refused = caught.value
    assert (str(refused), refused.status, refused.request_id) == ("Sentence about renewal_window_closed.", 409, "req-1")
    assert refused.support == prolong.Support(**SUPPORT)
    assert refused.where_to_buy == "https://example.com/buy"


def test_a_refusal_that_this_version_does_not_know_is_a_plain_refused(connect: Connect) -> None:
    client, _ = connect(problem(409, "moon_in_wrong_phase"))
    with pytest.raises(prolong.Refused) as caught:
        client.redeem(CODE, LICENSE_KEY)
    assert (type(caught.value), caught.value.code) == (prolong.Refused, "moon_in_wrong_phase")


def test_a_damaged_contact_does_not_hide_the_refusal(connect: Connect) -> None:
    client, _ = connect(problem(409, "code_voided", support={"name": 7}))
    with pytest.raises(refusals.CodeVoided) as caught:
        client.redeem(CODE, LICENSE_KEY)
    assert caught.value.support is None


@pytest.mark.parametrize("address", ["server.test", "ftp://server.test", "https://", "", "http://host:port"])
def test_an_address_that_is_no_web_address_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="address must look like"):
        prolong.Client(address, product="lab", product_version="1")


@pytest.mark.parametrize("fingerprint", ["", "short", "f" * 129, "відбиток комп’ютера"])
def test_a_fingerprint_that_the_server_would_refuse_is_refused_at_once(connect: Connect, fingerprint: str) -> None:
    for machine in (fingerprint, Machine(fingerprint)):
        with pytest.raises(ValueError, match="16 to 128"):
            connect(machine=machine)


@pytest.mark.parametrize("timeout", [None, 0, -1, "30"])
def test_a_time_that_is_none_is_refused_at_once(connect: Connect, timeout: object) -> None:
    with pytest.raises(ValueError, match="number of seconds"):
        connect(timeout=timeout)


def test_attempts_that_failed_are_not_told_on_the_persons_screen(
    connect: Connect, capfd: pytest.CaptureFixture[str]
) -> None:
    client, script = connect(httpx.Response(503), httpx.ConnectError("refused"), httpx.Response(201, json=REDEMPTION))
    client.redeem(CODE, LICENSE_KEY)
    assert len(script.asked) == 3
    assert capfd.readouterr() == ("", "")


def test_a_blank_around_the_products_code_is_not_part_of_it(connect: Connect) -> None:
    client, script = connect(httpx.Response(201, json=REDEMPTION), product=" lab\n")
    assert client.redeem(CODE, LICENSE_KEY).id == "rdm_1"
    assert script.body["product"] == "lab"
    with pytest.raises(ValueError, match="Name the product"):
        connect(product=" ")


def test_no_code_key_or_personal_datum_reaches_a_log_a_repr_or_the_text_of_an_error(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client, _ = connect(problem(503, "try_again"), httpx.ConnectError("refused"), httpx.Response(201, json=REDEMPTION))
    shown = [repr(client.redeem(CODE, LICENSE_KEY)), repr(client), repr(Customer("Olena Petrenko", "UA"))]
    shown.append(repr(Machine("canary-fingerprint", "Olena Petrenko")))
    for broken in (httpx.ReadTimeout("late"), httpx.Response(201, json={**REDEMPTION, "expires_on": LICENSE_KEY})):
        client, _ = connect(broken)
        with pytest.raises(prolong.OutcomeUnknown) as caught:
            client.redeem(CODE, LICENSE_KEY)
        shown += [repr(caught.value), repr(caught.value.__cause__)]
    everything = caplog.text + "".join(shown)
    assert "503" in caplog.text
    assert not [canary for canary in (CODE, LICENSE_KEY, "Petrenko", "canary") if canary in everything]
