"""The same answers, counted row by row in Python from the facts alone, as slowly and plainly as can be."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.channel import Dealer, Order
from prolong_server.models.licensing import Activation, Code, Customer, License, Redemption, Reversal, Void
from prolong_server.rules import calendar, identifiers

Row = tuple[str, date, int, int, str, str]


def rows(table: type[Any]) -> list[Any]:
    """Every row of a table."""
    with Session(db.db.engine, expire_on_commit=False) as session:
        return list(session.scalars(select(table)))


def figures() -> Counter[Row]:
    """Metric, day, dealer, edition, country, currency → value."""
    counted: Counter[Row] = Counter()
    orders = {order.id: order for order in rows(Order)}
    countries = {dealer.id: dealer.country for dealer in rows(Dealer)}
    sold_by = {code.digest: orders[code.order_id].dealer_id for code in rows(Code)}
    held = {license_.id: license_ for license_ in rows(License) if not license_.test}
    for order in orders.values():
        if not order.test:
            place = (order.dealer_id, order.edition_id, countries[order.dealer_id])
            counted["issued", order.ordered_on, *place, ""] += order.quantity
            counted["ordered", order.ordered_on, *place, order.currency] += order.total
    for void in rows(Void):
        order = orders[void.order_id]
        if not order.test:
            place = (order.dealer_id, order.edition_id, countries[order.dealer_id])
            counted["voided", void.voided_on, *place, ""] += void.codes
            counted["credited", void.voided_on, *place, order.currency] += void.credited
    for record in rows(Activation):
        if record.license_id in held:
            activated = held[record.license_id]
            _count(counted, "activated", activated.activated_on, activated, sold_by[record.code])
    _terms(counted, held, sold_by)
    return Counter({key: value for key, value in counted.items() if value})


def _terms(counted: Counter[Row], held: dict[int, License], sold_by: dict[bytes, int]) -> None:
    receipts = sorted(rows(Redemption), key=lambda one: one.license_seq)
    firsts = {one.license_id: one.previous_expires_on for one in reversed(receipts)}
    for license_ in held.values():
        if license_.license_class == "standard" and license_.activated_on:
            _count(counted, "due", firsts.get(license_.id, license_.expires_on), license_, license_.dealer_id)
    reversals = {one.code: one for one in rows(Reversal)}
    for one in receipts:
        if one.license_id in held:
            license_ = held[one.license_id]
            _count(counted, "redeemed", one.redeemed_on, license_, sold_by[one.code])
            if one.code in reversals:
                _count(counted, "reversed", reversals[one.code].reversed_on, license_, sold_by[one.code])
            else:
                _count(counted, "due", one.expires_on, license_, license_.dealer_id)
                _count(counted, "renewed", one.previous_expires_on, license_, license_.dealer_id)


def _count(counted: Counter[Row], metric: str, day: date | None, license_: License, dealer_id: int | None) -> None:
    assert day is not None
    counted[metric, day, dealer_id or 0, license_.edition_id, license_.country, ""] += 1


def leads(call: Call, dealer: str | None, days: int, *, test: bool = False) -> list[tuple[date, str, str | None]]:
    """Last day, license and customer's name of each lead, in their order."""
    editions = {one.id: one.product_id for one in rows(Edition)}
    graces = {one.id: one.renewal_grace_months for one in rows(Product)}
    names = {one.id: one.name for one in rows(Customer)}
    found = []
    for one in rows(License):
        renewable = one.status == "active" and one.license_class == "standard" and one.activated_on
        until = calendar.renewable_until(one.expires_on, graces[editions[one.edition_id]])
        within = until >= call.today and one.expires_on <= call.today + timedelta(days=days)
        mine = dealer is None or one.dealer_id == identifiers.read("dlr", dealer)
        if renewable and within and mine and one.test is test:
            found.append((one.expires_on, one.id, names.get(one.customer_id)))
    return [(day, identifiers.show("lic", number), name) for day, number, name in sorted(found)]
