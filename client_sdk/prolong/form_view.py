"""What a face of the registration form shows: one `View` for each state, in the person's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from prolong.codes import SYMBOLS, Reading
from prolong.contacts import Support
from prolong.errors import Refused
from prolong.results import Activation, Check, Redemption
from prolong.texts import Texts


class State(str, Enum):
    """Where the form stands.

    `TYPING` → `INCOMPLETE` | `MISTYPED` | `COMPLETE` → `CHECKING` → `ASKING` (more fields are needed) | `READY` →
    `SENDING` → `DONE` | `REFUSED` | `UNKNOWN` (the answer was lost) | `UNREACHABLE` and `FAILED` (nothing was changed).
    """

    TYPING = "typing"
    INCOMPLETE = "incomplete"
    MISTYPED = "mistyped"
    COMPLETE = "complete"
    CHECKING = "checking"
    ASKING = "asking"
    READY = "ready"
    SENDING = "sending"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    UNREACHABLE = "unreachable"
    FAILED = "failed"


@dataclass(frozen=True)
class Link:
    """A web page that helps, and what to call it."""

    label: str
    url: str


@dataclass(frozen=True)
class View:
    """All that a face shows. `title` says what happened, `text` what it means, `advice` what to do next.

    `action`: the words on the button that `RegistrationForm.act` answers to; empty while there is nothing to press.
    `needs`: the fields to ask for beside the code; `faults`: what is wrong with a field, by its name.
    `group`: the group of the code that looks wrong, counted from 0. `contact`: whom to call, line by line.
    """

    state: State
    title: str
    text: str = field(default="", repr=False)
    advice: str = ""
    action: str = ""
    needs: tuple[str, ...] = ()
    faults: Mapping[str, str] = field(default_factory=dict)
    group: int | None = None
    links: tuple[Link, ...] = ()
    contact: tuple[str, ...] = ()
    request_id: str | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is being waited for, and nothing may be edited."""
        return self.state in (State.CHECKING, State.SENDING)


MAY_HELP_LATER = frozenset({"rate_limited", "try_again", "still_running"})
RENEWAL_NEEDS = ("license_key",)
ACTIVATION_NEEDS = ("name", "country", "email", "reminders")


def typed(texts: Texts, reading: Reading) -> View:
    """What is known of the code without the network."""
    state = State.TYPING if reading.state == "empty" else State(reading.state)
    title = texts.say(f"{state.value}.title")
    if state is State.MISTYPED:
        group = 0 if reading.group is None else reading.group + 1
        return View(state, title, advice=texts.say(f"mistyped.{reading.hint}", group=group), group=reading.group)
    advice = texts.say(f"{state.value}.next", missing=SYMBOLS - len(reading.symbols))
    return View(state, title, advice=advice, action=texts.say("check") if state is State.COMPLETE else "")


def waiting(texts: Texts, state: State, needs: tuple[str, ...] = ()) -> View:
    """The network is being asked."""
    return View(state, texts.say(f"{state.value}.title"), advice=texts.say(f"{state.value}.next"), needs=needs)


def asking(texts: Texts, found: Check, faults: Mapping[str, str]) -> View:
    """The code is good, and more has to be known."""
    title = texts.say(f"asking.{found.kind}.title", period=texts.years(found.period_years), seats=found.seats)
    needs = ACTIVATION_NEEDS if found.kind == "activation" else RENEWAL_NEEDS
    action = texts.say("continue")
    return View(State.ASKING, title, "", texts.say(f"asking.{found.kind}.next"), action, needs, faults)


def ready(texts: Texts, found: Check, needs: tuple[str, ...] = ()) -> View:
    """What will happen if the person goes on."""
    name = f"ready.{_kind(found)}"
    facts = {**vars(found), "period": texts.years(found.period_years)}
    title, text, advice = (texts.say(f"{name}.{part}", **facts) for part in ("title", "text", "next"))
    words = {"ready.activation": "activate", "ready.renewal": "renew"}
    return View(State.READY, title, text, advice, texts.say(words.get(name, "continue")), needs)


def done(texts: Texts, outcome: Redemption | Activation) -> View:
    """What was done, with the last day that holds now."""
    license_ = outcome.license
    facts = {"license_key": license_.license_key, "expires_on": license_.expires_on}
    if isinstance(outcome, Activation):
        kind, head = "activation", "again" if outcome.replayed else "activation"
    else:
        kind, head = "renewal", "replay" if outcome.replayed else "renewal"
        facts["previous_expires_on"] = outcome.previous_expires_on
    said = head if head == "again" else kind
    title, text = texts.say(f"done.{head}.title", **facts), texts.say(f"done.{said}.text", **facts)
    text = _with_earlier(texts, text, outcome.earlier)
    return View(State.DONE, title, text, texts.say(f"done.{kind}.next"), texts.say("another"))


def refused(texts: Texts, refusal: Refused, needs: tuple[str, ...] = ()) -> View:
    """Why not, what to do next, whom to call, where to buy or download."""
    title, text, advice = texts.refusal(refusal.code, refusal.fields, refusal.detail)
    action = texts.say("again" if refusal.code in MAY_HELP_LATER else "another")
    more = {"links": _links(texts, refusal), "contact": _lines(refusal.support), "request_id": refusal.request_id}
    text = _with_earlier(texts, text, refusal.earlier)
    return View(State.REFUSED, title, text, advice, action, needs, **more)  # type: ignore[arg-type]  # Three kinds.


def trouble(texts: Texts, state: State, needs: tuple[str, ...] = (), detail: str = "") -> View:
    """No answer, or none that is known: nothing is lost, and it can be tried again."""
    title, text, advice = (texts.say(f"{state.value}.{part}", detail=detail) for part in ("title", "text", "next"))
    return View(state, title, text, advice, texts.say("again"), needs)


def _with_earlier(texts: Texts, text: str, earlier: Redemption | Activation | Refused | None) -> str:
    """What became of an earlier code is said in the same breath: nobody asks for it again."""
    if earlier is None:
        return text
    if isinstance(earlier, Refused):
        told = texts.say("earlier.refused", title=texts.refusal(earlier.code, earlier.fields, earlier.detail)[0])
    else:
        facts = {"license_key": earlier.license.license_key, "expires_on": earlier.license.expires_on}
        told = texts.say("earlier.done", **facts)
    return f"{text}\n{told}".strip()


def _kind(found: Check) -> str:
    replay = found.expires_on is not None and found.expires_on == found.expires_on_after
    return "replay" if found.kind == "renewal" and replay else found.kind


def _links(texts: Texts, refusal: Refused) -> tuple[Link, ...]:
    urls = {"link.buy": refusal.where_to_buy, "link.download": refusal.fields.get("download_url")}
    known = {name: url for name, url in urls.items() if isinstance(url, str) and _is_web_address(url)}
    return tuple(Link(texts.say(name), url) for name, url in known.items())


def _is_web_address(url: str) -> bool:
    return url.lower().startswith(("https://", "http://"))


def _lines(support: Support | None) -> tuple[str, ...]:
    return () if support is None else tuple(line for line in vars(support).values() if line)
