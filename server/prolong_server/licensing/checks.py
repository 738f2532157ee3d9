"""A check: what a redemption would answer, without changing anything."""

from dataclasses import dataclass, replace
from datetime import date

from prolong_server.call import Call
from prolong_server.licensing import batches
from prolong_server.licensing.cases import Asked, Case
from prolong_server.licensing.forms import RenewalForm
from prolong_server.rules import codes, renewal
from prolong_server.rules.answers import Answer, Replay
from prolong_server.rules.errors import Refusal
from prolong_server.rules.vocabulary import CodeKind


@dataclass(frozen=True, slots=True)
class CheckView:
    """What the code is for; `problem` is the refusal that a redemption would meet, unraised.

    The last three are None where no license was named or known; `expires_on_after` also where it cannot be renewed.
    """

    kind: CodeKind
    product: str
    edition: str
    period_years: int
    seats: int
    problem: Refusal | None
    renewable: bool | None = None
    expires_on: date | None = None
    expires_on_after: date | None = None


def check(call: Call, form: RenewalForm) -> CheckView:
    """Judge a code, and a license if one is named (R1–R19). Raises CodeMalformed and CodeNotFound."""
    case = batches.case_of(Asked(call, form, codes.read(form.code)))
    rules = renewal.CODE_ALONE if form.license_key is None else renewal.REDEMPTION
    answer = renewal.judge(case.facts, rules)
    told = _told(case, case.address(call, answer) if isinstance(answer, Refusal) else None)
    return told if case.held is None or form.license_key is None else _with_license(told, case, answer)


def _told(case: Case, problem: Refusal | None) -> CheckView:
    code = case.facts.code
    return CheckView(code.kind, code.product.code, code.edition.code, code.period_years, code.seats, problem)


def _with_license(told: CheckView, case: Case, answer: Answer) -> CheckView:
    expires_on = case.facts.held.expires_on
    if answer is Replay.RECEIPT:
        return replace(told, renewable=True, expires_on=expires_on, expires_on_after=expires_on)
    after = renewal.renewed_until(case.facts) if answer is None else None
    return replace(told, renewable=answer is None, expires_on=expires_on, expires_on_after=after)
