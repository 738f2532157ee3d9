"""The reads of the hot path, and nothing else: all that a redemption depends on, in one statement.

Many questions are answered by one statement too, with a row for each, numbered by its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    LargeBinary,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    func,
    select,
)
from sqlalchemy.orm import aliased

from prolong_server import prepared
from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.channel import Dealer, Order
from prolong_server.models.licensing import Activation, Code, License, Machine, Redemption
from prolong_server.operations import outbox
from prolong_server.prepared import Many
from prolong_server.rules.events import EventKind

Question = Select[*tuple[Any, ...]]
LicenseEdition = aliased(Edition, name="license_edition")
LicenseProduct = aliased(Product, name="license_product")
Seller = aliased(Dealer, name="seller")

_ORDERED = (
    Code.digest,
    Code.state,
    Code.order_id,
    Order.kind.label("code_kind"),
    Order.license_class.label("code_class"),
    Order.period_years,
    Order.seats.label("code_seats"),
    Order.territories,
    Order.test.label("code_test"),
    Order.good_until,
    Order.dealer_id.label("code_dealer_id"),
    Dealer.country.label("dealer_country"),
    Edition.id.label("code_edition_id"),
    Edition.code.label("code_edition"),
    Edition.kind.label("edition_kind"),
    Edition.periods,
    Edition.territory,
    Product.code.label("code_product"),
    Product.latest_version,
    Product.minimum_renewal_version,
    Product.download_url,
    Product.where_to_buy,
    Product.renewal_basis.label("product_basis"),
    Product.renewal_grace_months,
    Product.max_advance_years,
    Product.machine_check,
    Product.refresh_days,
    Product.web_origins,
)
_HELD = (
    License.id.label("license_id"),
    License.license_key,
    License.license_class,
    License.status,
    License.seats,
    License.country,
    License.starts_on,
    License.expires_on,
    License.activated_on,
    License.test,
    License.machines,
    License.files,
    License.seq,
    License.changed_at,
    License.dealer_id.label("seller_id"),
    LicenseEdition.code.label("edition"),
    LicenseProduct.code.label("product"),
    Seller.name.label("seller_name"),
    Seller.phone.label("seller_phone"),
    Seller.email.label("seller_email"),
    Seller.url.label("seller_url"),
    Machine.id.label("machine_id"),
)
_POLICIES = (LicenseProduct.renewal_grace_months, LicenseProduct.machine_check, LicenseProduct.refresh_days)
_RECEIPT = (
    Redemption.license_id.label("spent_on"),
    Redemption.license_seq,
    Redemption.redeemed_at,
    Redemption.previous_expires_on,
    Redemption.expires_on.label("renewed_until"),
    Redemption.renewal_basis.label("receipt_basis"),
    Redemption.reversed_at,
)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a question is about: the key of a license, a machine's fingerprint, the digests that a code may have."""

    license_key: str | None
    fingerprint: str | None
    digests: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class _Terms:
    """How a statement names what is sought: by its parameters, or by the columns of many questions."""

    license_key: ColumnElement[Any]
    fingerprint: ColumnElement[Any]


_ONE: Final = _Terms(bindparam("license_key"), bindparam("fingerprint"))


def read_renewals(connection: Connection, sought: Sequence[Sought]) -> list[Row[Any] | None]:
    """All that each redemption depends on; None where no code has one of the digests."""
    if len(sought) > 1:
        return _read_many(connection, _RENEWALS, sought)
    return [prepared.fetch_one(connection, _renewal_question(len(one.digests)), _values(one)) for one in sought]


def read_activation(connection: Connection, sought: Sought) -> Row[Any] | None:
    """All that an activation depends on, the license that the code has created included."""
    return prepared.fetch_one(connection, _activation_question(len(sought.digests)), _values(sought))


def read_licenses(connection: Connection, sought: Sequence[Sought]) -> list[Row[Any] | None]:
    """Each license by its key with its product's policies; None where no license has the key."""
    if len(sought) > 1:
        return _read_many(connection, _LICENSES, sought)
    return [prepared.fetch_one(connection, _license_question(), _values(one)) for one in sought]


