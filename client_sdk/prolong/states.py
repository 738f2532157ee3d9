"""How a license stands as far as this computer knows, without the network."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from prolong._clocks import Clocks
from prolong.documents import Document
from prolong.errors import ProlongError
from prolong.results import License
from prolong.revocations import Revocations

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class LicenseState:
    """What `client.license` tells. Decide by `works`; the rest is for the person.

    `state` is the first that applies of: `unknown` (no document is kept), `revoked`, `suspended`,
    `clock_turned_back` (this computer's clock is over a day behind what is known), `not_started`, `expired`, `stale`
    (it runs, but the server has not been asked since `fresh_until`: it still works for the client's `offline_days`),
    `valid`.
    `days_left`: days on which the product still works, today included; 0 where it does not. `problem`: why the kept
    document is not believed (`prolong.errors`), if that is why the state is `unknown`.
    """

    state: str
    works: bool
    license: License | None = field(default=None)
    fresh_until: dt.datetime | None = None
    offline_until: dt.datetime | None = None
    days_left: int = 0
    problem: ProlongError | None = None

    @property
    def expires_on(self) -> dt.date | None:
        """The last day on which the product works."""
        return None if self.license is None else self.license.expires_on

    @property
    def renewable_until(self) -> dt.date | None:
        """The last day on which a renewal code helps (rule R2); None where the license cannot be renewed."""
        return None if self.license is None else self.license.renewable_until


@dataclass(frozen=True)
class Known:
    """All that a judgement may depend on. `now` is aware; `offline_days` is the product's policy."""

    document: Document | None
    revoked: Revocations | None
    clocks: Clocks
    now: dt.datetime
    offline_days: int
    problem: ProlongError | None = None


def judge(known: Known) -> LicenseState:
    """The state of the license."""
    document = known.document
    if document is None:
        return LicenseState("unknown", works=False, problem=known.problem)
    # Within the tolerance a clock that lags gains nothing either: the latest time known counts.
    now = max(known.now, known.clocks.latest) if not known.clocks.turned_back(known.now) else known.now
    offline_until = document.fresh_until + known.offline_days * _DAY
    state = _state(known, document, now)
    works = state == "valid" or (state == "stale" and now < offline_until)
    left = -((now - document.license.ends_at) // _DAY) if works else 0
    return LicenseState(state, works, document.license, document.fresh_until, offline_until, left)


def _state(known: Known, document: Document, now: dt.datetime) -> str:
    if known.revoked is not None and document.license.id in known.revoked.licenses:
        return "revoked"
    standing = document.standing(now).lower()
    if standing in ("revoked", "suspended"):
        return standing
    if known.clocks.turned_back(known.now):
        return "clock_turned_back"
    if standing != "valid":
        return standing
    return "valid" if now < document.fresh_until else "stale"
