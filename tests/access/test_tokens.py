import os
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from prolong_server import db
from prolong_server.access import dealer_tokens, staff, tokens
from prolong_server.access.dealer_tokens import TokenSpec
from prolong_server.models.access import Token
from prolong_server.models.operations import AuditEvent
from prolong_server.rules import errors, identifiers
from prolong_server.rules.actors import Role
from tests.operations.rows import dealer
from tests.room import NOW, called, save

TODAY = NOW.date()
DEALER = identifiers.show("dlr", 7)


@pytest.fixture
def sold(room):
    save(dealer(7))


def rows():
    with db.lookups() as connection:
        return connection.execute(select(Token.__table__)).all()


@given(st.binary(min_size=32, max_size=32), st.sampled_from([tokens.DEALER, tokens.DEALER_TEST, tokens.STAFF]))
def test_a_minted_token_is_well_formed_and_has_at_least_160_random_bits(drawn, prefix):
    text = tokens.mint(prefix, lambda _count: drawn)
    assert re.fullmatch(prefix + r"[0-9A-Za-z]{36}", text)
    assert tokens.is_well_formed(text)


@given(st.integers(0, 39), st.sampled_from(tokens.ALPHABET))
def test_every_single_wrong_symbol_is_seen_without_the_server(at, symbol):
    text = tokens.mint(tokens.DEALER, os.urandom)
    changed = text[:at] + symbol + text[at + 1 :]
    assert tokens.is_well_formed(changed) == (changed == text)


@pytest.mark.parametrize("text", ["", "plt_", "é" * 40, "plt_" + "0" * 35 + "\n", "x" * 100_000, "plt_\0" + "0" * 35])
def test_what_nobody_minted_is_refused_without_sql(room, text):
    with counted() as statements, pytest.raises(errors.Unauthenticated):
        tokens.identify(text, TODAY)
    assert statements == []


def test_a_dealers_token_names_dealer_scopes_and_sandbox(sold):
    spec = TokenSpec("shop", ("orders:read", "codes:void"), test=True)
    view, secret = dealer_tokens.create(called(), DEALER, spec)
    actor = tokens.identify(secret, TODAY)
    assert secret.startswith("plt_test_")
    assert (actor.kind, actor.dealer_id, actor.role, actor.test) == ("dealer", 7, None, True)
    assert actor.scopes == {"orders:read", "codes:void"}
    assert identifiers.show("tok", actor.token_id or 0) == view.id


def test_only_a_digest_of_the_token_is_stored(sold):
    _, secret = dealer_tokens.create(called(), DEALER, TokenSpec("shop", ()))
    with db.lookups() as connection:
        stored = repr(rows()) + repr(connection.execute(select(AuditEvent.__table__)).all())
    assert secret not in stored
    assert secret[4:] not in stored
    assert secret not in repr(dealer_tokens.list_(called(), DEALER))


def test_an_unknown_token_with_a_right_checksum_is_refused(sold):
    with pytest.raises(errors.Unauthenticated):
        tokens.identify(tokens.mint(tokens.DEALER, os.urandom), TODAY)


def test_the_day_of_expiry_is_the_last_on_which_a_token_works(sold):
    _, secret = dealer_tokens.create(called(), DEALER, TokenSpec("shop", (), expires_on=TODAY))
    assert tokens.identify(secret, TODAY).dealer_id == 7
    with pytest.raises(errors.Unauthenticated):
        tokens.identify(secret, TODAY + timedelta(days=1))


def test_a_revoked_token_is_refused_at_the_very_next_request_and_is_gone_from_the_list(sold):
    view, secret = dealer_tokens.create(called(), DEALER, TokenSpec("shop", ()))
    tokens.identify(secret, TODAY)
    dealer_tokens.delete(called(), DEALER, view.id)
    with pytest.raises(errors.Unauthenticated):
        tokens.identify(secret, TODAY)
    assert dealer_tokens.list_(called(), DEALER).items == ()
    for again in (dealer_tokens.delete, dealer_tokens.show):
        with pytest.raises(errors.NotFound):
            again(called(), DEALER, view.id)


