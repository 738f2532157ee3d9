"""What somebody who can write the database may do to the audit chain: each takes a history and changes its rows.

Each returns the first position that is then wrong, or None where only the position as such is certain to be told.
The history has at least four sealed events and two heads.
"""

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from prolong_server.models.operations import AuditHead
from prolong_server.operations import audit_chain, audit_heads
from prolong_server.operations.key_material import KeyMaterial
from prolong_server.rules import chains
from tests.operations import chained
from tests.operations.chained import FOREIGN, RETIRED, History

Tampering = Callable[[random.Random, History], int | None]
TEXTS = ("actor", "address", "request_id", "action", "object_id")


def sealed(history: History) -> list[dict[str, Any]]:
    """The sealed events in their order."""
    return sorted((row for row in history.events if row["position"]), key=lambda row: row["position"])


def edit_a_text(chance: random.Random, history: History) -> int:
    row, name = chance.choice(sealed(history)), chance.choice(TEXTS)
    row[name] = None if name == "address" and row[name] else (row[name] or "") + "x"
    return int(row["position"])


def edit_the_instant(chance: random.Random, history: History) -> int:
    row = chance.choice(sealed(history))
    row["at"] += timedelta(microseconds=chance.choice([-1, 1, 3_600_000_000]))
    return int(row["position"])


def edit_the_id(chance: random.Random, history: History) -> int:
    row = chance.choice(sealed(history))
    row["id"] = max(other["id"] for other in history.events) + chance.randrange(1, 9)
    return int(row["position"])


def edit_before_or_after(chance: random.Random, history: History) -> int:
    row, name = chance.choice(sealed(history)), chance.choice(["before", "after"])
    held = row[name]
    row[name] = (held or {}) | {"status": "revoked", "new": chance.randrange(9)} if chance.random() < 0.7 else None
    if row[name] == held:
        row[name] = {}
    return int(row["position"])


def edit_deep_inside(chance: random.Random, history: History) -> int:
    row = chance.choice(sealed(history))
    row["after"] = {"status": row["after"], "was": row["before"]}
    return int(row["position"])


def delete_one(chance: random.Random, history: History) -> int:
    row = chance.choice(sealed(history))
    history.events.remove(row)
    return int(row["position"])


def delete_one_and_close_the_gap(chance: random.Random, history: History) -> int:
    row = chance.choice(sealed(history))
    history.events.remove(row)
    for later in sealed(history):
        later["position"] -= later["position"] > row["position"]
    return int(row["position"])


def swap_places(chance: random.Random, history: History) -> int:
    one, other = chance.sample(sealed(history), 2)
    one["position"], other["position"] = other["position"], one["position"]
    return int(min(one["position"], other["position"]))


def swap_places_with_hashes(chance: random.Random, history: History) -> int:
    one, other = chance.sample(sealed(history), 2)
    for name in ("position", "hash"):
        one[name], other[name] = other[name], one[name]
    return int(min(one["position"], other["position"]))


def append_a_copy(chance: random.Random, history: History) -> int:
    rows = sealed(history)
    new = {"id": _new_id(history), "position": len(rows) + 1}
    history.events.append(deepcopy(chance.choice(rows)) | new)
    return len(rows) + 1


def append_well_chained(chance: random.Random, history: History) -> int:
    rows = sealed(history)
    row = deepcopy(chance.choice(rows)) | {"id": _new_id(history), "position": len(rows) + 1}
    row["hash"] = _linked(rows[-1]["hash"], row)
    history.events.append(row)
    return len(rows) + 1


def insert_between(chance: random.Random, history: History) -> int:
    rows = sealed(history)
    place = chance.randrange(1, len(rows) + 1)
    for row in rows:
        row["position"] += row["position"] >= place
    history.events.append(deepcopy(rows[0]) | {"id": _new_id(history), "position": place})
    return place


def cut_the_tail(chance: random.Random, history: History) -> int:
    last = chance.randrange(len(sealed(history)))
    history.events = [row for row in history.events if not row["position"] or row["position"] <= last]
    return last + 1


def cut_the_tail_with_its_heads(chance: random.Random, history: History) -> int:
    last = _cut(chance, history)
    return last + 1


def unseal_the_tail(chance: random.Random, history: History) -> int:
    last = chance.randrange(len(sealed(history)))
    for row in sealed(history)[last:]:
        row |= {"position": None, "hash": None}
    return last + 1


def unseal_one(chance: random.Random, history: History) -> int:
    row = chance.choice(sealed(history))
    place = row["position"]
    row |= {"position": None, "hash": None}
    return int(place)


def change_a_hash(chance: random.Random, history: History) -> int:
    row, at = chance.choice(sealed(history)), chance.randrange(32)
    row["hash"] = row["hash"][:at] + bytes([row["hash"][at] ^ 1]) + row["hash"][at + 1 :]
    return int(row["position"])


def change_a_place(chance: random.Random, history: History) -> int:
    row = chance.choice(sealed(history))
    place = row["position"]
    row["position"] = len(sealed(history)) + chance.randrange(1, 9)
    return int(place)


def put_a_place_below_the_first(chance: random.Random, history: History) -> int:
    chance.choice(sealed(history))["position"] = -chance.randrange(0, 9)
    return 1


def change_the_hash_of_a_head(chance: random.Random, history: History) -> int:
    head = chance.choice(history.heads)
    head["hash"] = chance.randbytes(32)
    return int(head["position"])


