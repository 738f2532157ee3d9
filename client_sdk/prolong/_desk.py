"""What a client knows and keeps: its product, its computer, its keys, and the store that outlives it."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, TypeVar

from prolong import _clocks, documents, revocations
from prolong._clocks import Clocks
from prolong.documents import Document
from prolong.errors import NoLicense, ProlongError, StoreError
from prolong.machine import Machine, this_computer
from prolong.reading import json_object
from prolong.revocations import Revocations
from prolong.states import Known, LicenseState, judge
from prolong.store import AnyStore

E = TypeVar("E", bound=ProlongError)
#: Keeping is a matter of milliseconds: who waits longer waits for a process that hangs.
KEEPING_SECONDS = 5.0
logger = logging.getLogger("prolong")
# Where a program has set up no logging, Python would print warnings on the person's screen.
logger.addHandler(logging.NullHandler())


@dataclass
class Desk:
    """One product on one computer. `now` tells the time, aware; `told_machine` None is the computer this runs on."""

    product: str
    product_version: str
    store: AnyStore
    trusted_keys: Mapping[str, Any] | None
    told_machine: Machine | None
    offline_days: int
    now: Callable[[], dt.datetime]
    language: str = "en"

    @cached_property
    def machine(self) -> Machine:
        """The computer that the product runs on; raises `OSError` where its identity cannot be kept."""
        return self.told_machine or this_computer(self.product)

    def body(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The body of a request: the fields, and who asks."""
        machine = given(asdict(self.machine))
        return {**given(fields), "product": self.product, "product_version": self.product_version, "machine": machine}

    def key(self, license_key: str | None) -> str:
        """The key given, or the one in the store; raises `NoLicense`."""
        found = license_key or self.store.read("license_key")
        if not found:
            raise NoLicense("No license key was given, and none is kept here. Activate first, or enter the key.")
        return found

    def known_keys(self) -> Mapping[str, Any] | None:
        """The trusted keys: built in, else those that were pinned; None before the first use."""
        if self.trusted_keys is not None:
            return self.trusted_keys
        with suppress(TypeError, ValueError, RecursionError):
            kept = json_object(json.loads(self.store.read("keys") or ""))
            return kept if is_keys(kept) else None
        return None

    def identify(self, text: str, keys: Mapping[str, Any]) -> Document:
        """A document for this product and computer; raises `DocumentError`."""
        return documents.identify(text, keys, product=self.product, machine=self.machine.fingerprint)

    def heed(self, date: dt.datetime | None) -> None:
        """Let the time go on to the date that the server has told."""
        with unimportant():
            _clocks.note(self.store, Clocks(server=date or Clocks().server, seen=self.now()))

    def keep_document(self, text: str, found: Document, keys: Mapping[str, Any], date: dt.datetime | None) -> None:
        """Keep the document and its key, unless a later one of the same license is kept. Raises `StoreError`.

        `date`: the server's, as the answer told it that the document came with.
        """
        with self.store.lock("keep", KEEPING_SECONDS):
            kept, _ = self._document(keys)
            if kept is not None and _later(kept, found):
                return
            self.store.write("license_key", found.license.license_key)
            self.store.write("document", text)
        _clocks.note(self.store, Clocks(document=found.issued_at))
        told = date or self.now()  # A server may tell no date (RFC 9110); then this computer's must fit the document.
        if found.issued_at <= told <= found.fresh_until:
            _clocks.heal(self.store, self.now(), told)

    def drop_document(self, license_key: str) -> None:
        """Forget the document: the server has said that this computer is none of the license's."""
        keys = self.known_keys()
        kept = self._document(keys)[0] if keys is not None else None
        if kept is not None and kept.license.license_key.lower() == license_key.strip().lower():
            self.store.delete("document")

    def revoked(self, keys: Mapping[str, Any]) -> tuple[Revocations | None, str | None]:
        """The kept list and its ETag; neither if none is kept or it is not genuine."""
        try:
            kept = json_object(json.loads(self.store.read("revocations") or ""))
            return revocations.verify(str(kept.get("text")), keys), str(kept.get("etag") or "") or None
        except (TypeError, ValueError, RecursionError, ProlongError):
            return None, None

    def keep_revocations(self, text: str, etag: str | None, found: Revocations, keys: Mapping[str, Any]) -> None:
        """Keep the list, unless a later one is kept. Raises `StoreError`."""
        with self.store.lock("keep", KEEPING_SECONDS):
            kept, _ = self.revoked(keys)
            if kept is None or (kept.seq, kept.issued_at) <= (found.seq, found.issued_at):
                self.store.write("revocations", json.dumps({"text": text, "etag": etag}))

    def license(self) -> LicenseState:
        """How the license stands, as far as it is known here; where the store cannot be read, `problem` says so."""
        try:
            return judge(self._known(self.now()))
        except StoreError as error:
            return LicenseState("unknown", works=False, problem=self.spoken(error))

    def spoken(self, error: E) -> E:
        """The error in the language of the client."""
        error.language = self.language
        return error

    def _known(self, now: dt.datetime) -> Known:
        try:
            clocks = _clocks.note(self.store, Clocks(seen=now))
        except StoreError:
            clocks = _clocks.load(self.store)
        keys = self.known_keys()
        found, problem = self._document(keys) if keys is not None else (None, None)
        revoked = self.revoked(keys)[0] if found is not None and keys is not None else None
        # What is signed cannot be deleted to turn the clock back and go on working.
        signed = [one.issued_at for one in (found, revoked) if one is not None]
        clocks = clocks.joined(Clocks(document=max(signed, default=Clocks().document)))
        return Known(found, revoked, clocks, now, self.offline_days, problem)

    def _document(self, keys: Mapping[str, Any]) -> tuple[Document | None, ProlongError | None]:
        text = self.store.read("document")
        try:
            return (None if text is None else self.identify(text, keys)), None
        except ProlongError as error:
            return None, self.spoken(error)


def is_keys(body: Mapping[str, Any]) -> bool:
    """Whether this is a set of keys (JWKS, RFC 7517)."""
    keys = body.get("keys")
    return isinstance(keys, list) and all(isinstance(key, dict) for key in keys)


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def _later(kept: Document, found: Document) -> bool:
    same = (kept.issuer, kept.license.id) == (found.issuer, found.license.id)
    return same and (kept.seq, kept.issued_at) > (found.seq, found.issued_at)


@contextmanager
def unimportant() -> Iterator[None]:
    """What is kept for later must not spoil what is done now; the log tells of it."""
    try:
        yield
    except StoreError as error:
        logger.warning("not kept: %s", error)
