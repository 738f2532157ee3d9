"""The registration form in a window: typed, pasted and gone through with the keyboard, on a display of its own."""

import os
import subprocess
import sys
import threading
import time
import tkinter as tk
from collections.abc import Iterator
from pathlib import Path
from tkinter import ttk

import pytest

from prolong import window as windows
from prolong.form_view import State
from tests.sdk import screen
from tests.sdk.script import CODE, LICENSE_KEY, REDEMPTION, SUPPORT, problem
from tests.sdk.test_form import ACTIVATION, ALONE, FOR_ACTIVATION, LOST, RENEWABLE, ok
from tests.waiting import PATIENCE

PASTED = f"  {CODE.lower().replace('-', ' ')}\n"


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    with screen.opened() as name:
        yield name


class Nothing:
    """A client that has nothing to settle."""

    def resume(self):
        return None


class Desk:
    """A window and the hands in front of it."""

    def __init__(self, root: tk.Tk, frame: windows.RegistrationFrame, name: str) -> None:
        self.root, self.frame, self.name = root, frame, name
        self.settle()
        root.focus_force()
        while frame._timer:
            self.settle()
        frame.code.entries[0].focus_force()
        self.settle()

    def settle(self) -> None:
        self.root.update()

    def wait(self, state: State) -> None:
        until = time.monotonic() + PATIENCE
        while self.frame.form.view.state is not state or self.frame._timer:
            assert time.monotonic() < until, self.frame.form.view
            self.root.update()
        self.settle()

    def type(self, text: str) -> None:
        for sign in text:
            keysym = {"-": "minus", "\b": "BackSpace", "\n": "Return", "\t": "Tab"}.get(sign, sign)
            focus = self.root.focus_get()
            assert focus is not None
            focus.event_generate(f"<KeyPress-{keysym}>" if len(keysym) > 1 else f"<Key-{keysym}>")
            self.settle()

    def paste(self, text: str, at: int = 0) -> None:
        self.root.clipboard_clear()
        self.root.clipboard_append(text)
        self.frame.code.entries[at].focus_force()
        self.frame.code.entries[at].event_generate("<<Paste>>")
        self.settle()

    def groups(self) -> list[str]:
        return [entry.get() for entry in self.frame.code.entries]

    def shoot(self, what: str) -> None:
        folder = os.environ.get("PROLONG_SCREENSHOTS")
        if folder:
            self.settle()
            path = Path(folder, f"window-{self.name}-{what}.png")
            display = self.root.winfo_screen().rsplit(".", 1)[0]
            subprocess.run(["import", "-display", display, "-window", str(self.root.winfo_id()), path], check=True)


@pytest.fixture
def sit(display, connect):
    """Sit down at a window whose server follows a script."""
    roots: list[tk.Tk] = []

    def make(*answers, language="en", key="", scaling=None, client=None):
        script = None
        if client is None:
            client, script = connect(*answers)
        root = tk.Tk(screenName=display)
        roots.append(root)
        if scaling:
            root.tk.call("tk", "scaling", scaling)
            for name in ("TkDefaultFont", "TkFixedFont", "TkTextFont"):
                root.tk.call("font", "configure", name, "-size", 10)
        ttk.Style(root).theme_use("clam")
        frame = windows.window(root, client, language, license_key=key)
        return Desk(root, frame, f"{language}-{scaling or 1}"), script

    yield make
    for root in roots:
        root.destroy()


def test_importing_the_library_does_not_load_tk():
    code = "import sys, prolong; assert 'tkinter' not in sys.modules and 'prolong.window' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_typing_jumps_from_group_to_group_and_the_code_is_judged_at_once(sit):
    desk, script = sit(ok(ALONE))
    desk.type("wxwcbyb6")
    assert desk.groups() == ["WXWCB", "YB6", "", "", ""]
    assert "missing: 17" in desk.frame.message.cget("text")
    desk.type("wk952swa0432cf1xh")
    assert desk.frame.form.view.state is State.MISTYPED
    assert desk.frame.button.instate(["disabled"])
    desk.shoot("mistyped")
    desk.type("\bg")
    assert (desk.frame.form.reading.display, desk.frame.button.instate(["!disabled"])) == (CODE, True)
    assert script.asked == []


