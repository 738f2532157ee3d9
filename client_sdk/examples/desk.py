"""A sample product: a note pad that works while its license runs, offline too, and is renewed by a code.

    python desk.py https://licenses.example

It asks the server now and then, never waits for it, and decides by `client.license.works` alone. Try it with the demo
server: activate it with an activation code, pull the plug, and it still works until its last day.
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

PRODUCT, VERSION = "lab", "1.0.0"
SYNC_EVERY_MS = 6 * 60 * 60 * 1000
ASK_AHEAD_DAYS = 30


class Desk(ttk.Frame):
    """The note pad. `client` knows how the license stands; the frame only shows it."""

    def __init__(self, root: tk.Tk, client: prolong.Client) -> None:
        super().__init__(root, padding=8)
        self.client = client
        self.texts = texts("en")
        self._settled: queue.SimpleQueue[bool] = queue.SimpleQueue()
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
            self.client.sync()
        except prolong.ProlongError:
            pass  # No license yet, or no network: what the store knows is what counts.
        finally:
            self._settled.put(True)

    def _look(self) -> None:
        if self._settled.empty():
            self.after(100, self._look)
            return
        self._settled.get()
        self.show()

    def enter_code(self) -> None:
        """The library's own form, in a window of this program."""
        top = tk.Toplevel(self)
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
