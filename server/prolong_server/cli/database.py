"""`prolong-server db`: the tables of the database."""

import click

from prolong_server import config
from prolong_server.cli import house
from prolong_server.operations import schema


@click.group()
def db() -> None:
    """Look after the tables of the database."""


@db.command()
def upgrade() -> None:
    """Bring the database to the newest tables; one that is there already stays as it is."""
    with house.bare(config.read()):
        schema.upgrade()
    click.echo("The database holds the newest tables.", err=True)
