"""How the command speaks with a person: colors where the terminal has them, questions, and a code judged as typed."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

from prolong import codes
from prolong.form_view import View

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32"}
_COLORS = {"done": "green", "mistyped": "red", "refused": "red"}
_ERASE = "\r\x1b[2K"
_ENTER, _BACK, _END = ("\r", "\n"), ("\x7f", "\b"), "\x04"
_KEYS_THAT_WRITE_NOTHING = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|O.)?")


@dataclass(frozen=True)
class Terminal:
    """Questions and progress go to `err`, because `out` is for the answer; `plain` sends no control characters."""

    source: TextIO
    err: TextIO
    plain: bool
    #: What was pasted behind the answer to a question: the answer to the next.
    ahead: list[str] = field(default_factory=list)

    @property
    def interactive(self) -> bool:
        """Whether a person answers."""
        return self.source.isatty()

    def say(self, text: str, end: str = "\n") -> None:
        """Tell the person."""
        self.err.write(text + end)
        self.err.flush()

    def paint(self, text: str, *styles: str) -> str:
        """The text in colors, if they are wanted."""
        return text if self.plain else f"\x1b[{';'.join(_STYLES[one] for one in styles)}m{text}\x1b[0m"

    def told(self, view: View) -> str:
        """A view in lines: what happened, what it means, what to do next, where, and whom to call."""
        color = _COLORS.get(view.state.value)
        title = self.paint(harmless(view.title), *filter(None, ("bold", color)))
        links = [f"{link.label}: {link.url}" for link in view.links]
        rest = [*filter(None, (view.text, view.advice)), *view.faults.values(), *links]
        return "\n".join([title, *map(harmless, rest)])

    def ask(self, question: str) -> str:
        """An answer; read line by line where no person answers. Raises EOFError at the end of the input."""
        if self.interactive:
            self.say(question, end=" ")
        line = self.ahead.pop(0) if self.ahead else self.source.readline()
        if not line:
            raise EOFError
        return line.strip()

    def is_given_more(self) -> bool:
        """Whether a pipe holds another line; a person is not asked."""
        if not self.interactive and not self.ahead:
            self.ahead.extend(filter(None, [self.source.readline()]))
        return bool(self.ahead)

    def ask_code(self, question: str, hint: Callable[[codes.Reading], str]) -> str:
        """A code, shown in groups with a hint beside it while it is typed, where the terminal can do that."""
        if self.plain or not self.interactive:
            return self.ask(question)
        try:
            return self._typed(question, hint)
        except (ImportError, OSError):
            return self.ask(question)

    def _typed(self, question: str, hint: Callable[[codes.Reading], str]) -> str:
        import termios
        import tty

        handle = self.source.fileno()
        before = termios.tcgetattr(handle)
        tty.setcbreak(handle)
        try:
            return self._line(handle, question, hint)
        finally:
            termios.tcsetattr(handle, termios.TCSADRAIN, before)
            self.say("")

    def _line(self, handle: int, question: str, hint: Callable[[codes.Reading], str]) -> str:
        text = ""
        while True:
            self._draw(question, text, hint)
            signs = _signs(handle)
            for at, sign in enumerate(signs):
                if sign in _ENTER and text.strip():
                    self._draw(question, text, hint)
                    self.ahead.extend(signs[at + 1 :].splitlines(keepends=True))
                    return text
                if sign == _END:
                    raise EOFError
                text = text[:-1] if sign in _BACK else text + (sign if sign.isprintable() else "")

    def _draw(self, question: str, text: str, hint: Callable[[codes.Reading], str]) -> None:
        reading = codes.read(text)
        shown = text if reading.state == "empty" else reading.display
        # Only one line is erased before the next sign, so a longer one would leave a trail.
        room = shutil.get_terminal_size().columns - len(f"{question} {shown}  ") - 1
        self.say(f"{_ERASE}{question} {shown}  {self.paint(hint(reading)[: max(0, room)], 'dim')}", end="")


def harmless(text: str) -> str:
    """A text of the server's without the signs that would steer the terminal."""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)


def _signs(handle: int) -> str:
    """What was typed or pasted since; arrows and other keys that write nothing are passed over."""
    given = os.read(handle, 1024)
    while given and given[-1] >= 0x80 and not _is_whole(given):
        given += os.read(handle, 1)
    return _KEYS_THAT_WRITE_NOTHING.sub("", given.decode("utf-8", "replace")) if given else _END


def _is_whole(given: bytes) -> bool:
    try:
        given.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason != "unexpected end of data"
    return True


def here(*, plain: bool) -> Terminal:
    """The terminal that the command runs in. NO_COLOR (no-color.org), a dumb terminal and a pipe are plain."""
    dumb = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stderr.isatty()
    return Terminal(sys.stdin, sys.stderr, plain or bool(dumb))
