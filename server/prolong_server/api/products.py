"""The catalogue: products with their editions and policies. Everybody may read one; staff keep it."""

from collections.abc import Mapping
from typing import Any

from prolong_server.api.core import Noun
from prolong_server.api.schemas.base import WindowSchema, page_of
from prolong_server.api.schemas.catalogue import ProductChangeSchema, ProductRequestSchema, ProductSchema
from prolong_server.call import Call
from prolong_server.licensing import products
from prolong_server.licensing.product_specs import ProductSpec
from prolong_server.licensing.products import ProductView
from prolong_server.operations.pages import Page

noun = Noun("products", "Products, their editions and policies")


@noun.operation("create", "POST", "/products", body=ProductRequestSchema, answer=ProductSchema, status=201, once=True)
def create(call: Call, spec: ProductSpec) -> ProductView:
    """Add a product with its editions."""
    return products.create(call, spec)


@noun.operation("list", "GET", "/products", query=WindowSchema, answer=page_of(ProductSchema))
def list_all(call: Call, window: Mapping[str, Any]) -> Page[ProductView]:
    """All products, by their codes."""
    return products.list_all(call, **window)


@noun.operation("show", "GET", "/products/<code>", answer=ProductSchema)
def show(call: Call, code: str) -> ProductView:
    """A product: its editions and their periods, its latest version and where to get it."""
    return products.show(call, code)


@noun.operation("change", "PATCH", "/products/<code>", body=ProductChangeSchema, answer=ProductSchema)
def change(call: Call, changes: Mapping[str, object], code: str) -> ProductView:
    """Change the named fields. `editions` is the whole list: one that is left out is removed, unless it is in use."""
    return products.change(call, code, changes)
