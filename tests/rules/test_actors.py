import itertools

import pytest

from prolong_server.rules import actors
from prolong_server.rules.actors import ANYBODY, SYSTEM, Actor, Grant, Role, Scope
from prolong_server.rules.errors import Forbidden, Unauthenticated

STAFF = {role: Actor(kind="staff", id=1, token_id=2, role=role) for role in Role}


def dealer(*scopes):
    return Actor(kind="dealer", id=3, token_id=4, dealer_id=3, scopes=frozenset(scopes))


EVERY_DEALER = [dealer(*scopes) for size in range(len(Scope) + 1) for scopes in itertools.combinations(Scope, size)]
EVERYBODY = [ANYBODY, SYSTEM, *STAFF.values(), *EVERY_DEALER]
NOBODY = Grant()


def named(actor):
    """The same name in every process: what a set shows depends on its order, which each process draws anew."""
    return ", ".join([actor.kind, *filter(None, [actor.role]), *sorted(actor.scopes)])


@pytest.mark.parametrize("actor", EVERYBODY, ids=named)
def test_a_public_operation_is_open_to_everybody_and_an_empty_grant_to_nobody(actor):
    assert actors.may(actor, actors.PUBLIC)
    assert not actors.may(actor, NOBODY)


@pytest.mark.parametrize(
    ("grant", "roles"),
    [
        (actors.ADMIN, {Role.ADMIN}),
        (actors.OPERATE, {Role.ADMIN, Role.REPRESENTATIVE}),
        (actors.READ, {Role.ADMIN, Role.REPRESENTATIVE, Role.AUDITOR}),
        (Grant(scope=Scope.ORDERS_READ), set()),
        (Grant(any_dealer=True), set()),
    ],
)
def test_staff_pass_by_their_role_alone(grant, roles):
    assert {role for role, actor in STAFF.items() if actors.may(actor, grant)} == roles


@pytest.mark.parametrize("grant", [actors.ADMIN, actors.OPERATE, actors.READ])
def test_no_scope_opens_what_is_for_staff(grant):
    assert not [actor for actor in EVERY_DEALER if actors.may(actor, grant)]


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_opens_to_the_tokens_that_have_it_and_to_no_others(scope):
    assert [actor for actor in EVERY_DEALER if actors.may(actor, Grant(scope=scope))] == [
        actor for actor in EVERY_DEALER if scope in actor.scopes
    ]


def test_what_is_for_any_dealer_needs_a_dealer_and_no_scope():
    assert actors.may(dealer(), Grant(any_dealer=True))
    assert not actors.may(ANYBODY, Grant(any_dealer=True))


def test_scopes_without_a_dealer_open_nothing():
    stray = Actor(kind="staff", scopes=frozenset(Scope))
    assert not actors.may(stray, Grant(scope=Scope.ORDERS_WRITE))


@pytest.mark.parametrize("actor", EVERYBODY, ids=named)
@pytest.mark.parametrize("grant", [actors.ADMIN, actors.OPERATE, actors.READ, Grant(scope=Scope.CODES_VOID), NOBODY])
def test_who_may_not_is_asked_for_a_token_or_told_that_it_does_not_reach(actor, grant):
    if actors.may(actor, grant):
        actors.authorize(actor, grant)
        return
    with pytest.raises(Unauthenticated if actor is ANYBODY else Forbidden):
        actors.authorize(actor, grant)


@pytest.mark.parametrize(
    ("grant", "needed"),
    [
        (actors.ADMIN, "role admin"),
        (actors.OPERATE, "role admin / representative"),
        (actors.READ, "role admin / auditor / representative"),
        (Grant(roles=frozenset({Role.ADMIN}), scope=Scope.CODES_VOID), "scope codes:void"),
    ],
)
def test_the_refusal_names_what_is_needed(grant, needed):
    with pytest.raises(Forbidden) as caught:
        actors.authorize(dealer(), grant)
    assert caught.value.fields == {"needed": needed}


@pytest.mark.parametrize("grant", [Grant(any_dealer=True), NOBODY])
def test_the_refusal_names_something_for_every_grant(grant):
    with pytest.raises(Forbidden) as caught:
        actors.authorize(STAFF[Role.AUDITOR], grant)
    assert caught.value.fields["needed"] in {"token of a dealer", "nobody's right"}
