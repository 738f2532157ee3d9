"""The link by which a customer works on one request, without an account: 30 days, revocable, at most three a day.

The token stands in the fragment of the address, which no browser sends. It holds the request's number and the number
of the link; a request knows which of its links is good, so that a new link makes the old one void.
"""

from contextlib import suppress
from hashlib import sha256
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.modules import LinkMail, TransferRequest
from prolong_server.operations import link_tokens
from prolong_server.rules import calendar, errors, identifiers
from prolong_server.rules.actors import Actor

PREFIX: Final = "plr_"
GOOD_FOR_DAYS: Final = 30
MAILS_A_DAY: Final = 3
_SALT: Final = "prolong transfer request link v1"


def token(call: Call, row: TransferRequest) -> str:
    """The token of the link of a request that is good now."""
    return PREFIX + link_tokens.write(call, _SALT, [row.id, row.link])


def address(call: Call, row: TransferRequest) -> str:
    """The address of the page on which the customer works on a request."""
    return f"{call.issuer}/transfer-request#{identifiers.show('trq', row.id)}.{token(call, row)}"


def renew(row: TransferRequest) -> None:
    """Make the link of a request void, and the next one good."""
    row.link = abs(row.link) + 1


def revoke(row: TransferRequest) -> None:
    """Make the link of a request void, until it is renewed: letters leave it out."""
    row.link = -abs(row.link)


def identify(call: Call, text: str) -> Actor:
    """Whose token this is, judged anew at every request. Unauthenticated for a forged, old or revoked one."""
    try:
        told = link_tokens.read(call, _SALT, text.removeprefix(PREFIX), GOOD_FOR_DAYS)
    except errors.LinkInvalid:
        raise errors.Unauthenticated from None
    request_id, link = told
    if not _is_good(call, request_id, link):
        raise errors.Unauthenticated
    return Actor(kind="customer", request_id=request_id)


def count_mail(session: Session, call: Call, row: TransferRequest) -> None:
    """Count a mail with a link to the contact of a request. RateLimited for the fourth of a day to one address."""
    digest = sha256((row.contact_email or "").strip().lower().encode()).digest()
    today = (LinkMail.mailed_on == call.today, LinkMail.address == digest)
    sent = session.scalar(select(func.count()).select_from(LinkMail).where(*today)) or 0
    for number in range(sent + 1, MAILS_A_DAY + 1):
        # Another request for the same address may be counted in the same instant, and takes the number.
        with suppress(IntegrityError), session.begin_nested():
            session.add(LinkMail(mailed_on=call.today, address=digest, number=number, request_id=row.id))
            session.flush()
            return
    raise errors.RateLimited(retry_after=_until_tomorrow(call))


@db.reading
def _is_good(session: Session, call: Call, request_id: int, link: int) -> bool:
    known = select(TransferRequest.link).where(TransferRequest.id == request_id)
    return link > 0 and session.scalar(known) == link


def _until_tomorrow(call: Call) -> int:
    """The seconds until the vendor's next day begins."""
    return max(1, int((calendar.term_end(call.today, call.zone) - call.now).total_seconds()) + 1)
