"""Licenses from a CSV file: all or none, every bad line named."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import history, imports, licenses
from prolong_server.licensing.imports import Imported
from prolong_server.licensing.license_views import LicenseView
from prolong_server.models.licensing import Customer, License
from prolong_server.models.operations import AuditEvent
from prolong_server.rules import errors
from prolong_server.rules.vocabulary import LicenseClass
from tests.licensing.conftest import Shop, spec, told

HEADER = "license_key,product,edition,seats,country,starts_on,expires_on,activated_on"
GOOD = "KEY-{},guard,business,5,UA,2030-01-01,2030-12-31,2030-01-01"


def _file(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *lines, "")).encode()


def _count(table: type[db.Base]) -> int:
    with Session(db.db.engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _refused(asked: Call, data: bytes) -> dict:
    before = [_count(table) for table in (License, Customer, AuditEvent)]
    with pytest.raises(errors.InvalidRequest) as refusal:
        imports.load(asked, data)
    assert [_count(table) for table in (License, Customer, AuditEvent)] == before
    return told(refusal)


def _bad_lines(asked: Call, data: bytes) -> dict[int, set[str]]:
    answer = _refused(asked, data)
    assert answer["bad_lines"] == len(answer["lines"])
    return {bad["line"]: set(bad["errors"]) for bad in answer["lines"]}


def test_every_column_of_the_contract_can_be_imported(asked: Call, shop: Shop):
    header = (
        "test,license_key,product,edition,license_class,activation_code,seats,country,starts_on,expires_on,"
        "activated_on,dealer,customer_name,customer_email,customer_country,customer_reminders"
    )
    line = (
        "true,Key-1,guard,home,promo,AB-PRO-12,3,UA,2030-01-01,2030-12-31,2030-02-01,"
        f'{shop.dealer},"Anna, ""the boss""",anna@example.org,UA,TRUE'
    )
    assert imports.load(asked, _file(line, header=header)) == Imported(1)
    made = licenses.show(asked, "KEY-1")
    assert (made.license_key, made.edition, made.seats, made.test) == ("Key-1", "home", 3, True)
    assert made.license_class is LicenseClass.PROMO
    assert made.seller is not None
    with Session(db.db.engine) as session:
        customer = session.scalars(select(Customer)).one()
    assert (customer.name, customer.email, customer.reminders) == ('Anna, "the boss"', "anna@example.org", True)


def test_an_import_makes_what_creating_makes(asked: Call, shop: Shop, held: LicenseView):
    imports.load(asked, _file(GOOD.format(1)))
    imported = licenses.show(asked, "KEY-1")
    assert replace(imported, id=held.id, license_key=held.license_key, seller=held.seller) == held
    (event,) = history.show(asked, imported.id).items
    (created,) = history.show(asked, held.id).items
    assert event.action == "license.imported"
    assert {**(event.after or {}), "dealer": shop.dealer} == created.after


def test_empty_cells_are_absent_and_missing_keys_are_made(asked: Call, shop: Shop):
    lines = [",guard,business,5,UA,2030-01-01,2030-12-31,"] * 2
    assert imports.load(asked, _file(*lines)) == Imported(2)
    first, second = licenses.list_all(asked).items
    assert first.license_key != second.license_key
    assert first.activated_on is None


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_files_of_spreadsheets_are_read(asked: Call, shop: Shop, ending: str, start: bytes):
    text = ending.join((HEADER, GOOD.format(1), "", GOOD.format(2), ""))
    assert imports.load(asked, start + text.encode()) == Imported(2)


def test_every_bad_line_is_named_with_its_number_and_its_fields(asked: Call, shop: Shop, held: LicenseView):
    bad = _bad_lines(
        asked,
        _file(
            GOOD.format(2),
            "KEY-3,guard,business,five,UA,2030-01-01,31.12.2030,2030-01-01",
            "KEY-4,nothing,business,0,ua,2030-01-01,2029-12-31,2031-01-01",
            "key-2,guard,team,5,UA,2030-01-01,2030-12-31,",
            "OFFICE-1,guard,home,5,UA,2030-01-01,2030-12-31,",
            "KEY-7,guard,home,5,UA,2030-01-01",
            "KEY-8,,,,,,,",
            "KEY\x009,guard,home,5,UA,2030-01-01,2030-12-31,",
            "KEY-10,guard,home,٥,UA,2030-01-01,2030-12-31,",
            GOOD.format(11),
        ),
    )
    assert bad == {
        3: {"seats", "expires_on"},
        4: {"product", "seats", "country", "expires_on", "activated_on"},
        5: {"edition", "license_key"},
        6: {"license_key"},
        7: {"line"},
        8: {"product", "edition", "seats", "country", "starts_on", "expires_on"},
        9: {"license_key"},
        10: {"seats"},
    }


