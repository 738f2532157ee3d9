"""What a client is about to change, kept from before it is sent until the answer is definite."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from prolong import codes
from prolong.reading import INSTANT, TEXT, json_object, part, read
from prolong.store import AnyStore

logger = logging.getLogger("prolong")
#: The calls that change something.
REDEEM = "/v1/redemptions"
ACTIVATE = "/v1/activations"


@dataclass(frozen=True)
class Intent:
    """Where it is sent, the whole body (so that a repetition is the same request), and when that was decided."""

    path: str = field(metadata=TEXT)
    body: Mapping[str, Any] = field(repr=False, metadata=part(json_object))
    at: dt.datetime = field(metadata=INSTANT)

    def same(self, other: Intent) -> bool:
        """Whether both spend the same code on the same thing, however either was typed."""
        return self.path == other.path and _spent(self.body) == _spent(other.body)


def _spent(body: Mapping[str, Any]) -> tuple[object, ...]:
    """What is spent on what; of codes and keys the server forgives the same differences."""
    code = str(body.get("code", ""))
    key = str(body.get("license_key", "")).strip().lower()
    return codes.read(code).display or code, key, body.get("customer"), body.get("product")


def load(store: AnyStore) -> Intent | None:
    """The open intent, if there is one. One that cannot be read was damaged later, or is of a newer version.

    It is written whole before anything is sent, so half of one was never sent.
    """
    text = store.read("intent")
    try:
        found = None if text is None else read(Intent, json.loads(text))
    except (TypeError, ValueError, RecursionError):
        found = None
    if text is not None and (found is None or found.path not in (REDEEM, ACTIVATE)):
        logger.warning(
            "what is kept of a code that was sent cannot be read; repeat the code to learn what became of it"
        )
    return found if found is not None and found.path in (REDEEM, ACTIVATE) else None


def save(store: AnyStore, intent: Intent) -> None:
    """Keep it; raises `StoreError`, and then it must not be sent."""
    store.write("intent", json.dumps({**asdict(intent), "at": intent.at.isoformat()}))


def clear(store: AnyStore) -> None:
    """The answer was definite."""
    store.delete("intent")
