import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.models.access import Token
from prolong_server.models.catalogue import Representative
from prolong_server.models.channel import Dealer
from prolong_server.operations import pages
from prolong_server.rules import errors
from tests.operations.rows import dealer
from tests.room import NOW, save

LARGE = [1, 2, 3, 2**40, 2**63 - 1]


def told(statement, key, limit, **options):
    cursor, found = None, []
    with Session(db.db.engine) as session:
        while True:
            rows, cursor = pages.fetch(session, statement, key, cursor, limit, **options)
            assert len(rows) <= limit
            found += rows
            if cursor is None:
                return found


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6])
def test_every_row_is_told_once_and_in_order_whatever_the_size_of_a_page(room, limit):
    save(*[dealer(number) for number in reversed(LARGE)])
    assert [row.id for row in told(select(Dealer), Dealer.id, limit)] == LARGE
    assert [row.id for row in told(select(Dealer), Dealer.id, limit, descending=True)] == LARGE[::-1]


def test_keys_of_bytes_and_of_text_give_an_order_too(room):
    digests = [bytes([0, number, 255]) * 8 for number in range(5)]
    save(dealer(7))
    for number, digest in enumerate(digests, 1):
        save(Token(id=number, digest=digest, dealer_id=7, name="", scopes=(), created_at=NOW))
        save(Representative(country=f"А{number}", name="", phone="", email="", url=""))
    assert told(select(Token.digest), Token.digest, 2) == digests
    assert told(select(Representative.country), Representative.country, 2) == [f"А{number}" for number in range(1, 6)]


def test_a_statement_of_several_things_gives_tuples(room):
    save(dealer(1), dealer(2))
    assert told(select(Dealer.name, Dealer.country), Dealer.id, 1) == [("Dealer 1", "UA"), ("Dealer 2", "UA")]


def test_a_full_last_page_has_no_cursor(room):
    save(dealer(1), dealer(2))
    with Session(db.db.engine) as session:
        assert pages.fetch(session, select(Dealer.id), Dealer.id, None, 2) == ([1, 2], None)
        assert pages.fetch(session, select(Dealer.id).where(Dealer.id > 2), Dealer.id, None, 2) == ([], None)


@pytest.mark.parametrize("text", ["", "x", "-", "--1", "٣", "1" * 20, "-" + "9" * 19, "1" * 400, "1\0", "²"])
def test_a_cursor_of_another_list_is_refused_by_name(text):
    forged = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    for cursor in (forged, "=", "é", "a" * 5):
        with pytest.raises(errors.InvalidRequest) as refused:
            pages.fetch(Session(), select(Dealer), Dealer.id, cursor, 10)
        assert named(refused) == {"cursor"}


@given(st.text(max_size=40))
def test_no_text_for_a_cursor_fails_otherwise_than_by_refusal(cursor):
    with pytest.raises((errors.InvalidRequest, NoDatabaseError)):
        pages.fetch(Unbound(), select(Dealer), Dealer.id, cursor, 10)


@pytest.mark.parametrize("limit", [-1, 0, 501, 10**9])
def test_a_page_has_one_to_five_hundred_items(limit):
    with pytest.raises(errors.InvalidRequest) as refused:
        pages.fetch(Session(), select(Dealer), Dealer.id, None, limit)
    assert named(refused) == {"limit"}


class NoDatabaseError(Exception):
    """The cursor was read and the statement would have run."""


class Unbound(Session):
    def execute(self, *_args, **_options):
        raise NoDatabaseError


def named(refused):
    """The fields that a refusal names."""
    return set(refused.value.fields["errors"])
