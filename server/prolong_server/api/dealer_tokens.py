"""Dealers' tokens, made and revoked by the vendor. The text of a token is told once."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from prolong_server.access import dealer_tokens
from prolong_server.access.dealer_tokens import TokenSpec, TokenView
from prolong_server.api.core import Noun
from prolong_server.api.schemas.base import WindowSchema, page_of
from prolong_server.api.schemas.channel import NewTokenSchema, TokenRequestSchema, TokenSchema
from prolong_server.call import Call
from prolong_server.operations.pages import Page

noun = Noun("dealer_tokens", "Dealers' tokens")


@noun.operation(
    "create",
    "POST",
    "/dealers/<ref>/tokens",
    body=TokenRequestSchema,
    answer=NewTokenSchema,
    status=201,
    once=True,
    secret=True,
)
def create(call: Call, spec: TokenSpec, ref: str) -> Mapping[str, Any]:
    """Make a token; its text is in this answer only."""
    token, secret = dealer_tokens.create(call, ref, spec)
    return asdict(token) | {"token": secret}


@noun.operation("list", "GET", "/dealers/<ref>/tokens", query=WindowSchema, answer=page_of(TokenSchema))
def list_(call: Call, window: Mapping[str, Any], ref: str) -> Page[TokenView]:
    """A dealer's tokens that are not revoked, without their texts."""
    return dealer_tokens.list_(call, ref, **window)


@noun.operation("delete", "DELETE", "/dealers/<ref>/tokens/<token>", status=204)
def delete(call: Call, ref: str, token: str) -> None:
    """Revoke a token for good."""
    dealer_tokens.delete(call, ref, token)
