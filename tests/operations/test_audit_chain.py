"""The audit chain: what was not touched verifies, and whatever was touched is found."""

import random
from copy import deepcopy

import pytest

from prolong_server.operations import audit_verification
from prolong_server.operations.audit_verification import Wrong
from tests.operations import chained, tamperings
from tests.operations.chained import OURS, RETIRED, called

SEED = 20261123


@pytest.fixture
def keys(room):
    chained.record_keys(OURS, RETIRED)


def test_a_thousand_histories_of_any_shape_verify_half_of_them_on_each_database(keys):
    chance = random.Random(SEED)
    empty = chained.History()
    for _ in range(500):
        chained.put(empty)
        chained.grow(chance, chance.choice([0, 1, 1, 2]), 6)
        history = chained.read()
        found = audit_verification.verify(called())
        assert found.sealed == len(tamperings.sealed(history))
        assert found.unsealed == len(history.events) - found.sealed
        assert found.head == (history.heads[-1]["signed"] if history.heads else None)


def test_a_thousand_tamperings_are_found_and_the_place_is_named(keys):
    chance = random.Random(SEED)
    histories = list(map(grown, [chance] * 12))
    missed: list[tuple[object, ...]] = []
    for number in range(1000):
        history = deepcopy(chance.choice(histories))
        kept = [history.heads[-1]["signed"]]
        whole = number % 10 == 0
        tamper = chance.choice(tamperings.FOUND_WITH_A_KEPT_HEAD if whole else tamperings.FOUND)
        before = deepcopy(history)
        place = tamper(chance, history)
        assert history != before, tamper.__name__
        chained.put(history)
        try:
            audit_verification.verify(called(), kept if whole else [])
            missed.append((tamper.__name__, number, "not found"))
        except Wrong as wrong:
            if place is not None and wrong.position != place:
                missed.append((tamper.__name__, number, place, wrong.position, wrong.what))
    assert missed == []


def grown(chance: random.Random) -> chained.History:
    chained.put(chained.History())
    chained.grow(chance, 3, 8)
    return chained.read()
