"""Whoever may have to wait for a license that another holds waits in turn: all at once they would hold every thread."""

from contextlib import AbstractContextManager

from prolong_server import db, lane
from prolong_server.turns import Turns


def of(license_id: int) -> AbstractContextManager[None]:
    """The block's turn with a license in this process. Raises TryAgain when it does not come in time.

    Whoever has it may wait for the lock as long as the database lets it; together they stay within two seconds.
    """
    return db.kept("prolong_turns", lambda: Turns(lane.PATIENCE_SECONDS - db.BUSY_SECONDS)).of(license_id)
