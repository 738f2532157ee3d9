"""What each call of a client does, step by step, without its wire: generators for `prolong._runners`.

A change is never in doubt for good. Before it is sent its intent is kept; it is cleared when the answer is definite, a
yes or a refusal. One lock is held from the one to the other, so that no intent is ever overwritten by another; an open
intent that is found (its process was killed, its answer lost) is settled before a new one is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, replace
from typing import Any, TypeVar

from prolong import _intents, _trust
from prolong._calls import Answer, Budget, Call, Wait, unusable
from prolong._desk import Desk, given, unimportant
from prolong._intents import Intent
from prolong._plausible import Made, answers, is_key
from prolong._steps import Steps, answered
from prolong.errors import (
    BadSignature,
    MalformedDocument,
    OutcomeUnknown,
    ProlongError,
    Refused,
    StoreBusy,
    StoreError,
    Unreachable,
)
from prolong.reading import read
from prolong.refusals import RateLimited, StillRunning
from prolong.results import Activation, Check, Customer, Redemption, Synced, Validation

T = TypeVar("T")
M = TypeVar("M", bound=Made)

_KINDS: Mapping[str, type[Made]] = {_intents.REDEEM: Redemption, _intents.ACTIVATE: Activation}
_PAUSE = 0.03


def check(desk: Desk, code: str, license_key: str | None) -> Steps[Check]:
    """Ask what a code would do."""
    key = license_key or desk.store.read("license_key")
    found, _ = yield from _ask(desk, "/v1/redemptions/check", {"code": code, "license_key": key}, Check)
    if found.problem is not None:
        desk.spoken(found.problem)
    return found


def redeem(desk: Desk, budget: Budget, code: str, license_key: str | None) -> Steps[Redemption]:
    """Spend a renewal code."""
    body = desk.body({"code": code, "license_key": desk.key(license_key)})
    return (yield from _change(desk, budget, Intent(_intents.REDEEM, body, desk.now()), Redemption))


def activate(desk: Desk, budget: Budget, code: str, customer: Customer) -> Steps[Activation]:
    """Spend an activation code."""
    body = desk.body({"code": code, "customer": given(asdict(customer))})
    return (yield from _change(desk, budget, Intent(_intents.ACTIVATE, body, desk.now()), Activation))


def resume(desk: Desk, budget: Budget) -> Steps[Made | None]:
    """Settle an open intent; None when there is none."""
    with (yield from _alone(desk, budget)):
        left = _intents.load(desk.store)
        return None if left is None else (yield from _settle(desk, left, _KINDS[left.path]))


def validate(desk: Desk, license_key: str | None) -> Steps[Validation]:
    """Ask how the license stands, and keep its document."""
    key = desk.key(license_key)
    found, date = yield from _ask(desk, "/v1/licenses/validate", {"license_key": key}, Validation)
    if (found.license is not None and not is_key(found.license, key)) or found.valid != (found.code == "VALID"):
        raise unusable(changes=False)
    if found.license_document is not None:
        yield from _trust.keep(desk, found.license_document, found, date)
    elif found.code == "MACHINE_NOT_REGISTERED":
        desk.drop_document(key)
    elif found.valid and desk.trusted_keys is not None:
        raise MalformedDocument("The server says that the license is valid, but does not sign it. Do not trust it.")
    return found


def sync(desk: Desk, budget: Budget) -> Steps[Synced]:
    """Settle what is open, validate, and fetch the revocation list."""
    settled: Made | Refused | None
    try:
        settled = yield from resume(desk, budget)
    except Refused as refused:
        settled = refused
    validation, problem = None, None
    try:
        if desk.store.read("license_key"):
            validation = yield from validate(desk, None)
            yield from _trust.refresh_revocations(desk)
    except ProlongError as error:
        # What was settled is told only once, so it must not go down with what failed after it.
        if settled is None:
            raise
        problem = error
    return Synced(settled, validation, desk.license(), problem)


def keys(desk: Desk) -> Steps[Mapping[str, Any]]:
    """Ask for the server's public keys."""
    return (yield from _trust.fetch(desk))


def _alone(desk: Desk, budget: Budget) -> Steps[ExitStack]:
    """Take the lock on changes. It is tried again and again, not waited for, so that no thread stands still."""
    held = ExitStack()
    while True:
        try:
            held.enter_context(desk.store.lock("change", 0))
        except StoreBusy:
            if not budget.left():
                raise
        else:
            return held
        yield Wait(_PAUSE)


