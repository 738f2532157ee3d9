"""`prolong register` and `prolong window`: the registration form in a terminal and in a window."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from prolong import cli_terminal
from prolong.cli_telling import contact_line, license_facts, written
from prolong.cli_terminal import Terminal
from prolong.codes import SYMBOLS, Reading
from prolong.errors import Refused
from prolong.form import Registrar, RegistrationForm
from prolong.form_view import State
from prolong.results import Activation, Redemption

_UNFINISHED = {State.TYPING, State.INCOMPLETE, State.MISTYPED}
_NOT_YET = {*_UNFINISHED, State.COMPLETE, State.ASKING, State.READY}
_YES = {"", "y", "yes", "т", "так", "д", "да"}


def run(options: argparse.Namespace, client: Registrar) -> int:
    """Lead the person, or read the answers line by line from a pipe; 0 only when something was renewed or activated."""
    form = RegistrationForm(client, language=options.language)
    terminal = cli_terminal.here(plain=options.plain)
    form.fill(license_key=options.license_key or "", **_customer(options))
    form.resume()
    if form.outcome is not None and _another(options, terminal):
        # It was another run's, and is told beside what this one is asked for.
        terminal.say(form.view.title if options.json else terminal.told(form.view))
        form.restart()
        form.fill(license_key=options.license_key or "")
    if form.view.state is State.TYPING:
        _lead(form, terminal, options)
    return _tell(form, terminal, options)


def _another(options: argparse.Namespace, terminal: Terminal) -> bool:
    """Whether a code was given to this run. Where it is the one that was settled, its first answer comes again."""
    return bool(options.code) or terminal.is_given_more()


def _customer(options: argparse.Namespace) -> dict[str, Any]:
    named = {name: getattr(options, name) for name in ("name", "country", "email")}
    return {**{name: text for name, text in named.items() if text}, "reminders": options.reminders}


def _lead(form: RegistrationForm, terminal: Terminal, options: argparse.Namespace) -> None:
    _take_the_code(form, terminal, options)
    while form.view.state in _NOT_YET - _UNFINISHED:
        if form.view.state is State.READY and not _agreed(form, terminal, options):
            return
        if form.view.state is State.ASKING:
            _take_the_rest(form, terminal)
            if form.act().faults and not terminal.interactive:
                return
        else:
            form.act()


def _take_the_code(form: RegistrationForm, terminal: Terminal, options: argparse.Namespace) -> None:
    form.type(options.code or terminal.ask_code(_question(form, "code"), lambda reading: _hint(form, reading)))
    while form.view.state in _UNFINISHED and terminal.interactive and not options.code:
        terminal.say(terminal.told(form.view))
        form.type(terminal.ask_code(_question(form, "code"), lambda reading: _hint(form, reading)))


def _hint(form: RegistrationForm, reading: Reading) -> str:
    if reading.state == "mistyped":
        return form.texts.say(f"mistyped.{reading.hint}", group=(reading.group or 0) + 1)
    missing = SYMBOLS - len(reading.symbols)
    return form.texts.say("complete.title") if not missing else form.texts.say("incomplete.next", missing=missing)


def _take_the_rest(form: RegistrationForm, terminal: Terminal) -> None:
    """Ask for what the code needs and what was not given as an option; again for what was not right."""
    if terminal.interactive:
        terminal.say(terminal.told(form.view))
    for name in form.view.needs:
        optional = name in ("email", "reminders")
        if name in form.view.faults or not (optional or getattr(form.fields, name)):
            form.fill(**{name: terminal.ask(_question(form, name))})


def _question(form: RegistrationForm, name: str) -> str:
    return f"{form.texts.say(name)}:"


def _agreed(form: RegistrationForm, terminal: Terminal, options: argparse.Namespace) -> bool:
    if options.yes or options.json or not terminal.interactive:
        return True
    terminal.say(terminal.told(form.view))
    agreed = terminal.ask(f"{form.view.action}? {form.texts.say('yes_no')}").lower() in _YES
    if not agreed:
        form.decline()
    return agreed


def _tell(form: RegistrationForm, terminal: Terminal, options: argparse.Namespace) -> int:
    done = form.view.state is State.DONE
    if options.json:
        sys.stdout.write(json.dumps(_facts(form), default=written) + "\n")
    if done and not options.json:
        sys.stdout.write(
            Terminal(sys.stdin, sys.stdout, terminal.plain or not sys.stdout.isatty()).told(form.view) + "\n"
        )
    if not done:
        terminal.say("\n".join([terminal.told(form.view), *_contact(form)]))
    sys.stdout.flush()
    return 0 if done else 1


def _contact(form: RegistrationForm) -> list[str]:
    if not isinstance(form.outcome, Refused):
        return []
    number = [f"{form.texts.say('request')}: {form.outcome.request_id}"] if form.outcome.request_id else []
    return [*contact_line(form.outcome.support, form.texts.say("contact")), *number]


def _facts(form: RegistrationForm) -> dict[str, Any]:
    outcome, view = form.outcome, form.view
    if isinstance(outcome, Redemption):
        dates = {"previous_expires_on": outcome.previous_expires_on, "expires_on": outcome.expires_on}
        told = {"kind": "renewal", "id": outcome.id, "replayed": outcome.replayed, **dates}
        return {**told, "license": license_facts(outcome.license)}
    if isinstance(outcome, Activation):
        told = {"kind": "activation", "replayed": outcome.replayed, "expires_on": outcome.license.expires_on}
        return {**told, "license": license_facts(outcome.license)}
    if isinstance(outcome, Refused):
        contact = None if outcome.support is None else vars(outcome.support)
        told = {"code": outcome.code, "detail": outcome.detail, "advice": view.advice, "support": contact}
        return {**told, "request_id": outcome.request_id}
    return {
        "code": _WORDS.get(view.state, view.state.value),
        "detail": view.title,
        "advice": view.advice,
        "support": None,
    }


_WORDS = {
    **dict.fromkeys(_UNFINISHED, "code_malformed"),
    State.COMPLETE: "declined",
    State.UNKNOWN: "OutcomeUnknown",
    State.UNREACHABLE: "Unreachable",
}


def window(options: argparse.Namespace, client: Registrar) -> int:
    """Open the form in a window; 0 only when something was renewed or activated in it."""
    try:
        from tkinter import TclError  # Here, because most commands need no window.

        from prolong import window as windows
    except ImportError:
        raise OSError("This Python has no tkinter. On Debian: apt install python3-tk") from None
    try:
        form = windows.run(client, options.language, license_key=options.license_key or "")
    except TclError as error:
        raise OSError(f"No window can be opened here ({error}). Use: prolong register") from None
    if options.json:
        sys.stdout.write(json.dumps(_facts(form), default=written) + "\n")
    return 0 if isinstance(form.outcome, (Redemption, Activation)) else 1
