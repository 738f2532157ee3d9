"""An intent is kept from before a code is sent until the answer is definite, and is never lost to another."""

import json
from typing import Any

import httpx
import pytest

import prolong
from prolong import Customer, MemoryStore, OutcomeUnknown, Redemption, StoreError, Unreachable, refusals
from tests.sdk.script import CODE, LICENSE, LICENSE_KEY, REDEMPTION, Connect, Script, problem

DONE = httpx.Response(201, json=REDEMPTION)
AGAIN = httpx.Response(200, json=REDEMPTION, headers={"Idempotent-Replayed": "true"})
LOST = httpx.ReadTimeout("late")
AWAY = httpx.ConnectError("refused")
OTHER = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"
#: The script plays each attempt; a call that fails makes five (see conftest).
FIVE = [LOST] * 5


def test_an_intent_is_kept_before_anything_is_sent_and_cleared_by_a_yes() -> None:
    store, script = MemoryStore(), Script([DONE])
    kept: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        kept.append(json.loads(store.read("intent") or "null"))
        return script(request)

    told: dict[str, Any] = {"product": "lab", "product_version": "9.10", "machine": "fingerprint-0001"}
    with prolong.Client("https://server.test", **told, store=store, transport=httpx.MockTransport(answer)) as client:
        client.redeem(CODE, LICENSE_KEY)
    assert (kept[0]["path"], kept[0]["body"]) == ("/v1/redemptions", json.loads(script.asked[0].content))
    assert kept[0]["at"]
    assert (store.read("intent"), store.read("license_key")) == (None, LICENSE_KEY)


def test_a_refusal_is_definite_and_clears_the_intent(connect: Connect) -> None:
    store = MemoryStore()
    client, _ = connect(problem(409, "code_voided"), store=store)
    with pytest.raises(refusals.CodeVoided):
        client.redeem(CODE, LICENSE_KEY)
    assert store.read("intent") is None


@pytest.mark.parametrize("answer", [AWAY, problem(429, "rate_limited")], ids=["away", "limited"])
def test_what_was_never_carried_out_is_not_done_later_behind_the_persons_back(
    connect: Connect, answer: httpx.Response | Exception
) -> None:
    store = MemoryStore()
    client, _ = connect(answer, store=store)
    with pytest.raises((Unreachable, refusals.RateLimited)):
        client.redeem(CODE, LICENSE_KEY)
    assert store.read("intent") is None


def test_a_lost_answer_leaves_the_intent_and_resume_brings_the_receipt(connect: Connect) -> None:
    store = MemoryStore()
    client, script = connect(*FIVE, AGAIN, store=store)
    with pytest.raises(OutcomeUnknown):
        client.redeem(CODE, LICENSE_KEY)
    assert store.read("intent") is not None
    settled = client.resume()
    assert isinstance(settled, Redemption)
    assert settled.replayed
    assert len({request.content for request in script.asked}) == 1
    assert (store.read("intent"), client.resume()) == (None, None)


def test_a_lost_activation_is_resumed_as_the_new_license(connect: Connect) -> None:
    made = httpx.Response(200, json={"license": LICENSE, "license_document": REDEMPTION["license_document"]})
    client, _ = connect(*FIVE, made)
    with pytest.raises(OutcomeUnknown):
        client.activate(CODE, Customer("Olena", "UA"))
    settled = client.resume()
    assert isinstance(settled, prolong.Activation)
    assert client.license.license == settled.license


def test_resume_raises_the_refusal_that_an_open_code_meets_and_is_done_with_it(connect: Connect) -> None:
    client, _ = connect(*FIVE, problem(409, "code_already_redeemed"))
    with pytest.raises(OutcomeUnknown):
        client.redeem(CODE, LICENSE_KEY)
    with pytest.raises(refusals.CodeAlreadyRedeemed):
        client.resume()
    assert client.resume() is None