def test_a_class_that_contradicts_its_mark_or_both_marks_are_refused_by_line(asked: Call, shop: Shop):
    header = HEADER.replace("activated_on", "activation_code,license_class")
    line = "{},guard,business,5,UA,2030-01-01,2030-12-31,{}"
    bad = _bad_lines(
        asked,
        _file(
            line.format("A", "x-PRO-x,standard"),
            line.format("B", "PRO-NFR,"),
            line.format("C", "x,golden"),
            line.format("D", "nfr,nfr"),
            header=header,
        ),
    )
    assert bad == {2: {"license_class"}, 3: {"activation_code"}, 4: {"license_class"}}


def test_a_customers_data_needs_a_name(asked: Call, shop: Shop):
    header = HEADER + ",customer_name,customer_email,customer_reminders"
    data = _file(
        GOOD.format(1) + ",,anna@example.org,", GOOD.format(2) + ",,,maybe", GOOD.format(3) + ",,,false", header=header
    )
    assert _bad_lines(asked, data) == {2: {"customer_name"}, 3: {"customer_reminders"}}


def test_a_line_that_spans_several_is_named_by_its_last_and_broken_quotes_end_the_reading(asked: Call, shop: Shop):
    header = HEADER + ",customer_name"
    data = _file(
        GOOD.format(1) + ',"two\nlines"', GOOD.format(2) + ',"never closed', GOOD.format(3) + ",", header=header
    )
    bad = _bad_lines(asked, data)
    assert bad[3] == {"customer_name"}
    assert {"line"} in bad.values()


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "Missing columns"),
        (_file(), "no line"),
        (_file("x", header=HEADER + ",colour"), "colour"),
        (_file("x", header=HEADER.replace("seats", "seats,seats")), "twice"),
        (_file("x", header=HEADER.replace("seats,", "")), "seats"),
        (b"\xff\xfe" + HEADER.encode("utf-16-le"), "UTF-8"),
        (b"PK\x03\x04\x00\x00" * 20, "Missing columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(asked: Call, shop: Shop, data: bytes, word: str):
    assert word in str(_refused(asked, data)["file"])


def test_every_bad_line_is_told_however_many_there_are(asked: Call, shop: Shop):
    answer = _refused(asked, _file(*("KEY,guard,home,0,UA,2030-01-01,2030-12-31,",) * 1_500))
    assert (answer["bad_lines"], [bad["line"] for bad in answer["lines"]]) == (1_500, list(range(2, 1_502)))


def test_many_batches_are_one_import_and_progress_reaches_its_total(asked: Call, shop: Shop):
    steps: list[tuple[int, int]] = []
    lines = [GOOD.format(number) for number in range(6_000)]
    done = imports.load(asked, _file(*lines), lambda done, total: steps.append((done, total)))
    assert done == Imported(6_000)
    assert (_count(License), _count(AuditEvent)) == (6_000, 6_001)
    assert steps == sorted(steps)
    assert steps[-1] == (12_000, 12_000)


def test_one_bad_line_at_the_end_leaves_nothing_of_many(asked: Call, shop: Shop):
    lines = [GOOD.format(number) for number in range(6_000)]
    assert _bad_lines(asked, _file(*lines, GOOD.format(0))) == {6_002: {"license_key"}}


@pytest.mark.parametrize("room_url", ["postgresql"], indirect=True)
def test_a_key_taken_while_the_file_is_judged_is_named_by_its_line(asked: Call, shop: Shop):
    """Only PostgreSQL lets another writer in meanwhile; on SQLite there is one writer."""
    taken = spec(license_key="key-1")

    def interfere(done: int, _total: int) -> None:
        if done == 2:
            licenses.create(asked, taken)

    with pytest.raises(errors.InvalidRequest) as refusal:
        imports.load(asked, _file(GOOD.format(0), GOOD.format(1)), interfere)
    (bad,) = told(refusal)["lines"]
    assert (bad["line"], set(bad["errors"])) == (3, {"license_key"})
    assert _count(License) == 1
