"""A batch changes no answer: what is asked together ends as if it had been asked one after the other."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, literal, select, update

from prolong_server import db
from prolong_server.keyring import CodeKey, Keyring
from prolong_server.licensing import batches, code_reading, licenses, redemptions
from prolong_server.licensing.batches import Checking, Question, Redeeming, Validating
from prolong_server.licensing.cases import Asked, Case
from prolong_server.licensing.forms import MachineForm, fingerprint_of
from prolong_server.licensing.ledger import Sought
from prolong_server.licensing.reading import Held
from prolong_server.licensing.settling import Outcome, Overtaken
from prolong_server.models.licensing import ISSUED, Code, License, Machine, Redemption
from prolong_server.models.webhooks import Event
from prolong_server.operations import invariants, webhook_endpoints
from prolong_server.operations.webhook_endpoints import EndpointSpec
from prolong_server.rules import codes, digests, errors
from prolong_server.rules.errors import Refusal
from tests import vendor
from tests.crowd import together
from tests.room import opened

UNKNOWN = "WXWCB-YB6WK-952SW-A0432-CF1XG"
MACHINES = [None, *(MachineForm(f"fingerprint-{number:08d}") for number in range(3))]


class Shop:
    """A vendor with a few codes and licenses of every kind, which can be put back as they were."""

    def __init__(self) -> None:
        found = vendor.found(max_advance_years=3)
        webhook_endpoints.create(vendor.called(), EndpointSpec("https://hooks.example", ("license.renewed",)))
        self.codes = [*vendor.codes(found, 5), *vendor.codes(found, 2, seats=2), UNKNOWN]
        held = [vendor.license_(), vendor.license_(), vendor.license_(seats=2), vendor.license_(days_left=-60)]
        suspended = vendor.license_()
        licenses.suspend(vendor.called(), suspended.id, "asked")
        self.keys = [*(one.license_key for one in held), suspended.license_key, "NO-SUCH-KEY"]
        with db.transaction() as connection:
            self.before = [dict(row) for row in connection.execute(select(License.__table__)).mappings()]

    def restore(self) -> None:
        with db.transaction() as connection:
            for table in (Event, Redemption, Machine, License):
                connection.execute(delete(table))
            connection.execute(insert(License), self.before)
            connection.execute(update(Code).values(state=ISSUED))

    def rows(self) -> dict[str, list[str]]:
        """All that a redemption changes; numbers that are drawn anew each time left out."""
        with db.transaction() as connection:
            return {
                str(table): sorted(repr(row) for row in connection.execute(select(*_told(table))))
                for table in (
                    License.__table__,
                    Code.__table__,
                    Redemption.__table__,
                    Machine.__table__,
                    Event.__table__,
                )
            }


def _told(table: Any) -> list[Any]:
    drawn = {"machines": {"id"}, "events": {"id", "body"}}.get(table.name, set())
    return [column for column in table.columns if column.name not in drawn]


@pytest.fixture
def shop(room: None) -> Shop:
    return Shop()


QUESTIONS = st.lists(
    st.tuples(
        st.sampled_from(["redeem", "redeem", "redeem", "check", "validate"]),
        st.integers(0, 7),
        st.integers(0, 5),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=24,
)


def question(shop: Shop, number: int, drawn: tuple[str, int, int, int]) -> Question:
    kind, code, key, machine = drawn
    call = vendor.called(now=vendor.called().now + timedelta(seconds=number))
    named = MACHINES[machine]
    if kind == "validate":
        return Validating(call, Sought(shop.keys[key], fingerprint_of(named)))
    form = vendor.renewal(shop.codes[code], shop.keys[key], machine=named)
    asked = Asked(call, form, codes.read(form.code))
    return Redeeming(asked) if kind == "redeem" else Checking(asked)


def answered(questions: Sequence[Question]) -> list[Any]:
    """The answers to a batch; whoever is to be settled alone is settled afterwards, in the order of asking."""
    return [settled(one, answer) for one, answer in zip(questions, batches.answer_all(questions), strict=True)]


def settled(asked: Question, answer: Any) -> Any:
    if not isinstance(answer, Overtaken):
        return answer
    assert isinstance(asked, Redeeming)
    try:
        return redemptions._settle_holding(asked.asked, answer.license_id)
    except Refusal as refusal:
        return refusal


def plain(answer: Any) -> Any:
    """An answer as it can be compared: a refusal by its words and facts, a license by all that is told of it."""
    if isinstance(answer, Refusal):
        return answer.code, answer.fields, answer.country
    if isinstance(answer, Held):
        return answer.facts, answer.subject("any"), answer.is_bound, answer.counts_machines, answer.starts_on
    if isinstance(answer, Outcome | Case):
        return {name: plain(getattr(answer, name)) for name in answer.__dataclass_fields__}
    return answer


def writes(answer: Any) -> bool:
    return isinstance(answer, Outcome) and answer.first


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=QUESTIONS, size=st.integers(1, 24))
def test_a_history_in_batches_of_any_size_ends_as_one_by_one(shop: Shop, drawn, size):
    asked = [question(shop, number, one) for number, one in enumerate(drawn)]
    lots = [asked[start : start + size] for start in range(0, len(asked), size)]
    shop.restore()
    in_lots, orders = [], []
    for lot in lots:
        first = batches.answer_all(lot)
        told = [settled(one, answer) for one, answer in zip(lot, first, strict=True)]
        in_lots.append(told)
        # All of a batch read before any of it writes; that is the order in which it must be as if asked one by one.
        orders.append(sorted(range(len(lot)), key=lambda at: isinstance(first[at], Overtaken) or writes(first[at])))
    after = shop.rows()
    assert invariants.check() == []
    shop.restore()
    for lot, told, order in zip(lots, in_lots, orders, strict=True):
        for at in order:
            assert plain(answered([lot[at]])[0]) == plain(told[at])
    assert shop.rows() == after


def test_two_forms_for_one_license_and_one_code_in_a_batch_each_get_their_right_answer(shop: Shop):
    pairs = [(0, 0), (1, 0), (0, 1), (0, 0), (2, 1)]
    asked = [question(shop, number, ("redeem", code, key, 1)) for number, (code, key) in enumerate(pairs)]
    first, second, other, again, third = answered(asked)
    assert first.first
    assert second.first
    assert second.receipt.previous_expires_on == first.receipt.expires_on
    assert isinstance(other, errors.CodeAlreadyRedeemed)
    assert not again.first
    assert again.receipt == first.receipt
    assert third.first


def test_a_form_that_nobody_can_judge_spoils_no_other_of_its_batch(shop: Shop):
    broken = Keyring((CodeKey(1, b"short", digests.NEWEST),), vendor.called().keys.signing, ())
    calls = [replace(vendor.called(), keys=broken) if number == 2 else vendor.called() for number in range(5)]
    works = [
        partial(
            redemptions.redeem, call, vendor.renewal(shop.codes[number], shop.keys[number % 2], machine=MACHINES[1])
        )
        for number, call in enumerate(calls)
    ]
    with pytest.raises(ValueError, match="code key"):
        works[2]()
    told = together([*works[:2], partial(fault_of, works[2]), *works[3:]])
    assert told.pop(2) is ValueError
    assert all(one.first for one in told)


def fault_of(work: Callable[[], object]) -> type[Exception] | None:
    try:
        work()
    except ValueError:
        return ValueError
    return None


@pytest.fixture
def postgres_shop(postgres_url: str) -> Iterator[Shop]:
    """The shop on PostgreSQL, where two writers can meet."""
    with opened(postgres_url):
        yield Shop()
        assert invariants.check() == []


@pytest.mark.parametrize("held", ["license", "code"])
def test_a_batch_passes_over_what_another_transaction_holds_and_does_the_rest(postgres_shop: Shop, held):
    shop = postgres_shop
    asked = [question(shop, number, ("redeem", number, number, 1)) for number in range(2)]
    digest = code_reading.digests_of(vendor.called(), codes.read(shop.codes[0]))[0]
    chosen = {"license": License.license_key == shop.keys[0], "code": Code.digest == digest}[held]
    with db.transaction() as other:
        other.execute(select(literal(1)).where(chosen).with_for_update())
        for lot in (asked, asked[:1]):
            answers = batches.answer_all(lot)
            assert isinstance(answers[0], Overtaken)
            assert all(writes(answer) for answer in answers[1:])
    assert settled(asked[0], answers[0]).first


def test_crosswise_batches_of_two_workers_never_deadlock_and_spend_each_code_once(postgres_url: str):
    with opened(postgres_url):
        shop = vendor.found(max_advance_years=30)
        keys = [vendor.license_().license_key for _ in range(8)]
        texts = vendor.codes(shop, 24)
        pairs = [(code, keys[(at + turn) % 8]) for at, code in enumerate(texts) for turn in range(4)]
        workers = [Flask("first"), Flask("second")]
        for worker in workers:
            db.configure(worker, postgres_url, 96)
        works = [partial(within, workers[at % 2], code, key) for at, (code, key) in enumerate(pairs)]
        random.Random(5).shuffle(works)
        answers = together(works)
        told = Counter(answer if isinstance(answer, str) else "won" for answer in answers)
        assert told == {"won": 24, "code_already_redeemed": 72}
        assert invariants.check() == []
        for worker in workers:
            with worker.app_context():
                for engine in db.db.engines.values():
                    engine.dispose()


def within(worker: Flask, code: str, key: str) -> object:
    with worker.app_context():
        return redemptions.redeem(vendor.called(), vendor.renewal(code, key))
