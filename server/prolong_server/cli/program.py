"""The program `prolong-server`: its commands, and how any of them ends: 0 done, 1 refused or failed, 2 wrong usage."""

import os
from typing import Any

import click

from prolong_server.cli import (
    audit,
    database,
    description,
    keys,
    licenses,
    maintenance,
    orders,
    server,
    staff,
    telling,
    work,
)
from prolong_server.cli.demo import command
from prolong_server.config import WrongSetting
from prolong_server.operations.backup import BackupFailed
from prolong_server.rules.errors import Refusal


class Program(click.Group):
    """Ends with the one sentence of a refusal, on standard error and with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except (WrongSetting, BackupFailed) as wrong:
            raise click.ClickException(str(wrong)) from wrong
        except Refusal as refusal:
            raise click.ClickException(telling.sentence(refusal)) from refusal


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="prolong-server")
def program() -> None:
    """Prolong: one-time renewal codes for software licenses."""
    # What the program writes, databases and backups included, is for its own user alone.
    os.umask(0o077)


for one in (
    audit.audit,
    database.db,
    command.demo,
    description.openapi,
    keys.keys,
    licenses.licenses,
    maintenance.backup,
    maintenance.check,
    maintenance.restore,
    orders.orders,
    server.serve,
    staff.staff,
    work.work,
):
    program.add_command(one)
