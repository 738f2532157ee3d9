"""Codes that were sold: what became of one, and the vendor's search. No part of a code ever stands in an address."""

from collections.abc import Mapping
from typing import Any

from prolong_server.api.core import Noun
from prolong_server.api.schemas.codes import (
    CodeSearchRequestSchema,
    CodeStatusRequestSchema,
    CodeStatusSchema,
    FoundPageSchema,
)
from prolong_server.call import Call
from prolong_server.channel import code_search, code_status
from prolong_server.channel.code_search import FoundPage
from prolong_server.channel.code_status import CodeStatusView

noun = Noun("codes", "Codes that were sold")


@noun.operation("status", "POST", "/codes/status", body=CodeStatusRequestSchema, answer=CodeStatusSchema)
def status(call: Call, asked: Mapping[str, str]) -> CodeStatusView:
    """What has become of a code, never by whom; for a dealer the codes of its own orders."""
    return code_status.show(call, asked["code"])


@noun.operation("search", "POST", "/codes/search", body=CodeSearchRequestSchema, answer=FoundPageSchema)
def search(call: Call, asked: Mapping[str, Any]) -> FoundPage:
    """Codes by exactly one of `first_group`, `code`, `order`, `license`, `dealer` and `customer`."""
    return code_search.search(call, **asked)