@pytest.mark.parametrize("at", range(5))
def test_a_paste_of_the_whole_code_is_taken_in_any_group(sit, at):
    desk, _ = sit(ok(ALONE))
    desk.paste(PASTED, at)
    assert desk.groups() == CODE.split("-")
    assert desk.frame.form.view.state is State.COMPLETE


def test_a_mark_goes_in_front_of_the_groups_typed_or_pasted_and_can_be_taken_back(sit):
    desk, _ = sit(ok(ALONE))
    desk.paste("pro-YHP9R-0QYHX-E09WQ-AND3C-4NS5D")
    assert (desk.frame.code.mark, desk.frame.form.reading.display) == ("PRO", "PRO-YHP9R-0QYHX-E09WQ-AND3C-4NS5D")
    desk.paste(PASTED)
    assert desk.frame.code.mark == ""
    desk.frame.form.restart()
    desk.frame._show()
    desk.frame.code.entries[0].focus_force()
    desk.type("nfr-13e5v")
    assert (desk.frame.code.mark, desk.groups()[0]) == ("NFR", "13E5V")
    desk.type("\b" * 6)
    assert (desk.frame.code.mark, desk.groups()) == ("", [""] * 5)


def test_backspace_and_arrows_cross_the_borders_of_groups(sit):
    desk, _ = sit(ok(ALONE))
    desk.type("WXWCBY\b\b")
    assert desk.groups()[:2] == ["WXWC", ""]
    assert desk.root.focus_get() is desk.frame.code.entries[0]
    desk.type("BY")
    for keysym, at in (("Left", 1), ("Left", 0), ("Right", 1)):
        desk.root.focus_get().event_generate(f"<{keysym}>")
        desk.settle()
        assert desk.root.focus_get() is desk.frame.code.entries[at]


def test_a_symbol_that_is_put_into_a_full_group_pushes_and_deletes_nothing(sit):
    desk, _ = sit(ok(ALONE))
    desk.type("M61C9DGT97")
    desk.frame.code.entries[0].focus_force()
    desk.frame.code.entries[0].icursor(2)
    desk.type("x")
    assert desk.groups() == ["M6X1C", "9DGT9", "7", "", ""]
    assert desk.root.focus_get() is desk.frame.code.entries[0]
    assert desk.frame.code.entries[0].index("insert") == 3


def test_a_whole_code_is_pasted_over_whatever_stands_there(sit):
    desk, _ = sit(ok(ALONE))
    desk.type("ABCDEFGHJKMNPQRSTVWXYZ012")
    desk.paste(PASTED, at=2)
    assert (desk.groups(), desk.frame.form.view.state) == (CODE.split("-"), State.COMPLETE)


def test_a_wrong_group_is_pointed_at(sit):
    desk, _ = sit(ok(ALONE))
    desk.paste("WXWCB-YВ6WK")
    assert "Group 2" in desk.frame.message.cget("text")
    assert desk.frame.code.entries[1].cget("style") == "Wrong.Prolong.TEntry"


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_a_renewal_is_gone_through_with_the_keyboard_alone(sit, language):
    desk, script = sit(ok(ALONE), ok(RENEWABLE), ok(REDEMPTION, 201), language=language)
    registered: list[object] = []
    desk.frame.bind("<<Registered>>", registered.append)
    desk.shoot("typing")
    desk.paste(PASTED)
    desk.shoot("complete")
    desk.type("\n")
    desk.wait(State.ASKING)
    assert desk.root.focus_get() is desk.frame._entries["license_key"]
    desk.shoot("asking")
    desk.type(LICENSE_KEY + "\n")
    desk.wait(State.READY)
    desk.shoot("ready")
    desk.type("\n")
    desk.wait(State.DONE)
    desk.shoot("done")
    day = desk.frame.form.texts.day(desk.frame.form.outcome.expires_on)
    assert day in desk.frame.title.cget("text")
    assert desk.frame.fields["license_key"].get() == LICENSE_KEY
    assert script.body["license_key"] == LICENSE_KEY
    assert len(registered) == 1


