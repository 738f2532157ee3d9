"""`prolong-server keys`: the keys that digest codes, sign documents and seal lists."""

from datetime import datetime

import click
from rich.console import Console
from rich.table import Table

from prolong_server.cli import house, telling
from prolong_server.operations import keys as keyring
from prolong_server.operations.keys import KeyView, Rotated

COLUMNS = ("id", "purpose", "kid", "created_at", "retired_at", "codes", "scheme")
PURPOSES = click.Choice(["code", "signing", "secret"])


@click.group()
def keys() -> None:
    """Look after the keys."""


@keys.command("list")
@click.option("--json", "wants_json", is_flag=True, help="Print the keys as JSON.")
def list_(wants_json: bool) -> None:
    """Show every key that the database knows, newest first; of a code key how many codes still name it."""
    with house.opened() as opened:
        found = keyring.listing(opened.call())
    if wants_json:
        telling.as_json(found)
    else:
        Console().print(_table(found))


@keys.command()
@click.option("--purpose", type=PURPOSES, help="Which kind of key; without it one of each.")
@click.option("--json", "wants_json", is_flag=True, help="Print what was made as JSON.")
def rotate(purpose: str | None, wants_json: bool) -> None:
    """Make new keys, which are used from now on; what was made under the old ones stays good."""
    with house.opened() as opened:
        made = keyring.rotate(opened.call(), opened.settings, purpose)
    if wants_json:
        telling.as_json(made)
    else:
        for one in made:
            click.echo(_told(one))


@keys.command()
@click.argument("number", metavar="ID", type=int)
@click.option("--json", "wants_json", is_flag=True, help="Print the key as JSON.")
def retire(number: int, wants_json: bool) -> None:
    """Let the key ID go, which no code and no sealed list may name any more: starts no longer need it."""
    with house.opened() as opened:
        gone = keyring.retire(opened.call(), number)
    if wants_json:
        telling.as_json(gone)
    else:
        click.echo(f"The {gone.purpose} key {gone.id} is retired and may be taken out of its place.")


def _table(found: tuple[KeyView, ...]) -> Table:
    table = Table()
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for key in found:
        table.add_row(*(_cell(getattr(key, column)) for column in COLUMNS))
    return table


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    return "" if value is None else str(value)


def _told(made: Rotated) -> str:
    if made.value is None:
        return f"A new {made.purpose} key is in use: number {made.id}."
    return f"Put this {made.purpose} key first in {made.variable} and start again: {made.value}"
