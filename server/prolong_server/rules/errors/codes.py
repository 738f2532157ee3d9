"""Refusals that speak of the code alone, in the order of `renewal.REDEMPTION`."""

from typing import ClassVar

from prolong_server.rules.errors.base import RedemptionRefusal


class CodeMalformed(RedemptionRefusal):
    code = "code_malformed"
    title = "The code is not complete or mistyped"
    sentence = (
        "This is not a complete code: 25 letters and digits in five groups are needed. Compare it with the paper."
    )
    hints: ClassVar[dict[str, str]] = {
        "keyboard": "The code holds letters of another alphabet. Switch the keyboard to English and type it again.",
        "length": "The code has 25 letters and digits in five groups; this is another number. Type it again, whole.",
        "symbol": "The code holds a sign that no code has. Compare it with the paper and type it again.",
        "check": "At least one letter or digit of the code is mistyped. Compare it with the paper and type it again.",
    }

    def __init__(self, hint: str | None = None) -> None:
        super().__init__(**({"hint": hint} if hint else {}))
        self.hint = hint

    @property
    def message(self) -> str:
        return self.hints.get(self.hint or "", self.sentence)


class CodeNotFound(RedemptionRefusal):
    code = "code_not_found"
    title = "The code is unknown"
    sentence = (
        "We have never issued this code. Compare it with the paper; if it is the same, ask the seller of the code."
    )


class NotARenewalCode(RedemptionRefusal):
    code = "not_a_renewal_code"
    title = "This is an activation code"
    sentence = "This code creates a new license; it cannot renew one. Enter it in the activation form instead."


class RenewalCodeCannotActivate(RedemptionRefusal):
    code = "renewal_code_cannot_activate"
    title = "This is a renewal code"
    sentence = (
        "A renewal code only extends a license that was activated before. Enter it in the renewal form with the "
        "license key of your product, or buy a new license."
    )


class TestCode(RedemptionRefusal):
    __test__ = False
    code = "test_code"
    title = "Sandbox and live do not mix"
    sentence = (
        "A sandbox code works only with a sandbox license, and a live code only with a live one. "
        "Nothing was changed; use a pair of the same kind."
    )


class RedemptionReversed(RedemptionRefusal):
    code = "redemption_reversed"
    title = "This renewal was reversed"
    sentence = (
        "This code was spent on this license and then taken back by the vendor. "
        "It cannot be used again; please call us."
    )


class CodeAlreadyRedeemed(RedemptionRefusal):
    code = "code_already_redeemed"
    title = "The code was used before"
    sentence = (
        "This code has already been used, and a code works only once. If it was not you, ask the seller of the code."
    )


class CodeVoided(RedemptionRefusal):
    code = "code_voided"
    title = "The code was withdrawn"
    sentence = "The seller withdrew this code, so it cannot be used any more. Ask the seller for another one."


class CodeExpired(RedemptionRefusal):
    code = "code_expired"
    title = "The code's shelf life is over"
    sentence = (
        "This code could be used until {good_until}, and that day has passed. "
        "Ask the seller of the code for another one."
    )
