"""Leads: licenses whose owners should be asked to renew."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from flask import Response, request

from prolong_server.api import tables
from prolong_server.api.core import Noun
from prolong_server.api.schemas.base import page_of
from prolong_server.api.schemas.reports import LeadSchema, LeadsQuerySchema
from prolong_server.call import Call
from prolong_server.channel import leads
from prolong_server.channel.leads import LeadView
from prolong_server.operations.pages import Page

noun = Noun("leads", "Licenses that run out soon or are in their renewal grace")
_CUSTOMER: Final = ("customer_name", "customer_email")
_COLUMNS: Final = (*(name for name in LeadView.__slots__ if name != "customer"), *_CUSTOMER)


@noun.operation("list", "GET", "/leads", query=LeadsQuerySchema, answer=page_of(LeadSchema), media=tables.MEDIA)
def list_(call: Call, asked: Mapping[str, Any]) -> Page[LeadView] | Response:
    """A dealer's own leads, for staff all or those of one dealer: a page as JSON, or all of them as CSV or XLSX."""
    kind = tables.chosen(request.accept_mimetypes)
    if kind == "json":
        return leads.list_all(call, **asked)
    found = leads.everything(call, asked["expiring_within_days"], asked["dealer"])
    return tables.answer(kind, "leads", _COLUMNS, _rows(found))


def _rows(found: Iterable[LeadView]) -> Iterator[tuple[object, ...]]:
    for lead in found:
        customer = (lead.customer.name, lead.customer.email) if lead.customer else (None, None)
        yield (*(getattr(lead, name) for name in _COLUMNS[: -len(_CUSTOMER)]), *customer)
