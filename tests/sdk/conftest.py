"""A client at a scripted server, and retries without their pauses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina

from prolong import Client, MemoryStore
from tests.api.shop import shop
from tests.sdk.script import Connect, Script

__all__ = ["shop"]


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Stamina's own switch for tests: the same retries, without the pauses."""
    with stamina.set_testing(True, attempts=5):
        yield


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What goes to the user's own directories goes to the test's."""
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home" / name))
    return tmp_path / "home"


@pytest.fixture
def connect() -> Iterator[Connect]:
    """A client whose server follows the script."""
    clients: list[Client] = []

    def _connect(*answers: httpx.Response | Exception, **settings: Any) -> tuple[Client, Script]:
        script = Script(list(answers))
        told = {"product": "lab", "product_version": "9.10", "machine": "fingerprint-0001", "store": MemoryStore()}
        client = Client("https://server.test", **{**told, **settings}, transport=httpx.MockTransport(script))
        clients.append(client)
        return client, script

    yield _connect
    for client in clients:
        client.close()
