"""`prolong-server work`: the background jobs."""

import click

from prolong_server.api import request_log
from prolong_server.cli import house, jobs, working


@click.command()
@click.option("--once", is_flag=True, help="Do every job until nothing is left, then end; exit code 1 if one failed.")
def work(once: bool) -> None:
    """Do the background jobs until SIGTERM, which waits for what has begun. Any number of workers may run at once."""
    request_log.configure()
    with house.opened() as opened:
        opened.keys.current()
        tasks = jobs.of(opened.settings)
        if not once:
            working.run(opened, tasks)
            return
        failed = working.once(opened, tasks)
    if failed:
        raise click.ClickException(f"Failed: {', '.join(failed)}. The lines above say where; the rest is done.")
