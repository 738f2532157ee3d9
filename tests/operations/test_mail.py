"""Letters wait sealed, go out once, are tried again for three days, and leave nothing behind."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.keyring import Keyring
from prolong_server.licensing import customers
from prolong_server.models.licensing import Customer
from prolong_server.models.mail import Mail
from prolong_server.operations import mail
from prolong_server.operations.mail_messages import Letter
from prolong_server.operations.mail_transports import LineDown, NotTaken, Undeliverable
from prolong_server.rules import identifiers
from tests.mailing import Way
from tests.room import NOW, called, know_the_keys, save

TO = "olena@example.org"
LETTER = Letter("Ваша ліцензія", "Добрий день!\nПосилання: https://renew.example/license#token\n")


@pytest.fixture(autouse=True)
def _keys(room: None) -> None:
    know_the_keys()


def queue(letter: Letter = LETTER, to: str = TO, customer_id: int | None = None) -> None:
    with Session(db.db.engine) as session, session.begin():
        mail.queue(session, called(), to=to, letter=letter, language="uk", purpose="reminder", customer_id=customer_id)


def rows() -> list[Mail]:
    with Session(db.db.engine, expire_on_commit=False) as session:
        return list(session.scalars(select(Mail)))


def only_row() -> Mail:
    (row,) = rows()
    return row


def later(**ahead: float):
    return called(now=NOW + timedelta(**ahead))


def test_a_letter_goes_out_once_as_it_was_queued():
    queue()
    way = Way()
    assert [mail.send(called(), way), mail.send(later(hours=1), way)] == [1, 0]
    (message,) = way.taken
    assert (message["To"], message["Subject"].replace("\N{NO-BREAK SPACE}", " ")) == (TO, LETTER.subject)
    assert message.get_content() == LETTER.text
    assert message["From"] == "Soft <renewal@soft.example>"
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "uk")
    assert message["Date"].datetime == NOW


def test_a_letter_with_html_says_the_same_in_both_forms():
    queue(Letter("Hello", "plain\n", "<p>rich</p>\n"))
    way = Way()
    mail.send(called(), way)
    assert [part.get_content() for part in way.taken[0].iter_parts()] == ["plain\n", "<p>rich</p>\n"]


def test_nothing_of_a_letter_can_be_read_while_it_waits_and_nothing_is_left_when_it_is_sent():
    queue()
    sealed = only_row().sealed
    assert sealed is not None
    assert TO.encode() not in sealed
    mail.send(called(), Way())
    sent = only_row()
    assert (sent.sealed, sent.due_at, sent.sent_at, sent.customer_id) == (None, None, NOW, None)


def test_a_letter_that_is_rolled_back_is_never_sent():
    with Session(db.db.engine) as session:
        mail.queue(session, called(), to=TO, letter=LETTER, language="uk", purpose="reminder")
        session.rollback()
    assert mail.send(called(), Way()) == 0


def test_what_was_not_taken_is_tried_again_later_and_later():
    queue()
    way = Way(answers=[NotTaken("451")] * 3)
    assert mail.send(called(), way) == 1
    assert (only_row().outcome, only_row().due_at) == ("451", NOW + timedelta(minutes=1))
    assert mail.send(later(seconds=59), way) == 0
    assert mail.send(later(minutes=1), way) == 1
    assert only_row().due_at == NOW + timedelta(minutes=5)
    assert mail.send(later(minutes=5), way) == 1
    assert mail.send(later(minutes=21), way) == 1
    assert len(way.taken) == 1


def test_a_letter_is_given_up_after_three_days_and_its_address_forgotten():
    queue()
    down, now, tries = Way(is_up=False), NOW, 0
    while (due := only_row().due_at) is not None:
        now, tries = due, tries + 1
        mail.send(called(now=now), down)
    given_up = only_row()
    assert given_up.given_up_at == now == NOW + timedelta(days=3)
    assert (given_up.sealed, given_up.outcome, given_up.sent_at) == (None, "ConnectionRefusedError", None)
    assert 15 <= tries <= 25


def test_a_refused_address_is_given_up_at_once_and_the_rest_of_the_batch_goes_out():
    queue()
    queue()
    way = Way(answers=[Undeliverable("550")])
    assert mail.send(called(), way) == 2
    assert sorted(row.outcome or "" for row in rows()) == ["", "550"]
    assert len(way.taken) == 1


def test_when_the_line_breaks_the_rest_of_the_batch_waits():
    for _ in range(3):
        queue()
    way = Way(answers=[None, LineDown("SMTPServerDisconnected")])
    mail.send(called(), way)
    assert len(way.taken) == 1
    assert [row.due_at for row in rows() if row.sent_at is None] == [NOW + timedelta(minutes=1)] * 2


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        (TO, "one\r\nBcc: all@example.org"),
        (TO, "one\ntwo"),
        ("олена@example.org", "one"),
        ("a@example.org\r\nBcc: b", "one"),
        ("nobody", "one"),
    ],
)
def test_no_text_can_put_a_header_of_its_own_into_a_letter(to, subject):
    queue(Letter(subject, "text"), to)
    way = Way()
    mail.send(called(), way)
    assert way.taken == []
    assert only_row().given_up_at == NOW


def test_a_letter_sent_twice_has_one_message_id_and_one_date():
    queue()
    way = Way()
    claim = mail._claim(called())[1]
    mail._send_all(called(), way, way, claim)
    mail._send_all(later(hours=1), way, way, claim)
    assert len({message.as_bytes().split(b"boundary")[0] for message in way.taken}) == 1
    assert len({message["Message-ID"] for message in way.taken}) == 1
    assert way.taken[0]["Message-ID"].endswith("@soft.example>")


def test_the_letters_of_a_sender_that_was_killed_go_out_again_and_its_late_word_changes_nothing():
    queue()
    (killed,) = mail._claim(called())[1]
    assert mail.send(later(minutes=14), Way()) == 0
    way = Way()
    assert mail.send(later(minutes=15), way) == 1
    mail._note(later(minutes=16), killed, {"given_up_at": NOW, "outcome": "late"})
    assert (only_row().outcome, only_row().given_up_at) == (None, None)


def test_one_letter_that_cannot_be_opened_holds_up_no_other():
    queue()
    queue()
    with Session(db.db.engine) as session, session.begin():
        first = session.scalars(select(Mail)).first()
        assert first is not None
        assert first.sealed is not None
        first.sealed = first.sealed[:-1] + bytes([first.sealed[-1] ^ 1])
    way = Way()
    mail.send(called(), way)
    assert len(way.taken) == 1
    assert [row.outcome for row in rows() if row.given_up_at] == ["tampered with"]


def test_a_letter_whose_key_is_not_held_waits_for_it():
    queue()
    elsewhere = called(keys=Keyring(called().keys.codes, (), (b"x" * 32,)))
    mail.send(elsewhere, Way())
    assert (only_row().outcome, only_row().given_up_at) == ("its key is not held", None)
    way = Way()
    mail.send(later(minutes=1), way)
    assert len(way.taken) == 1


def test_erasing_a_customer_takes_back_what_waits_for_it_and_nothing_else():
    for number in (7, 8):
        save(Customer(id=number, name="Olena", email=TO, country="UA", reminders=True, created_at=NOW))
        queue(customer_id=number)
    customers.erase(called(), identifiers.show("cus", 7))
    assert [row.customer_id for row in rows()] == [8]


def test_what_went_out_is_forgotten_after_90_days():
    queue()
    queue(to="waits@example.org")
    mail.send(called(), Way(answers=[None, NotTaken("450")]))
    assert mail.purge(later(days=90)) == 0
    assert mail.purge(later(days=90, seconds=1)) == 1
    assert [row.sent_at for row in rows()] == [None]


@pytest.mark.parametrize("to", ["a@[", "a@[x", "a@[1.2.3.4", "@", "a@b\u0000", "a@" + "ü" * 70])
def test_an_address_that_no_server_could_read_stops_no_other_letter(to):
    queue(to=to)
    queue()
    way = Way()
    assert mail.send(called(), way) == 2
    assert [message["To"] for message in way.taken] == [TO]
    assert sorted(str(row.outcome) for row in rows())[0] == "None"


@pytest.mark.parametrize("words", range(1, 40))
def test_a_subject_of_any_length_arrives_with_all_its_spaces(words):
    subject = "Bulwark: " + ("строк вашої ліцензії добігає " * words)[: 7 * words]
    queue(Letter(subject.strip(), "text\n"))
    way = Way()
    mail.send(called(), way)
    read = message_from_bytes(way.taken[0].as_bytes(), policy=SMTP)
    assert str(read["Subject"]).replace("\N{NO-BREAK SPACE}", " ") == subject.strip()
