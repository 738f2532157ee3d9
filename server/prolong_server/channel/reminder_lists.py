"""The list that a dealer gets by mail: at most one a day, of the licenses it sold that have reached a step."""

from typing import Final

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.channel import due_licenses, reminder_letters, reminder_records
from prolong_server.models.channel import Dealer, DealerStatus
from prolong_server.models.licensing import License
from prolong_server.models.mail import Audience, DealerList
from prolong_server.operations import mail
from prolong_server.rules import languages

DEALERS: Final = 20
LONGEST: Final = 5000
PURPOSE: Final = "dealer_list"


@db.transactional
def send(session: Session, call: Call) -> int:
    """Look after at most 20 dealers for today, and queue a list to each who has something to be told; how many.

    A dealer without an address, or a suspended one, who cannot sell anything, is passed over.
    """
    looked_after = exists().where(DealerList.day == call.today, DealerList.dealer_id == Dealer.id)
    able = (Dealer.status == DealerStatus.ACTIVE, Dealer.email.is_not(None), ~looked_after)
    dealers = session.scalars(select(Dealer).where(*able).order_by(Dealer.id).limit(DEALERS)).all()
    taken = reminder_records.take_dealers(session, call, [dealer.id for dealer in dealers])
    for dealer in dealers:
        if dealer.id in taken:
            _look_after(session, call, dealer)
    return len(taken)


def _look_after(session: Session, call: Call, dealer: Dealer) -> None:
    waiting = _waiting(session, call, dealer.id)
    told = reminder_records.write(session, call, [(row, step, Audience.DEALER) for row, step in waiting])
    if not told:
        return
    language = languages.chosen(None, dealer.country)
    letter = reminder_letters.to_dealer(
        language, call.today, [row for row, _ in waiting if (row.id, Audience.DEALER) in told]
    )
    mail.queue(session, call, to=dealer.email or "", letter=letter, language=language, purpose=PURPOSE)
    mine = (DealerList.day == call.today, DealerList.dealer_id == dealer.id)
    session.execute(update(DealerList).where(*mine).values(licenses=len(told)))


def _waiting(session: Session, call: Call, dealer_id: int) -> list[tuple[License, int]]:
    found: list[tuple[License, int]] = []
    for reached in due_licenses.steps(session, call):
        licenses = due_licenses.of_dealer(reached, dealer_id).limit(LONGEST - len(found))
        found += [(row, reached.step) for row in session.scalars(licenses)]
    return found
