"""What redemptions spend: pairs of a fresh code and a license of its own, and on a file the requests for them."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from benchmarks.stage import Site, Stage, connected
from prolong_server import clock
from prolong_server.call import Call
from prolong_server.channel import sealed_codes
from prolong_server.licensing import imports
from prolong_server.rules import identifiers
from tests import vendor
from tests.vendor import MACHINE, PRODUCT, Vendor

LARGEST_ORDER = 1_000_000
_PATTERN = "PATTERN"
# An address of its own for every request, for limits by address; the groups of zeros keep all requests equally long.
_HEAD = (
    "POST /v1/redemptions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "X-Forwarded-For: 2001:0db8:{high:04x}:{low:04x}::1\r\nContent-Length: {length}\r\n\r\n"
)


@dataclass(slots=True)
class Stock:
    """Requests on a file, each of `size` bytes and each with a code of its own; the first `spent` were sent."""

    file: Path
    size: int
    count: int
    spent: int = 0

    @property
    def left(self) -> int:
        """How many requests were not sent yet."""
        return self.count - self.spent


def caller(site: Site) -> Call:
    """A call by the system itself, now, with the site's keys."""
    return replace(vendor.called(), keys=site.holder.current(), now=clock.now())


def founded(site: Site) -> Vendor:
    """The vendor, with a dealer whose credit no benchmark exhausts, and the license that others are copies of."""
    with site.app.app_context():
        made = vendor.found(credit="1000000000.00")
        import_licenses(caller(site), [_PATTERN])
    return made


def import_licenses(call: Call, keys: Sequence[str]) -> None:
    """Licenses with these keys through the service, as a vendor brings them along."""
    head = "license_key,product,edition,seats,country,starts_on,expires_on,activated_on"
    begin, end = call.today - timedelta(days=30), call.today + timedelta(days=300)
    lines = (f"{key},{PRODUCT},home,1,UA,{begin},{end},{begin}" for key in keys)
    imports.load(call, "\n".join([head, *lines]).encode())


def keys_of(prefix: str, count: int) -> list[str]:
    """The keys that `copy_licenses` gives."""
    return [f"{prefix}-{number:08d}" for number in range(1, count + 1)]


def copy_licenses(stage: Stage, prefix: str, count: int) -> None:
    """So many licenses like the first, each with one registered machine, written by the database itself."""
    made = {
        "id": f"('x' || substr(md5('{prefix}' || n), 1, 16))::bit(64)::bigint & 9223372036854775807",
        "license_key": f"'{prefix}-' || lpad(n::text, 8, '0')",
        "machines": "1",
    }
    with connected(stage) as connection:
        found = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'licenses' ORDER BY ordinal_position"
        )
        columns = [str(row[0]) for row in found]
        values = ", ".join(made.get(column, f"l.{column}") for column in columns)
        connection.execute(
            f"INSERT INTO licenses ({', '.join(columns)}) SELECT {values} "
            f"FROM licenses l, generate_series(1, {count}) n WHERE l.license_key = '{_PATTERN}'"
        )
        connection.execute(
            "INSERT INTO machines (id, license_id, fingerprint, registered_at) "
            "SELECT id, id, %s, now() FROM licenses WHERE license_key LIKE %s",
            [MACHINE.fingerprint, f"{prefix}-%"],
        )


def order(site: Site, made: Vendor, count: int) -> list[str]:
    """Orders of so many renewal codes together, through the service; their ids."""
    sizes = [LARGEST_ORDER] * (count // LARGEST_ORDER) + [count % LARGEST_ORDER]
    with site.app.app_context():
        return [vendor.order(made, size, caller(site)) for size in sizes if size]


def codes_of(site: Site, orders: Sequence[str]) -> Iterator[str]:
    """The codes of the orders, in the order in which they were made."""
    with site.app.app_context():
        for number in orders:
            yield from sealed_codes.read(caller(site), number)


def settle(stage: Stage) -> None:
    """Leave the database as one that is in use for long: statistics made, what was changed written out."""
    with connected(stage) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def stocked(stage: Stage, made: Vendor, count: int, most: int | None = None) -> Stock:
    """So many pairs in the database of the stage, and the requests that spend all of them, or `most` of them."""
    copy_licenses(stage, "WEB", count)
    codes = list(codes_of(stage, order(stage, made, count)))
    return written(stage.folder / f"{stage.database}.requests", codes, keys_of("WEB", count), most)


def written(file: Path, codes: Sequence[str], keys: Sequence[str], most: int | None = None) -> Stock:
    """The requests that spend each code on the license of its place, or `most` of them, in no order that pages know."""
    # Rows lie in the order of their digests, in which no customer comes.
    chosen = random.Random(5).sample(range(len(codes)), most or len(codes))
    with file.open("wb") as out:
        for at, place in enumerate(chosen):
            out.write(rendered(at, codes[place], keys[place]))
    return Stock(file, len(rendered(0, codes[0], keys[0])), len(chosen))


def rendered(at: int, code: str, license_key: str) -> bytes:
    """The `at`-th redemption as the bytes of an HTTP request; all are equally long."""
    body = json.dumps(
        {
            "code": code,
            "license_key": license_key,
            "product": PRODUCT,
            "product_version": "9.10",
            "machine": {"fingerprint": MACHINE.fingerprint},
        }
    )
    return (_HEAD.format(high=at >> 16, low=at & 0xFFFF, length=len(body)) + body).encode()


def number_of(order_id: str) -> int:
    """The order's id as its column holds it."""
    return identifiers.read("ord", order_id) or 0