def change_the_signature_of_a_head(chance: random.Random, history: History) -> int:
    head, letters = chance.choice(history.heads), "ABCDwxyz0189-_"
    at = chance.randrange(len(head["signed"]))
    other = chance.choice([letter for letter in letters if letter != head["signed"][at]])
    head["signed"] = head["signed"][:at] + other + head["signed"][at + 1 :]
    return int(head["position"])


def change_the_day_of_a_head(chance: random.Random, history: History) -> int:
    head = chance.choice(history.heads)
    head["signed_at"] += timedelta(microseconds=chance.choice([1, -1_000_000]))
    return int(head["position"])


def move_a_head(chance: random.Random, history: History) -> None:
    head = chance.choice(history.heads)
    taken = {other["position"] for other in history.heads}
    head["position"] = chance.choice([place for place in range(-1, len(sealed(history)) + 3) if place not in taken])


def delete_a_head(chance: random.Random, history: History) -> None:
    history.heads.remove(chance.choice(history.heads))


def delete_all_heads(chance: random.Random, history: History) -> int:
    history.heads.clear()
    return 1


def forge_the_last_head(chance: random.Random, history: History) -> int:
    place = edit_a_text(chance, history)
    _rechain(history)
    _forge(history, history.heads[-1], FOREIGN)
    return min(head["position"] for head in history.heads if head["position"] >= place)


def forge_every_head_with_a_key_that_was_put_into_the_database(chance: random.Random, history: History) -> int:
    edit_a_text(chance, history)
    _rechain(history)
    for head in history.heads:
        _forge(history, head, RETIRED)
    return int(history.heads[-1]["position"])


def chain_anew_after_an_edit(chance: random.Random, history: History) -> int:
    place = edit_a_text(chance, history)
    _rechain(history)
    return min(head["position"] for head in history.heads if head["position"] >= place)


def chain_anew_and_drop_the_heads(chance: random.Random, history: History) -> int:
    place = edit_a_text(chance, history)
    _rechain(history)
    history.heads = [head for head in history.heads if head["position"] < place]
    history.counters[0]["value"] = max((head["position"] for head in history.heads), default=0)
    return int(history.counters[0]["value"]) + 1


def delete_everything(chance: random.Random, history: History) -> int:
    history.events.clear()
    history.heads.clear()
    return 1


def cut_the_tail_with_its_heads_and_the_count(chance: random.Random, history: History) -> int:
    last = _cut(chance, history)
    history.counters[0]["value"] = last
    return last + 1


def delete_everything_and_the_count(chance: random.Random, history: History) -> int:
    history.counters.clear()
    return delete_everything(chance, history)


def replace_the_tail_and_have_it_sealed_anew(chance: random.Random, history: History) -> int:
    kept = int(history.heads[-1]["position"])
    last = _cut(chance, history)
    history.counters[0]["value"] = last
    chained.put(history)
    chained.write(chance, 40)
    assert audit_chain.seal(chained.called(99)) >= 40
    changed = chained.read()
    history.events, history.heads, history.counters = changed.events, changed.heads, changed.counters
    return kept


# What is found from the database alone.
FOUND: tuple[Tampering, ...] = (
    edit_a_text,
    edit_the_instant,
    edit_the_id,
    edit_before_or_after,
    edit_deep_inside,
    delete_one,
    delete_one_and_close_the_gap,
    swap_places,
    swap_places_with_hashes,
    append_a_copy,
    append_well_chained,
    insert_between,
    cut_the_tail,
    cut_the_tail_with_its_heads,
    unseal_the_tail,
    unseal_one,
    change_a_hash,
    change_a_place,
    put_a_place_below_the_first,
    change_the_hash_of_a_head,
    change_the_signature_of_a_head,
    change_the_day_of_a_head,
    move_a_head,
    delete_a_head,
    delete_all_heads,
    forge_the_last_head,
    forge_every_head_with_a_key_that_was_put_into_the_database,
    chain_anew_after_an_edit,
    chain_anew_and_drop_the_heads,
    delete_everything,
)
# What leaves a sound, shorter or other chain behind: found with a head that was kept elsewhere.
FOUND_WITH_A_KEPT_HEAD: tuple[Tampering, ...] = (
    cut_the_tail_with_its_heads_and_the_count,
    delete_everything_and_the_count,
    replace_the_tail_and_have_it_sealed_anew,
)


def _new_id(history: History) -> int:
    return max(int(row["id"]) for row in history.events) + 1


def _cut(chance: random.Random, history: History) -> int:
    last = int(chance.choice([0, *(head["position"] for head in history.heads[:-1])]))
    history.events = [row for row in history.events if row["position"] and row["position"] <= last]
    history.heads = [head for head in history.heads if head["position"] <= last]
    return last


class _Seen:
    """A row whose columns are attributes."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.__dict__.update(row)


def _linked(previous: bytes, row: dict[str, Any]) -> bytes:
    seen: Any = _Seen(row)
    told: Row[Any] = seen
    return audit_chain.link(previous, row["position"], told)


def _rechain(history: History) -> None:
    reached = chains.GENESIS
    for row in sealed(history):
        row["hash"] = reached = _linked(reached, row)
        for head in history.heads:
            if head["position"] == row["position"]:
                head["hash"] = reached


def _forge(history: History, head: dict[str, Any], key: KeyMaterial) -> None:
    before = [other["position"] for other in history.heads if other["position"] < head["position"]]
    call = replace(chained.called(0, key), now=head["signed_at"])
    made: AuditHead = audit_heads.sign(call, head["position"], head["hash"], max(before, default=0))
    head["signed"] = made.signed
