"""What is said about a license that is created or imported, and what may be said: one judge for both ways."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from prolong_server.licensing.license_views import canonical_key
from prolong_server.rules import calendar, codes, identifiers, texts
from prolong_server.rules.countries import is_country
from prolong_server.rules.languages import Language
from prolong_server.rules.vocabulary import LicenseClass

MAX_SEATS: Final = 1_000_000
_LONGEST_NAME: Final = 200
_A_COUNTRY: Final = "Write a country such as UA (ISO 3166-1)."
Wrong = tuple[str, str]


@dataclass(frozen=True, slots=True)
class CustomerSpec:
    """To whom a license belongs."""

    name: str
    email: str | None = None
    country: str | None = None
    reminders: bool = False
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class LicenseSpec:
    """A license to be made. Without `license_key` it gets one; without `activated_on` it was never activated.

    `activation_code` is a legacy one: it sets the class and is not kept. `dealer` is its `dlr_…`.
    """

    product: str
    edition: str
    seats: int
    country: str
    starts_on: date
    expires_on: date
    license_key: str | None = None
    license_class: LicenseClass | None = None
    activation_code: str | None = None
    activated_on: date | None = None
    dealer: str | None = None
    customer: CustomerSpec | None = None
    test: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a license may name: editions by the codes of product and edition, dealers by `dlr_…`; with their numbers."""

    products: frozenset[str]
    editions: Mapping[tuple[str, str], int]
    dealers: Mapping[str, int]


def problems(spec: LicenseSpec, catalogue: Catalogue, today: date) -> dict[str, list[str]]:
    """What is wrong with each field, in words; empty when all is well. Fields of the customer are `customer_…`."""
    found: dict[str, list[str]] = {}
    for field, sentence in _wrong(spec, catalogue, today):
        found.setdefault(field, []).append(sentence)
    return found


def class_of(spec: LicenseSpec) -> LicenseClass:
    """The class of a sound spec: that of its legacy activation code's mark, else the one given, else standard (R10)."""
    marked = codes.legacy_class(spec.activation_code) if spec.activation_code else LicenseClass.STANDARD
    return marked if marked is not LicenseClass.STANDARD else spec.license_class or LicenseClass.STANDARD


def _wrong(spec: LicenseSpec, catalogue: Catalogue, today: date) -> Iterator[Wrong]:
    if spec.license_key is not None and canonical_key(spec.license_key) is None:
        yield "license_key", "A license key has 1 to 64 printable ASCII characters."
    if spec.license_key is not None and identifiers.read("lic", spec.license_key.strip().lower()) is not None:
        yield "license_key", "This looks like the identifier of a license; choose another key."
    yield from _wrong_names(spec, catalogue)
    if not 1 <= spec.seats <= MAX_SEATS:
        yield "seats", f"Write a whole number from 1 to {MAX_SEATS}."
    if not is_country(spec.country):
        yield "country", _A_COUNTRY
    yield from _wrong_days(spec, today)
    yield from _wrong_class(spec)
    if spec.customer is not None:
        yield from _wrong_customer(spec.customer)


def _wrong_names(spec: LicenseSpec, catalogue: Catalogue) -> Iterator[Wrong]:
    if spec.product not in catalogue.products:
        yield "product", "There is no product with this code."
    elif (spec.product, spec.edition) not in catalogue.editions:
        yield "edition", "The product has no edition with this code."
    if spec.dealer is not None and spec.dealer not in catalogue.dealers:
        yield "dealer", "There is no dealer with this identifier (dlr_…)."


def _wrong_days(spec: LicenseSpec, today: date) -> Iterator[Wrong]:
    for field, day in (("starts_on", spec.starts_on), ("expires_on", spec.expires_on)):
        if not calendar.MIN_DAY <= day <= calendar.MAX_DAY:
            yield field, f"Write a day from {calendar.MIN_DAY} to {calendar.MAX_DAY}."
    if spec.starts_on > spec.expires_on:
        yield "expires_on", "A license cannot end before it starts: expires_on is earlier than starts_on."
    if spec.activated_on is not None and not calendar.MIN_DAY <= spec.activated_on <= today:
        yield "activated_on", f"Write a day from {calendar.MIN_DAY} to today; leave it out if it was never activated."


def _wrong_class(spec: LicenseSpec) -> Iterator[Wrong]:
    if spec.activation_code is None:
        return
    if not texts.is_line(spec.activation_code, codes.MAX_TEXT):
        yield "activation_code", f"An activation code has 1 to {codes.MAX_TEXT} characters on one line."
        return
    try:
        marked = codes.legacy_class(spec.activation_code)
    except ValueError:
        yield "activation_code", "The activation code contains both PRO and NFR, so its class cannot be told."
        return
    if marked is not LicenseClass.STANDARD and spec.license_class not in (None, marked):
        yield "license_class", "This class contradicts the mark (PRO or NFR) that the activation code contains."


def _wrong_customer(customer: CustomerSpec) -> Iterator[Wrong]:
    if not texts.is_line(customer.name, _LONGEST_NAME):
        yield "customer_name", f"Write a name of 1 to {_LONGEST_NAME} characters on one line."
    if customer.email is not None and not texts.is_email(customer.email):
        yield "customer_email", "Write a mail address such as anna@example.org."
    if customer.country is not None and not is_country(customer.country):
        yield "customer_country", _A_COUNTRY
