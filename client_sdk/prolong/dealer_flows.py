"""What a dealer's client asks, step by step and without a wire: paths, pages, and changes that are made only once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from prolong._calls import Answer, Budget, Call, Wait, unusable
from prolong._steps import Steps, answered
from prolong.errors import OutcomeUnknown, Refused, Unreachable
from prolong.reading import json_array, read
from prolong.refusals import RateLimited, StillRunning

T = TypeVar("T")
PAGE = 200
# Bytes of codes; a body may have 64 KiB.
_LARGEST = 60_000
_PAUSE = 0.5
_LOST_ORDER = (
    "The license server's answer was lost, so it is not known whether it was carried out. "
    "Repeat it with the same idempotency key: it is never carried out twice."
)
_LOST = (
    "The license server's answer was lost, so it is not known whether the change was made. "
    "Look at how things stand before you repeat it."
)


def path(*parts: str, **asked: object) -> str:
    """An address below /v1; what is None is not asked, a day is written as one."""
    told = {name: _written(value) for name, value in asked.items() if value is not None}
    where = "/".join(quote(part, safe="") for part in parts)
    return f"/v1/{where}?{urlencode(told)}" if told else f"/v1/{where}"


def batches(codes: Sequence[str]) -> Iterator[list[str]]:
    """The codes in lists that fit into a request of the server's; one empty list where there are none."""
    batch: list[str] = []
    size = 0
    for code in codes:
        length = len(code.encode("utf-8", "surrogatepass")) + 8
        if batch and size + length > _LARGEST:
            yield batch
            batch, size = [], 0
        batch.append(code)
        size += length
    yield batch


def question(call: Call, kind: type[T]) -> Steps[T]:
    """Ask for one thing."""
    answer = yield from answered(call)
    return _made(kind, answer, changes=False)


def page(where: str, kind: type[T]) -> Steps[tuple[list[T], str | None]]:
    """Ask for one page: its items, and the cursor of the next."""
    answer = yield from answered(Call("GET", where))
    try:
        items = [read(kind, item) for item in json_array(answer.body.get("items"))]
    except (TypeError, ValueError, OverflowError):
        raise unusable(changes=False) from None
    following = answer.body.get("next_cursor")
    return items, following if isinstance(following, str) else None


def creation(budget: Budget, where: str, body: Mapping[str, Any], key: str, kind: type[T]) -> Steps[T]:
    """Make something only once: the key goes with every attempt, and whoever repeats it gets the first answer."""
    call = Call("POST", where, body, changes=True, headers={"Idempotency-Key": key})
    doubtful = False
    while True:
        try:
            return _made(kind, (yield from answered(call)), changes=True)
        except StillRunning as running:
            # An earlier attempt of ours is being carried out, so it will be answered soon.
            doubtful = True
            if budget.left() < _PAUSE:
                raise OutcomeUnknown(_LOST_ORDER, key) from running
        except (OutcomeUnknown, RateLimited, Unreachable) as failure:
            if doubtful or isinstance(failure, OutcomeUnknown):
                raise OutcomeUnknown(_LOST_ORDER, key) from failure
            raise
        yield Wait(_PAUSE)


def change(where: str, body: Mapping[str, Any] | None, kind: type[T], method: str = "POST") -> Steps[T]:
    """Change something that may be changed again without harm."""
    try:
        return _made(kind, (yield from answered(Call(method, where, body, changes=True))), changes=True)
    except OutcomeUnknown as unknown:
        raise OutcomeUnknown(_LOST) from unknown


def removal(where: str) -> Steps[None]:
    """Remove what is there. That it is gone when the removal is repeated after a lost answer is no refusal."""
    yield from answered(Call("GET", where))
    try:
        yield from answered(Call("DELETE", where, changes=True))
    except OutcomeUnknown as unknown:
        raise OutcomeUnknown(_LOST) from unknown
    except Refused as refused:
        if refused.status != 404:
            raise


def _made(kind: type[T], answer: Answer, *, changes: bool) -> T:
    try:
        return read(kind, {**answer.body, "replayed": answer.replayed})
    except (TypeError, ValueError, OverflowError):
        # Not chained: the text of the cause may quote the answer.
        raise unusable(changes=changes) from None


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)
