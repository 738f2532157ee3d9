"""Everything that this library raises on purpose.

    ProlongError
    ├── Refused                     the server said no, and nothing changed; one subclass a code in `prolong.refusals`
    │   ├── CodeAlreadyRedeemed
    │   ├── RenewalWindowClosed
    │   └── …                       a code this version does not know stays a plain `Refused`
    ├── Unreachable                 no usable answer, and nothing was changed
    ├── OutcomeUnknown              no usable answer, and the change may have been made: `resume()` settles it
    ├── NoLicense                   no license key was given, and the store holds none
    ├── WebhookError                a webhook that must not be acted on
    │   ├── MalformedWebhook        without the headers of the standard, or without an event in it
    │   ├── StaleWebhook            sent too long ago, or later than the clock of this computer shows
    │   └── ForgedWebhook           not signed with any of the secrets
    ├── StoreError                  the store cannot be read or written, so nothing was sent
    │   └── StoreBusy               another process is redeeming or activating just now
    └── DocumentError               a signed text that must not be trusted
        ├── MalformedDocument       truncated, not a compact JWS, or without a license in it
        ├── WrongAlgorithm          signed in another way than Ed25519
        ├── WrongType               signed for another purpose than to be a license document
        ├── ForbiddenHeader         names a key of its own choice
        ├── UnknownKey              signed by a key that is not among the trusted ones
        ├── BadSignature            changed after it was signed, or never signed by that key
        ├── NotYetValid             begins later than the clock of this computer shows
        ├── WrongProduct            the license is for another product
        └── WrongMachine            made for another computer, or for none

Each carries `advice`: what to do next, in one sentence, in the client's language. No text of an error holds a code or a
license key: all of them may be logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prolong import _advice
from prolong.contacts import Support
from prolong.reading import read


class ProlongError(Exception):
    """The root of the tree.

    `earlier`: what became of an earlier code whose answer had been lost, if that was settled on the way to this error
    (a `Redemption`, an `Activation`, or its refusal); it is told only here.
    """

    earlier: Any = None
    #: Of the client that met the error: the `language` that it was made with.
    language: str = "en"

    @property
    def advice(self) -> str:
        """What to do next, in one sentence for the person, in the client's language (en, uk, ru; else English)."""
        return self.advice_in(self.language)

    def advice_in(self, language: str) -> str:
        """The same in another language."""
        return _advice.after(type(self).__mro__, language)


class Refused(ProlongError):
    """The server refused (RFC 9457 problem document); the same call will be refused again until its cause is gone.

    `str(error)` is `detail`, the sentence for the person; `support` is whom to call; `request_id` is what to tell them.
    `fields` holds what this refusal adds (`seats_bought`, `download_url`, …); it is for the program, not for logs.
    """

    def __init__(self, problem: Mapping[str, Any], *, status: int | None = None) -> None:
        self.code = str(problem.get("code", ""))
        self.title = str(problem.get("title", ""))
        self.detail = str(problem.get("detail") or self.title or "The license server refused.")
        self.status = _status(problem.get("status", status))
        self.request_id = _text(problem.get("request_id"))
        self.support = _support(problem.get("support"))
        self.fields = {name: value for name, value in problem.items() if name not in _COMMON}
        super().__init__(self.detail)

    def __reduce__(self) -> tuple[type[Refused], tuple[dict[str, Any]], dict[str, Any]]:
        """Keep the refusal whole when it is copied or crosses to another process."""
        return type(self), (self._problem(),), {"language": self.language, "earlier": self.earlier}

    def _problem(self) -> dict[str, Any]:
        support = None if self.support is None else vars(self.support)
        common = {name: getattr(self, name) for name in ("code", "title", "detail", "status", "request_id")}
        return {**self.fields, **common, "support": support}

    def advice_in(self, language: str) -> str:
        """What to do next, made from what the server told (`latest_version`, `where_to_buy`, …)."""
        return _advice.about(self.code, self.fields, self.support, language)

    @property
    def where_to_buy(self) -> str | None:
        """Where a new license is sold, for refusals that a purchase solves (rule R13)."""
        return _text(self.fields.get("where_to_buy"))


class Unreachable(ProlongError):
    """The server gave no usable answer, and nothing was changed; try again later."""


class OutcomeUnknown(ProlongError):
    """The answer to a change was lost. `resume()`, or the same call again, settles it: no code is spent twice (R4).

    `idempotency_key`: for an order, what to repeat the same call with, so that it is never placed twice; else None.
    """

    def __init__(self, text: str = "", idempotency_key: str | None = None) -> None:
        super().__init__(text)
        self.idempotency_key = idempotency_key

    def advice_in(self, language: str) -> str:
        """What to do next."""
        return super().advice_in(language) if self.idempotency_key is None else _advice.repeat(language)


class NoLicense(ProlongError):
    """No license key was given, and the store holds none: activate first, or name the key."""


class WebhookError(ProlongError):
    """A webhook that must not be acted on; answer it with 400."""


class MalformedWebhook(WebhookError):
    """Without the headers of Standard Webhooks, or genuine and without an event that this version can read."""


class StaleWebhook(WebhookError):
    """Its `webhook-timestamp` is further from the clock of this computer than is tolerated: perhaps a replay."""


class ForgedWebhook(WebhookError):
    """Not signed with any of the secrets, or changed after it was signed."""


class StoreError(ProlongError):
    """What must be kept cannot be read or written. Nothing was sent."""


class StoreBusy(StoreError):
    """Another thread or process redeems or activates with the same store just now. Nothing was sent."""


class DocumentError(ProlongError):
    """A signed text that must not be trusted; ask the server for a new one."""


class MalformedDocument(DocumentError):
    """Truncated, not a compact JWS (RFC 7515), or without a license in it."""


class WrongAlgorithm(DocumentError):
    """Signed in another way than EdDSA with Ed25519 (RFC 8037)."""


class WrongType(DocumentError):
    """Signed for another purpose: the header's `typ` is not `license+jwt`."""


class ForbiddenHeader(DocumentError):
    """The header names a key of its own choice, or an extension that this reader would have to understand."""


class UnknownKey(DocumentError):
    """Signed by a key that is not among the trusted ones."""


class BadSignature(DocumentError):
    """Changed after it was signed, or never signed by the key that it names."""


class NotYetValid(DocumentError):
    """Begins later than the clock of this computer shows: the clock may be wrong."""


class WrongProduct(DocumentError):
    """Genuine, but the license is for another product."""


class WrongMachine(DocumentError):
    """Genuine, but made for another computer, or for no computer in particular."""


_COMMON = frozenset({"code", "detail", "request_id", "status", "support", "title", "type"})


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _status(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _support(value: object) -> Support | None:
    """The contact, or None: a refusal with a damaged contact is a refusal all the same."""
    try:
        return read(Support, value)
    except (TypeError, ValueError):
        return None
