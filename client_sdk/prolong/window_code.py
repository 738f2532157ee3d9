"""Five fields for the five groups of a code: one code to the person, whichever way it gets there."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import Any

from prolong import codes


class CodeEntry(ttk.Frame):
    """A code in five groups. A paste of the whole code is taken in any group; the caret jumps on by itself.

    `changed` is called after each change.
    """

    def __init__(self, parent: tk.Misc, changed: Callable[[], None]) -> None:
        super().__init__(parent)
        self._changed = changed
        self._quiet = False
        self._marks = ttk.Label(self, font="TkFixedFont")
        self._texts = [tk.StringVar(self) for _ in range(codes.GROUPS)]
        self.entries = [self._entry(at) for at in range(codes.GROUPS)]
        self._lay_out()

    @property
    def text(self) -> str:
        """The code as far as it was typed."""
        return "-".join(part for part in (self.mark, *(text.get() for text in self._texts)) if part)

    @property
    def mark(self) -> str:
        """`PRO` or `NFR` if the code wears one."""
        return str(self._marks.cget("text")).rstrip("-")

    def show(self, reading: codes.Reading) -> None:
        """Put what was read into the groups."""
        self._write(reading.mark, reading.groups)

    def disable(self, disabled: bool) -> None:
        """Let nobody type while an answer is awaited."""
        for entry in self.entries:
            entry.state(["readonly" if disabled else "!readonly"])

    def point_at(self, group: int | None) -> None:
        """Mark the group that looks wrong."""
        for at, entry in enumerate(self.entries):
            entry.configure(style="Wrong.Prolong.TEntry" if at == group else "Prolong.TEntry")

    def _entry(self, at: int) -> ttk.Entry:
        entry = ttk.Entry(self, textvariable=self._texts[at], width=7, font="TkFixedFont", justify="center")
        self._texts[at].trace_add("write", lambda *_: self._typed(at))
        entry.bind("<<Paste>>", lambda _: self._paste())
        entry.bind("<BackSpace>", lambda _: self._back(at))
        entry.bind("<Left>", lambda _: self._step(at, -1))
        entry.bind("<Right>", lambda _: self._step(at, 1))
        return entry

    def _lay_out(self) -> None:
        self._marks.grid(row=0, column=0)
        gap = round(self.winfo_fpixels("3p"))
        for at, entry in enumerate(self.entries):
            entry.grid(row=0, column=2 * at + 1, sticky="ew")
            self.columnconfigure(2 * at + 1, weight=1)
            if at:
                ttk.Label(self, text="-").grid(row=0, column=2 * at, padx=gap)

    def _typed(self, at: int) -> None:
        if self._quiet:
            return
        text = self._texts[at].get()
        pasted = codes.read(text)
        if (at == 0 and pasted.mark) or len(pasted.symbols) >= codes.SYMBOLS - codes.GROUP:
            self._write(pasted.mark or (self.mark if at else ""), pasted.groups)
            self._jump(min(len(pasted.symbols) // codes.GROUP, codes.GROUPS - 1))
        else:
            self._flow(at, codes.folded(text))
        self._changed()

    def _paste(self) -> str | None:
        """A whole code takes the place of everything, whatever stands where it is pasted."""
        try:
            pasted = codes.read(str(self.clipboard_get()))
        except tk.TclError:
            return None
        if len(pasted.symbols) < codes.SYMBOLS - codes.GROUP or self.entries[0].instate(["readonly"]):
            return None
        self._write(pasted.mark, pasted.groups)
        self._jump(min(len(pasted.symbols) // codes.GROUP, codes.GROUPS - 1))
        self._changed()
        return "break"

    def _flow(self, at: int, text: str) -> None:
        """Hand on what this group cannot hold, in front of what the next ones hold already."""
        groups = [one.get() for one in self._texts]
        caret = len(codes.folded(groups[at][: self.entries[at].index("insert")]))
        next_is_free = not any(groups[at + 1 : at + 2])
        last = at
        while len(text) > codes.GROUP and last < codes.GROUPS - 1:
            groups[last], text = text[: codes.GROUP], text[codes.GROUP :] + groups[last + 1]
            last += 1
        groups[last] = text
        self._write(self.mark, groups)
        ahead = caret // codes.GROUP if next_is_free else max(0, caret - 1) // codes.GROUP
        reached = min(at + ahead, codes.GROUPS - 1)
        if self.focus_get() in self.entries and reached != at:
            self._jump(reached)
            self.entries[reached].icursor(caret - codes.GROUP * (reached - at))

    def _write(self, mark: str, groups: Any) -> None:
        self._quiet = True
        self._marks.configure(text=f"{mark}-" if mark else "")
        for text, group in zip(self._texts, groups):
            if text.get() != group:
                text.set(group)
        self._quiet = False

    def _jump(self, at: int) -> None:
        self.entries[at].focus_set()
        self.entries[at].icursor("end")

    def _back(self, at: int) -> str | None:
        if at == 0 and self.mark and not self._texts[0].get():
            self._write("", [one.get() for one in self._texts])
            self._changed()
        if at == 0 or self.entries[at].index("insert") or self.entries[at].selection_present():
            return None
        self._jump(at - 1)
        self._texts[at - 1].set(self._texts[at - 1].get()[:-1])
        return "break"

    def _step(self, at: int, by: int) -> str | None:
        edge = 0 if by < 0 else len(self._texts[at].get())
        if self.entries[at].index("insert") != edge or not 0 <= at + by < codes.GROUPS:
            return None
        self._jump(at + by)
        if by > 0:
            self.entries[at + by].icursor(0)
        return "break"
