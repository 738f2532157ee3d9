"""`prolong-server openapi`: the document that describes the HTTP interface."""

import click

from prolong_server import config, create_app
from prolong_server.cli import house


@click.command()
def openapi() -> None:
    """Print the OpenAPI 3.1 document, which is also served at /v1/openapi.json."""
    settings = config.read()
    app = create_app(settings, keys=house.holder(settings))
    served = app.make_response(app.ensure_sync(app.view_functions["openapi"])())
    click.echo(served.get_data(as_text=True))
