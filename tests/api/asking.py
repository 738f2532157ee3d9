"""How the tests of bad input ask, and what they look at."""

from typing import Any

from flask import Flask
from sqlalchemy import select

from prolong_server import db
from tests.api.filled import Filled


def client(app: Flask) -> Any:
    """A client whose answers are read as they come."""
    return app.test_client()


def rows(app: Flask) -> dict[str, list[Any]]:
    """All that the database holds, but for the day on which a token was last used."""
    found = {}
    with app.app_context(), db.db.engine.connect() as connection:
        for table in db.Base.metadata.sorted_tables:
            columns = [column for column in table.columns if column.name != "last_used_on"]
            found[table.name] = sorted(map(repr, connection.execute(select(*columns))))
    return found


def is_refused(answer: Any, statuses: set[int]) -> bool:
    """Whether an answer is one of these refusals, as a problem document that tells a person something."""
    told: Any = answer.json if answer.mimetype == "application/problem+json" else None
    return answer.status_code in statuses and bool(told) and bool(told["detail"]) and told["status"] in statuses


def get(app: Flask, filled: Filled, address: str, holder: str | None, **headers: str) -> Any:
    token = {"Authorization": f"Bearer {filled.tokens[holder]}"} if holder else {}
    return client(app).get(address, headers=token | headers)
