"""The registration form in a window of its own, or as a frame in a product's own Tk application.

    from prolong.window import RegistrationFrame
    RegistrationFrame(root, client, language="uk").pack(fill="both", expand=True)

The network is asked in a thread, so the window never stands still. When a license was renewed or activated the frame
generates the virtual event `<<Registered>>`; `frame.form.outcome` is the receipt.
"""

from __future__ import annotations

import threading
import tkinter as tk
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from tkinter import font as fonts
from tkinter import ttk

from prolong.form import Registrar, RegistrationForm
from prolong.form_view import State, View
from prolong.window_code import CodeEntry

_POLL_MS = 40
_GOOD, _BAD = "#146c2e", "#b3261e"
_COLORS = {State.DONE: _GOOD, State.MISTYPED: _BAD, State.REFUSED: _BAD}
_FIELDS = ("license_key", "name", "country", "email")


class RegistrationFrame(ttk.Frame):
    """The whole form. `client` is a `prolong.Client` (or what has its methods); it is not closed with the frame.

    `language`: `en`, `uk` or `ru`, by default the environment's. `license_key`: of the license that the product holds.
    """

    def __init__(
        self, parent: tk.Misc, client: Registrar, language: str | None = None, *, license_key: str = ""
    ) -> None:
        super().__init__(parent)
        self.form = RegistrationForm(client, language=language, license_key=license_key)
        self._shown: View | None = None
        self._timer = ""
        self._gap = round(self.winfo_fpixels("6p"))
        self._dress()
        self._build(license_key)
        self.bind("<Destroy>", self._forget)
        # Before it is gone: its animation would go on and ask for it.
        self.progress.bind("<Destroy>", self._forget)
        self._show()
        self._start(self.form.resume)

    def _dress(self) -> None:
        style = ttk.Style(self)
        bold = fonts.nametofont("TkDefaultFont", root=self).copy()
        bold.configure(weight="bold")
        self._bold = bold  # Tk forgets a font that nobody holds.
        style.configure("Prolong.Title.TLabel", font=bold)
        style.configure("Wrong.Prolong.TEntry", foreground=_BAD)

    def _build(self, license_key: str) -> None:
        self.columnconfigure(0, weight=1)
        say = self.form.texts.say
        self._label(say("code"), 0)
        self.code = CodeEntry(self, self._typed)
        self.code.grid(row=1, sticky="ew", padx=self._gap)
        self._hint = self._label(say("code_hint"), 2)
        self.fields = {name: self._field(name, 3 + 2 * at) for at, name in enumerate(_FIELDS)}
        self.fields["license_key"].set(license_key)
        self.reminders = tk.BooleanVar(self)
        self._reminders = ttk.Checkbutton(self, text=say("reminders"), variable=self.reminders, command=self._filled)
        self.title = self._label("", 20, style="Prolong.Title.TLabel")
        self.message = self._label("", 21)
        self.contact = self._label("", 22)
        self._links = ttk.Frame(self)
        self._links.grid(row=23, sticky="w", padx=self._gap)
        self.progress = ttk.Progressbar(self, mode="indeterminate")
        self.button = ttk.Button(self, command=self.act, default="active")
        self.button.grid(row=25, sticky="e", padx=self._gap, pady=self._gap)
        self.bind("<Configure>", self._wrap)
        for entry in (*self.code.entries, *self._entries.values(), self.button):
            entry.bind("<Return>", lambda _: self.act())
            entry.bind("<KP_Enter>", lambda _: self.act())
        self.code.entries[0].focus_set()

    def _label(self, text: str, row: int, style: str = "TLabel") -> ttk.Label:
        label = ttk.Label(self, text=text, style=style, anchor="w", justify="left")
        label.grid(row=row, sticky="ew", padx=self._gap, pady=(self._gap // 2, 0))
        return label

    def _field(self, name: str, row: int) -> tk.StringVar:
        if not hasattr(self, "_entries"):
            self._entries: dict[str, ttk.Entry] = {}
            self._names: dict[str, ttk.Label] = {}
        text = tk.StringVar(self)
        text.trace_add("write", lambda *_: self._filled())
        self._names[name] = self._label("", row)
        self._entries[name] = ttk.Entry(self, textvariable=text)
        self._entries[name].grid(row=row + 1, sticky="ew", padx=self._gap)
        return text

    def _typed(self) -> None:
        self.form.type(self.code.text)
        self._show()

    def _filled(self) -> None:
        if hasattr(self, "button"):
            given = {name: text.get() for name, text in self.fields.items()}
            self.form.fill(**given, reminders=self.reminders.get())
            self._show()

    def act(self) -> None:
        """Do what the button says; nothing while an answer is awaited or the code is not complete."""
        if self._timer or not self.form.view.action:
            return
        self._start(self.form.act)

    def _start(self, work: Callable[[], View]) -> None:
        self._freeze(True)
        thread = threading.Thread(target=work, name="prolong registration", daemon=True)
        thread.start()
        self.progress.grid(row=24, sticky="ew", padx=self._gap, pady=(self._gap, 0))
        self.progress.start()
        self._watch(thread)

    def _watch(self, thread: threading.Thread) -> None:
        if thread.is_alive():
            self._show()
            self._timer = self.after(_POLL_MS, self._watch, thread)
            return
        self._timer = ""
        self.progress.stop()
        self.progress.grid_remove()
        self._arrive()

    def _arrive(self) -> None:
        self._freeze(False)
        self._show()
        view = self.form.view
        if view.state is State.TYPING:
            self.code.entries[0].focus_set()
        elif view.state is State.ASKING:
            empty = [name for name in view.needs if name in self.fields and not self.fields[name].get()]
            first = next(iter((*view.faults, *empty)), None)
            (self._entries[first] if first else self.button).focus_set()
        if view.state is State.DONE:
            self.event_generate("<<Registered>>")

    def _freeze(self, frozen: bool) -> None:
        self.code.disable(frozen)
        for entry in self._entries.values():
            entry.state(["readonly" if frozen else "!readonly"])
        for widget in (self.button, self._reminders):
            widget.state(["disabled" if frozen else "!disabled"])

    def _show(self) -> None:
        view = self.form.view
        if view is self._shown:
            return
        self._shown = view
        self._tell(view)
        self._show_fields(view)
        self._show_links(view)
        if not self._timer:
            self.button.configure(text=view.action or self.form.texts.say("check"))
            self.button.state(["!disabled" if view.action else "disabled"])

    def _tell(self, view: View) -> None:
        """The words; a color underlines what they say and never says it alone."""
        plain = ttk.Style(self).lookup("TLabel", "foreground")
        self.title.configure(text=view.title, foreground=_COLORS.get(view.state, plain))
        self.message.configure(text="\n".join(text for text in (view.text, view.advice) if text))
        lines = (f"{self.form.texts.say('contact')}:", *view.contact) if view.contact else ()
        number = (f"{self.form.texts.say('request')}: {view.request_id}",) if view.request_id else ()
        self.contact.configure(text="\n".join((*lines, *number)))
        _place(self.contact, bool(lines or number))
        self.code.point_at(view.group)
        if view.state in (State.TYPING, State.COMPLETE):
            self.code.show(self.form.reading)

    def _show_fields(self, view: View) -> None:
        if view.state is State.DONE:
            # The key is to be kept: in a field it can be marked and copied.
            self.fields["license_key"].set(self.form.fields.license_key)
            self._entries["license_key"].state(["readonly"])
        needs = ("license_key",) if view.state is State.DONE else view.needs
        for name, entry in self._entries.items():
            for widget in (self._names[name], entry):
                _place(widget, name in needs)
            self._names[name].configure(text=self._named(name, view))
        self._reminders.grid(row=15, sticky="w", padx=self._gap, pady=(self._gap, 0))
        _place(self._reminders, "reminders" in needs)

    def _named(self, name: str, view: View) -> str:
        hint = {"license_key": "license_key_hint", "country": "country_hint"}.get(name)
        more = view.faults.get(name) or (self.form.texts.say(hint) if hint else "")
        label = self.form.texts.say(name)
        return f"{label}. {more}" if more else label

    def _show_links(self, view: View) -> None:
        for old in self._links.winfo_children():
            old.destroy()
        for at, link in enumerate(view.links):
            button = ttk.Button(self._links, text=link.label, command=lambda url=link.url: webbrowser.open(url))  # type: ignore[misc]  # mypy cannot infer a lambda with a default.
            button.grid(row=0, column=at, padx=(0, self._gap), pady=(self._gap, 0))

    def _wrap(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self:
            for label in (self._hint, self.title, self.message, self.contact, *self._names.values()):
                label.configure(wraplength=max(1, event.width - 2 * self._gap))

    def _forget(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self and self._timer:
            self.after_cancel(self._timer)
            self._timer = ""
        if event.widget is self.progress:
            # Its own command is gone by now, its animation is not: Tk stops that before it asks for the command.
            with suppress(tk.TclError):
                self.tk.call("ttk::progressbar::stop", str(self.progress))


def _place(widget: tk.Widget, shown: bool) -> None:
    if shown:
        widget.grid()
    else:
        widget.grid_remove()


def run(client: Registrar, language: str | None = None, *, license_key: str = "") -> RegistrationForm:
    """Open a window with the form and return when it is closed. Raises `tkinter.TclError` where there is no display."""
    root = tk.Tk()
    if ttk.Style(root).theme_use() == "default":
        ttk.Style(root).theme_use("clam")
    frame = window(root, client, language, license_key=license_key)
    root.mainloop()
    return frame.form


def window(root: tk.Tk, client: Registrar, language: str | None = None, *, license_key: str = "") -> RegistrationFrame:
    """Fill `root` with the form; Escape closes it, unless an answer is awaited."""
    frame = RegistrationFrame(root, client, language, license_key=license_key)
    frame.pack(fill="both", expand=True)
    root.title(frame.form.texts.say("title"))
    root.configure(background=ttk.Style(root).lookup("TFrame", "background"))
    root.minsize(round(root.winfo_fpixels("330p")), round(root.winfo_fpixels("260p")))
    root.bind("<Escape>", lambda _: None if frame.form.view.busy else root.destroy())
    return frame
