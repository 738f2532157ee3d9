"""The origins from whose pages browsers may register licenses: those that any product names in its `web_origins`."""

from itertools import chain

from sqlalchemy import select

from prolong_server import db, lane
from prolong_server.models.catalogue import Product

_NAMED = select(Product.web_origins).where(Product.web_origins != ()).distinct()


@lane.blocking
def allowed() -> frozenset[str]:
    """Every origin that a product names, in the spelling of browsers, as it stands at this instant; TryAgain."""
    with db.lookups() as connection:
        return frozenset(chain.from_iterable(connection.scalars(_NAMED)))
