"""The tokens of one dealer: made by the vendor's staff, listed, revoked. The text of a token is told once."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from prolong_server.access import tokens
from prolong_server.call import Call
from prolong_server.db import reading, transactional
from prolong_server.models.access import Token
from prolong_server.models.channel import Dealer
from prolong_server.operations import audit, pages
from prolong_server.operations.idempotency import creating
from prolong_server.rules import errors, identifiers
from prolong_server.rules.actors import Scope


@dataclass(frozen=True, slots=True)
class TokenSpec:
    """The name of a new token, what it is allowed, its last day (None: no end), whether it is for the sandbox."""

    name: str
    scopes: tuple[str, ...]
    expires_on: date | None = None
    test: bool = False


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token without its text. `expires_on` is the last day on which it works; `last_used_on` is the vendor's day."""

    id: str
    name: str
    scopes: tuple[str, ...]
    test: bool
    expires_on: date | None
    last_used_on: date | None
    created_at: datetime


@creating
def create(session: Session, call: Call, dealer: str, spec: TokenSpec) -> tuple[TokenView, str]:
    """A new token of the dealer (`dlr_…`) and its text, which is never told again.

    Raises NotFound for an unknown dealer, InvalidRequest for an unknown scope or a last day that is over.
    """
    _judge(spec, call.today)
    dealer_id = _dealer_id(session, dealer)
    secret = tokens.mint(tokens.DEALER_TEST if spec.test else tokens.DEALER, call.random)
    token = _row(call, dealer_id, spec, tokens.digest(secret))
    session.add(token)
    audit.record(session, call, "token.created", _shown(token.id), after=_told(dealer, token))
    return _view(token), secret


@reading
def list_(
    session: Session, call: Call, dealer: str, cursor: str | None = None, limit: int = pages.DEFAULT
) -> pages.Page[TokenView]:
    """The dealer's tokens that are not revoked, the ones past their last day included. Raises NotFound."""
    rows, following = pages.fetch(session, _of(_dealer_id(session, dealer)), Token.id, cursor, limit)
    return pages.Page(tuple(map(_view, rows)), following)


@reading
def show(session: Session, call: Call, dealer: str, token: str) -> TokenView:
    """One token of the dealer. Raises NotFound when it is another's, unknown or revoked."""
    return _view(_find(session, dealer, token))


@transactional
def delete(session: Session, call: Call, dealer: str, token: str) -> None:
    """Revoke a token for good: the next request with it is refused, by every process. Raises NotFound as `show`."""
    row = _find(session, dealer, token)
    revoked = update(Token).where(Token.id == row.id, Token.revoked_at.is_(None)).values(revoked_at=call.now)
    if session.scalar(revoked.returning(Token.id)) is None:
        raise errors.NotFound
    audit.record(session, call, "token.revoked", _shown(row.id), before=_told(dealer, row))


def _judge(spec: TokenSpec, today: date) -> None:
    wrong: dict[str, object] = {}
    if not set(spec.scopes) <= set(Scope):
        wrong["scopes"] = ["The scopes are " + ", ".join(Scope) + "."]
    if spec.expires_on is not None and spec.expires_on < today:
        wrong["expires_on"] = ["This day is over, so the token would never work."]
    if wrong:
        raise errors.InvalidRequest(wrong)


def _row(call: Call, dealer_id: int, spec: TokenSpec, digest: bytes) -> Token:
    return Token(
        id=call.new_id(),
        digest=digest,
        dealer_id=dealer_id,
        name=spec.name,
        scopes=tuple(sorted(set(spec.scopes))),
        test=spec.test,
        expires_on=spec.expires_on,
        created_at=call.now,
    )


def _dealer_id(session: Session, dealer: str) -> int:
    number = identifiers.read("dlr", dealer)
    found = None if number is None else session.scalar(select(Dealer.id).where(Dealer.id == number))
    if found is None:
        raise errors.NotFound
    return found


def _find(session: Session, dealer: str, token: str) -> Token:
    dealer_id, token_id = identifiers.read("dlr", dealer), identifiers.read("tok", token)
    if dealer_id is None or token_id is None:
        raise errors.NotFound
    found = session.scalar(_of(dealer_id).where(Token.id == token_id))
    if found is None:
        raise errors.NotFound
    return found


def _of(dealer_id: int) -> Select[Token]:
    return select(Token).where(Token.dealer_id == dealer_id, Token.revoked_at.is_(None))


def _told(dealer: str, token: Token) -> dict[str, object]:
    return {"dealer": dealer, "scopes": token.scopes, "test": token.test, "expires_on": token.expires_on}


def _view(token: Token) -> TokenView:
    return TokenView(
        id=_shown(token.id),
        name=token.name,
        scopes=token.scopes,
        test=bool(token.test),
        expires_on=token.expires_on,
        last_used_on=token.last_used_on,
        created_at=token.created_at,
    )


def _shown(token_id: int) -> str:
    return identifiers.show("tok", token_id)
