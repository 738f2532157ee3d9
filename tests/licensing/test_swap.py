"""The hot path's statements, which the driver runs itself: they do what was judged, just as SQLAlchemy would do it."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select

from prolong_server import db, prepared
from prolong_server.licensing import cases, ledger, licenses, redemptions, settling, swap
from prolong_server.licensing.cases import Asked
from prolong_server.licensing.settling import Intended
from prolong_server.models.licensing import License, Machine, Redemption
from prolong_server.models.webhooks import Event
from prolong_server.operations import webhook_endpoints
from prolong_server.operations.webhook_endpoints import EndpointSpec
from prolong_server.rules import codes
from tests import vendor

pytestmark = pytest.mark.usefixtures("room")
# In the order in which they can be written; each was written by a swap.
WRITTEN: tuple[Any, ...] = (License.__table__, Machine.__table__, Redemption.__table__, Event.__table__)


def judged(code: str, key: str) -> Intended:
    """A redemption that the rules are content with, and that is not written yet."""
    asked = asking(code, key)
    with db.lookups() as connection:
        intended = settling.judge(asked, cases.read(connection, asked))
    assert isinstance(intended, Intended)
    return intended


def asking(code: str, key: str) -> Asked:
    now = vendor.called().now.replace(microsecond=123_400)
    return Asked(vendor.called(now=now), vendor.renewal(code, key, machine=vendor.MACHINE), codes.read(code))


@pytest.mark.parametrize("size", [1, 3, 5])
def test_what_is_no_longer_as_judged_is_left_alone_and_the_rest_is_done(size):
    shop = vendor.found()
    held = [vendor.license_() for _ in range(size + 2)]
    intended = [judged(code, one.license_key) for code, one in zip(vendor.codes(shop, size + 2), held, strict=True)]
    licenses.suspend(vendor.called(), held[0].id, "asked")
    with db.transaction() as connection:
        spent = replace(intended[1].swap, license_id=intended[-1].swap.license_id, seq=intended[-1].swap.seq)
        assert swap.swap(connection, [spent]) == {spent.digest}
    with db.transaction() as connection:
        done = swap.swap(connection, [one.swap for one in intended])
        receipts = connection.execute(select(Redemption.code, Redemption.license_id)).all()
        moved = set(connection.scalars(select(License.id).where(License.machines > 0)))
    rest = intended[2:-1]
    assert done == {one.swap.digest for one in rest}
    assert set(receipts) == {(one.swap.digest, one.swap.license_id) for one in rest} | {
        (spent.digest, spent.license_id)
    }
    assert moved == {license_id for _, license_id in receipts}


def test_what_is_written_is_byte_for_byte_what_sqlalchemy_writes():
    shop = vendor.found()
    webhook_endpoints.create(vendor.called(), EndpointSpec("https://hooks.example", ("license.renewed",)))
    intended = [judged(code, vendor.license_().license_key) for code in vendor.codes(shop, 3)]
    with db.transaction() as connection:
        swap.swap(connection, [one.swap for one in intended])
        before = raw(connection)
        values = {table: list(connection.execute(select(table)).mappings()) for table in WRITTEN}
        for table in reversed(WRITTEN):
            connection.execute(delete(table))
        for table in WRITTEN:
            connection.execute(insert(table), [dict(row) for row in values[table]])
        assert raw(connection) == before
    assert all(before.values())


def raw(connection: Connection) -> dict[str, list[str]]:
    """The rows as the driver tells them."""
    return {
        table.name: sorted(map(repr, connection.exec_driver_sql(f"SELECT * FROM {table.name}"))) for table in WRITTEN
    }


def test_what_is_read_of_one_or_of_many_is_what_sqlalchemy_reads():
    shop = vendor.found()
    keys = [vendor.license_().license_key, vendor.license_().license_key, "NO-SUCH-KEY"]
    pairs = list(zip(vendor.codes(shop, 3), keys, strict=True))
    redemptions.redeem(vendor.called(), vendor.renewal(*pairs[0]))
    sought = [cases._sought(asking(*pair)) for pair in pairs]
    question = ledger._renewal_question(1)
    with db.transaction() as connection:
        ordinary = [connection.execute(question, ledger._values(one)).one() for one in sought]
        single = [prepared.fetch_one(connection, question, ledger._values(one)) for one in sought]
        many = ledger.read_renewals(connection, sought)
    assert typed(single) == typed(ordinary)
    assert typed([row[1:] for row in many if row is not None]) == typed(ordinary)


def typed(rows: list[Any]) -> list[list[tuple[type, Any]]]:
    return [[(type(value), value) for value in row] for row in rows]
