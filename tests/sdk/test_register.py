"""`prolong register`: the registration form in a terminal and through a pipe."""

import io
import json
import os
import pty
import re
import subprocess
import sys
import threading
import time

import httpx
import pytest

from prolong import cli_terminal
from prolong.cli import main
from tests.sdk.script import CODE, LICENSE_KEY, REDEMPTION, SUPPORT, Script, problem
from tests.sdk.test_form import ACTIVATION, ALONE, DOWN, FOR_ACTIVATION, LOST, RENEWABLE, ok

PRODUCT = ["--server", "https://server.test", "--product", "lab", "--product-version", "9.10", "--machine", "f" * 16]
REGISTER = ["register", *PRODUCT, "--language", "en"]
PAIR = [*REGISTER, "--code", CODE, "--license-key", LICENSE_KEY]
RECEIPT = ok(REDEMPTION, 201)
OTHER = "KGXP8-VR30P-0G5SH-4FE0A-E664V"
Output = pytest.CaptureFixture[str]


def run(arguments, *answers):
    script = Script(list(answers))
    return main(arguments, transport=httpx.MockTransport(script)), script


def spent(script):
    return [json.loads(asked.content) for asked in script.asked if asked.url.path == "/v1/redemptions"]


@pytest.fixture
def pipe(monkeypatch):
    return lambda *lines: monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_it_renews_and_tells_the_new_last_day(capsys: Output):
    code, script = run(PAIR, ok(RENEWABLE), RECEIPT)
    shown = capsys.readouterr()
    assert (code, shown.err) == (0, "")
    assert shown.out.startswith("Renewed. The license runs through 30 April 2027\n")
    assert [one["license_key"] for one in spent(script)] == [LICENSE_KEY]


def test_code_and_key_are_read_from_a_pipe_and_never_shown(pipe, capsys: Output):
    pipe(CODE.lower(), f"  {LICENSE_KEY} ")
    code, script = run([*REGISTER, "--json"], ok(ALONE), ok(RENEWABLE), RECEIPT)
    shown = capsys.readouterr()
    told = json.loads(shown.out)
    assert (code, told["kind"], told["expires_on"]) == (0, "renewal", "2027-04-30")
    assert [(one["code"], one["license_key"]) for one in spent(script)] == [(CODE, LICENSE_KEY)]
    assert [canary for canary in (CODE, LICENSE_KEY) if canary in shown.out + shown.err] == []


def test_an_activation_asks_a_pipe_for_what_was_not_given_as_an_option(pipe, capsys: Output):
    pipe(CODE, "Olena", "ua")
    code, script = run([*REGISTER, "--email", "olena@example.com"], ok(FOR_ACTIVATION), ok(ACTIVATION, 201))
    assert code == 0
    assert f"Your license key is {LICENSE_KEY}" in capsys.readouterr().out
    sent = next(json.loads(asked.content) for asked in script.asked if asked.url.path == "/v1/activations")
    assert sent["customer"] == {"name": "Olena", "country": "UA", "email": "olena@example.com", "reminders": False}


def test_a_field_that_is_wrong_in_a_pipe_is_named_and_nothing_is_spent(pipe, capsys: Output):
    pipe(CODE, "Olena", "Ukraine")
    code, script = run(REGISTER, ok(FOR_ACTIVATION))
    assert (code, [asked.url.path for asked in script.asked]) == (1, ["/v1/redemptions/check"])
    assert "Enter the two letters of your country." in capsys.readouterr().err


def test_a_mistyped_code_never_travels(capsys: Output):
    code, script = run([*REGISTER, "--json", "--code", CODE[:-1] + "H"], RECEIPT)
    assert (code, script.asked) == (1, [])
    assert json.loads(capsys.readouterr().out)["code"] == "code_malformed"


def test_an_input_that_ends_too_early_is_wrong_usage(pipe, capsys: Output):
    pipe(CODE)
    code, script = run(REGISTER, ok(ALONE))
    assert (code, spent(script)) == (2, [])
    assert "input ended" in capsys.readouterr().err


