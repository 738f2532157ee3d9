"""`prolong-server licenses`: licenses from files."""

from pathlib import Path

import click

from prolong_server.cli import house, progress, telling
from prolong_server.licensing import imports

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group()
def licenses() -> None:
    """Bring in licenses."""


@licenses.command("import")
@click.argument("file", type=FILE)
@click.option("--json", "wants_json", is_flag=True, help="Print the result as JSON.")
def import_(file: Path, wants_json: bool) -> None:
    """Import the licenses of a CSV FILE: all of them or, when a line is bad, none."""
    with house.opened() as opened, progress.bar("Importing licenses") as step:
        done = imports.load(opened.call(), file.read_bytes(), step)
    if wants_json:
        telling.as_json(done)
    else:
        click.echo(f"{done.imported} licenses imported.")