def test_one_statement_identifies_and_the_day_of_use_is_written_once_a_day(sold):
    view, secret = dealer_tokens.create(called(), DEALER, TokenSpec("shop", ()))
    tokens.identify(secret, TODAY)
    with counted() as statements:
        tokens.identify(secret, TODAY)
    assert len(statements) == 1
    assert dealer_tokens.show(called(), DEALER, view.id).last_used_on == TODAY
    tokens.identify(secret, TODAY + timedelta(days=1))
    assert dealer_tokens.show(called(), DEALER, view.id).last_used_on == TODAY + timedelta(days=1)


def test_a_request_does_not_fail_because_its_day_of_use_cannot_be_written(sold):
    _, secret = dealer_tokens.create(called(), DEALER, TokenSpec("shop", ()))
    with db.transaction() as connection:
        connection.execute(select(Token.id).with_for_update())
        assert tokens.identify(secret, TODAY).dealer_id == 7
    assert rows()[0].last_used_on is None


def test_an_unknown_scope_and_a_day_that_is_over_are_named(sold):
    spec = TokenSpec("shop", ("orders:read", "everything"), expires_on=TODAY - timedelta(days=1))
    with pytest.raises(errors.InvalidRequest) as refused:
        dealer_tokens.create(called(), DEALER, spec)
    assert named(refused) == {"scopes", "expires_on"}
    assert rows() == []


@pytest.mark.parametrize("unknown", ["dlr_0000000000009", "nonsense", ""])
def test_an_unknown_dealer_has_no_tokens(sold, unknown):
    for ask in (dealer_tokens.list_, lambda call, name: dealer_tokens.create(call, name, TokenSpec("shop", ()))):
        with pytest.raises(errors.NotFound):
            ask(called(), unknown)


def test_another_dealers_token_is_unknown_here(sold):
    save(dealer(8))
    view, _ = dealer_tokens.create(called(), DEALER, TokenSpec("shop", ()))
    with pytest.raises(errors.NotFound):
        dealer_tokens.delete(called(), identifiers.show("dlr", 8), view.id)


def test_staff_act_in_their_role_and_a_second_token_leaves_the_first_good(room):
    person, first = staff.add(called(), " Olena@Vendor.example ", Role.ADMIN)
    again, second = staff.add(called(), "olena@vendor.example", Role.ADMIN)
    assert person == again
    assert person.email == "olena@vendor.example"
    for secret in (first, second):
        actor = tokens.identify(secret, TODAY)
        assert secret.startswith("pls_")
        assert (actor.kind, actor.role, actor.dealer_id) == ("staff", Role.ADMIN, None)
        assert identifiers.show("stf", actor.id or 0) == person.id


def test_a_person_never_gets_a_token_of_another_role(room):
    staff.add(called(), "olena@vendor.example", Role.AUDITOR)
    with pytest.raises(errors.AlreadyExists):
        staff.add(called(), "olena@vendor.example", Role.ADMIN)
    assert len(rows()) == 1


@pytest.mark.parametrize("email", ["", "olena", "@", "a@", "@b", "a b@c", "a\0@c", "a@" + "b" * 260])
def test_what_is_no_address_adds_nobody(room, email):
    with pytest.raises(errors.InvalidRequest):
        staff.add(called(), email, Role.ADMIN)
    assert rows() == []


def test_the_trail_tells_of_people_and_tokens_without_an_address(room):
    staff.add(called(), "olena@vendor.example", Role.ADMIN)
    with db.lookups() as connection:
        events = connection.execute(select(AuditEvent.__table__)).all()
    assert [event.action for event in events] == ["staff.added", "token.created"]
    assert "olena" not in repr(events)


class counted:  # noqa: N801
    """The statements that run inside, without the beginning and ending of transactions."""

    def __enter__(self) -> list[str]:
        self.statements: list[str] = []
        for engine in db.db.engines.values():
            event.listen(engine, "before_cursor_execute", self._note)
        return self.statements

    def __exit__(self, *_failure: object) -> None:
        for engine in db.db.engines.values():
            event.remove(engine, "before_cursor_execute", self._note)

    def _note(self, _connection, _cursor, statement, *_rest) -> None:
        if not statement.startswith("BEGIN"):
            self.statements.append(statement)


def named(refused):
    """The fields that a refusal names."""
    return set(refused.value.fields["errors"])
