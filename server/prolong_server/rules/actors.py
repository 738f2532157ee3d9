"""Who asks, and who may do what. One table names every operation of the system; what it does not name is refused."""

from dataclasses import dataclass
from enum import StrEnum

from prolong_server.rules import errors


class Role(StrEnum):
    """The roles of the vendor's staff."""

    ADMIN = "admin"
    REPRESENTATIVE = "representative"
    AUDITOR = "auditor"


class Scope(StrEnum):
    """What a dealer's token may be allowed."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    CODES_READ = "codes:read"
    CODES_VOID = "codes:void"
    REPORTS_READ = "reports:read"
    WEBHOOKS = "webhooks"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: nobody in particular, a dealer's token, a member of staff, the system's command line, or a customer.

    A customer holds the link of one transfer request (`request_id`).
    """

    kind: str = "anonymous"
    id: int | None = None
    token_id: int | None = None
    role: Role | None = None
    dealer_id: int | None = None
    scopes: frozenset[str] = frozenset()
    test: bool = False
    request_id: int | None = None


ANYBODY = Actor()
SYSTEM = Actor(kind="system", role=Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Grant:
    """Who may carry out an operation: everybody; these roles; dealers' tokens with this scope, or any of them; who
    holds the link of a transfer request. Where everybody may and roles are named, staff of another role may not.
    """

    public: bool = False
    roles: frozenset[Role] = frozenset()
    scope: Scope | None = None
    any_dealer: bool = False
    requester: bool = False

    @property
    def is_for_everybody(self) -> bool:
        """Whether nobody is asked who they are."""
        return self.public and not self.roles


_ADMIN = frozenset({Role.ADMIN})
_OPERATES = frozenset({Role.ADMIN, Role.REPRESENTATIVE})
_READS = frozenset(Role)

PUBLIC = Grant(public=True)
ADMIN = Grant(roles=_ADMIN)
OPERATE = Grant(roles=_OPERATES)
READ = Grant(roles=_READS)


def may(actor: Actor, grant: Grant) -> bool:
    """Whether the grant reaches this actor."""
    if actor.role is not None and (grant.roles or not grant.public):
        return actor.role in grant.roles
    if grant.public or (grant.requester and actor.request_id is not None):
        return True
    if actor.dealer_id is None:
        return False
    return grant.any_dealer or (grant.scope is not None and grant.scope in actor.scopes)


def authorize(actor: Actor, grant: Grant) -> None:
    """Let the actor pass, or raise Unauthenticated (nobody in particular) or Forbidden (somebody else's right)."""
    if may(actor, grant):
        return
    if actor.kind == "anonymous":
        raise errors.Unauthenticated
    raise errors.Forbidden(needed=_needed(grant))


def _needed(grant: Grant) -> str:
    if grant.scope is not None:
        return f"scope {grant.scope}"
    if not grant.roles:
        return "token of a dealer" if grant.any_dealer else "nobody's right"
    return "role " + " / ".join(sorted(grant.roles))
