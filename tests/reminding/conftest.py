"""Every test of reminders has a vendor of its own in an empty database of either kind."""

import pytest

from tests import vendor
from tests.room import postgres_room, room, room_url, sqlite_room
from tests.vendor import Vendor

__all__ = ["postgres_room", "room", "room_url", "sqlite_room"]


@pytest.fixture
def shop(room: None) -> Vendor:
    return vendor.found()
