"""The shape of a flow: a generator that yields calls and waits, is sent the answers, and returns a result."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar, Union

from prolong._calls import Answer, Call, Wait

T = TypeVar("T")
#: What is sent in is the answer to a call, and nothing after a wait; an error of the call is thrown in.
Steps = Generator[Union[Call, Wait], Union[Answer, None], T]


def answered(call: Call) -> Steps[Answer]:
    """One call and its answer."""
    answer = yield call
    if answer is None:
        raise TypeError("a call is answered with an answer")
    return answer
