"""The HTML door: pages for people, over the same services as the JSON door. Each page is a file of its own here."""

from flask import Flask

from prolong_server.portal import license_page, registration_page, request_page


def register(app: Flask) -> None:
    """Put the pages into the application."""
    app.register_blueprint(license_page.pages)
    app.register_blueprint(registration_page.pages)
    app.register_blueprint(request_page.pages)
