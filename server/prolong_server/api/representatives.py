"""Whom people of a country are sent to (R13)."""

from collections.abc import Mapping
from typing import Any

from prolong_server.api.core import Noun
from prolong_server.api.schemas.base import WindowSchema, page_of
from prolong_server.api.schemas.catalogue import (
    RepresentativeRequestSchema,
    RepresentativeSchema,
    SupportQuerySchema,
    SupportSchema,
)
from prolong_server.call import Call
from prolong_server.licensing import representatives
from prolong_server.licensing.contacts import Contact
from prolong_server.licensing.representatives import RepresentativeView
from prolong_server.operations.pages import Page

noun = Noun("representatives", "The vendor's representatives by country")
support = Noun("support", "Who helps")


@noun.operation(
    "put", "PUT", "/representatives/<country>", body=RepresentativeRequestSchema, answer=RepresentativeSchema
)
def put(call: Call, named: dict[str, str], country: str) -> RepresentativeView:
    """Name the representative of a country, or under `default` the vendor's own."""
    return representatives.put(call, RepresentativeView(country, **named))


@noun.operation("list", "GET", "/representatives", query=WindowSchema, answer=page_of(RepresentativeSchema))
def list_all(call: Call, window: Mapping[str, Any]) -> Page[RepresentativeView]:
    """All representatives, by country."""
    return representatives.list_all(call, **window)


@noun.operation("show", "GET", "/representatives/<country>", answer=RepresentativeSchema)
def show(call: Call, country: str) -> RepresentativeView:
    """The representative named for exactly this country."""
    return representatives.show(call, country)


@support.operation("show", "GET", "/support", query=SupportQuerySchema, answer=SupportSchema)
def show_support(call: Call, asked: Mapping[str, Any]) -> Contact:
    """Who helps people of a country: its representative, else the vendor's own; 404 where nobody is named."""
    return representatives.helper(call, **asked)
