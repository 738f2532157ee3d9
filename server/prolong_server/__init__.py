"""Prolong: one-time renewal codes for software licenses. `create_app` registers; it decides nothing."""

from flask import Flask
from flask_babel import Babel
from werkzeug.middleware.proxy_fix import ProxyFix

from prolong_server import api, db, portal
from prolong_server.api.calls import House
from prolong_server.config import Settings
from prolong_server.operations.keys import Holder
from prolong_server.plain_flask import PlainFlask


def create_app(settings: Settings, keys: Holder | None = None) -> Flask:
    """The WSGI application of `settings`; without `keys` it can only migrate and must not serve."""
    app = PlainFlask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    db.configure(app, settings.database_url, settings.pool_size)
    Babel(app, locale_selector=api.language)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    if keys is not None:
        app.extensions["prolong"] = House(settings, keys)
        api.register(app, settings)
        portal.register(app)
    return app
