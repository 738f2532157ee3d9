"""`prolong-server serve`: the HTTP interface."""

import click

from prolong_server.cli import house, serving

HOST = click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
PORT = click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port.")
WORKERS = click.option("--workers", type=click.IntRange(1, 64), default=serving.default_workers, help="Processes.")


@click.command()
@HOST
@PORT
@WORKERS
def serve(host: str, port: int, workers: int) -> None:
    """Serve until SIGTERM; what has begun is finished. Tables and keys are checked before anything listens."""
    with house.opened() as opened:
        opened.keys.current()
        settings = opened.settings
    serving.serve(settings, serving.Address(host, port), workers)
