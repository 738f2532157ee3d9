"""What the tests of the JSON door share: a client that speaks with a token of staff."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from prolong_server.access import staff
from prolong_server.call import Call
from prolong_server.rules.actors import SYSTEM, Role


@dataclass(frozen=True, slots=True)
class Door:
    """A client of the JSON door, with a token or without one."""

    client: FlaskClient
    token: str | None = None

    def ask(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """The response to a request with a JSON body, or with whatever `more` says; its JSON is read as it comes."""
        headers = dict(more.pop("headers", {}))
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            more["json"] = body
        return self.client.open(f"/v1{path}", method=method, headers=headers, **more)


@pytest.fixture
def public(app: Flask) -> Door:
    """The door as everybody finds it."""
    return Door(app.test_client())


@pytest.fixture
def staffed(app: Flask, call: Callable[..., Call]) -> Callable[[Role], Door]:
    """The door for staff of a role."""

    def enter(role: Role) -> Door:
        with app.app_context():
            _, token = staff.add(call(actor=SYSTEM), f"{role}@vendor.example", role)
        return Door(app.test_client(), token)

    return enter


@pytest.fixture
def admin(staffed: Callable[[Role], Door]) -> Door:
    """The door for an administrator."""
    return staffed(Role.ADMIN)
