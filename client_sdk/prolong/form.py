"""The registration form without a face: what was typed, what it is, what became of it, in words.

    form = RegistrationForm(client, language="uk")
    form.type("7K2QX-…")        # judged at once, without the network
    form.act()                  # whatever `form.view.action` says: check, then renew or activate, then try again
    print(form.view.title, form.view.advice)

The form does no I/O of its own: `act` calls the client that it was handed and returns when the client does, so a face
with a window calls it in a thread and shows `form.view` meanwhile. A `View` is never changed, only replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from prolong import codes, form_view
from prolong.errors import OutcomeUnknown, ProlongError, Refused, Unreachable
from prolong.form_view import State, View
from prolong.results import Activation, Check, Customer, Redemption
from prolong.texts import texts

_COUNTRY = re.compile("[A-Z]{2}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Registrar(Protocol):
    """What the form needs of a client; `prolong.Client` has it."""

    def check(self, code: str, license_key: str | None = None) -> Check:
        """Tell what a code would do."""

    def redeem(self, code: str, license_key: str | None = None) -> Redemption:
        """Spend a renewal code."""

    def activate(self, code: str, customer: Customer) -> Activation:
        """Spend an activation code."""

    def resume(self) -> Redemption | Activation | None:
        """Settle a code whose answer was lost."""


@dataclass(frozen=True)
class Fields:
    """What stands in the form beside the code."""

    license_key: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    country: str = ""
    email: str = field(default="", repr=False)
    reminders: bool = False


class RegistrationForm:
    """One registration: a code, what it turns out to be, and the way to `DONE` or to somebody who can help.

    `license_key`: of the license that the product holds, if it does; then nobody is asked for it.
    `view` is what to show now, `reading` the code as far as it was typed, `outcome` the receipt or the refusal.
    """

    def __init__(self, client: Registrar, *, language: str | None = None, license_key: str = "") -> None:
        self.texts = texts(language)
        self._client = client
        self._steps: Mapping[State, Callable[[], None]] = {
            **dict.fromkeys((State.COMPLETE, State.ASKING), self._check),
            State.READY: self._send,
            State.DONE: self.restart,
        }
        self.view: View
        self.fields = Fields(license_key=license_key)
        self._begin("")

    def restart(self) -> None:
        """Empty the form for another code; what the person said of themselves stays, and the license's key."""
        self._begin("")

    def type(self, text: str) -> View:
        """Take what stands in the code field, typed or pasted; ignored while an answer is awaited."""
        if not self.view.busy and codes.read(text) != self.reading:
            self._begin(text)
        return self.view

    def fill(self, **given: Any) -> View:
        """Take other fields by name (see `Fields`); ignored while an answer is awaited."""
        changed = replace(self.fields, **given)
        if self.view.busy or changed == self.fields:
            return self.view
        self.fields = changed
        if self._found is not None and self.view.state is not State.DONE:
            self.view = form_view.asking(self.texts, self._found, {})
        return self.view

    def act(self) -> View:
        """Do what `view.action` says; without one, nothing. Never raises what the network or the server brings."""
        if self.view.action:
            self._steps.get(self.view.state, self._after_trouble)()
        return self.view

    def decline(self) -> View:
        """Do not spend the code: the form is as before it was checked."""
        if self.view.state is State.READY:
            self._begin(self.reading.display)
            self.view = replace(self.view, title=self.texts.say("declined.title"))
        return self.view

    def resume(self) -> View:
        """Settle what an earlier form left open: an answer was lost, the program ended. Call it first."""
        if not self.view.busy:
            self._in_doubt = True
            self._attempt(State.SENDING, self.resume, self._settle)
        return self.view

    def _settle(self) -> View:
        settled = self._client.resume()
        if settled is None:
            self._begin("")
            return self.view
        return self._finish(settled)

    def _begin(self, text: str) -> None:
        self.reading = codes.read(text)
        self.outcome: Redemption | Activation | Refused | None = None
        self._found: Check | None = None
        self._in_doubt = False
        self._again: Callable[[], object] = self._check
        self.view = form_view.typed(self.texts, self.reading)

    def _after_trouble(self) -> None:
        if self.view.action == self.texts.say("another"):
            self.restart()
        else:
            self._again()

    def _check(self) -> None:
        if self._found is not None and (faults := self._faults(self._found)):
            self.view = form_view.asking(self.texts, self._found, faults)
            return
        if self._found is not None and self._found.kind == "activation":
            self.view = form_view.ready(self.texts, self._found, form_view.ACTIVATION_NEEDS)
        else:
            self._attempt(State.CHECKING, self._check, self._ask)

    def _ask(self) -> View:
        key = self.fields.license_key.strip() or None
        return self._judge(self._client.check(self.reading.display, key))

    def _judge(self, found: Check) -> View:
        """An activation code is a problem only where a license was to be renewed: here it is another way to go on."""
        if found.kind not in ("activation", "renewal"):
            return form_view.trouble(self.texts, State.FAILED, detail=self.texts.say("failed.kind"))
        self._found = found
        if found.kind == "activation" and (found.problem is None or found.problem.code == "not_a_renewal_code"):
            return form_view.asking(self.texts, found, {})
        if found.problem is not None:
            return self._refuse(found.problem)
        if found.kind == "renewal" and found.renewable is None:
            return form_view.asking(self.texts, found, {})
        return form_view.ready(self.texts, found, form_view.RENEWAL_NEEDS if self.fields.license_key else ())

    def _send(self) -> None:
        self._attempt(State.SENDING, self._send, self._spend)

    def _spend(self) -> View:
        code, entered = self.reading.display, self.fields
        if self._found is not None and self._found.kind == "activation":
            customer = Customer(
                entered.name.strip(), entered.country.strip().upper(), entered.email.strip() or None, entered.reminders
            )
            return self._finish(self._client.activate(code, customer))
        return self._finish(self._client.redeem(code, entered.license_key.strip() or None))

    def _finish(self, outcome: Redemption | Activation) -> View:
        self.outcome = outcome
        self._in_doubt = False
        self.fields = replace(self.fields, license_key=outcome.license.license_key)
        return form_view.done(self.texts, outcome)

    def _attempt(self, state: State, again: Callable[[], object], work: Callable[[], View]) -> None:
        needs = self.view.needs
        self._again = again
        self.view = form_view.waiting(self.texts, state, needs)
        try:
            self.view = work()
        except Refused as refusal:
            self.view = self._refuse(refusal, needs)
        except OutcomeUnknown:
            self._in_doubt = True
            self.view = form_view.trouble(self.texts, State.UNKNOWN, needs)
        except Unreachable:
            # An earlier attempt may have spent the code: that this one did not arrive says nothing about it.
            doubtful = self._in_doubt and state is State.SENDING
            self.view = form_view.trouble(self.texts, State.UNKNOWN if doubtful else State.UNREACHABLE, needs)
        except (ProlongError, OSError, ValueError) as error:
            self.view = form_view.trouble(self.texts, State.FAILED, needs, str(error))
        finally:
            # Whatever else happens is a fault of the program, and goes to it; but the form stays usable.
            if self.view.busy:
                self.view = form_view.trouble(self.texts, State.FAILED, needs)

    def _refuse(self, refusal: Refused, needs: tuple[str, ...] = ()) -> View:
        if self._in_doubt and refusal.code in form_view.MAY_HELP_LATER:
            return form_view.trouble(self.texts, State.UNKNOWN, needs)
        self.outcome = refusal
        return form_view.refused(self.texts, refusal, needs)

    def _faults(self, found: Check) -> Mapping[str, str]:
        entered, wrong = self.fields, []
        if found.kind == "renewal":
            wrong = [] if entered.license_key.strip() else ["license_key"]
        else:
            good = {
                "name": entered.name.strip(),
                "country": _COUNTRY.fullmatch(entered.country.strip().upper()),
                "email": not entered.email.strip() or _MAIL.fullmatch(entered.email.strip()),
            }
            wrong = [name for name, fine in good.items() if not fine]
        return {name: self.texts.say(f"fault.{name}") for name in wrong}
