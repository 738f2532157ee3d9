"""Reports by day, week or month, as JSON, CSV or XLSX."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request

from prolong_server.api import tables
from prolong_server.api.core import Noun
from prolong_server.api.schemas.base import page_of
from prolong_server.api.schemas.reports import (
    RedemptionsPeriodSchema,
    RenewalsPeriodSchema,
    ReportQuerySchema,
    RevenuePeriodSchema,
    question,
)
from prolong_server.call import Call
from prolong_server.channel import reports
from prolong_server.channel.reports import Report
from prolong_server.operations.pages import Page
from prolong_server.rules import errors

noun = Noun("reports", "Figures by day, week or month: for staff of all dealers, for a dealer its own")
Answer = Page[Mapping[str, object]] | Response


@noun.operation(
    "redemptions",
    "GET",
    "/reports/redemptions",
    query=ReportQuerySchema,
    answer=page_of(RedemptionsPeriodSchema),
    media=tables.MEDIA,
)
def redemptions(call: Call, asked: Mapping[str, Any]) -> Answer:
    """Codes issued, redeemed, voided, reversed and activated."""
    return _answer("redemptions", asked, reports.redemptions(call, question(asked, call.today)))


@noun.operation(
    "renewals",
    "GET",
    "/reports/renewals",
    query=ReportQuerySchema,
    answer=page_of(RenewalsPeriodSchema),
    media=tables.MEDIA,
)
def renewals(call: Call, asked: Mapping[str, Any]) -> Answer:
    """Terms that ended, how many of them were renewed, and the rate."""
    return _answer("renewals", asked, reports.renewals(call, question(asked, call.today)))


@noun.operation(
    "revenue",
    "GET",
    "/reports/revenue",
    query=ReportQuerySchema,
    answer=page_of(RevenuePeriodSchema),
    media=tables.MEDIA,
)
def revenue(call: Call, asked: Mapping[str, Any]) -> Answer:
    """Money ordered and credited in each currency: the vendor's revenue, a dealer's spending."""
    return _answer("revenue", asked, reports.revenue(call, question(asked, call.today)))


def _answer(name: str, asked: Mapping[str, Any], report: Report) -> Answer:
    kind = tables.chosen(request.accept_mimetypes)
    if kind != "json":
        return tables.answer(kind, name, report.columns, report.rows)
    return _page(asked, [dict(zip(report.columns, row, strict=True)) for row in report.rows])


def _page(asked: Mapping[str, Any], items: Sequence[Mapping[str, object]]) -> Page[Mapping[str, object]]:
    """All items, or `limit` of them from the one that the cursor counts to."""
    cursor = asked["cursor"] or "0"
    if not (cursor.isascii() and cursor.isdigit()):
        raise errors.InvalidRequest({"cursor": ["This is not a cursor of this list; begin again without one."]})
    first = int(cursor)
    last = first + (asked["limit"] or len(items))
    return Page(tuple(items[first:last]), str(last) if last < len(items) else None)