def test_a_refusal_tells_what_to_do_where_to_buy_and_whom_to_call(capsys: Output):
    obstacle = problem(409, "promo_not_renewable", support=SUPPORT, where_to_buy="https://buy.example").json()
    code, script = run(PAIR, ok({**RENEWABLE, "problem": obstacle}))
    shown = capsys.readouterr()
    assert (code, shown.out, spent(script)) == (1, "", [])
    assert "Buy a new license: https://buy.example\nWhom to ask: Representative, +380 44 111 11 11" in shown.err


def test_a_refusal_is_one_json_object_for_a_script(capsys: Output):
    code, _ = run([*PAIR, "--json"], ok(RENEWABLE), problem(409, "code_voided", support=SUPPORT))
    told = json.loads(capsys.readouterr().out)
    assert (code, told["code"], told["detail"]) == (1, "code_voided", "Sentence about code_voided.")
    assert (told["support"], told["request_id"]) == (SUPPORT, "req-1")
    assert told["advice"] == "Ask the seller for another one."


def test_attempts_that_failed_do_not_spoil_the_json_on_standard_output(capsys: Output):
    code, script = run([*PAIR, "--json"], ok(RENEWABLE), problem(503, "try_again"), RECEIPT)
    assert (code, json.loads(capsys.readouterr().out)["id"]) == (0, "rdm_1")
    assert len(spent(script)) == 2


def test_a_lost_answer_is_told_as_unknown_and_settled_at_the_next_start(pipe, capsys: Output):
    code, _ = run([*PAIR, "--json"], ok(RENEWABLE), *[LOST] * 5)
    assert (code, json.loads(capsys.readouterr().out)["code"]) == (1, "OutcomeUnknown")
    pipe()
    code, script = run([*REGISTER, "--json"], RECEIPT)
    assert (code, json.loads(capsys.readouterr().out)["expires_on"]) == (0, "2027-04-30")
    assert [one["code"] for one in spent(script)] == [CODE]


@pytest.mark.parametrize("piped", [True, False])
def test_the_code_that_is_given_is_the_code_that_is_spent_whatever_was_open_before(pipe, capsys: Output, piped: bool):
    run([*PAIR, "--json"], ok(RENEWABLE), *[LOST] * 5)
    capsys.readouterr()
    pipe(*[OTHER] * piped)
    given = [*REGISTER, "--license-key", LICENSE_KEY, "--json", *(() if piped else ("--code", OTHER))]
    code, script = run(given, ok(REDEMPTION), ok(RENEWABLE), ok({**REDEMPTION, "id": "rdm_2"}, 201))
    shown = capsys.readouterr()
    assert (code, json.loads(shown.out)["id"]) == (0, "rdm_2")
    assert [one["code"] for one in spent(script)] == [CODE, OTHER]
    assert "Renewed. The license runs through 30 April 2027" in shown.err
    assert LICENSE_KEY not in shown.out + shown.err


def test_a_console_that_lacks_a_sign_does_not_turn_a_renewal_into_an_error(monkeypatch):
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(f"sys.{name}", io.TextIOWrapper(io.BytesIO(), encoding="cp1252"))
    code, _ = run([*PAIR, "--language", "uk"], ok(RENEWABLE), RECEIPT)
    assert code == 0


def test_a_server_that_is_away_is_told_apart_from_a_refusal(capsys: Output):
    code, _ = run([*PAIR, "--json"], *[DOWN] * 5)
    assert (code, json.loads(capsys.readouterr().out)["code"]) == (1, "Unreachable")


def test_it_speaks_the_language_that_is_wanted(capsys: Output):
    code, script = run([*PAIR, "--language", "uk"], ok(RENEWABLE), RECEIPT)
    assert (code, script.asked[0].headers["Accept-Language"]) == (0, "uk")
    assert "Продовжено. Ліцензія діє до 30 квітня 2027 р." in capsys.readouterr().out


def test_an_address_that_is_no_web_address_is_wrong_usage(capsys: Output):
    assert main([*PAIR, "--server", "nowhere"]) == 2
    assert "must look like" in capsys.readouterr().err


