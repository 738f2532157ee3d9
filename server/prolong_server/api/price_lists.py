"""Price lists as the vendor sends them, the official one that everybody reads, and what a dealer pays."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from prolong_server.api import tables
from prolong_server.api.core import Noun, Reply
from prolong_server.api.schemas.base import WindowSchema, page_of
from prolong_server.api.schemas.prices import (
    DealerPricesSchema,
    OfficialListSchema,
    OfficialQuerySchema,
    PriceImportQuerySchema,
    PriceListRequestSchema,
    PriceListSchema,
    PricesQuerySchema,
)
from prolong_server.call import Call
from prolong_server.channel import price_imports, price_lists, prices
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


@noun.operation(
    "import",
    "POST",
    "/price-lists/import",
    query=PriceImportQuerySchema,
    answer=PriceListSchema,
    status=201,
    once=True,
    upload=tables.CSV,
)
def import_file(call: Call, asked: Mapping[str, Any]) -> PriceListView:
    """Take in the lines of a CSV file as one price list, or none; every bad line is named with its number."""
    if request.mimetype != tables.CSV:
        raise UnsupportedMediaType
    return price_imports.load(call, **asked, data=request.get_data())


@noun.operation("show", "GET", "/price-lists/<ref>", answer=PriceListSchema, media=tables.MEDIA)
def show_list(call: Call, ref: str) -> Reply | Response:
    """One price list; its CSV can be imported again."""
    held, kind = price_lists.show(call, ref), tables.chosen(request.accept_mimetypes)
    if kind == "json":
        return Reply(held, headers={"Vary": "Accept"})
    return tables.answer(kind, f"prices-{held.currency}-{held.valid_from}", price_imports.HEADER, _rows(held))


def _rows(held: PriceListView) -> list[tuple[object, ...]]:
    return [
        (
            line.product,
            line.edition,
            line.period_years,
            line.seats_from,
            Decimal(line.new_price),
            Decimal(line.renewal_price),
        )
        for line in held.items
    ]


@official.operation("show", "GET", "/price-list", query=OfficialQuerySchema, answer=OfficialListSchema)
def show(call: Call, asked: Mapping[str, Any]) -> Mapping[str, object]:
    """Official prices of every currency, without dealers' discounts; with `country` in those that are sold there."""
    return {"items": price_lists.official(call, **asked)}


@dealers_prices.operation("list", "GET", "/prices", query=PricesQuerySchema, answer=DealerPricesSchema)
def list_prices(call: Call, asked: Mapping[str, Any]) -> DealerPrices:
    """The list that holds for this dealer, official and with its discount."""
    return prices.of_dealer(call, **asked)
