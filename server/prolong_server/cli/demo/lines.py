"""A line of the demo: what it shows, what it is answered with, and the command that shows it."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from prolong_server.cli.demo.catalogue import ANTIVIRUS, VERSION
from prolong_server.cli.demo.licenses import MACHINE

NONE: Mapping[str, str] = MappingProxyType({})
STATUS = r"\nHTTP %{http_code}\n"


@dataclass(frozen=True, slots=True)
class Line:
    """`about` is for people; `answer` is the HTTP status, and a word of the body that names the outcome."""

    about: str
    answer: str
    command: str

    def __str__(self) -> str:
        return f"# {self.about} -> {self.answer}\n{self.command}\n"


@dataclass(frozen=True, slots=True)
class Console:
    """Writes `curl` commands to a server at `base`."""

    base: str

    def get(self, about: str, answer: str, path: str, token: str | None = None, accept: str | None = None) -> Line:
        """A command that reads."""
        return Line(about, answer, self._command(path, {"Accept": accept} if accept else {}, token))

    def post(
        self,
        about: str,
        answer: str,
        path: str,
        body: Mapping[str, Any],
        token: str | None = None,
        headers: Mapping[str, str] = NONE,
    ) -> Line:
        """A command that sends JSON."""
        told = {"Content-Type": "application/json", **headers}
        data = json.dumps(body, ensure_ascii=False)
        return Line(about, answer, self._command(path, told, token, "-d", data))

    def redeem(
        self,
        about: str,
        answer: str,
        code: str,
        key: str,
        path: str = "",
        headers: Mapping[str, str] = NONE,
        **changes: Any,
    ) -> Line:
        """A renewal code entered on the demo's computer."""
        body: dict[str, Any] = {"code": code, "license_key": key, "product": ANTIVIRUS, "product_version": VERSION}
        body |= {"machine": {"fingerprint": MACHINE}} | changes
        return self.post(about, answer, f"/v1/redemptions{path}", body, headers=headers)

    def activate(self, about: str, answer: str, code: str, **changes: Any) -> Line:
        """An activation code entered on the demo's computer."""
        body: dict[str, Any] = {
            "code": code,
            "product": ANTIVIRUS,
            "product_version": VERSION,
            "machine": {"fingerprint": MACHINE},
        }
        customer = {"name": "Taras Demo", "email": "taras@example.org", "country": "UA"}
        return self.post(about, answer, "/v1/activations", body | {"customer": customer} | changes)

    def validate(self, about: str, answer: str, key: str, **changes: Any) -> Line:
        """A product that asks whether its license is good."""
        body = {"license_key": key, "product": ANTIVIRUS, "product_version": VERSION}
        return self.post(about, answer, "/v1/licenses/validate", body | changes)

    def _command(self, path: str, headers: Mapping[str, str], token: str | None, *data: str) -> str:
        told = [f"{name}: {value}" for name, value in headers.items()]
        told += [f"Authorization: Bearer {token}"] if token else []
        named = [word for header in told for word in ("-H", header)]
        return shlex.join(["curl", "-sS", "-w", STATUS, self.base + path, *named, *data])
