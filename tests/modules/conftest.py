"""Fixtures of this room: a stage on a migrated database of either kind, with its triggers."""

import itertools

import pytest

from tests.modules.stage import Stage


@pytest.fixture
def stage(context, call) -> Stage:
    """A vendor with one product, at the instant of `tests.conftest.NOW`."""
    made = Stage(call(), itertools.count(1))
    made.product()
    return made