def _change(desk: Desk, budget: Budget, intent: Intent, kind: type[M]) -> Steps[M]:
    with (yield from _alone(desk, budget)):
        left = _intents.load(desk.store)
        if left is not None and left.same(intent):
            return (yield from _settle(desk, left, kind))
        earlier = None if left is None else (yield from _cleared(desk, left))
        try:
            return replace((yield from _new(desk, intent, kind)), earlier=earlier)
        except ProlongError as error:
            error.earlier = earlier
            raise


def _new(desk: Desk, intent: Intent, kind: type[M]) -> Steps[M]:
    _intents.save(desk.store, intent)
    try:
        return (yield from _carry_out(desk, intent, kind))
    except (RateLimited, Unreachable):
        # It was never carried out, so nothing may happen later that nobody awaits any more.
        _forget(desk)
        raise


def _cleared(desk: Desk, left: Intent) -> Steps[Made | Refused]:
    """Settle an earlier intent, so that it is not overwritten, and tell what became of it."""
    try:
        return (yield from _settle(desk, left, _KINDS[left.path]))
    except Refused as refused:
        return refused
    except OutcomeUnknown as unknown:
        raise Unreachable(_EARLIER) from unknown


_EARLIER = (
    "An earlier code is not settled yet, because the license server gives no usable answer. "
    "This code was not sent; check the connection and try again later."
)


def _settle(desk: Desk, left: Intent, kind: type[M]) -> Steps[M]:
    """Send an open intent again. That it cannot be sent now does not tell what became of it before."""
    current = Intent(left.path, {**left.body, "product_version": desk.product_version}, left.at)
    try:
        return (yield from _carry_out(desk, current, kind))
    except (RateLimited, StillRunning, Unreachable) as failure:
        raise OutcomeUnknown(_STILL_OPEN) from failure


_STILL_OPEN = (
    "The license server cannot be asked just now what became of the code that was sent before. "
    "Try again with the same code when the connection is back: it is never spent twice."
)


def _carry_out(desk: Desk, intent: Intent, kind: type[M], *, again: bool = True) -> Steps[M]:
    """Send an intent and clear it when the answer is definite; once `again` where only its document was damaged."""
    try:
        answer = yield from answered(Call("POST", intent.path, intent.body, changes=True))
    except (RateLimited, StillRunning):
        raise  # Not judged, which says nothing of an earlier time that it was sent.
    except Refused:
        _forget(desk)
        raise
    made = _read(kind, answer, changes=True)
    if not answers(made, intent):
        raise unusable(changes=True)
    desk.heed(answer.date)
    spoiled = yield from _trust.keep_receipt(desk, made, answer.date)
    if again and isinstance(spoiled, (BadSignature, MalformedDocument)):
        return (yield from _once_more(desk, intent, made))
    # What the store could not keep comes again with the first answer, as long as the intent is there to ask for it.
    if not isinstance(spoiled, StoreError):
        _forget(desk)
    return made


def _once_more(desk: Desk, intent: Intent, made: M) -> Steps[M]:
    """The same receipt with a whole document, if there is one; without it the change is made all the same."""
    try:
        repeated = yield from _carry_out(desk, intent, type(made), again=False)
    except ProlongError:
        return made
    return replace(repeated, replayed=made.replayed)


def _forget(desk: Desk) -> None:
    # An intent that stays although it is settled does no harm: it is answered with the first answer again.
    with unimportant():
        _intents.clear(desk.store)


def _ask(desk: Desk, path: str, fields: Mapping[str, Any], kind: type[T]) -> Steps[tuple[T, dt.datetime | None]]:
    """What the server says to a question, and its date; only who can be understood is believed its date."""
    answer = yield from answered(Call("POST", path, desk.body(fields)))
    found = _read(kind, answer, changes=False)
    desk.heed(answer.date)
    return found, answer.date


def _read(kind: type[T], answer: Answer, *, changes: bool) -> T:
    try:
        return read(kind, {**answer.body, "replayed": answer.replayed})
    except (TypeError, ValueError, OverflowError):
        # Not chained: the text of the cause may quote the answer.
        raise unusable(changes=changes) from None