@pytest.mark.parametrize("answer", [AWAY, LOST, problem(429, "rate_limited"), httpx.Response(503)], ids=str)
def test_an_open_code_stays_open_until_an_answer_is_definite(
    connect: Connect, answer: httpx.Response | Exception
) -> None:
    store = MemoryStore()
    client, _ = connect(*FIVE, answer, store=store)
    for work in (lambda: client.redeem(CODE, LICENSE_KEY), client.resume, lambda: client.redeem(CODE, LICENSE_KEY)):
        with pytest.raises(OutcomeUnknown):
            work()
        assert store.read("intent") is not None


def test_another_code_first_settles_the_open_one_and_tells_what_became_of_it(connect: Connect) -> None:
    client, script = connect(*FIVE, AGAIN, DONE)
    with pytest.raises(OutcomeUnknown):
        client.redeem(CODE, LICENSE_KEY)
    receipt = client.redeem(OTHER, LICENSE_KEY)
    assert isinstance(receipt.earlier, Redemption)
    assert (receipt.replayed, receipt.earlier.replayed) == (False, True)
    assert [json.loads(request.content)["code"] for request in script.asked[5:]] == [CODE, OTHER]


@pytest.mark.parametrize(
    ("code", "key"), [(CODE.lower(), LICENSE_KEY), (CODE.replace("-", " "), f" {LICENSE_KEY.lower()} ")]
)
def test_the_open_code_is_known_again_however_it_is_typed(connect: Connect, code: str, key: str) -> None:
    client, script = connect(*FIVE, AWAY)
    with pytest.raises(OutcomeUnknown):
        client.redeem(CODE, LICENSE_KEY)
    with pytest.raises(OutcomeUnknown):
        client.redeem(code, key)
    assert {json.loads(request.content)["code"] for request in script.asked} == {CODE}


def test_another_code_is_sent_also_when_the_open_one_is_refused(connect: Connect) -> None:
    client, script = connect(*FIVE, problem(409, "code_voided"), DONE)
    with pytest.raises(OutcomeUnknown):
        client.redeem(CODE, LICENSE_KEY)
    receipt = client.redeem(OTHER, LICENSE_KEY)
    assert (receipt.id, type(receipt.earlier)) == ("rdm_1", refusals.CodeVoided)
    assert len(script.asked) == 7


def test_a_new_key_that_was_settled_on_the_way_is_told_also_when_the_next_code_is_refused(connect: Connect) -> None:
    made = httpx.Response(200, json={"license": LICENSE, "license_document": REDEMPTION["license_document"]})
    client, _ = connect(*FIVE, made, problem(409, "code_voided"))
    with pytest.raises(OutcomeUnknown):
        client.activate(CODE, Customer("Olena", "UA"))
    with pytest.raises(refusals.CodeVoided) as caught:
        client.redeem(OTHER, LICENSE_KEY)
    assert caught.value.earlier.license.license_key == LICENSE_KEY


def test_another_code_is_not_sent_while_the_open_one_cannot_be_settled(connect: Connect) -> None:
    store = MemoryStore()
    client, script = connect(LOST, store=store)
    with pytest.raises(OutcomeUnknown):
        client.redeem(CODE, LICENSE_KEY)
    with pytest.raises(Unreachable, match="was not sent"):
        client.redeem(OTHER, LICENSE_KEY)
    assert CODE in (store.read("intent") or "")
    assert {json.loads(request.content)["code"] for request in script.asked} == {CODE}


def test_the_version_told_is_the_present_one_because_the_product_may_have_been_updated_meanwhile(
    connect: Connect,
) -> None:
    store = MemoryStore()
    client, _ = connect(LOST, store=store)
    with pytest.raises(OutcomeUnknown):
        client.redeem(CODE, LICENSE_KEY)
    updated, script = connect(AGAIN, store=store, product_version="9.11")
    assert updated.resume() is not None
    assert script.body["product_version"] == "9.11"


class Unwritable(MemoryStore):
    def write(self, name: str, text: str) -> None:
        raise StoreError("the disk is full")