def _values(sought: Sought) -> dict[str, Any]:
    digests = {f"digest_{number}": digest for number, digest in enumerate(sought.digests)}
    return {"license_key": sought.license_key, "fingerprint": sought.fingerprint, **digests}


def _read_many(connection: Connection, many: Many, sought: Sequence[Sought]) -> list[Row[Any] | None]:
    # While a code key is being replaced a code has a digest under each, and so a line of its own for each.
    lines = [(at, digest) for at, one in enumerate(sought) for digest in one.digests or (None,)]
    asked = [
        {"digest": digest, "license_key": sought[at].license_key, "fingerprint": sought[at].fingerprint}
        for at, digest in lines
    ]
    found: list[Row[Any] | None] = [None] * len(sought)
    for row in prepared.fetch_many(connection, many, asked):
        found[lines[row.place - 1][0]] = row
    return found


@cache
def _renewal_question(keys: int) -> Question:
    return _renewals(_of_code(keys), _ONE)


def _renewal_questions(asked: FromClause) -> Question:
    statement = select(asked.c.place).select_from(asked).join(Code, Code.digest == asked.c.digest)
    return _renewals(statement, _Terms(asked.c.license_key, asked.c.fingerprint))


def _renewals(codes: Question, terms: _Terms) -> Question:
    wanted = outbox.wanted(EventKind.LICENSE_RENEWED, Order.test, Order.dealer_id, License.dealer_id)
    statement = _with_order(codes).add_columns(*_ORDERED, *_HELD, *_RECEIPT, wanted.label("is_told"))
    statement = statement.outerjoin(Redemption, Redemption.code == Code.digest)
    return _with_license(statement.outerjoin(License, _has_key(terms)), terms)


@cache
def _activation_question(keys: int) -> Question:
    wanted = outbox.wanted(EventKind.LICENSE_ACTIVATED, Order.test, Order.dealer_id)
    statement = _with_order(_of_code(keys)).add_columns(*_ORDERED, *_HELD, wanted.label("is_told"))
    statement = statement.outerjoin(Activation, Activation.code == Code.digest)
    return _with_license(statement.outerjoin(License, License.id == Activation.license_id), _ONE)


@cache
def _license_question() -> Question:
    return _with_license(select(*_HELD, *_POLICIES).select_from(License).where(_has_key(_ONE)), _ONE)


def _license_questions(asked: FromClause) -> Question:
    terms = _Terms(asked.c.license_key, asked.c.fingerprint)
    statement = select(asked.c.place, *_HELD, *_POLICIES).select_from(asked)
    return _with_license(statement.join(License, _has_key(terms)), terms)


def _of_code(keys: int) -> Question:
    digests: list[BindParameter[bytes]] = [bindparam(f"digest_{number}") for number in range(keys)]
    return select().select_from(Code).where(Code.digest.in_(digests))


def _with_order(codes: Question) -> Question:
    return (
        codes.join(Order, Order.id == Code.order_id)
        .join(Edition, Edition.id == Order.edition_id)
        .join(Product, Product.id == Edition.product_id)
        .join(Dealer, Dealer.id == Order.dealer_id)
    )


def _has_key(terms: _Terms) -> ColumnElement[bool]:
    return func.upper(License.license_key) == terms.license_key


def _with_license(statement: Question, terms: _Terms) -> Question:
    same_machine = and_(Machine.license_id == License.id, Machine.fingerprint == terms.fingerprint)
    return (
        statement.outerjoin(LicenseEdition, LicenseEdition.id == License.edition_id)
        .outerjoin(LicenseProduct, LicenseProduct.id == LicenseEdition.product_id)
        .outerjoin(Seller, Seller.id == License.dealer_id)
        .outerjoin(Machine, same_machine)
    )


_RENEWALS: Final = Many(_renewal_questions, {"digest": LargeBinary, "license_key": Text, "fingerprint": Text})
_LICENSES: Final = Many(_license_questions, {"license_key": Text, "fingerprint": Text})
