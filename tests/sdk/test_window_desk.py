"""The sample product refuses to work after its last day, is renewed by a code, and works offline."""

import importlib.util
import shutil
import time
import tkinter as tk
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

import prolong
from prolong.form_view import State
from prolong.window import RegistrationFrame
from prolong_server import clock
from prolong_server.rules.vocabulary import CodeKind
from tests import vendor
from tests.sdk import screen, served
from tests.waiting import PATIENCE

EXAMPLE = Path(__file__).parents[2] / "client_sdk" / "examples" / "desk.py"


@pytest.fixture(scope="session")
def display():
    with screen.opened() as name:
        yield name


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """Of the server, one database is enough here."""
    shutil.copy(sqlite_template, tmp_path / "prolong.db")
    return f"sqlite:///{tmp_path / 'prolong.db'}"


class Wire(httpx.BaseTransport):
    """The way to the server, until somebody pulls the plug."""

    def __init__(self, app):
        self.through, self.plugged = httpx.WSGITransport(app), True

    def handle_request(self, request):
        if not self.plugged:
            raise httpx.ConnectError("unplugged", request=request)
        return self.through.handle_request(request)


class Watch:
    """The computer's clock."""

    ahead = timedelta(0)

    def __call__(self) -> datetime:
        return clock.now() + self.ahead


def patiently(root, done):
    until = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < until
        root.update()


def writes(desk):
    desk.show()
    return desk.notes.cget("state") == "normal"


def enter(root, desk, code, key=""):
    """Go through the form as a person does."""
    before = desk.client.license.expires_on
    desk.enter_code()
    (frame,) = [
        one for top in desk.winfo_children() for one in top.winfo_children() if isinstance(one, RegistrationFrame)
    ]
    patiently(root, lambda: not frame._timer)
    frame.code._texts[2].set(code)
    for name, text in {"name": "Olena", "country": "UA", "license_key": key}.items():
        frame.fields[name].set(text)
    while frame.form.view.state is not State.DONE:
        assert frame.form.view.state is not State.REFUSED, frame.form.view
        frame.act()
        patiently(root, lambda: not frame._timer)
    frame.master.destroy()
    root.update()
    assert desk.client.license.expires_on != before


def test_the_sample_product_lives_a_whole_license(display, app, call):
    with app.app_context():
        shop = served.stage(app, call)
        activation, renewal = shop.code(kind=CodeKind.ACTIVATION), shop.code()
    spec = importlib.util.spec_from_file_location("desk", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    wire, watch = Wire(app), Watch()
    told: dict[str, Any] = {"product": vendor.PRODUCT, "product_version": "9.10", "machine": vendor.MACHINE.fingerprint}
    store = prolong.MemoryStore()
    with prolong.Client("https://renew.example", **told, store=store, transport=wire, now=watch, timeout=2) as client:
        root = tk.Tk(screenName=display)
        desk = example.Desk(root, client)
        assert not writes(desk)
        assert "Not activated yet" in desk.standing.cget("text")

        enter(root, desk, activation)
        assert writes(desk)

        wire.plugged = False
        watch.ahead = timedelta(days=20)
        assert writes(desk)
        assert "Licensed through" in desk.standing.cget("text")

        watch.ahead = timedelta(days=366)
        assert not writes(desk)
        assert "It can be renewed through" in desk.standing.cget("text")

        wire.plugged, watch.ahead = True, timedelta(0)
        enter(root, desk, renewal)
        watch.ahead = timedelta(days=40)
        assert writes(desk)
        root.destroy()
