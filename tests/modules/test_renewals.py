"""M11: a license that is bound to Modules gets new files with its new last day, in the transaction that moves it."""

import base64
import json
from datetime import date

import pytest
from dateutil.relativedelta import relativedelta
from sqlalchemy import text

from prolong_server import db
from prolong_server.licensing import licenses, redemption_records, reversals
from prolong_server.modules import binding, verification
from prolong_server.operations import invariants
from prolong_server.rules.module_words import FileCode, FileStatus

_FUNCTION = "CREATE FUNCTION no_more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no more'; END $$"
RAISING = {
    "sqlite": ["CREATE TRIGGER no_more AFTER INSERT ON license_files BEGIN SELECT RAISE(ABORT, 'no more'); END"],
    "postgresql": [
        _FUNCTION,
        "CREATE TRIGGER no_more AFTER INSERT ON license_files FOR EACH ROW EXECUTE FUNCTION no_more()",
    ],
}
CALMING = {"sqlite": ["DROP TRIGGER no_more"], "postgresql": ["DROP TRIGGER no_more ON license_files"]}


@pytest.fixture(autouse=True)
def sound(context):
    yield
    assert invariants.check() == []


@pytest.fixture
def held(stage):
    """A license on two Modules."""
    stage.modules("M-1", "M-2")
    made = stage.license(10)
    stage.bind(made, "M-1", 4)
    stage.bind(made, "M-2", 6)
    return made


def files(stage, held):
    return sorted(binding.list_all(stage.call, held.id).items, key=lambda file: (file.revision, file.module))


def payload(signed: str) -> dict:
    part = signed.split(".")[1]
    told: dict = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return told


def a_year_later(day: date) -> date:
    return day + relativedelta(years=1)


def test_a_redemption_answers_with_new_files_that_say_the_new_day_and_the_old_are_void(stage, held):
    (code,) = stage.codes()
    told = stage.redeem(held, code)
    *old, first, second = files(stage, held)
    assert told.license_files is not None
    assert sorted(told.license_files) == sorted([first.file, second.file])
    for signed in told.license_files:
        said = payload(signed)
        assert (said["revision"], said["expires_on"]) == (2, a_year_later(held.expires_on).isoformat())
        assert verification.verify(stage.call, signed).code is FileCode.VALID
    assert {verification.verify(stage.call, file.file).code for file in old} == {FileCode.SUPERSEDED}
    assert [file.status for file in old] == [FileStatus.SUPERSEDED] * 2
    assert stage.redeem(held, code).license_files == told.license_files


def test_a_reversal_takes_the_files_back_with_the_day(stage, held):
    stage.redeem(held, stage.codes()[0])
    (record,) = redemption_records.list_all(stage.call).items
    reversals.reverse(stage.call, record.id, "chargeback")
    *old, first, second = files(stage, held)
    assert [(file.revision, file.expires_on) for file in (first, second)] == [(3, held.expires_on)] * 2
    assert {verification.verify(stage.call, file.file).code for file in old} == {FileCode.SUPERSEDED}


def test_a_license_without_modules_is_answered_without_files(stage):
    free = stage.license(10)
    assert stage.redeem(free, stage.codes()[0]).license_files is None


def test_where_no_file_can_be_written_nothing_was_redeemed_or_reversed(stage, held):
    spent, unspent = stage.codes(2)
    stage.redeem(held, spent)
    (record,) = redemption_records.list_all(stage.call).items
    before = (licenses.show(stage.call, held.id), files(stage, held))
    kind = db.db.engine.dialect.name
    run(RAISING[kind])
    for deed in (lambda: stage.redeem(held, unspent), lambda: reversals.reverse(stage.call, record.id, "chargeback")):
        with pytest.raises(Exception, match="no more"):
            deed()
        assert (licenses.show(stage.call, held.id), files(stage, held)) == before
        assert redemption_records.list_all(stage.call).items == (record,)
    run(CALMING[kind])
    assert stage.redeem(held, unspent).first


def run(statements: list[str]) -> None:
    with db.transaction() as connection:
        for statement in statements:
            connection.execute(text(statement))
