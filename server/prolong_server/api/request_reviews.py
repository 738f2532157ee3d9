"""Transfer requests in the hands of staff: reviewed, decided, paid, executed, their Modules returned (M4-M8, M10)."""

from collections.abc import Mapping
from typing import Any

from prolong_server.api.core import Noun
from prolong_server.api.schemas.licenses import ReasonSchema
from prolong_server.api.schemas.request_forms import (
    ApprovalSchema,
    NoteSchema,
    PaymentSchema,
    QuestionSchema,
    ReturnedSchema,
)
from prolong_server.api.schemas.transfer_requests import TransferRequestSchema
from prolong_server.call import Call
from prolong_server.modules import execution, returns, review
from prolong_server.modules.request_views import RequestView

noun = Noun("request_reviews", "Transfer requests in the hands of staff")


@noun.operation("begin", "POST", "/transfer-requests/<ref>/review", answer=TransferRequestSchema)
def begin(call: Call, ref: str) -> RequestView:
    """Take a request into review with its scans as they now are; one that was approved is reviewed anew."""
    return review.begin(call, ref)


@noun.operation("note", "POST", "/transfer-requests/<ref>/notes", body=NoteSchema, answer=TransferRequestSchema)
def note(call: Call, noted: Mapping[str, Any], ref: str) -> RequestView:
    """Note something for other representatives, and which items of the checklist were found so far."""
    return review.note(call, ref, **noted)


@noun.operation(
    "request_information",
    "POST",
    "/transfer-requests/<ref>/request-information",
    body=QuestionSchema,
    answer=TransferRequestSchema,
)
def request_information(call: Call, asked: Mapping[str, str], ref: str) -> RequestView:
    """Ask the customer, who is mailed the text and hands the request in again."""
    return review.request_information(call, ref, **asked)


@noun.operation(
    "approve", "POST", "/transfer-requests/<ref>/approve", body=ApprovalSchema, answer=TransferRequestSchema
)
def approve(call: Call, decided: Mapping[str, Any], ref: str) -> RequestView:
    """Approve a request with the scans that were reviewed, or ask first for the guarantee of a return (M5)."""
    return review.approve(call, ref, **decided)


@noun.operation("reject", "POST", "/transfer-requests/<ref>/reject", body=ReasonSchema, answer=TransferRequestSchema)
def reject(call: Call, reason: Mapping[str, str], ref: str) -> RequestView:
    """Reject a request; the customer is mailed the reason."""
    return review.reject(call, ref, **reason)


@noun.operation(
    "record_payment",
    "POST",
    "/transfer-requests/<ref>/record-payment",
    body=PaymentSchema,
    answer=TransferRequestSchema,
)
def record_payment(call: Call, paid: Mapping[str, str], ref: str) -> RequestView:
    """Record that the new Module of a replacement was bought and paid."""
    return review.record_payment(call, ref, **paid)


@noun.operation(
    "record_return", "POST", "/transfer-requests/<ref>/record-return", body=ReturnedSchema, answer=TransferRequestSchema
)
def record_return(call: Call, returned: Mapping[str, str], ref: str) -> RequestView:
    """Record that a Module came back; again: 200, unchanged."""
    return returns.record(call, ref, **returned)


@noun.operation(
    "override_limit", "POST", "/transfer-requests/<ref>/override-limit", body=ReasonSchema, answer=TransferRequestSchema
)
def override_limit(call: Call, reason: Mapping[str, str], ref: str) -> RequestView:
    """Go beyond the limit of moves: one person asks, a second one confirms."""
    return review.override_limit(call, ref, **reason)


@noun.operation("execute", "POST", "/transfer-requests/<ref>/execute", answer=TransferRequestSchema)
def execute(call: Call, ref: str) -> RequestView:
    """Move what was approved: old files are void, new ones are issued, all or nothing."""
    return execution.execute(call, ref)
