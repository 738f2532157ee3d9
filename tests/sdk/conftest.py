"""A client at a scripted server, and retries without their pauses."""

from collections.abc import Iterator

import httpx
import pytest
import stamina

from prolong import Client
from tests.sdk.script import Connect, Script


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Stamina's own switch for tests: the same retries, without the pauses."""
    with stamina.set_testing(True, attempts=5):
        yield


@pytest.fixture
def connect() -> Iterator[Connect]:
    """A client whose server follows the script."""
    clients: list[Client] = []

    def _connect(*answers: httpx.Response | Exception, timeout: float = 30.0) -> tuple[Client, Script]:
        script = Script(list(answers))
        product = {"product": "lab", "product_version": "9.10", "machine": "fingerprint-0001"}
        client = Client("https://server.test", **product, timeout=timeout, transport=httpx.MockTransport(script))
        clients.append(client)
        return client, script

    yield _connect
    for client in clients:
        client.close()
