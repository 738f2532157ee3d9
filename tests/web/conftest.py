"""A real browser, Debian's Chromium, at a real server."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright

from prolong_server import clock, create_app
from prolong_server import db as databases
from prolong_server.call import Call
from prolong_server.config import Settings
from prolong_server.operations.keys import Holder
from prolong_server.rules.actors import SYSTEM
from tests import vendor
from tests.conftest import key_text
from tests.scenes import Stage
from tests.waiting import PATIENCE
from tests.web.site import Site, served

Shoot = Callable[[Page, str], None]
expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="session")
def web_app(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on one SQLite database for all browser tests: each makes its own licenses and codes."""
    folder = tmp_path_factory.mktemp("web")
    shutil.copy(sqlite_template, folder / "prolong.db")
    settings = Settings(
        database_url=f"sqlite:///{folder / 'prolong.db'}",
        data_dir=folder,
        base_url="https://renew.example",
        secret_keys=(key_text(b"s"),),
        code_keys=(key_text(b"c"),),
        signing_keys=(key_text(b"k"),),
    )
    app = create_app(settings, keys=Holder(settings, clock.now, os.urandom))
    yield app
    with app.app_context():
        for engine in databases.db.engines.values():
            engine.dispose()


@pytest.fixture(scope="session")
def site(web_app: Flask) -> Iterator[Site]:
    """The server with the partner's page."""

    def open_stage(origin: str) -> Stage:
        house = web_app.extensions["prolong"]
        with web_app.app_context():
            keys = house.keys.current()
            shop = vendor.found(web_origins=(origin,), where_to_buy="https://buy.example/", **PAGES)
        made = Call(SYSTEM, clock.now(), house.settings.zone, house.settings.base_url, keys, os.urandom, "test")
        return Stage(shop, made)

    with served(web_app, open_stage) as made:
        yield made


PAGES = {"download_url": "https://get.example/"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. As root it cannot use its own sandbox; the tests visit no page but ours.

    Not of the session: while it is open an event loop runs, and other tests start loops of their own.
    """
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or "chromium"
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"] if os.getuid() == 0 else [])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page. What the browser itself complains about, such as a breach of the policy, fails the test."""
    context = browser.new_context(locale="en-US")
    context.set_default_timeout(PATIENCE * 1000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    # A refusal's status and an answer that a test cuts off are told by every browser; they are meant.
    assert [text for text in complaints if "Failed to load resource" not in text] == []


@pytest.fixture
def shoot() -> Shoot:
    """Keep a picture of the page where PROLONG_SCREENSHOTS names a folder."""
    folder = os.environ.get("PROLONG_SCREENSHOTS")

    def keep(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder, f"web-{name}.png"), full_page=True)

    return keep
