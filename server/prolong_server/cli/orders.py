"""`prolong-server orders`: codes ordered in a dealer's name."""

from typing import Any

import click

from prolong_server.channel import orders as purchases
from prolong_server.channel.order_views import OrderView
from prolong_server.channel.orders import OrderSpec
from prolong_server.cli import house, progress, telling
from prolong_server.rules.prices import MAX_QUANTITY
from prolong_server.rules.vocabulary import CodeKind, LicenseClass

KINDS = click.Choice([kind.value for kind in CodeKind])
CLASSES = click.Choice([name.value for name in LicenseClass])
AT_LEAST_ONE = click.IntRange(min=1)


@click.group()
def orders() -> None:
    """Order codes."""


@orders.command()
@click.option("--dealer", required=True, help="Whose order it is: dlr_…")
@click.option("--kind", type=KINDS, required=True, help="Whether the codes renew or activate.")
@click.option("--product", required=True, help="The product's code.")
@click.option("--edition", required=True, help="The edition's code.")
@click.option("--period-years", type=click.IntRange(1, 3), required=True, help="For how many years each code is.")
@click.option("--seats", type=AT_LEAST_ONE, required=True, help="For how many workstations each code is.")
@click.option("--quantity", type=click.IntRange(1, MAX_QUANTITY), required=True, help="How many codes.")
@click.option("--reference", help="The dealer's own name for the order.")
@click.option("--shelf-life-days", type=AT_LEAST_ONE, help="How many days after today the codes stay good.")
@click.option("--license-class", type=CLASSES, help="For activation codes that are given away: promo, nfr, trial.")
@click.option("--json", "wants_json", is_flag=True, help="Print the order as JSON.")
def create(wants_json: bool, **named: Any) -> None:
    """Price, debit and issue an order: all of its codes or none."""
    spec = _spec(**named)
    with house.opened() as opened, progress.counted("Making codes", spec.quantity) as add:
        order = purchases.place(opened.call(), spec, add)
    if wants_json:
        telling.as_json(order)
    else:
        click.echo(_told(order))


def _spec(kind: str, license_class: str | None, **named: Any) -> OrderSpec:
    given = LicenseClass(license_class) if license_class else None
    return OrderSpec(kind=CodeKind(kind), license_class=given, **named)


def _told(order: OrderView) -> str:
    price = f"{order.total} {order.currency}"
    return (
        f"{order.id}: {order.quantity} {order.kind} codes for {price}. Its dealer downloads them at {order.codes_url}"
    )
