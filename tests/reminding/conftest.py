"""Every test of reminders has a vendor of its own in an empty database of either kind."""

import pytest

from tests import vendor
from tests.vendor import Vendor


@pytest.fixture
def shop(room: None) -> Vendor:
    return vendor.found()
