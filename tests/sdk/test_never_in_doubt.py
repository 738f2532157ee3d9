"""Never in doubt: whatever happens to an answer on its way, a code extends once, and what is told is so."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import stamina

import prolong
from prolong_server.config import Settings
from prolong_server.licensing import licenses
from tests import vendor
from tests.conftest import key_text
from tests.postgres import Postgres
from tests.sdk import proxy, served
from tests.sdk.proxy import Proxy
from tests.sdk.served import House, Pair
from tests.waiting import PATIENCE

TOTAL = 1000
CROWD = 16
WEIGHTS = {
    "pass": 50,
    "drop": 8,
    "reset": 5,
    "cut": 8,
    "garble": 12,
    "delay": 5,
    "gateway": 8,
    "refuse": 3,
    "hold": 1,
}
TOLD: dict[str, Any] = {"product": vendor.PRODUCT, "product_version": "9.10", "machine": vendor.MACHINE.fingerprint}
#: What each was told in the end: from which day to which.
Told = dict[str, tuple[date, date]]


@pytest.fixture(autouse=True)
def real_pauses() -> None:
    """The pauses between attempts are part of what is proven here."""
    stamina.set_testing(False)


@pytest.fixture(scope="module")
def house(postgres: Postgres, postgres_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One server for all tests here: starting it takes longer than most of them."""
    settings = Settings(
        database_url=postgres.create("prolong_never_in_doubt", postgres_template),
        data_dir=tmp_path_factory.mktemp("house"),
        base_url="https://renew.example",
        secret_keys=(key_text(b"s"),),
        code_keys=(key_text(b"c"),),
        signing_keys=(key_text(b"k"),),
    )
    with served.house(settings) as made:
        yield made
    postgres.drop("prolong_never_in_doubt")


def told(receipt: prolong.Redemption) -> tuple[date, date]:
    return receipt.previous_expires_on, receipt.expires_on


def spend(client: prolong.Client, pairs: Iterable[Pair]) -> Told:
    """As an impatient program: of three unknown outcomes one is resumed, one repeated, one left to the next call."""
    known: Told = {}
    for number, pair in enumerate(pairs):
        try:
            known[pair.key] = told(client.redeem(pair.code, pair.key))
        except prolong.OutcomeUnknown:
            if number % 3 == 0:
                settle(client, known)
            elif number % 3 == 1:
                known[pair.key] = told(insist(partial(client.redeem, pair.code, pair.key)))
        except prolong.Unreachable:
            known[pair.key] = told(insist(partial(client.redeem, pair.code, pair.key)))
    settle(client, known)
    return known


def settle(client: prolong.Client, known: Told) -> None:
    receipt = insist(client.resume)
    if isinstance(receipt, prolong.Redemption):
        known[receipt.license.license_key] = told(receipt)


def insist(work: Callable[[], Any]) -> Any:
    """Again until the answer is definite; each attempt has patience of its own, too."""
    for _ in range(30):
        try:
            return work()
        except (prolong.OutcomeUnknown, prolong.Unreachable):
            continue
    raise AssertionError("thirty times no answer")


async def spend_too(client: prolong.AsyncClient, pairs: Iterable[Pair]) -> Told:
    known: Told = {}
    for pair in pairs:
        for _ in range(30):
            try:
                known[pair.key] = told(await client.redeem(pair.code, pair.key))
                break
            except (prolong.OutcomeUnknown, prolong.Unreachable):
                continue
    return known


def in_threads(base: str, folder: Path, shares: list[list[Pair]]) -> Told:
    def work(number: int) -> Told:
        store = prolong.Store(folder / f"store-{number}", second=folder / f"second-{number}")
        with prolong.Client(base, **TOLD, store=store, timeout=2.4) as client:
            return spend(client, shares[number])

    with ThreadPoolExecutor(len(shares)) as threads:
        return {key: days for known in threads.map(work, range(len(shares))) for key, days in known.items()}


def at_once(base: str, shares: list[list[Pair]]) -> Told:
    async def work(share: list[Pair]) -> Told:
        async with prolong.AsyncClient(base, **TOLD, store=prolong.MemoryStore(), timeout=2.4) as client:
            return await spend_too(client, share)

    async def together() -> Told:
        return {key: days for known in await asyncio.gather(*map(work, shares)) for key, days in known.items()}

    return asyncio.run(together())


