"""The sealer beside others: a second sealer, writers that commit out of order, and SIGKILL at any moment."""

import random
import subprocess
import sys
import threading
from functools import partial

import pytest
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.models.operations import AuditEvent
from prolong_server.operations import audit_chain, audit_verification
from tests.crowd import together
from tests.operations import chained
from tests.operations.chained import OURS, called
from tests.room import opened
from tests.waiting import PATIENCE

MOMENTS = random.Random(20261124)
# Seals for ever; it is killed.
SEALER = """
import sys
from tests.operations.chained import called
from tests.room import opened
from prolong_server.operations import audit_chain
with opened(sys.argv[1]):
    print("ready", flush=True)
    while True:
        audit_chain.seal(called())
"""


@pytest.fixture
def postgresql(postgres_url):
    with opened(postgres_url):
        chained.record_keys(OURS)
        yield postgres_url


@pytest.fixture
def either(database_url):
    with opened(database_url):
        chained.record_keys(OURS)
        yield database_url


def seal_all() -> int:
    """Seal until nothing is left; what another sealer has in hand is left to it."""
    total = 0
    while sealed := audit_chain.seal(called()):
        total += sealed
    return total


def unsealed() -> int:
    return audit_verification.verify(called()).unsealed


def test_of_sealers_at_once_one_works_and_nothing_is_sealed_twice(postgresql):
    for _ in range(10):
        chained.write(MOMENTS, 100)
        sealed = sum(together([seal_all] * 4))
        found = audit_verification.verify(called())
        assert found.unsealed + sealed == 100
        seal_all()
    assert audit_verification.verify(called()).sealed == 1000


def test_writers_beside_a_sealer_neither_wait_nor_lose_an_event(postgresql):
    writing = [partial(write_one_by_one, number) for number in range(6)]
    done = threading.Event()

    def sealing() -> int:
        sealed = 0
        while not done.is_set():
            sealed += seal_all()
        return sealed

    def written() -> None:
        together(writing)
        done.set()

    together([sealing, sealing, written])
    seal_all()
    found = audit_verification.verify(called())
    assert (found.sealed, found.unsealed) == (6 * 50, 0)


def write_one_by_one(number: int) -> None:
    chance = random.Random(number)
    for _ in range(50):
        chained.write(chance, 1)


def test_an_event_that_commits_after_a_later_one_was_sealed_is_sealed_then(postgresql):
    with Session(db.db.engine) as slow:
        slow.add(AuditEvent(**chained.event(MOMENTS, called())))
        slow.flush()
        chained.write(MOMENTS, 2)
        assert seal_all() == 2
        slow.commit()
    assert seal_all() == 1
    places = {row["id"]: row["position"] for row in chained.read().events}
    assert [places[number] for number in sorted(places)] == [3, 1, 2]
    assert audit_verification.verify(called()).sealed == 3


def test_an_event_that_is_being_written_keeps_no_sealer_waiting_and_none_is_kept_by_it(postgresql):
    chained.write(MOMENTS, 1)
    assert seal_all() == 1
    with Session(db.db.engine) as sealer:
        assert audit_chain._hold(sealer, called()) is not None
        chained.write(MOMENTS, 1)
        assert audit_chain.seal(called()) == 0
        sealer.rollback()
    assert seal_all() == 1


def test_a_killed_sealer_leaves_a_chain_that_verifies_and_goes_on(either):
    for _ in range(6):
        chained.write(MOMENTS, 1500)
        dying = subprocess.Popen([sys.executable, "-W", "ignore", "-c", SEALER, either], stdout=subprocess.PIPE)
        assert dying.stdout is not None
        assert dying.stdout.readline() == b"ready\n"
        threading.Timer(MOMENTS.uniform(0.0, 0.4), dying.kill).start()
        dying.wait(PATIENCE)
        dying.stdout.close()
        found = audit_verification.verify(called())
        assert found.sealed % 500 == 0
    seal_all()
    assert audit_verification.verify(called()).sealed == 9000
    assert unsealed() == 0
