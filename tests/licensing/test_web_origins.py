"""The origins that products name, read from both databases."""

import pytest

from prolong_server.licensing import products, web_origins
from prolong_server.licensing.product_specs import EditionSpec, ProductSpec
from tests import vendor

SHOP, SECOND = "https://shop.example", "http://127.0.0.1:8080"


@pytest.mark.usefixtures("context")
def test_every_origin_of_every_product_is_allowed_while_it_is_named(call):
    made = call()
    assert web_origins.allowed() == frozenset()
    vendor.found(web_origins=(SHOP,))
    assert web_origins.allowed() == {SHOP}
    edition = EditionSpec("home", "Home", (1,))
    products.create(made, ProductSpec("guard", "Guard", "1.0", editions=(edition,), web_origins=(SHOP, SECOND)))
    products.create(made, ProductSpec("plain", "Plain", "1.0", editions=(edition,)))
    assert web_origins.allowed() == {SHOP, SECOND}
    products.change(made, "guard", {"web_origins": ()})
    assert web_origins.allowed() == {SHOP}
