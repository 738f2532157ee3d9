"""The fixtures of the JSON door's tests."""

from tests.api.door import admin, public, staffed
from tests.api.filled import filled, own
from tests.api.shop import shop

__all__ = ["admin", "filled", "own", "public", "shop", "staffed"]