def test_a_thousand_redemptions_through_a_line_that_loses_delays_cuts_and_garbles_answers(
    house: House, tmp_path: Path
) -> None:
    pairs = house.pairs(TOTAL)
    with house.app.app_context():
        before = served.last_days()
    shares = [pairs[number::CROWD] for number in range(CROWD)]
    half = CROWD // 2
    with proxy.running(house.port, WEIGHTS, seed=4) as line, ThreadPoolExecutor(1) as other:
        base = f"http://127.0.0.1:{line.port}"
        waiting = other.submit(at_once, base, shares[half:])
        known = in_threads(base, tmp_path, shares[:half]) | waiting.result()
    with house.app.app_context():
        done, after = served.redeemed(), served.last_days()
    assert {len(rows) for rows in done.values()} == {1}
    assert set(done) == {pair.key for pair in pairs}
    assert known == {key: done[key][0] for key in known}
    assert {key: rows[0] for key, rows in done.items()} == {key: (before[key], after[key]) for key in done}
    assert len(known) > TOTAL * 0.9  # The others were settled by the next call, which tells of its own code alone.
    assert all(line.done[name] > 0 for name in WEIGHTS), line.done


def spent(house: House, *pairs: Pair) -> list[int]:
    """How many times each license was extended."""
    with house.app.app_context():
        done = served.redeemed()
    return [len(done.get(pair.key, [])) for pair in pairs]


CHILD = """
import json, sys
import prolong
told = json.loads(sys.stdin.readline())
store = prolong.Store(told["store"], second=told["second"])
client = prolong.Client(told["base"], **told["client"], store=store)
print(client.redeem(told["code"], told["key"]))
"""


def child(base: str, folder: Path, pair: Pair) -> "subprocess.Popen[str]":
    """A process that redeems."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    where = {"base": base, "store": str(folder / "store"), "second": str(folder / "second")}
    assert process.stdin is not None
    process.stdin.write(json.dumps({**where, "client": TOLD, "code": pair.code, "key": pair.key}) + "\n")
    process.stdin.flush()
    return process


def killed_when(line: Proxy, where: str, folder: Path, pair: Pair) -> prolong.Store:
    """The store of a client that was killed at that moment."""
    process = child(f"http://127.0.0.1:{line.port}", folder, pair)
    assert getattr(line, where).wait(PATIENCE)
    process.kill()
    process.communicate(timeout=PATIENCE)
    return prolong.Store(folder / "store", second=folder / "second")


@pytest.mark.parametrize(
    ("spoil", "where", "replayed"), [("hold", "committed", True), ("hold_request", "asked", False)]
)
def test_a_client_that_is_killed_between_the_intent_and_the_answer_resumes(
    house: House, tmp_path: Path, spoil: str, where: str, replayed: bool
) -> None:
    [pair, other] = house.pairs(2)
    with proxy.running(house.port, {spoil: 1}) as line:
        store = killed_when(line, where, tmp_path, pair)
    assert pair.code in (store.read("intent") or "")
    with prolong.Client(f"http://127.0.0.1:{house.port}", **TOLD, store=store) as client:
        settled = client.resume()
        assert isinstance(settled, prolong.Redemption)
        assert (settled.license.license_key, settled.replayed) == (pair.key, replayed)
        assert client.resume() is None
        assert client.license.expires_on == settled.expires_on
        assert not client.redeem(other.code, other.key).replayed
    assert store.read("intent") is None
    assert spent(house, pair, other) == [1, 1]


def test_an_intent_that_a_killed_process_left_is_settled_before_another_code_is_sent(
    house: House, tmp_path: Path
) -> None:
    [pair, other] = house.pairs(2)
    with proxy.running(house.port, {"hold_request": 1}) as line:
        store = killed_when(line, "asked", tmp_path, pair)
    with prolong.Client(f"http://127.0.0.1:{house.port}", **TOLD, store=store) as client:
        assert not client.redeem(other.code, other.key).replayed
    assert spent(house, pair, other) == [1, 1]


def test_many_processes_on_one_store_take_turns_and_each_code_is_spent_once(house: House, tmp_path: Path) -> None:
    pairs = house.pairs(4)
    with proxy.running(house.port, {"pass": 1}) as line:
        children = [child(f"http://127.0.0.1:{line.port}", tmp_path, pair) for pair in pairs]
        told_of = [process.communicate(timeout=PATIENCE)[0] for process in children]
    assert all("Redemption(" in text for text in told_of)
    assert spent(house, *pairs) == [1] * 4
    assert prolong.Store(tmp_path / "store").read("intent") is None


def test_a_sync_against_the_real_server_brings_document_and_list(house: House, tmp_path: Path) -> None:
    [pair] = house.pairs(1)
    store = prolong.Store(tmp_path / "store", second=tmp_path / "second")
    with prolong.Client(f"http://127.0.0.1:{house.port}", **TOLD, store=store) as client:
        client.redeem(pair.code, pair.key)
        assert client.sync().license.state == "valid"
        with house.app.app_context():
            licenses.revoke(served.called(house.app), pair.key, "unpaid")
        store.delete("document")
        assert client.sync().license.state == "revoked"
