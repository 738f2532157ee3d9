"""Prolong: one-time renewal codes for software licenses. `create_app` registers; it decides nothing."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_babel import Babel
from werkzeug.middleware.proxy_fix import ProxyFix

from prolong_server import api, db, portal
from prolong_server.api.calls import House
from prolong_server.config import Settings
from prolong_server.operations.keys import Holder


class _Synchronous(Flask):
    """Flask without views that are coroutines: it need not look for them at every call of every function."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


def create_app(settings: Settings, keys: Holder | None = None) -> Flask:
    """The WSGI application of `settings`; without `keys` it can only migrate and must not serve."""
    app = _Synchronous(__name__, static_folder=None)
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
