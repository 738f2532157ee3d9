"""The asynchronous client is the same client: the same names, the same flows, another wire."""

import asyncio
import inspect
import json
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest
from anyio import to_thread
from flask import Flask

from prolong import AsyncClient, Client, Customer, MemoryStore, OutcomeUnknown, Redemption, Unreachable, refusals
from prolong_server.call import Call
from prolong_server.rules.vocabulary import CodeKind
from tests import vendor
from tests.sdk import served, signing
from tests.sdk.script import CODE, LICENSE, LICENSE_KEY, REDEMPTION, Script, problem

DONE = httpx.Response(201, json=REDEMPTION)
PRODUCT = {"product": "lab", "product_version": "9.10", "machine": "fingerprint-0001"}
VALID = httpx.Response(200, json={"valid": True, "code": "VALID", "license": LICENSE})
RENAMED = {"__enter__": "__aenter__", "__exit__": "__aexit__"}


def public(kind: type) -> dict[str, Any]:
    return {name: value for name, value in vars(kind).items() if not name.startswith("_") or name in RENAMED.values()}


def test_both_clients_have_the_same_methods_with_the_same_arguments() -> None:
    sync = {RENAMED.get(name, name): value for name, value in {**public(Client), "__enter__": 0, "__exit__": 0}.items()}
    twin = public(AsyncClient)
    assert sync.keys() | {"aclose"} == twin.keys()
    for name in sync.keys() - set(RENAMED.values()):
        assert list(inspect.signature(sync[name]).parameters) == list(inspect.signature(twin[name]).parameters)
        assert inspect.iscoroutinefunction(twin[name])
        assert twin[name].__doc__ == f"As `Client.{name}`."
    assert list(inspect.signature(Client).parameters) == list(inspect.signature(AsyncClient).parameters)


def talk(work: Callable[[AsyncClient], Coroutine[Any, Any, Any]], *answers: Any, **settings: Any) -> tuple[Any, Script]:
    """What the work with a client at a scripted server comes to."""
    script = Script(list(answers))

    async def main() -> Any:
        told: dict[str, Any] = {
            "product": "lab",
            "product_version": "9.10",
            "machine": "fingerprint-0001",
            "store": MemoryStore(),
        }
        transport = httpx.MockTransport(script)
        async with AsyncClient("https://server.test", **{**told, **settings}, transport=transport) as client:
            return await work(client)

    return asyncio.run(main()), script


def test_a_redemption_with_a_passing_failure() -> None:
    receipt, script = talk(lambda client: client.redeem(CODE, LICENSE_KEY), httpx.Response(503), DONE)
    assert (receipt.id, len(script.asked)) == ("rdm_1", 2)


def test_check_activate_validate_sync_and_keys() -> None:
    judged = {"kind": "renewal", "product": "lab", "edition": "business", "period_years": 1, "seats": 5}
    made = {"license": LICENSE, "license_document": REDEMPTION["license_document"]}
    answers = [httpx.Response(200, json=judged), httpx.Response(201, json=made), VALID, VALID]
    answers.append(httpx.Response(200, text=signing.revocations("lic_1"), headers={"Content-Type": "application/jwt"}))

    async def work(client: AsyncClient) -> tuple[Any, ...]:
        checked = await client.check(CODE)
        activated = await client.activate(CODE, Customer("Olena", "UA"))
        works = client.license.works
        validated = await client.validate()
        return checked.kind, activated.license.id, works, validated.valid, (await client.sync()).license.state

    found, _ = talk(work, *answers)
    assert found == ("renewal", "lic_1", True, True, "revoked")
    assert talk(lambda client: client.keys(), httpx.Response(200, json=signing.KEYS))[0] == signing.KEYS


def test_a_refusal_and_an_unknown_outcome_are_raised_and_resumed() -> None:
    store = MemoryStore()
    with pytest.raises(refusals.CodeVoided):
        talk(lambda client: client.redeem(CODE, LICENSE_KEY), problem(409, "code_voided"))
    with pytest.raises(OutcomeUnknown):
        talk(lambda client: client.redeem(CODE, LICENSE_KEY), httpx.ReadError("cut"), store=store)
    with pytest.raises(Unreachable):
        talk(lambda client: client.check(CODE), httpx.ReadError("cut"))
    assert isinstance(talk(lambda client: client.resume(), DONE, store=store)[0], Redemption)


def test_a_hundred_at_once_on_one_store_wait_for_each_other_and_none_stands_still() -> None:
    async def work(client: AsyncClient) -> Any:
        return await asyncio.gather(*(client.redeem(f"{CODE}{number}", LICENSE_KEY) for number in range(100)))

    receipts, script = talk(work, DONE)
    assert len(receipts) == 100
    assert len({json.loads(request.content)["code"] for request in script.asked}) == 100


def test_a_cancelled_redemption_leaves_its_intent_and_gives_back_its_lock() -> None:
    store, asked = MemoryStore(), asyncio.Event()

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError("it waits for ever")

    async def work() -> None:
        told: dict[str, Any] = {
            "product": "lab",
            "product_version": "9.10",
            "machine": "fingerprint-0001",
            "store": store,
        }
        async with AsyncClient("https://server.test", **told, transport=Slow()) as client:
            task = asyncio.create_task(client.redeem(CODE, LICENSE_KEY))
            await asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(work())
    assert CODE in (store.read("intent") or "")
    with store.lock("change", 0):
        pass


class InProcess(httpx.AsyncBaseTransport):
    """The way to an application in this process; one request at a time, in a thread."""

    def __init__(self, app: Flask) -> None:
        self.within, self.lose = httpx.WSGITransport(app), 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        sent = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        status, headers, content = await to_thread.run_sync(self.answered, sent)
        if self.lose and request.url.path == "/v1/redemptions":
            self.lose -= 1
            raise httpx.ReadError("the line is dead", request=request)
        return httpx.Response(status, headers=headers, content=content)

    def answered(self, request: httpx.Request) -> tuple[int, httpx.Headers, bytes]:
        answer = self.within.handle_request(request)
        return answer.status_code, answer.headers, answer.read()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_against_the_real_server_in_process_it_renews_activates_and_settles_what_was_lost(
    app: Flask, call: Callable[..., Call]
) -> None:
    with app.app_context():
        stage = served.stage(app, call)
        [pair] = served.pairs(stage, 1)
        activation = stage.code(kind=CodeKind.ACTIVATION)
    line = InProcess(app)

    async def work() -> None:
        told: dict[str, Any] = {"product": vendor.PRODUCT, "product_version": "9.10", "store": MemoryStore()}
        machine = vendor.MACHINE.fingerprint
        async with AsyncClient("https://renew.example", **told, machine=machine, transport=line, timeout=20) as client:
            checked = await client.check(pair.code, pair.key)
            line.lose = 5
            with pytest.raises(OutcomeUnknown):
                await client.redeem(pair.code, pair.key)
            found = await client.sync()
            assert isinstance(found.settled, Redemption)
            assert (found.settled.replayed, found.settled.expires_on) == (True, checked.expires_on_after)
            assert (found.license.state, client.license.expires_on) == ("valid", checked.expires_on_after)
            made = await client.activate(activation, Customer("Olena", "UA"))
            assert (await client.validate(made.license.license_key)).valid
            with pytest.raises(refusals.RenewalCodeCannotActivate):
                await client.activate(pair.code, Customer("Olena", "UA"))

    asyncio.run(work())
