"""Renewal codes spent on licenses. Spending one takes no token: the code and the key are the credentials."""

from collections.abc import Mapping
from typing import Any

from prolong_server.api import limits, metrics
from prolong_server.api.core import Noun, Reply
from prolong_server.api.schemas.base import page_of
from prolong_server.api.schemas.licenses import ReasonSchema
from prolong_server.api.schemas.licensing import (
    RedemptionCheckRequestSchema,
    RedemptionCheckSchema,
    RedemptionRequestSchema,
    RedemptionSchema,
)
from prolong_server.api.schemas.records import RecordSchema, RecordsQuerySchema
from prolong_server.call import Call
from prolong_server.licensing import checks, redemption_records, redemptions, reversals
from prolong_server.licensing.checks import CheckView
from prolong_server.licensing.forms import RenewalForm
from prolong_server.licensing.redemption_records import RecordView
from prolong_server.operations.pages import Page

noun = Noun("redemptions", "Renewal codes spent on licenses")
REPLAYED = {"Idempotent-Replayed": "true"}


@noun.operation(
    "redeem", "POST", "/redemptions", body=RedemptionRequestSchema, answer=RedemptionSchema, status=201, also=(200,)
)
def redeem(call: Call, form: RenewalForm) -> Reply:
    """Spend a renewal code on a license; the same pair again is answered with the first receipt."""
    with metrics.Outcome("redemption") as outcome, limits.guarded(call, form.license_key or form.code):
        done = redemptions.redeem(call, form)
        outcome.name = "redeemed" if done.first else "replayed"
    return Reply(done) if done.first else Reply(done, 200, REPLAYED)


@noun.operation("check", "POST", "/redemptions/check", body=RedemptionCheckRequestSchema, answer=RedemptionCheckSchema)
def check(call: Call, form: RenewalForm) -> CheckView:
    """Tell what a redemption would do, changing nothing; without a license key only the code is judged."""
    target = form.license_key or form.code
    with limits.guarded(call, target):
        told = checks.check(call, form)
        limits.note(call, target, told.problem)
    return told


@noun.operation("list", "GET", "/redemptions", query=RecordsQuerySchema, answer=page_of(RecordSchema))
def list_all(call: Call, asked: Mapping[str, Any]) -> Page[RecordView]:
    """The receipts of all licenses, one license after the other, or with `license` those of one in their order."""
    return redemption_records.list_all(call, **asked)


@noun.operation("reverse", "POST", "/redemptions/<ref>/reverse", body=ReasonSchema, answer=RecordSchema)
def reverse(call: Call, reason: Mapping[str, str], ref: str) -> RecordView:
    """Take a redemption back; the license then runs until the day that its other renewals give it."""
    return reversals.reverse(call, ref, **reason)
