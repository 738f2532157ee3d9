"""What the database itself refuses, whoever writes past the services: no seat too many, none lost, no second file."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from prolong_server import db
from prolong_server.rules import identifiers
from tests.modules.stage import line

COPY = (
    "INSERT INTO license_files (id, file_id, license_id, module_id, revision, seats, status, expires_on, issued_at,"
    " ended_at, signed) SELECT id + 1, file_id + {other}, license_id, {module}, {revision}, {seats}, '{status}',"
    " expires_on, issued_at, {ended}, 'signed' FROM license_files WHERE license_id = :license"
)
A_SECOND = {"other": 1, "module": "module_id", "revision": "revision + 1", "seats": 1, "status": "current"}
ELSEWHERE = A_SECOND | {"module": "(SELECT max(id) FROM modules WHERE id <> module_id)"}
MOVE = (
    "INSERT INTO seat_moves (request_id, license_id, seats_before, seats_after, moved_on)"
    " SELECT id, :license, {before}, {after}, '2026-03-05' FROM transfer_requests"
)


@pytest.fixture
def number(context, stage) -> int:
    """A license of ten seats with six on a Module, and a request."""
    stage.modules("M-1", "M-2")
    held = stage.license(10)
    stage.bind(held, "M-1", 6)
    stage.draft("transfer", [line(held, {"M-1": 6}, {"M-2": 6})])
    return identifiers.read("lic", held.id) or 0


def copied(**changes: object) -> str:
    return COPY.format(**{"ended": "NULL"} | A_SECOND | changes)


def run(statement: str, number: int) -> None:
    with db.transaction() as connection:
        connection.execute(text(statement), {"license": number})


@pytest.mark.parametrize(
    "statement",
    [
        copied(),
        copied(revision="revision", status="superseded", ended="issued_at"),
        copied(**ELSEWHERE | {"seats": 5}),
        copied(**ELSEWHERE | {"seats": 0}),
        copied(**ELSEWHERE | {"ended": "issued_at"}),
        "UPDATE license_files SET seats = 11 WHERE license_id = :license",
        "UPDATE license_files SET status = 'revoked' WHERE license_id = :license",
        "UPDATE licenses SET seats = 5 WHERE id = :license",
        MOVE.format(before=6, after=5),
        MOVE.format(before=5, after=5),
        MOVE.format(before=10, after=10),
        "UPDATE transfer_requests SET override_asked_by = 'stf_1', override_by = 'stf_1' WHERE :license > 0",
    ],
    ids=[
        "a second current file",
        "a second file of one revision",
        "more seats than the license has",
        "a file without a seat",
        "a current file that has ended",
        "seats raised on a file",
        "a file that is void and has not ended",
        "a license left with less than is bound",
        "a move that loses a seat",
        "a move that forgets a seat",
        "a move that finds seats",
        "one person as two",
    ],
)
def test_the_database_itself_refuses(number, statement):
    with pytest.raises(IntegrityError):
        run(statement, number)


def test_what_fits_is_taken(number):
    run(copied(**ELSEWHERE | {"seats": 4}), number)
    run(MOVE.format(before=10, after=10), number)
