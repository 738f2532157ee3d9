"""Workers at once, with connections of their own on PostgreSQL: nobody is told twice, and nobody is forgotten."""

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.channel import reminders
from prolong_server.licensing import customers
from prolong_server.models.mail import Mail, Reminder
from prolong_server.operations import mail
from prolong_server.operations.mail_messages import Letter
from tests import vendor
from tests.crowd import together
from tests.mailing import Way
from tests.reminding.days import OLENA, held, many, with_mail
from tests.room import know_the_keys, opened
from tests.vendor import called

WORKERS = 8


@pytest.fixture(autouse=True)
def house(postgres_url):
    with opened(postgres_url):
        yield


def count(*conditions) -> int:
    with Session(db.db.engine) as session:
        return session.scalar(select(func.count()).where(*conditions)) or 0


def work_until_done() -> None:
    while reminders.remind(called(), by_mail=True):
        pass


def test_eight_workers_at_once_tell_of_each_license_once():
    dealer = with_mail(vendor.found())
    told = {"customer_name": "O", "customer_email": "o@example.org", "customer_reminders": "true"}
    many(450, dealer=dealer, **told)
    assert together([work_until_done] * WORKERS) == [None] * WORKERS
    assert Counter({"reminder": count(Mail.purpose == "reminder"), "list": count(Mail.purpose == "dealer_list")}) == {
        "reminder": 450,
        "list": 1,
    }
    assert count(Reminder.step == 30) == 3 * 450


def test_eight_senders_at_once_send_each_letter_once():
    know_the_keys()
    with Session(db.db.engine) as session, session.begin():
        for number in range(150):
            letter = Letter(f"letter {number}", "text")
            mail.queue(session, called(), to="o@example.org", letter=letter, language="en", purpose="reminder")
    ways = [Way() for _ in range(WORKERS)]

    def send_all(way: Way) -> None:
        while mail.send(called(), way):
            pass

    together([partial(send_all, way) for way in ways])
    subjects = Counter(message["Subject"] for way in ways for message in way.taken)
    assert len(subjects) == 150
    assert set(subjects.values()) == {1}


def test_a_worker_that_dies_in_the_middle_leaves_nothing_half():
    vendor.found()
    for _ in range(3):
        held(30)
    randomness = called().random
    left = iter(range(5))

    def dying(size: int) -> bytes:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return randomness(size)

    with pytest.raises(KeyboardInterrupt):
        reminders.remind(replace(called(), random=dying), by_mail=True)
    assert (count(Reminder.step == 30), count(Mail.id > 0)) == (0, 0)
    work_until_done()
    assert count(Mail.id > 0) == 3


def test_whoever_is_erased_while_reminders_are_made_gets_no_letter():
    vendor.found()
    made = [held(30, customer=OLENA) for _ in range(40)]
    erasing = [partial(customers.erase, called(), one.customer_id or "") for one in made]
    together([work_until_done, *erasing[:20], work_until_done])
    way = Way()
    for one in made[20:]:
        customers.erase(called(), one.customer_id or "")
    while mail.send(called(), way):
        pass
    assert way.taken == []
