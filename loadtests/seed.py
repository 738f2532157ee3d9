"""`python -m loadtests.seed`: a product, a dealer, licenses and codes for a load test, made over HTTP like anyone's.

It needs the token of an admin (`prolong-server staff add`) in PROLONG_LOAD_TOKEN, and makes everything anew each time.
"""

import argparse
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from stdnum.iso7064 import mod_37_36

from loadtests import settings, shapes, stock
from loadtests.stock import Stock
from loadtests.web import Door

EDITION, VERSION = "home", "1.0"
CHECKED_IN, UNKNOWN = 200, 1000
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LINES = 100_000
_LARGEST_ORDER = 1_000_000
_HEAD = "license_key,product,edition,seats,country,starts_on,expires_on,activated_on"
_SCOPES = ("orders:read", "orders:write", "codes:read", "codes:void", "reports:read")


def seed(door: Door, pairs: int) -> Stock:
    """Make everything that a load test needs, with so many pairs of code and license. Raises web.Refused."""
    name = f"load-{secrets.token_hex(4)}"
    dealer = _vendor(door, name)
    token = door.post(f"/v1/dealers/{dealer}/tokens", {"name": "load", "scopes": list(_SCOPES)})["token"]
    license_keys = [f"{name}-{number:07d}".upper() for number in range(pairs)]
    checked_in = [f"{name}-V-{number:04d}".upper() for number in range(CHECKED_IN)]
    _import(door, name, license_keys + checked_in)
    codes = list(_codes(Door(door.base, token), name, pairs))
    return Stock(
        name, VERSION, EDITION, codes, license_keys, [unknown_code() for _ in range(UNKNOWN)], checked_in, token
    )


def _vendor(door: Door, name: str) -> str:
    edition = {"code": EDITION, "name": "Home", "periods": [1, 2], "kind": "home"}
    door.post("/v1/products", {"code": name, "name": name, "latest_version": VERSION, "editions": [edition]})
    credit = {"currency": "EUR", "credit_limit": "1000000000.00"}
    dealer = door.post("/v1/dealers", {"name": name, "country": "UA", "territories": ["UA"], **credit})
    item = {"product": name, "edition": EDITION, "period_years": 1, "seats_from": 1}
    price = item | {"new_price": "20.00", "renewal_price": "10.00"}
    door.post("/v1/price-lists", {"currency": "EUR", "valid_from": str(_today()), "items": [price]})
    return str(dealer["id"])


def _import(door: Door, product: str, license_keys: list[str]) -> None:
    begin, end = _today() - timedelta(days=30), _today() + timedelta(days=300)
    for first in range(0, len(license_keys), _LINES):
        part = license_keys[first : first + _LINES]
        lines = [f"{key},{product},{EDITION},1,UA,{begin},{end},{begin}" for key in part]
        door.ask("POST", "/v1/licenses/import", "\n".join([_HEAD, *lines]).encode(), "text/csv")


def _codes(dealer: Door, product: str, count: int) -> Iterator[str]:
    terms = {"kind": "renewal", "product": product, "edition": EDITION, "period_years": 1, "seats": 1}
    for first in range(0, count, _LARGEST_ORDER):
        quantity = min(_LARGEST_ORDER, count - first)
        order = dealer.post("/v1/orders", terms | {"quantity": quantity}, secrets.token_hex(16))
        table = dealer.ask("GET", f"/v1/orders/{order['id']}/codes", more={"Accept": "text/csv"})
        yield from table.decode().split()[1:]


def unknown_code() -> str:
    """A well-formed code that nobody has made: a guess that only the database can tell from a real one."""
    symbols = "".join(secrets.choice(_ALPHABET) for _ in range(24))
    whole = symbols + mod_37_36.calc_check_digit(symbols, _ALPHABET)
    return "-".join(whole[at : at + 5] for at in range(0, 25, 5))


def _today() -> date:
    return datetime.now(UTC).date()


def main() -> None:
    """Seed the server at `--host` for the shape, users and pace that the environment names."""
    asked = settings.read()
    parser = argparse.ArgumentParser(prog="python -m loadtests.seed", description=__doc__)
    parser.add_argument("--host", default="http://127.0.0.1:8000")
    parser.add_argument(
        "--pairs", type=int, default=shapes.pairs_for(shapes.SHAPES[asked.shape], asked.users, asked.pace)
    )
    told = parser.parse_args()
    token = os.environ.get("PROLONG_LOAD_TOKEN")
    if not token:
        raise SystemExit("Put the token of an admin into PROLONG_LOAD_TOKEN (prolong-server staff add … --token).")
    stock.write(asked.stock, seed(Door(told.host, token), told.pairs))
    print(f"{told.pairs} pairs are in {Path(asked.stock).name}")


if __name__ == "__main__":
    main()
