"""What products ask at the same time is answered together: one read for each kind of question, one write for all.

A batch changes no answer: every question is judged by itself, by the same rules, and two redemptions of one code or one
license are never written together. What cannot be written with the others is Overtaken and settled alone afterwards.
See ADR 0014.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection

from prolong_server import db, lane
from prolong_server.call import Call
from prolong_server.combining import Combiner
from prolong_server.licensing import cases, ledger, reading, settling, swap
from prolong_server.licensing.cases import Asked, Case
from prolong_server.licensing.ledger import Sought
from prolong_server.licensing.reading import Held
from prolong_server.licensing.settling import Intended, Outcome, Overtaken
from prolong_server.rules import errors
from prolong_server.rules.errors import Refusal


@dataclass(frozen=True, slots=True)
class Redeeming:
    """Spend a code."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class Checking:
    """Read what the redemption of a code would depend on."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class Validating:
    """Read a license."""

    call: Call
    sought: Sought


Question = Redeeming | Checking | Validating
Answer = Outcome | Case | Held
Judged = Answer | Intended | Refusal


def redeem(asked: Asked) -> Outcome:
    """Settle a redemption. Raises its refusal, TryAgain, and Overtaken when it is to be settled alone."""
    return cast(Outcome, _combiner().ask(Redeeming(asked)))


def case_of(asked: Asked) -> Case:
    """Read a case. Raises CodeNotFound, InvalidRequest, TryAgain."""
    return cast(Case, _combiner().ask(Checking(asked)))


def license_of(call: Call, sought: Sought) -> Held:
    """Read a license by its key. Raises LicenseNotFound and TryAgain."""
    return cast(Held, _combiner().ask(Validating(call, sought)))


def answer_all(questions: Sequence[Question]) -> list[Answer | Exception]:
    """The answer to each question, or what is to be raised in its place. TryAgain is raised for all."""
    return _answered(questions) if db.stands_aside() else lane.foremost(_answered)(questions)


def _answered(questions: Sequence[Question]) -> list[Answer | Exception]:
    with db.lookups() as connection:
        judged = _read(connection, questions)
        if swap.is_one_statement(connection):
            return _written(connection, judged)
    if not any(isinstance(one, Intended) for one in judged):
        return _written(connection, judged)
    with db.transaction() as writer:
        return _written(writer, judged)


def _combiner() -> Combiner[Question, Answer]:
    return db.kept("prolong_batches", lambda: Combiner(answer_all))


def _read(connection: Connection, questions: Sequence[Question]) -> list[Judged]:
    asked = [one.asked for one in questions if not isinstance(one, Validating)]
    validating = [one for one in questions if isinstance(one, Validating)]
    read = iter(cases.read_all(connection, asked))
    held = _held(connection, validating)
    return [next(held) if isinstance(one, Validating) else _judged(one, next(read)) for one in questions]


def _held(connection: Connection, validating: Sequence[Validating]) -> Iterator[Held | Refusal]:
    rows = ledger.read_licenses(connection, [one.sought for one in validating])
    for one, row in zip(validating, rows, strict=True):
        held = reading.license_of(row, one.call.zone) if row is not None else None
        yield held or errors.LicenseNotFound()


def _judged(question: Redeeming | Checking, case: Case | Refusal) -> Judged:
    if isinstance(case, Refusal) or isinstance(question, Checking):
        return case
    return settling.judge(question.asked, case)


def _written(connection: Connection, judged: Sequence[Judged]) -> list[Answer | Exception]:
    """Write what can be written together, and say of the rest that it is to be settled alone."""
    together: list[Intended] = []
    taken: set[bytes | int] = set()
    for one in judged:
        if isinstance(one, Intended):
            if _is_combinable(one, taken):
                together.append(one)
            # Nobody overtakes one that has to go alone.
            taken |= {one.swap.digest, one.swap.license_id}
    done = {id(one): told for one, told in zip(together, settling.carry_out(connection, together), strict=True)}
    return [done.get(id(one), Overtaken(one.swap.license_id)) if isinstance(one, Intended) else one for one in judged]


def _is_combinable(intended: Intended, taken: set[bytes | int]) -> bool:
    """Whether it may be written in one statement with others, while codes and licenses of those before it are taken.

    A license that is bound to Modules goes alone: its files are issued anew in the same transaction (M11).
    """
    return not intended.held.is_bound and not {intended.swap.digest, intended.swap.license_id} & taken
