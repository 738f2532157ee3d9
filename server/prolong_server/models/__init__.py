"""Tables and constraints, a file for each room. Importing this package makes all of them known."""

from prolong_server.models import (
    access,
    catalogue,
    channel,
    licensing,
    mail,
    modules,
    operations,
    reporting,
    request_notes,
    webhooks,
)

__all__ = [
    "access",
    "catalogue",
    "channel",
    "licensing",
    "mail",
    "modules",
    "operations",
    "reporting",
    "request_notes",
    "webhooks",
]
