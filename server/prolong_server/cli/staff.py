"""`prolong-server staff`: the vendor's people."""

from dataclasses import asdict

import click

from prolong_server.access import staff as people
from prolong_server.cli import house, telling
from prolong_server.rules.actors import Role


@click.group()
def staff() -> None:
    """Look after the vendor's people."""


@staff.command()
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What they may do.")
@click.option("--token", "wants_token", is_flag=True, required=True, help="Make a token and print it, this once.")
@click.option("--json", "wants_json", is_flag=True, help="Print the person and the token as JSON.")
def add(email: str, role: str, wants_token: bool, wants_json: bool) -> None:
    """Add a person, or give one who is there a further token; only the token is printed on standard output."""
    with house.opened() as opened:
        person, token = people.add(opened.call(), email, Role(role))
    if wants_json:
        telling.as_json(asdict(person) | {"token": token})
    else:
        click.echo(token)
