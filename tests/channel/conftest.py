"""A vendor with one product and one price list, a dealer, and calls in everybody's name, on both databases."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prolong_server import db, models
from prolong_server.call import Answer, Call, Once
from prolong_server.channel import dealers, orders, price_lists
from prolong_server.channel.dealers import DealerSpec, DealerView
from prolong_server.channel.order_views import OrderView
from prolong_server.channel.orders import OrderSpec
from prolong_server.channel.price_lines import PriceLine, PriceListSpec
from prolong_server.keyring import CodeKey, Keyring
from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.channel import Dealer
from prolong_server.models.licensing import Code
from prolong_server.rules import digests, identifiers
from prolong_server.rules.actors import SYSTEM, Actor, Scope
from prolong_server.rules.errors import InvalidRequest
from prolong_server.rules.vocabulary import CodeKind, EditionKind, MachineCheck, RenewalBasis, Territory
from tests import room as rooms
from tests.waiting import PATIENCE

T = TypeVar("T")
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
KEYS = Keyring((CodeKey(1, b"c" * 32, digests.NEWEST),), (), (b"s" * 32,))
THREADS = 16
CHANGING = (
    "dealers, price_lists, orders, codes, sealed_chunks, audit_events, kept_answers, redemptions, voids, "
    "webhook_endpoints, events"
)
RENEWAL = OrderSpec(CodeKind.RENEWAL, "antivirus", "home", 1, 1, 10)


@dataclass(frozen=True, slots=True)
class Vendor:
    """A database with a catalogue, and the calls that people make on it."""

    app: Flask

    def call(self, actor: Actor = SYSTEM, **changes: Any) -> Call:
        call = Call(actor, NOW, ZoneInfo("UTC"), "https://renew.example", KEYS, os.urandom, "request")
        return replace(call, **changes)

    def dealer(self, dealer: DealerView, *, test: bool = False, **changes: Any) -> Call:
        number = identifiers.read("dlr", dealer.id)
        actor = Actor("dealer", number, 7, None, number, frozenset(Scope), test)
        return self.call(actor, **changes)

    def once(self, call: Call, key: str, body: bytes = b"body") -> Call:
        tell = lambda order: Answer(201, order.id.encode())  # noqa: E731 - said where it is used
        return replace(call, once=Once(7, "orders.place", key, body.ljust(32)[:32], tell))

    def at_once(self, work: Callable[[int], T], number: int) -> list[T | Exception]:
        """What each of `number` threads got from `work(i)`, all begun together."""
        together = threading.Barrier(number)

        def run(at: int) -> T | Exception:
            with self.app.app_context():
                together.wait(PATIENCE)
                try:
                    return work(at)
                except Exception as refusal:  # noqa: BLE001 - the test judges what came
                    return refusal

        with ThreadPoolExecutor(number) as pool:
            return list(pool.map(run, range(number)))

    def count(self, *conditions: Any) -> int:
        with Session(db.db.engine) as session:
            return session.scalar(select(func.count()).select_from(Code).where(*conditions)) or 0

    def one(self, statement: Any) -> Any:
        with Session(db.db.engine) as session:
            return session.scalars(statement).one()

    def balance(self, dealer: DealerView) -> int:
        return self.one(select(Dealer.balance).where(Dealer.id == identifiers.read("dlr", dealer.id)))


def price(
    edition: str = "home", years: int = 1, seats: int = 1, new: str = "49.00", renewal: str = "24.50"
) -> PriceLine:
    return PriceLine("antivirus", edition, years, seats, new, renewal)


def listed(*lines: PriceLine, currency: str = "EUR", valid_from: date = date(2026, 1, 1)) -> PriceListSpec:
    return PriceListSpec(currency, valid_from, lines or (price(),))


@pytest.fixture(params=["sqlite", "postgresql"])
def vendor(request: pytest.FixtureRequest) -> Iterator[Vendor]:
    app = rooms.kept(request.getfixturevalue(f"channel_{request.param}"), 2 * THREADS)
    with rooms.entered(app):
        made = Vendor(app)
        price_lists.create(made.call(), listed())
        yield made


@pytest.fixture
def channel_sqlite(channel_file) -> str:
    return f"sqlite:///{rooms.fresh_copy(channel_file)}"


@pytest.fixture(scope="session")
def channel_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("channel") / "template.db"
    _fill(f"sqlite:///{path}")
    return path


@pytest.fixture
def channel_postgresql(postgres, channel_template) -> Iterator[str]:
    yield channel_template
    with psycopg.connect(host=str(postgres.socket), user="postgres", dbname="channel") as connection:
        connection.execute(f"TRUNCATE {CHANGING} CASCADE")
        connection.execute("DELETE FROM keys WHERE id NOT IN (%s, %s)", [KEYS.codes[0].id, rooms.SECRET_ID])


@pytest.fixture(scope="session")
def channel_template(postgres) -> str:
    """One database for all tests of the channel, emptied after each: a new one for each costs four times as much."""
    url = postgres.create("channel")
    _fill(url)
    return str(url)


@pytest.fixture
def dealer(vendor: Vendor) -> DealerView:
    spec = DealerSpec("Kyiv Soft", "UA", ("UA", "MD"), "EUR", credit_limit="1000.00", phone="+380", email="a@b.example")
    return dealers.create(vendor.call(), spec)


@pytest.fixture
def order(vendor: Vendor, dealer: DealerView) -> OrderView:
    return orders.place(vendor.dealer(dealer), RENEWAL)


def later(**span: int) -> datetime:
    return NOW + timedelta(**span)


def wrong_fields(refusal: pytest.ExceptionInfo[InvalidRequest], *where: str) -> set[str]:
    """The fields that a refusal names, at the top or below `where`."""
    told: Any = refusal.value.fields["errors"]
    for name in where:
        told = told[name]
    return set(told)


def _fill(url: str) -> None:
    with rooms.opened(url):
        models.channel.Order.metadata.create_all(db.db.engine)
        _catalogue()
        rooms.know_the_keys()


def _catalogue() -> None:
    product = Product(
        id=1,
        code="antivirus",
        name="Antivirus",
        latest_version="9.10",
        renewal_basis=RenewalBasis.FROM_EXPIRY,
        renewal_grace_months=1,
        max_advance_years=6,
        machine_check=MachineCheck.REGISTERED,
        refresh_days=7,
        web_origins=(),
        created_at=NOW,
    )
    home = _edition(1, "home", EditionKind.HOME, ("1", "2", "3"))
    business = _edition(2, "business", EditionKind.BUSINESS, ("1", "2", "3"))
    with Session(db.db.engine) as session, session.begin():
        session.add(product)
        session.flush()
        session.add_all([home, business])


def _edition(number: int, code: str, kind: EditionKind, periods: tuple[str, ...]) -> Edition:
    territory = Territory.DEALER_COUNTRY
    return Edition(id=number, product_id=1, code=code, name=code, kind=kind, periods=periods, territory=territory)
