"""From where a request comes, as the audit trail keeps it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from prolong_server.config import Settings
from prolong_server.rules.actors import Role
from tests.api.door import Door
from tests.api.shop import DEALER


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, trusted_proxies=1)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:DB8::7", "2001:db8::7"),
        ("fe80::1%" + "e" * 60, "fe80::1"),
        ("x" * 60, None),
        ("203.0.113.7:4711", None),
    ],
)
def test_what_a_trusted_proxy_tells_is_kept_if_it_is_an_address(
    told: str, kept: str | None, staffed: Callable[[Role], Door]
):
    admin = staffed(Role.ADMIN)
    made = admin.ask("POST", "/dealers", DEALER, headers={"X-Forwarded-For": told})
    assert made.status_code == 201
    trail = admin.ask("GET", f"/audit-events?object={made.json['id']}").json["items"]
    assert [event["address"] for event in trail] == [kept]
