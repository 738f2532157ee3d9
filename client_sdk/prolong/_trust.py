"""What a client believes: the trusted keys, and the signed texts that it keeps."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from prolong import revocations
from prolong._calls import Call, unusable
from prolong._desk import KEEPING_SECONDS, Desk, is_keys, logger, unimportant
from prolong._steps import Steps, answered
from prolong.errors import DocumentError, ProlongError, StoreError, UnknownKey, Unreachable, WrongMachine
from prolong.results import Activation, License, Redemption, Validation

T = TypeVar("T")


def keep(desk: Desk, text: str, told: Validation, date: dt.datetime | None) -> Steps[None]:
    """Keep the document of a validation of that date; raises `Unreachable` when it says other than the unsigned answer.

    A document that is not genuine raises `DocumentError` where the keys are built in; where they are not, the answer is
    believed as the connection is, and the document is not kept.
    """
    try:
        agreed = yield from _keep(desk, text, told.license, date)
    except (DocumentError, StoreError, Unreachable) as error:
        # A license that lets nobody work registers no computer, so its document may name none: a no is a no.
        said_no = isinstance(error, WrongMachine) and not told.valid
        if desk.trusted_keys is not None and not (said_no or isinstance(error, StoreError)):
            raise
        logger.warning("the license document was not kept: %s", error)
        return
    if not agreed:
        raise unusable(changes=False)


def keep_receipt(desk: Desk, made: Redemption | Activation, date: dt.datetime | None) -> Steps[ProlongError | None]:
    """Keep what came with a change that was made; what stood in the way, not raised.

    A document that cannot be believed here does not unmake the change.
    Raises `OutcomeUnknown` when a genuine document says something else than the answer: it was damaged on the way.
    """
    try:
        desk.store.write("license_key", made.license.license_key)
        agreed = made.license_document is None or (yield from _keep(desk, made.license_document, made.license, date))
    except (DocumentError, StoreError, Unreachable) as error:
        logger.warning("the license document was not kept: %s", error)
        return error
    if not agreed:
        raise unusable(changes=True)
    return None


def _keep(desk: Desk, text: str, told: License | None, date: dt.datetime | None) -> Steps[bool]:
    """Verify a document and keep it, if it says what was told."""
    found, keys = yield from _verified(desk, lambda keys: desk.identify(text, keys))
    if told is not None and found.license != told:
        return False
    desk.keep_document(text, found, keys, date)
    return True


def refresh_revocations(desk: Desk) -> Steps[None]:
    """Fetch the list if there is a newer one, and keep it. Raises `DocumentError`, `Unreachable`."""
    known = desk.known_keys()
    etag = None if known is None else desk.revoked(known)[1]
    headers = {} if etag is None else {"If-None-Match": etag}
    answer = yield from answered(Call("GET", "/v1/revocations", media="application/jwt", headers=headers))
    if not answer.unchanged:
        found, keys = yield from _verified(desk, lambda keys: revocations.verify(answer.text, keys))
        with unimportant():
            desk.keep_revocations(answer.text, answer.etag, found, keys)
    desk.heed(answer.date)


def fetch(desk: Desk) -> Steps[Mapping[str, Any]]:
    """The server's public keys."""
    answer = yield from answered(Call("GET", "/.well-known/jwks.json"))
    if not is_keys(answer.body):
        raise unusable(changes=False)
    desk.heed(answer.date)
    return answer.body


def _verified(desk: Desk, verify: Callable[[Mapping[str, Any]], T]) -> Steps[tuple[T, Mapping[str, Any]]]:
    """Verify with the trusted keys. Where they are not built in, a missing one is asked for and kept at once.

    It is kept only when it has signed what is verified: keys that were damaged on the way would be kept for ever.
    """
    keys = desk.known_keys()
    if keys is not None:
        try:
            return verify(keys), keys
        except UnknownKey:
            if desk.trusted_keys is not None:
                raise
    fetched = yield from fetch(desk)
    found = verify(_joined(keys, fetched))
    with unimportant(), desk.store.lock("keep", KEEPING_SECONDS):
        desk.store.write("keys", json.dumps(_joined(desk.known_keys(), fetched)))
    return found, _joined(keys, fetched)


def _joined(pinned: Mapping[str, Any] | None, fetched: Mapping[str, Any]) -> Mapping[str, Any]:
    """The pinned keys and those whose names are new: a pinned key is never exchanged for another."""
    known = [] if pinned is None else pinned["keys"]
    names = {key.get("kid") for key in known}
    return {"keys": [*known, *(key for key in fetched["keys"] if key.get("kid") not in names)]}
