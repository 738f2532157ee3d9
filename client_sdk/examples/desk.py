"""A sample product: a note pad that works while its license runs, offline too, and is renewed by a code.

    python desk.py http://127.0.0.1:8000

It asks the server now and then, never waits for it, and decides by `client.license.works` alone. As it stands it is the
demo vendor's product (`make run`): renew `DEMO-HOME-RUNNING` with one of the demo's codes, or activate a new license,
pull the plug, and it still works until its last day.
"""

from __future__ import annotations

import argparse
import queue
import threading
import tkinter as tk
from tkinter import ttk

import prolong
from prolong.texts import texts
from prolong.window import RegistrationFrame

PRODUCT, VERSION = "bulwark", "9.10"
SYNC_EVERY_MS = 6 * 60 * 60 * 1000
ASK_AHEAD_DAYS = 30


class Desk(ttk.Frame):
    """The note pad. `client` knows how the license stands; the frame only shows it."""

    def __init__(self, root: tk.Tk, client: prolong.Client) -> None:
        super().__init__(root, padding=8)
        self.client = client
        self.texts = texts("en")
        self._settled: queue.SimpleQueue[prolong.Synced | None] = queue.SimpleQueue()
        self._form: tk.Toplevel | None = None
        self.notes = tk.Text(self, width=60, height=16, wrap="word")
        self.standing = ttk.Label(self)
        self.renew = ttk.Button(self, text="Enter a code…", command=self.enter_code)
        self.notes.pack(fill="both", expand=True)
        self.standing.pack(side="left", pady=(8, 0))
        self.renew.pack(side="right", pady=(8, 0))
        self.pack(fill="both", expand=True)
        self.show()
        self.sync()

    def show(self) -> None:
        """Let the person write only while the license lets them; what is written stays theirs to read."""
        license_ = self.client.license
        self.notes.configure(state="normal" if license_.works else "disabled")
        self.standing.configure(text=self.sentence(license_))

    def sentence(self, license_: prolong.LicenseState) -> str:
        """How the license stands, in words."""
        if license_.expires_on is None:
            return "Not activated yet. Enter your activation code."
        day = self.texts.day(license_.expires_on)
        if not license_.works:
            renewable = license_.renewable_until
            until = f" It can be renewed through {self.texts.day(renewable)}." if renewable else ""
            return f"Your license ({license_.state}) does not let this program work; its last day: {day}.{until}"
        if license_.days_left <= ASK_AHEAD_DAYS:
            return f"Your license runs through {day}: days left: {license_.days_left}. Please renew it."
        return f"Licensed through {day}."

    def sync(self) -> None:
        """Ask the server in a thread; without a network everything goes on as it was."""
        threading.Thread(target=self._ask, daemon=True).start()
        self.after(100, self._look)
        self.after(SYNC_EVERY_MS, self.sync)

    def _ask(self) -> None:
        try:
            self._settled.put(self.client.sync())
        except prolong.ProlongError:
            self._settled.put(None)  # No license yet, or no network: what the store knows is what counts.

    def _look(self) -> None:
        if self._settled.empty():
            self.after(100, self._look)
            return
        found = self._settled.get()
        self.show()
        if found is not None and found.settled is not None:
            # A code whose answer had been lost: it is told only here.
            self.standing.configure(text=f"{self.told(found.settled)} {self.standing.cget('text')}")

    def told(self, settled: prolong.Redemption | prolong.Activation | prolong.Refused) -> str:
        """What became of a code that was entered before."""
        if isinstance(settled, prolong.Refused):
            return f"Your code was refused: {settled} {settled.advice}"
        return f"Your code was accepted (license {settled.license.license_key})."

    def enter_code(self) -> None:
        """The library's own form, in a window of this program."""
        if self._form is not None and self._form.winfo_exists():
            self._form.lift()
            return
        top = self._form = tk.Toplevel(self)
        top.title("Enter a code")
        top.transient(self.winfo_toplevel())
        form = RegistrationFrame(top, self.client, self.texts.language)
        form.bind("<<Registered>>", lambda _: self.show())
        form.pack(fill="both", expand=True)


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", help="the license server")
    parser.add_argument("--product", default=PRODUCT)
    parser.add_argument("--product-version", default=VERSION)
    options = parser.parse_args()
    with prolong.Client(options.server, product=options.product, product_version=options.product_version) as client:
        root = tk.Tk()
        root.title("Desk")
        Desk(root, client)
        root.mainloop()


if __name__ == "__main__":
    main()
