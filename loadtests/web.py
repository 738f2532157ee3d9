"""The few requests of the seed and of the reconciliation, by the standard library: it runs in any environment."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

PATIENCE_SECONDS = 120


class Refused(Exception):
    """The server answered something else than what a seed or a reconciliation needs; the text says what."""


@dataclass(frozen=True, slots=True)
class Door:
    """A server's address and the token of who asks."""

    base: str
    token: str = field(repr=False)

    def get(self, path: str) -> Any:
        """The JSON of an answer."""
        return json.loads(self.ask("GET", path))

    def post(self, path: str, document: dict[str, object], key: str | None = None) -> Any:
        """Send JSON; the JSON of the answer. `key` is the Idempotency-Key."""
        headers = {"Idempotency-Key": key} if key else {}
        return json.loads(self.ask("POST", path, json.dumps(document).encode(), "application/json", headers))

    def ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = "", more: dict[str, str] | None = None
    ) -> bytes:
        """The body of an answer of 2xx. Raises Refused."""
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Content-Type": kind} if kind else {}) | (more or {})
        request = urllib.request.Request(self.base + path, body, headers, method=method)  # noqa: S310 - our own server
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - the same
                told: bytes = answer.read()
        except urllib.error.HTTPError as refusal:
            raise Refused(f"{method} {path} was answered {refusal.code}: {refusal.read().decode()[:500]}") from None
        return told

    def items(self, path: str) -> Iterator[dict[str, Any]]:
        """Everything that a list holds, page by page."""
        cursor = ""
        while True:
            page = self.get(f"{path}?limit=500{cursor}")
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = f"&cursor={page['next_cursor']}"
