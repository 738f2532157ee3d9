"""Whom people of a country are sent to when something does not work (R13)."""

from dataclasses import dataclass

from sqlalchemy import case, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing.contacts import Contact
from prolong_server.models.catalogue import Representative
from prolong_server.operations import audit, pages
from prolong_server.operations.pages import Page
from prolong_server.rules import errors, texts
from prolong_server.rules.countries import is_country

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class RepresentativeView:
    """The representative of a country, or the vendor's own where `country` is `default`."""

    country: str
    name: str
    phone: str
    email: str
    url: str


@db.transactional
def put(session: Session, call: Call, spec: RepresentativeView) -> RepresentativeView:
    """Name the representative of a country, new or in place of the present one. InvalidRequest."""
    _judge(spec)
    statement = select(Representative).where(Representative.country == spec.country).with_for_update()
    row = session.scalars(statement).one_or_none()
    before = {"url": row.url} if row else None
    if row is None:
        row = Representative(country=spec.country)
    row.name, row.phone, row.email, row.url = spec.name, spec.phone, spec.email, spec.url
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Somebody else named the first one in the same instant; the same request sent again replaces it.
        raise errors.TryAgain from None
    # Names and numbers of people stay out of the trail.
    audit.record(session, call, "representative.put", f"representative:{spec.country}", before, {"url": spec.url})
    return _view(row)


@db.reading
def list_all(
    session: Session, call: Call, cursor: str | None = None, limit: int = pages.DEFAULT
) -> Page[RepresentativeView]:
    """A page of all representatives. InvalidRequest for a foreign cursor."""
    rows, following = pages.fetch(session, select(Representative), Representative.country, cursor, limit)
    return Page(tuple(map(_view, rows)), following)


@db.reading
def show(session: Session, call: Call, country: str) -> RepresentativeView:
    """The representative named for exactly this country (or `default`); NotFound."""
    row = session.get(Representative, country) if _is_place(country) else None
    if row is None:
        raise errors.NotFound
    return _view(row)


@db.reading
def support(session: Session, call: Call, country: str | None) -> Contact | None:
    """Who helps people of a country (R13): its representative, else the vendor's own; None where nobody is named."""
    return support_for(session, country)


@db.reading
def helper(session: Session, call: Call, country: str | None = None) -> Contact:
    """As `support`; NotFound where nobody is named."""
    found = support_for(session, country)
    if found is None:
        raise errors.NotFound
    return found


def support_for(session: Session, country: str | None) -> Contact | None:
    """As `support`, for a room that has a session."""
    places = [DEFAULT, country] if country and is_country(country) else [DEFAULT]
    own_first = case((Representative.country == DEFAULT, 1), else_=0)
    statement = select(Representative).where(Representative.country.in_(places)).order_by(own_first).limit(1)
    row = session.scalars(statement).one_or_none()
    return Contact(name=row.name, phone=row.phone, email=row.email, url=row.url) if row else None


def _is_place(country: str) -> bool:
    return country == DEFAULT or is_country(country)


def _judge(spec: RepresentativeView) -> None:
    sound = {
        "country": (_is_place(spec.country), "Write a country such as UA (ISO 3166-1), or default."),
        "name": (texts.is_line(spec.name, 200), "Write a name of 1 to 200 characters on one line."),
        "phone": (texts.is_line(spec.phone, 64), "Write a telephone number of at most 64 characters."),
        "email": (texts.is_email(spec.email), "Write a mail address such as help@vendor.example."),
        "url": (texts.is_web_address(spec.url), "Write an address that begins with https:// or http://."),
    }
    wrong = {field: [sentence] for field, (is_sound, sentence) in sound.items() if not is_sound}
    if wrong:
        raise errors.InvalidRequest(dict(wrong))


def _view(row: Representative) -> RepresentativeView:
    return RepresentativeView(country=row.country, name=row.name, phone=row.phone, email=row.email, url=row.url)
