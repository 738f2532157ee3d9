"""From a judged spec to the rows of a license and its customer; one way for licenses created and imported."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.licensing import bulk, license_specs
from prolong_server.licensing.license_specs import Catalogue, LicenseSpec
from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.channel import Dealer
from prolong_server.rules import identifiers
from prolong_server.rules.vocabulary import LicenseStatus


@dataclass(frozen=True, slots=True)
class Rows:
    """The values of the row of a license, and of its customer's where one was named."""

    license: dict[str, Any]
    customer: dict[str, Any] | None


def read_catalogue(session: Session, specs: Collection[LicenseSpec]) -> Catalogue:
    """All that these specs may name, and nothing else of the catalogue."""
    products, dealers = {spec.product for spec in specs}, {spec.dealer for spec in specs}
    found = list(_editions(session, filter(str.isprintable, products)))
    return Catalogue(
        products=frozenset(product for product, _edition, _id in found),
        editions={(product, edition): edition_id for product, edition, edition_id in found},
        dealers=_dealers(session, filter(None, dealers)),
    )


def _editions(session: Session, products: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    named = select(Product.code, Edition.code, Edition.id).outerjoin(Product.editions)
    for batch in bulk.batches(products):
        yield from session.execute(named.where(Product.code.in_(batch)))


def _dealers(session: Session, refs: Iterable[str]) -> dict[str, int]:
    named = {number: ref for ref in refs if (number := identifiers.read("dlr", ref)) is not None}
    found: dict[str, int] = {}
    for batch in bulk.batches(named):
        found.update(
            {named[number]: number for number in session.scalars(select(Dealer.id).where(Dealer.id.in_(batch)))}
        )
    return found


def of_spec(call: Call, spec: LicenseSpec, catalogue: Catalogue, key: str) -> Rows:
    """The rows of a spec without problems; `key` is its license key, given or made."""
    customer = _customer(call, spec)
    license_row = {
        "id": call.new_id(),
        "license_key": key,
        "edition_id": catalogue.editions[spec.product, spec.edition],
        "license_class": license_specs.class_of(spec),
        "status": LicenseStatus.ACTIVE,
        "seats": spec.seats,
        "country": spec.country,
        "starts_on": spec.starts_on,
        "expires_on": spec.expires_on,
        "activated_on": spec.activated_on,
        "dealer_id": catalogue.dealers[spec.dealer] if spec.dealer else None,
        "customer_id": customer["id"] if customer else None,
        "machines": 0,
        "test": spec.test,
        "seq": 1,
        "created_at": call.now,
        "changed_at": call.now,
    }
    return Rows(license_row, customer)


def facts(spec: LicenseSpec) -> dict[str, object]:
    """What the audit trail tells of a new license: no key, no code, no person."""
    return {
        "product": spec.product,
        "edition": spec.edition,
        "license_class": license_specs.class_of(spec),
        "seats": spec.seats,
        "country": spec.country,
        "starts_on": spec.starts_on,
        "expires_on": spec.expires_on,
        "activated_on": spec.activated_on,
        "dealer": spec.dealer,
        "test": spec.test,
    }


def _customer(call: Call, spec: LicenseSpec) -> dict[str, Any] | None:
    if spec.customer is None:
        return None
    named = spec.customer
    return {
        "id": call.new_id(),
        "name": named.name,
        "email": named.email,
        "country": named.country,
        "reminders": named.reminders,
        "language": named.language and named.language.value,
        "created_at": call.now,
    }
