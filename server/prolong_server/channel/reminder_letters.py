"""How a reminder reads: the letter to a customer, and the list to a dealer, each in its reader's language."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from itertools import groupby
from typing import Final

from prolong_server.licensing.contacts import Contact
from prolong_server.models.channel import Dealer
from prolong_server.models.licensing import License
from prolong_server.operations import speech
from prolong_server.operations.mail_messages import Letter
from prolong_server.rules import calendar, identifiers, letters, license_keys
from prolong_server.rules.languages import Language
from prolong_server.rules.vocabulary import RenewalBasis

NAMED: Final = 500


def renewable_until(row: License) -> date:
    """The last day on which the license can be renewed (R2)."""
    return calendar.renewable_until(row.expires_on, row.edition.product.renewal_grace_months)


def to_customer(language: Language, today: date, row: License, link: str, support: Contact | None) -> Letter:
    """The letter to the owner of a license. `support` helps where no dealer is known to have sold it."""
    subject = (
        letters.SUBJECT_BEFORE
        if today < row.expires_on
        else letters.SUBJECT_TODAY
        if today == row.expires_on
        else letters.SUBJECT_AFTER
    )
    product = row.edition.product.name
    parts = _parts(language, today, row, link, support)
    return Letter(speech.say(language, subject, product=product, expires_on=row.expires_on), _joined(parts))


def to_dealer(language: Language, today: date, rows: Sequence[License]) -> Letter:
    """The list to a dealer: at most 500 licenses by their last day, and how many more there are; no person is named."""
    say = partial(speech.say, language)
    parts = [say(letters.GREETING), say(letters.LIST_INTRODUCTION)]
    named = sorted(rows, key=lambda row: (row.expires_on, renewable_until(row), row.id))[:NAMED]
    for (day, until), group in groupby(named, key=lambda row: (row.expires_on, renewable_until(row))):
        head = say(letters.LIST_DAY, expires_on=day, renewable_until=until)
        parts.append("\n".join([head, *(_line(language, row) for row in group)]))
    if len(rows) > NAMED:
        parts.append(say(letters.LIST_MORE, count=len(rows) - NAMED))
    return Letter(say(letters.LIST_SUBJECT, count=len(rows), day=today), _joined(parts))


def _line(language: Language, row: License) -> str:
    seats = speech.say(language, letters.LIST_SEATS, seats=row.seats)
    name = f"{row.edition.product.name}, {row.edition.name}"
    return f"- …{license_keys.ending(row.license_key)} · {name} · {seats} · {row.country} · {_shown(row)}"


def _shown(row: License) -> str:
    return identifiers.show("lic", row.id)


def _joined(parts: Sequence[str] | Iterator[str]) -> str:
    return "\n\n".join(parts) + "\n"


def _parts(language: Language, today: date, row: License, link: str, support: Contact | None) -> Iterator[str]:
    say = partial(speech.say, language)
    yield say(letters.GREETING)
    yield from _news(language, today, row)
    yield "\n".join(_facts(language, row))
    yield say(_how(row, today))
    yield from _where(language, row, support)
    yield say(letters.LINK) + f"\n{link}"
    yield say(letters.STOP)


def _news(language: Language, today: date, row: License) -> Iterator[str]:
    until = renewable_until(row)
    told = {"product": row.edition.product.name, "expires_on": row.expires_on, "renewable_until": until}
    if today > row.expires_on:
        yield speech.say(language, letters.AFTER, **told)
        return
    yield speech.say(language, letters.BEFORE if today < row.expires_on else letters.TODAY, **told)
    yield speech.say(language, letters.RENEW_EVEN_LATER if until > row.expires_on else letters.RENEW_IN_TIME, **told)


def _facts(language: Language, row: License) -> Iterator[str]:
    say = partial(speech.say, language)
    yield say(letters.PRODUCT, product=row.edition.product.name, edition=row.edition.name)
    yield say(letters.KEY, ending=license_keys.ending(row.license_key))
    yield say(letters.SEATS, seats=row.seats)
    yield say(letters.LAST_DAY, expires_on=row.expires_on)
    yield say(letters.RENEWABLE, renewable_until=renewable_until(row))


def _how(row: License, today: date) -> str:
    """That no day is lost is only said where the new term begins at the old one's end."""
    basis = row.edition.product.renewal_basis
    keeps_days = basis is RenewalBasis.FROM_EXPIRY or (
        basis is RenewalBasis.FROM_NOW_IF_EXPIRED and today <= row.expires_on
    )
    return letters.HOW if keeps_days else letters.HOW_FROM_TODAY


def _where(language: Language, row: License, support: Contact | None) -> Iterator[str]:
    say, product = partial(speech.say, language), row.edition.product
    if row.dealer is not None:
        seller = row.dealer
        yield "\n".join([say(letters.SELLER, name=seller.name), *_ways(seller)])
    elif support is not None:
        yield "\n".join([say(letters.SUPPORT, name=support.name), *_ways(support)])
    if product.where_to_buy:
        yield say(letters.WHERE_TO_BUY, url=product.where_to_buy)
    if product.registration_url:
        yield say(letters.WHERE_TO_ENTER, url=product.registration_url)


def _ways(contact: Contact | Dealer) -> list[str]:
    return [way for way in (contact.phone, contact.email, contact.url) if way]
