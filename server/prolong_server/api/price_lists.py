"""Price lists as the vendor sends them, the official one that everybody reads, and what a dealer pays."""

from collections.abc import Mapping
from typing import Any

from prolong_server.api.core import Noun
from prolong_server.api.schemas.base import WindowSchema, page_of
from prolong_server.api.schemas.prices import (
    DealerPricesSchema,
    OfficialListSchema,
    OfficialQuerySchema,
    PriceListRequestSchema,
    PriceListSchema,
    PricesQuerySchema,
)
from prolong_server.call import Call
from prolong_server.channel import price_lists, prices
from prolong_server.channel.price_lines import PriceListSpec
from prolong_server.channel.price_lists import PriceListView
from prolong_server.channel.prices import DealerPrices
from prolong_server.operations.pages import Page

noun = Noun("price_lists", "Price lists, dated, one after the other in each currency")
official = Noun("price_list", "The official price list of today")
dealers_prices = Noun("prices", "What the dealer whose token asks pays")


@noun.operation(
    "create", "POST", "/price-lists", body=PriceListRequestSchema, answer=PriceListSchema, status=201, once=True
)
def create(call: Call, spec: PriceListSpec) -> PriceListView:
    """Take in a price list, which replaces the earlier one of its currency from its day on."""
    return price_lists.create(call, spec)


@noun.operation("list", "GET", "/price-lists", query=WindowSchema, answer=page_of(PriceListSchema))
def list_(call: Call, window: Mapping[str, Any]) -> Page[PriceListView]:
    """All price lists, those of the past and of the future too."""
    return price_lists.list_all(call, **window)


@official.operation("show", "GET", "/price-list", query=OfficialQuerySchema, answer=OfficialListSchema)
def show(call: Call, asked: Mapping[str, Any]) -> Mapping[str, object]:
    """Official prices of every currency, without dealers' discounts; with `country` in those that are sold there."""
    return {"items": price_lists.official(call, **asked)}


@dealers_prices.operation("list", "GET", "/prices", query=PricesQuerySchema, answer=DealerPricesSchema)
def list_prices(call: Call, asked: Mapping[str, Any]) -> DealerPrices:
    """The list that holds for this dealer, official and with its discount."""
    return prices.of_dealer(call, **asked)
