"""The command: make the demo where there is none, tell of it, and serve it."""

from dataclasses import replace
from email.headerregistry import Address as MailAddress
from ipaddress import ip_network

import click

from prolong_server import config
from prolong_server.cli import house, serving, working
from prolong_server.cli.demo import folder, text
from prolong_server.cli.server import HOST, PORT, WORKERS
from prolong_server.cli.serving import Address
from prolong_server.config import Settings
from prolong_server.operations import schema

_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_SENDER = MailAddress("Prolong demo", "prolong", "localhost")


@click.command()
@HOST
@PORT
@WORKERS
def demo(host: str, port: int, workers: int) -> None:
    """Serve a demo vendor on SQLite in the data directory, with a worker, and print what to try.

    A second start keeps the data.
    """
    address = Address(host, port)
    serving.numbered(address)
    settings = _settings(config.read(), address)
    house.make_data_dir(settings.data_dir)
    with folder.held(settings.data_dir):
        if not folder.holds_demo(settings.data_dir):
            _make(settings)
    with house.opened(settings) as opened:
        opened.keys.current()
    click.echo(folder.told(settings.data_dir, settings.base_url))
    with working.beside(settings):
        serving.serve(settings, address, workers)


def _settings(given: Settings, address: Address) -> Settings:
    # A demo has a database and keys of its own, whatever the environment says of others, receivers beside it alone,
    # and its letters reach nobody.
    return replace(
        given,
        database_url=f"sqlite:///{given.data_dir / folder.DATABASE}",
        base_url=str(address),
        secret_keys=(),
        code_keys=(),
        signing_keys=(),
        webhook_networks=_LOOPBACK,
        mail_to=given.data_dir / folder.MAIL,
        mail_from=_SENDER,
    )


def _make(settings: Settings) -> None:
    folder.begin(settings.data_dir)
    with house.bare(settings):
        schema.upgrade()
    with house.opened(settings) as opened:
        told = text.make(opened.call(), settings.base_url)
    folder.finish(settings.data_dir, told)
