"""A scripted server for the transport's own behaviour, and answers in the contract's shapes."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from prolong import Client
from tests.sdk import signing

CODE = "WXWCB-YB6WK-952SW-A0432-CF1XG"
LICENSE_KEY = "LAB-CANARY-KEY-0042"

LICENSE = {
    "id": "lic_1",
    "license_key": LICENSE_KEY,
    "product": "lab",
    "edition": "business",
    "license_class": "standard",
    "seats": 5,
    "country": "UA",
    "status": "active",
    "activated_on": "2024-05-01",
    "starts_on": "2024-05-01",
    "expires_on": "2027-04-30",
    "ends_at": "2027-05-01T00:00:00Z",
    "renewable_until": "2027-05-30",
    "seller": {"name": "Dealer", "phone": "+380 44 000 00 00", "email": "d@example.com", "url": "https://example.com"},
    "test": False,
}
DOCUMENT = signing.sign(signing.claims(LICENSE))
REDEMPTION = {
    "id": "rdm_1",
    "redeemed_at": "2026-04-01T10:00:00Z",
    "period_years": 1,
    "previous_expires_on": "2026-04-30",
    "expires_on": "2027-04-30",
    "renewal_basis": "from_expiry",
    "license": LICENSE,
    "license_document": DOCUMENT,
    "license_files": [],
}
SUPPORT = {
    "name": "Representative",
    "phone": "+380 44 111 11 11",
    "email": "r@example.com",
    "url": "https://example.com",
}


@dataclass
class Script:
    """Gives its answers in order, the last one again and again, and remembers what it was asked.

    Where the answers are of other things, the vendor's keys are told by the way.
    """

    answers: list[httpx.Response | Exception]
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/.well-known/jwks.json" and not self._tells_keys():
            return httpx.Response(200, json=signing.KEYS)
        self.asked.append(request)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def _tells_keys(self) -> bool:
        return any(isinstance(one, httpx.Response) and b'"kty"' in one.content for one in self.answers)

    @property
    def body(self) -> Any:
        return json.loads(self.asked[-1].content)


def problem(status: int, code: str, **fields: Any) -> httpx.Response:
    body = {"type": f"urn:prolong:problem:{code.replace('_', '-')}", "title": code, "status": status, "code": code}
    return httpx.Response(status, json={**body, "detail": f"Sentence about {code}.", "request_id": "req-1", **fields})


#: Makes a client whose server follows the script of these answers.
Connect = Callable[..., tuple[Client, Script]]