def test_nothing_is_sent_when_the_intent_cannot_be_kept(connect: Connect) -> None:
    client, script = connect(DONE, store=Unwritable())
    with pytest.raises(StoreError) as caught:
        client.redeem(CODE, LICENSE_KEY)
    assert script.asked == []
    assert "disk" in caught.value.advice


class Filling(MemoryStore):
    """Takes the intent, and then nothing more."""

    def write(self, name: str, text: str) -> None:
        if name != "intent":
            raise StoreError("the disk is full")
        super().write(name, text)

    def delete(self, name: str) -> None:
        raise StoreError("the disk is broken")


def test_a_yes_is_told_as_a_yes_even_if_it_cannot_be_kept(connect: Connect) -> None:
    client, _ = connect(DONE, store=Filling())
    assert client.redeem(CODE, LICENSE_KEY).id == "rdm_1"
    refusing, _ = connect(problem(409, "code_voided"), store=Filling())
    with pytest.raises(refusals.CodeVoided):
        refusing.redeem(CODE, LICENSE_KEY)


def test_a_document_that_was_damaged_on_its_way_is_asked_for_again_at_once(connect: Connect) -> None:
    damaged = httpx.Response(
        201, json={**REDEMPTION, "license_document": f"{str(REDEMPTION['license_document'])[:-4]}AAAA"}
    )
    client, script = connect(damaged, AGAIN)
    receipt = client.redeem(CODE, LICENSE_KEY)
    assert (receipt.replayed, client.license.license, len(script.asked)) == (False, receipt.license, 2)
    store = MemoryStore()
    client, script = connect(damaged, *[LOST] * 5, AGAIN, store=store)
    assert client.redeem(CODE, LICENSE_KEY).id == "rdm_1"
    assert store.read("intent") is not None
    client.sync()
    assert client.license.license == receipt.license


class Unreadable(MemoryStore):
    """Of some names nothing can be read."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = names

    def read(self, name: str) -> str | None:
        if name in self.names:
            raise StoreError("an error of the disk")
        return super().read(name)


def test_a_yes_is_told_as_a_yes_and_asked_for_again_when_what_came_with_it_could_not_be_kept(connect: Connect) -> None:
    store = Unreadable("keys")
    client, _ = connect(DONE, AGAIN, store=store)
    assert client.redeem(CODE, LICENSE_KEY).id == "rdm_1"
    assert client.license.state == "unknown"
    store.names = ()
    settled = client.resume()
    assert isinstance(settled, Redemption)
    assert client.license.license == settled.license
    assert store.read("intent") is None


@pytest.mark.parametrize("name", ["document", "keys", "clock"])
def test_how_the_license_stands_is_told_and_never_raised(connect: Connect, name: str) -> None:
    store = Unreadable()
    client, _ = connect(DONE, store=store)
    client.redeem(CODE, LICENSE_KEY)
    store.names = (name,)
    state = client.license
    assert (state.state, state.works) == ("unknown", False)
    assert isinstance(state.problem, StoreError)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"path": "/v1/redemptions"}', '{"path": "/x", "body": {}, "at": "x"}']
)
def test_an_intent_that_cannot_be_read_was_never_sent(connect: Connect, text: str) -> None:
    store = MemoryStore()
    store.write("intent", text)
    client, script = connect(DONE, store=store)
    assert client.resume() is None
    assert script.asked == []


def test_who_waits_for_another_registration_too_long_is_told_so_and_nothing_is_sent(connect: Connect) -> None:
    store = MemoryStore()
    client, script = connect(DONE, store=store, timeout=0.1)
    with store.lock("change", 0), pytest.raises(prolong.errors.StoreBusy):
        client.redeem(CODE, LICENSE_KEY)
    assert script.asked == []


def test_without_a_key_the_one_in_the_store_is_meant(connect: Connect) -> None:
    store = MemoryStore()
    client, script = connect(DONE, store=store)
    with pytest.raises(prolong.NoLicense):
        client.redeem(CODE)
    store.write("license_key", LICENSE_KEY)
    client.redeem(CODE)
    assert script.body["license_key"] == LICENSE_KEY
