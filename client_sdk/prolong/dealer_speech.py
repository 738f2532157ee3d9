"""How a dealer's client asks: one thing, a page after the other, a change, something new that is made only once."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from prolong import dealer_flows as flows
from prolong._calls import Call, unusable

if TYPE_CHECKING:
    import httpx

    from prolong.dealer_downloads import Progress

T = TypeVar("T")
_TOKEN = re.compile(r"[!-~]{1,500}")
_KEY = re.compile(r"[ -~]{1,255}")


class Speech:
    """The connection of one token. Raises `ValueError` for a token or an address that is none."""

    def __init__(
        self,
        base_url: str,
        token: str,
        timeout: float,
        transport: httpx.BaseTransport | None,
        language: str | None,
    ) -> None:
        from prolong._runners import SyncRunner  # Here, because httpx takes long to import.

        if not _TOKEN.fullmatch(token):
            # Not quoted: it may be a token with a line break in it.
            raise ValueError("A dealer's token is one word of printable ASCII characters, like plt_….")
        told = {"Authorization": f"Bearer {token}", **({} if language is None else {"Accept-Language": language})}
        self._runner = SyncRunner(base_url, timeout, transport, told)
        self._timeout = timeout

    def ask(self, kind: type[T], *parts: str, **asked: object) -> T:
        """One thing."""
        return self.put(kind, Call("GET", flows.path(*parts, **asked)))

    def put(self, kind: type[T], call: Call) -> T:
        """The answer to a question that changes nothing."""
        return self._runner.run(lambda _: flows.question(call, kind))

    def every(self, kind: type[T], *parts: str, **asked: object) -> Iterator[T]:
        """All things of a list; the next page is asked for when it is wanted."""
        cursor: str | None = None
        while True:
            items, following = self._page(kind, flows.path(*parts, **asked, limit=flows.PAGE, cursor=cursor))
            yield from items
            if following is None:
                return
            if following == cursor:
                raise unusable(changes=False)
            cursor = following

    def report(
        self, kind: type[T], name: str, since: dt.date | None, until: dt.date | None, asked: Mapping[str, object]
    ) -> tuple[T, ...]:
        """All rows of a report."""
        days = {"from": since, "to": until}
        return tuple(self._page(kind, flows.path("reports", name, **days, **asked))[0])

    def create(self, kind: type[T], where: str, body: Mapping[str, Any], key: str | None) -> T:
        """Something new, only once; a key is made if there is none."""
        named = str(uuid.uuid4()) if key is None else key
        if not _KEY.fullmatch(named):
            raise ValueError("An idempotency key is 1 to 255 printable ASCII characters.")
        return self._runner.run(lambda budget: flows.creation(budget, f"/v1/{where}", body, named, kind))

    def change(self, kind: type[T], *parts: str, body: Mapping[str, Any] | None = None, method: str = "POST") -> T:
        """A change; the thing as it then is."""
        return self._runner.run(lambda _: flows.change(flows.path(*parts), body, kind, method))

    def remove(self, *parts: str) -> None:
        """A removal."""
        self._runner.run(lambda _: flows.removal(flows.path(*parts)))

    def download(self, order: str, target: Path, progress: Progress | None) -> None:
        """The codes of an order, into a file."""
        from prolong import dealer_downloads as downloads  # Here, because httpx takes long to import.

        asked = downloads.call(flows.path("orders", order, "codes"), target)
        downloads.fetch(self._runner.wire, asked, target, self._timeout, progress)

    def close(self) -> None:
        """Close the connections."""
        self._runner.close()

    def _page(self, kind: type[T], where: str) -> tuple[list[T], str | None]:
        return self._runner.run(lambda _: flows.page(where, kind))
