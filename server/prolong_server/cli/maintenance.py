"""`prolong-server check`, `backup` and `restore`: that nothing is wrong, and that nothing is lost."""

from pathlib import Path

import click

from prolong_server import clock, config
from prolong_server.cli import house, progress, telling
from prolong_server.operations import backup as backups
from prolong_server.operations import invariants
from prolong_server.operations.invariants import Breach

NEW = click.Path(dir_okay=False, path_type=Path)
OLD = click.Path(exists=True, dir_okay=False, path_type=Path)
JSON = click.option("--json", "wants_json", is_flag=True, help="Print the result as JSON.")


@click.command()
@JSON
def check(wants_json: bool) -> None:
    """Verify what must always hold in the whole database; exit code 1 when anything does not."""
    with house.opened(), progress.bar("Checking invariants") as step:
        breaches = invariants.check(lambda _name, number, count: step(number, count))
    if wants_json:
        telling.as_json(breaches)
    else:
        _tell(breaches)
    if breaches:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("file", type=NEW)
@click.option("--with-keys", is_flag=True, help="Put the keys in as well: whoever holds the file then holds them.")
@JSON
def backup(file: Path, with_keys: bool, wants_json: bool) -> None:
    """Write a backup to the new FILE; the server may go on serving."""
    made = backups.backup(config.read(), file.absolute(), clock.now(), with_keys=with_keys)
    if wants_json:
        telling.as_json(made)
    else:
        click.echo(f"The backup of {made.made_at} is in {file}. Keys in it: {', '.join(made.keys) or 'none'}.")


@click.command()
@click.argument("file", type=OLD)
@JSON
def restore(file: Path, wants_json: bool) -> None:
    """Fill the empty database from the backup in FILE, and put back the keys that are in it."""
    settings = config.read()
    house.make_data_dir(settings.data_dir)
    done = backups.restore(settings, file.absolute())
    if wants_json:
        telling.as_json(done)
    else:
        click.echo(f"The backup of {done.made_at} is restored. Keys in it: {', '.join(done.keys) or 'none'}.")


def _tell(breaches: list[Breach]) -> None:
    for breach in breaches:
        named = ", ".join(breach.examples) + (", …" if breach.count > len(breach.examples) else "")
        click.echo(f"{breach.name}: broken {breach.count} times ({named}). {breach.sentence}")
    if not breaches:
        click.echo(f"All {invariants.COUNT} invariants hold.")
