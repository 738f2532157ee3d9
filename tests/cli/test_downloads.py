"""A download over the wire from a real server: its length is told, and one that is cut short does not look whole."""

import http.client
import json
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest

from prolong_server.access import dealer_tokens
from prolong_server.access.dealer_tokens import TokenSpec
from prolong_server.channel import dealers, orders, price_lists
from prolong_server.channel.dealers import DealerSpec
from prolong_server.channel.orders import OrderSpec
from prolong_server.channel.price_lines import PriceLine, PriceListSpec
from prolong_server.cli import house
from prolong_server.licensing import products
from prolong_server.licensing.product_specs import EditionSpec, ProductSpec
from prolong_server.rules.actors import Scope
from prolong_server.rules.vocabulary import CodeKind
from tests.cli import console
from tests.waiting import PATIENCE

# More than all buffers between the server and a reader who has stopped reading.
QUANTITY = 400_000


@pytest.fixture
def order(tmp_path, sqlite_template, monkeypatch):
    """A data directory with an order, its `ord_…` and a token that may download it."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / "prolong.db").write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("PROLONG_DATA_DIR", str(folder))
    with house.opened() as opened:
        call = opened.call()
        products.create(call, ProductSpec("guard", "Guard", "1.0", editions=(EditionSpec("home", "Home", (1, 2)),)))
        line = PriceLine("guard", "home", 1, 1, "0.02", "0.01")
        price_lists.create(call, PriceListSpec("EUR", call.today, (line,)))
        dealer = dealers.create(call, DealerSpec("Shop", "UA", ("UA",), "EUR", "100000.00")).id
        _, token = dealer_tokens.create(call, dealer, TokenSpec("shop", tuple(Scope)))
        made = orders.place(call, OrderSpec(CodeKind.RENEWAL, "guard", "home", 1, 1, QUANTITY, dealer=dealer))
    return folder, made.codes_url, {"Authorization": f"Bearer {token}", "Accept": "text/csv"}


def test_a_list_that_is_confirmed_while_it_is_sent_is_a_broken_transfer_and_not_a_short_list(order):
    data, path, headers = order
    with console.serving(data, "serve", "--workers", "1") as (base, _process):
        with closing(http.client.HTTPConnection(urlsplit(base).netloc, timeout=PATIENCE)) as wire:
            wire.request("GET", path, headers=headers)
            answer = wire.getresponse()
            assert int(answer.headers["Content-Length"]) == len("code\r\n") + QUANTITY * 31
            assert answer.read(6) == b"code\r\n"
            confirmed = httpx.post(f"{base}{path.removesuffix('/codes')}/confirm", headers=headers, timeout=PATIENCE)
            assert confirmed.status_code == 200
            with pytest.raises(http.client.IncompleteRead):
                answer.read()
        gone = httpx.get(f"{base}{path}", headers=headers)
        assert (gone.status_code, json.loads(gone.text)["code"]) == (410, "codes_no_longer_available")