def test_an_activation_asks_for_whom(sit):
    desk, script = sit(ok(FOR_ACTIVATION), ok(ACTIVATION, 201))
    desk.paste(PASTED)
    desk.type("\n")
    desk.wait(State.ASKING)
    desk.type("\n")
    desk.wait(State.ASKING)
    assert "Enter a name." in desk.frame._names["name"].cget("text")
    desk.shoot("asking-activation")
    desk.type("Olena\tUA\t\t\t")
    assert desk.root.focus_get() is desk.frame.button
    desk.type("\n")
    desk.wait(State.READY)
    desk.type("\n")
    desk.wait(State.DONE)
    assert script.body["customer"] == {"name": "Olena", "country": "UA", "reminders": False}


def test_a_refusal_shows_whom_to_call_and_where_to_buy(sit):
    pages = {"where_to_buy": "https://buy.example", "expires_on": "2026-01-31", "renewable_until": "2026-02-28"}
    obstacle = problem(409, "renewal_window_closed", support=SUPPORT, **pages).json()
    desk, _ = sit(ok({**RENEWABLE, "problem": obstacle}), key=LICENSE_KEY)
    desk.paste(PASTED)
    desk.type("\n")
    desk.wait(State.REFUSED)
    desk.shoot("refused")
    assert SUPPORT["phone"] in desk.frame.contact.cget("text")
    assert [child.cget("text") for child in desk.frame._links.winfo_children()] == ["Buy a new license"]
    desk.frame.act()
    desk.wait(State.TYPING)
    assert desk.groups() == [""] * 5


def test_a_lost_answer_says_that_nothing_is_lost_and_is_tried_again(sit):
    desk, _ = sit(ok(RENEWABLE), *[LOST] * 5, ok(REDEMPTION), key=LICENSE_KEY)
    desk.paste(PASTED)
    for state in (State.READY, State.UNKNOWN):
        desk.frame.act()
        desk.wait(state)
    desk.shoot("unknown")
    assert "Nothing is lost" in desk.frame.message.cget("text")
    desk.frame.act()
    desk.wait(State.DONE)


def test_the_window_lives_while_an_answer_is_awaited_and_nothing_can_be_edited(sit):
    answer = threading.Event()

    class Slow(Nothing):
        def check(self, code, license_key=None):
            answer.wait(PATIENCE)
            raise OSError("The disk is full.")

    desk, _ = sit(client=Slow())
    desk.paste(PASTED)
    desk.frame.act()
    while desk.frame.form.view.state is not State.CHECKING:
        desk.settle()
    desk.frame._show()
    desk.settle()
    assert (desk.frame.title.cget("text"), desk.frame.progress.winfo_ismapped()) == ("Checking the code…", 1)
    desk.shoot("checking")
    desk.type("A")
    desk.frame.act()
    assert desk.groups() == CODE.split("-")
    answer.set()
    desk.wait(State.FAILED)
    assert not desk.frame.progress.winfo_ismapped()


def test_at_double_size_everything_fits_into_the_window(sit):
    desk, _ = sit(ok(FOR_ACTIVATION), scaling=2.67)
    desk.paste(PASTED)
    desk.frame.act()
    desk.wait(State.ASKING)
    desk.shoot("asking-activation")
    assert int(str(desk.frame._hint.cget("wraplength"))) > 0
    assert desk.frame.winfo_reqwidth() <= desk.root.winfo_width()
    assert desk.frame.winfo_reqheight() <= desk.root.winfo_height()
    assert desk.frame.winfo_reqheight() <= desk.root.winfo_screenheight()


def test_a_window_that_is_closed_while_waiting_leaves_nothing_behind(sit):
    answer = threading.Event()

    class Slow(Nothing):
        def check(self, code, license_key=None):
            answer.wait(PATIENCE)
            raise OSError

    desk, _ = sit(client=Slow())
    desk.paste(PASTED)
    desk.frame.act()
    desk.frame.destroy()
    answer.set()
    desk.settle()
    assert desk.root.winfo_children() == []


def test_a_window_of_its_own_comes_back_with_what_became_of_it(display, monkeypatch):
    monkeypatch.setenv("DISPLAY", display)

    class Closing(Nothing):
        def resume(self):
            root = tk._default_root  # type: ignore[attr-defined]  # How a thread of the product finds the window.
            root.after(10, root.destroy)

    form = windows.run(Closing(), "uk")  # type: ignore[arg-type]  # It is closed before more is asked of it.
    assert (form.outcome, form.texts.language) == (None, "uk")
