"""The vendor's people, added by the command line. Each token of theirs has their role."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prolong_server.access import tokens
from prolong_server.call import Call
from prolong_server.db import transactional
from prolong_server.models.access import Staff, Token
from prolong_server.operations import audit
from prolong_server.rules import errors, identifiers
from prolong_server.rules.actors import Role

_LONGEST_EMAIL = 254


@dataclass(frozen=True, slots=True)
class StaffView:
    """A person of the vendor; the address is theirs, so it stays out of the audit trail."""

    id: str
    email: str
    role: Role


@transactional
def add(session: Session, call: Call, email: str, role: Role) -> tuple[StaffView, str]:
    """A member of staff and a token of theirs, which is never told again.

    Whoever is there already, under the same address without regard to case, gets a further token; the earlier ones
    stay good. Raises AlreadyExists when that person has another role (a token must not carry more than its holder is
    known to have), InvalidRequest for what is no e-mail address.
    """
    person = _person(session, call, _address(email), role)
    if person.role != role:
        raise errors.AlreadyExists(field="email")
    secret = tokens.mint(tokens.STAFF, call.random)
    token = _token(call, person, tokens.digest(secret))
    session.add(token)
    shown = identifiers.show("stf", person.id)
    audit.record(session, call, "token.created", identifiers.show("tok", token.id), after={"staff": shown})
    return StaffView(shown, person.email, person.role), secret


def _person(session: Session, call: Call, email: str, role: Role) -> Staff:
    by_email = select(Staff).where(Staff.email == email)
    known = session.scalar(by_email)
    if known is not None:
        return known
    person = Staff(id=call.new_id(), email=email, role=role, created_at=call.now)
    try:
        with session.begin_nested():
            session.add(person)
    except IntegrityError:
        return session.scalars(by_email).one()
    audit.record(session, call, "staff.added", identifiers.show("stf", person.id), after={"role": role})
    return person


def _token(call: Call, person: Staff, digest: bytes) -> Token:
    return Token(
        id=call.new_id(),
        digest=digest,
        staff_id=person.id,
        name="command line",
        scopes=(),
        created_at=call.now,
    )


def _address(email: str) -> str:
    address = email.strip().lower()
    name, _, domain = address.rpartition("@")
    if not name or not domain or not address.isprintable() or " " in address or len(address) > _LONGEST_EMAIL:
        raise errors.InvalidRequest({"email": ["This is not an e-mail address."]})
    return address