class Person:
    """Somebody at a terminal of their own, who types line after line when asked and reads what is shown."""

    def __init__(self, *lines):
        self.hands, self.screen = pty.openpty()
        self.shown = ""
        self.lines = [line.encode() for line in lines]
        threading.Thread(target=self.sit, daemon=True).start()

    def sit(self):
        while True:
            try:
                self.shown += os.read(self.hands, 4096).decode()
            except OSError:
                return
            if self.lines and re.search(r"(:|\[Y/n\])\s+[^\n]*$", self.shown.splitlines()[-1] + " "):
                os.write(self.hands, self.lines.pop(0))


@pytest.fixture
def at_a_terminal(monkeypatch):
    opened: list[io.TextIOBase] = []

    def sit(*lines, **environment):
        for name, value in {"TERM": "xterm", "NO_COLOR": "", **environment}.items():
            monkeypatch.setenv(name, value)
        person = Person(*lines)
        ears, mouth = os.fdopen(person.screen, closefd=False), os.fdopen(os.dup(person.screen), "w")
        opened.extend((ears, mouth))
        monkeypatch.setattr("sys.stdin", ears)
        monkeypatch.setattr("sys.stderr", mouth)
        return person

    yield sit
    for stream in opened:
        stream.close()


def test_a_person_is_led_in_color_and_asked_before_the_code_is_spent(at_a_terminal, capsys: Output):
    person = at_a_terminal(CODE[:-1] + "H\x7fG\r", f"{LICENSE_KEY}\n", "y\n")
    code, script = run(REGISTER, ok(ALONE), ok(RENEWABLE), RECEIPT)
    assert (code, len(spent(script))) == (0, 1)
    assert "\x1b[1mThe license can be renewed by 1 year\x1b[0m" in person.shown
    assert "Renewed." in capsys.readouterr().out


def test_a_person_who_says_no_spends_nothing_and_is_told_so(at_a_terminal):
    person = at_a_terminal(f"{CODE}\r", "n\n")
    code, script = run([*REGISTER, "--license-key", LICENSE_KEY], ok(RENEWABLE), RECEIPT)
    assert (code, spent(script)) == (1, [])
    sys.stderr.flush()
    assert "Nothing was spent" in patiently(person, "Nothing was spent")


def patiently(person, words):
    """What is shown, as soon as the words are among it."""
    until = time.monotonic() + 10
    while words not in person.shown and time.monotonic() < until:
        time.sleep(0.01)
    return person.shown


def test_a_code_and_a_key_that_are_pasted_together_are_both_taken(at_a_terminal):
    at_a_terminal(f"{CODE}\r{LICENSE_KEY}\r", "y\n")
    code, script = run(REGISTER, ok(ALONE), ok(RENEWABLE), RECEIPT)
    assert (code, [one["license_key"] for one in spent(script)]) == (0, [LICENSE_KEY])


def test_a_hint_never_grows_longer_than_the_line(at_a_terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    person = at_a_terminal()
    person.lines = [b"WXWCB", b"\r"]
    cli_terminal.here(plain=False).ask_code("Code:", lambda reading: "a hint " * 20)
    drawn = re.sub(r"\x1b\[[0-9;]*[mK]", "", person.shown).replace("\n", "").split("\r")
    assert max(map(len, drawn)) < 40
    assert "a hint" in person.shown


def test_a_code_is_judged_beside_the_line_while_it_is_typed(at_a_terminal):
    person = at_a_terminal()
    person.lines = [b"wxwcb\x1b[D\x1b[200~yb6\x1b[201~", b"\r"]
    terminal = cli_terminal.here(plain=False)
    assert terminal.ask_code("Code:", lambda reading: f"<{len(reading.symbols)}>") == "wxwcbyb6"
    assert "WXWCB-YB6  \x1b[2m<8>" in person.shown


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_plain_terminal_gets_no_control_characters(at_a_terminal, environment):
    person = at_a_terminal(f"{CODE[:-1]}H\n", f"{CODE}\n", "\n", **environment)
    code, _ = run([*REGISTER, "--license-key", LICENSE_KEY], ok(RENEWABLE), RECEIPT)
    assert code == 0
    assert "At least one letter or digit is wrong." in person.shown
    assert "\x1b" not in person.shown


def test_the_window_says_what_is_missing_where_there_is_no_display(tmp_path):
    command = [sys.executable, "-m", "prolong", "window", *PRODUCT, "--store", str(tmp_path)]
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "no display" in done.stderr
    assert "Traceback" not in done.stderr
