"""`prolong-server orders`: codes ordered in a dealer's name."""

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

import click

from prolong_server.call import Answer, Call, Once
from prolong_server.channel import orders as purchases
from prolong_server.channel.issuing import Progress
from prolong_server.channel.orders import OrderSpec
from prolong_server.cli import house, progress, telling
from prolong_server.operations.idempotency import Replayed
from prolong_server.rules.prices import MAX_QUANTITY
from prolong_server.rules.vocabulary import CodeKind, LicenseClass

KINDS = click.Choice([kind.value for kind in CodeKind])
CLASSES = click.Choice([name.value for name in LicenseClass])
AT_LEAST_ONE = click.IntRange(min=1)
# Keys of the command line are its own: a token's key of the same name is another.
ROUTE: Final = "orders create"
NO_TOKEN: Final = 0
LONGEST_KEY: Final = 255


def _a_key(_context: click.Context, _parameter: click.Parameter, key: str | None) -> str | None:
    if key is not None and not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise click.BadParameter(f"1 to {LONGEST_KEY} printable ASCII characters.")
    return key


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
@click.option("--idempotency-key", "key", callback=_a_key, help="Order once for this key, however often this is run.")
@click.option("--json", "wants_json", is_flag=True, help="Print the order as JSON.")
def create(wants_json: bool, key: str | None, **named: Any) -> None:
    """Price, debit and issue an order: all of its codes or none."""
    spec = _spec(**named)
    with house.opened() as opened, progress.counted("Making codes", spec.quantity) as add:
        order = _placed(replace(opened.call(), once=_once(key, spec)), spec, add)
    if wants_json:
        telling.as_json(order)
    else:
        click.echo(_told(order))


def _spec(kind: str, license_class: str | None, **named: Any) -> OrderSpec:
    given = LicenseClass(license_class) if license_class else None
    return OrderSpec(kind=CodeKind(kind), license_class=given, **named)


def _once(key: str | None, spec: OrderSpec) -> Once | None:
    if key is None:
        return None
    digest = sha256(telling.written(spec).encode()).digest()
    return Once(NO_TOKEN, ROUTE, key, digest, lambda order: Answer(201, telling.written(order).encode()))


def _placed(call: Call, spec: OrderSpec, add: Progress) -> Mapping[str, Any]:
    """The order as JSON would tell it: the new one, or what was told when the key was used first."""
    try:
        told = telling.written(purchases.place(call, spec, add))
    except Replayed as first:
        click.echo("This key was used before; nothing was ordered again.", err=True)
        told = first.answer.body.decode()
    order: Mapping[str, Any] = json.loads(told)
    return order


def _told(order: Mapping[str, Any]) -> str:
    price = f"{order['total']} {order['currency']}"
    return (
        f"{order['id']}: {order['quantity']} {order['kind']} codes for {price}. "
        f"Its dealer downloads them at {order['codes_url']}"
    )
