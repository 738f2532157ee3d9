"""Never in doubt: what is tried again, what is not, and what the caller is told in the end."""

import copy
import json
import pickle

import httpx
import pytest

from prolong import Customer, OutcomeUnknown, Unreachable, refusals
from tests.sdk.script import CODE, LICENSE, LICENSE_KEY, REDEMPTION, Connect, problem

DONE = httpx.Response(201, json=REDEMPTION)
NEVER_SENT = [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("busy")]
MAYBE_SENT = [
    httpx.ReadTimeout("late"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.WriteTimeout("slow"),
    httpx.RemoteProtocolError("closed without an answer"),
]
GARBLED = [
    httpx.Response(201, content=b'{"id": "rdm_1", "expires'),
    httpx.Response(201, content=b"\xff\xfe\x00"),
    httpx.Response(201, json=[REDEMPTION]),
    httpx.Response(201, json={}),
    httpx.Response(201, json={**REDEMPTION, "expires_on": "tomorrow"}),
    httpx.Response(201, json={**REDEMPTION, "license": None}),
    httpx.Response(201, json={**REDEMPTION, "redeemed_at": "2026-04-01T10:00:00"}),
    httpx.Response(200, html="<h1>Welcome to the hotel's network</h1>"),
    httpx.Response(302, headers={"Location": "https://elsewhere.test"}),
    httpx.Response(403, html="<h1>Blocked by the proxy</h1>"),
    httpx.Response(500, json={"code": "internal", "detail": "?"}),
    httpx.Response(409, json={"code": "code_voided", "detail": "A refusal of somebody else's."}),
    httpx.Response(404, json={**json.loads(problem(409, "code_voided").content)}),
    httpx.Response(409, json={**json.loads(problem(409, "code_voided").content), "code": "code_voides"}),
    httpx.Response(201, json={**REDEMPTION, "license": {**LICENSE, "expires_on": "2037-04-30"}}),
    httpx.Response(201, json={**REDEMPTION, "expires_on": "2037-04-30"}),
    httpx.Response(201, json={**REDEMPTION, "previous_expires_on": "2036-04-30"}),
    httpx.Response(201, json={**REDEMPTION, "license": {**LICENSE, "license_key": "ANOTHER"}}),
    httpx.Response(201, json=REDEMPTION, headers={"Content-Digest": "sha-256=:AAAA:"}),
    httpx.Response(201, json=REDEMPTION, headers={"Content-Digest": "sha-256=:A:"}),
]


@pytest.mark.parametrize(
    "failure", [*NEVER_SENT, *(httpx.Response(status) for status in (429, 502, 503, 504))], ids=str
)
def test_a_passing_failure_is_tried_again_and_the_redemption_succeeds(
    connect: Connect, failure: httpx.Response | Exception
) -> None:
    client, script = connect(failure, failure, DONE)
    assert client.redeem(CODE, LICENSE_KEY).id == "rdm_1"
    assert len(script.asked) == 3
    assert len({request.content for request in script.asked}) == 1


@pytest.mark.parametrize("failure", MAYBE_SENT, ids=str)
def test_a_change_whose_answer_was_lost_is_sent_again_because_the_same_pair_is_never_carried_out_twice(
    connect: Connect, failure: Exception
) -> None:
    client, script = connect(failure, DONE)
    assert client.redeem(CODE, LICENSE_KEY).id == "rdm_1"
    assert len({request.content for request in script.asked}) == 1
    assert len(script.asked) == 2


@pytest.mark.parametrize("failure", MAYBE_SENT, ids=str)
def test_a_change_whose_answer_is_lost_to_the_end_is_told_as_unknown(connect: Connect, failure: Exception) -> None:
    client, script = connect(failure)
    with pytest.raises(OutcomeUnknown) as caught:
        client.redeem(CODE, LICENSE_KEY)
    assert len(script.asked) == 5
    assert "never spent twice" in caught.value.advice


@pytest.mark.parametrize("answer", GARBLED, ids=range(len(GARBLED)))
def test_a_garbled_answer_to_a_change_is_never_taken_for_a_yes_or_a_no(
    connect: Connect, answer: httpx.Response
) -> None:
    client, _ = connect(answer)
    with pytest.raises(OutcomeUnknown):
        client.redeem(CODE, LICENSE_KEY)


def test_an_activation_without_its_license_is_never_taken_for_a_yes(connect: Connect) -> None:
    client, _ = connect(httpx.Response(201, json={"license_document": "a.b.c"}))
    with pytest.raises(OutcomeUnknown):
        client.activate(CODE, Customer("Olena", "UA"))


@pytest.mark.parametrize("answer", [*NEVER_SENT, *MAYBE_SENT, *GARBLED], ids=repr)
def test_a_question_without_a_usable_answer_is_unreachable_because_nothing_was_changed(
    connect: Connect, answer: httpx.Response | Exception
) -> None:
    client, _ = connect(answer)
    with pytest.raises(Unreachable):
        client.check(CODE, LICENSE_KEY)
    with pytest.raises(Unreachable):
        client.validate(LICENSE_KEY)


@pytest.mark.parametrize("failure", NEVER_SENT, ids=str)
def test_a_change_that_was_never_sent_is_unreachable_not_unknown(connect: Connect, failure: Exception) -> None:
    client, script = connect(failure)
    with pytest.raises(Unreachable):
        client.redeem(CODE, LICENSE_KEY)
    assert len(script.asked) == 5


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_server_that_stays_away_leaves_a_change_unknown(connect: Connect, status: int) -> None:
    client, script = connect(problem(status, "try_again"))
    with pytest.raises(OutcomeUnknown):
        client.redeem(CODE, LICENSE_KEY)
    assert len(script.asked) == 5


def test_one_doubtful_attempt_keeps_the_outcome_unknown_whatever_follows_without_an_answer(connect: Connect) -> None:
    for last in (httpx.ConnectError("refused"), problem(429, "rate_limited")):
        client, _ = connect(httpx.Response(504), last)
        with pytest.raises(OutcomeUnknown):
            client.redeem(CODE, LICENSE_KEY)


def test_a_refusal_after_a_doubtful_attempt_is_definite(connect: Connect) -> None:
    client, _ = connect(httpx.Response(504), problem(409, "code_already_redeemed"))
    with pytest.raises(refusals.CodeAlreadyRedeemed):
        client.redeem(CODE, LICENSE_KEY)


def test_too_many_requests_to_the_end_is_a_refusal_because_nothing_was_done(connect: Connect) -> None:
    for answer in (problem(429, "rate_limited"), httpx.Response(429, html="slow down")):
        client, _ = connect(answer)
        with pytest.raises(refusals.RateLimited):
            client.redeem(CODE, LICENSE_KEY)


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_would_outlast_the_deadline_is_not_begun(connect: Connect, status: int) -> None:
    client, script = connect(httpx.Response(status, headers={"Retry-After": "31"}), DONE, timeout=30)
    with pytest.raises((OutcomeUnknown, refusals.RateLimited)):
        client.redeem(CODE, LICENSE_KEY)
    assert len(script.asked) == 1


def test_a_wait_that_fits_into_the_deadline_is_kept(connect: Connect) -> None:
    client, script = connect(httpx.Response(503, headers={"Retry-After": "2"}), DONE, timeout=30)
    assert client.redeem(CODE, LICENSE_KEY).id == "rdm_1"
    assert len(script.asked) == 2


@pytest.mark.parametrize("code", sorted(refusals.BY_CODE))
def test_every_refusal_of_the_contract_is_raised_as_its_class_and_is_never_tried_again(
    connect: Connect, code: str
) -> None:
    client, script = connect(problem(409, code))
    with pytest.raises(refusals.BY_CODE[code]) as caught:
        client.redeem(CODE, LICENSE_KEY)
    assert caught.value.code == code
    assert len(script.asked) == 1


def test_a_refusal_survives_copying_and_pickling_whole() -> None:
    first = refusals.refusal({"code": "seat_count_mismatch", "detail": "Two numbers.", "seats_bought": 5}, status=409)
    for twin in (copy.copy(first), pickle.loads(pickle.dumps(first))):
        assert type(twin) is refusals.SeatCountMismatch
        assert (str(twin), twin.status, twin.fields) == ("Two numbers.", 409, {"seats_bought": 5})
