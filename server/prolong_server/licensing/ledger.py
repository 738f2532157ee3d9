"""The reads of the hot path, and nothing else: all that a redemption depends on, in one statement."""

from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Select, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from prolong_server import prepared
from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.channel import Dealer, Order
from prolong_server.models.licensing import Activation, Code, License, Machine, Redemption
from prolong_server.operations import outbox
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
_RECEIPT = (
    Redemption.license_id.label("spent_on"),
    Redemption.license_seq,
    Redemption.redeemed_at,
    Redemption.previous_expires_on,
    Redemption.expires_on.label("renewed_until"),
    Redemption.renewal_basis.label("receipt_basis"),
    Redemption.reversed_at,
)
_BY_KEY = func.upper(License.license_key) == bindparam("license_key")
_BY_MACHINE = and_(Machine.license_id == License.id, Machine.fingerprint == bindparam("fingerprint"))


@cache
def _renewal_question(keys: int) -> Question:
    wanted = outbox.wanted(EventKind.LICENSE_RENEWED, Order.test, Order.dealer_id, License.dealer_id)
    statement = _code_question(keys, *_ORDERED, *_HELD, *_RECEIPT, wanted.label("is_told"))
    statement = statement.outerjoin(Redemption, Redemption.code == Code.digest)
    return _with_license(statement.outerjoin(License, _BY_KEY))


@cache
def _activation_question(keys: int) -> Question:
    wanted = outbox.wanted(EventKind.LICENSE_ACTIVATED, Order.test, Order.dealer_id)
    statement = _code_question(keys, *_ORDERED, *_HELD, wanted.label("is_told"))
    statement = statement.outerjoin(Activation, Activation.code == Code.digest)
    return _with_license(statement.outerjoin(License, License.id == Activation.license_id))


def _code_question(keys: int, *columns: object) -> Question:
    digests: list[BindParameter[bytes]] = [bindparam(f"digest_{number}") for number in range(keys)]
    statement = select(*columns).select_from(Code)  # type: ignore[call-overload]
    found: Question = (
        statement.join(Order, Order.id == Code.order_id)
        .join(Edition, Edition.id == Order.edition_id)
        .join(Product, Product.id == Edition.product_id)
        .join(Dealer, Dealer.id == Order.dealer_id)
        .where(Code.digest.in_(digests))
    )
    return found


def _with_license(statement: Question) -> Question:
    return (
        statement.outerjoin(LicenseEdition, LicenseEdition.id == License.edition_id)
        .outerjoin(LicenseProduct, LicenseProduct.id == LicenseEdition.product_id)
        .outerjoin(Seller, Seller.id == License.dealer_id)
        .outerjoin(Machine, _BY_MACHINE)
    )


def read_renewal(
    connection: Connection, digests: tuple[bytes, ...], license_key: str | None, fingerprint: str | None
) -> Row[Any] | None:
    """All that a redemption depends on, in one statement; None when no code has one of the digests."""
    values = {"license_key": license_key, "fingerprint": fingerprint, **_named(digests)}
    return prepared.fetch_one(connection, _renewal_question(len(digests)), values)


def read_activation(connection: Connection, digests: tuple[bytes, ...], fingerprint: str | None) -> Row[Any] | None:
    """All that an activation depends on, the license that the code has created included."""
    values = {"fingerprint": fingerprint, **_named(digests)}
    return prepared.fetch_one(connection, _activation_question(len(digests)), values)


def _named(digests: tuple[bytes, ...]) -> dict[str, bytes]:
    return {f"digest_{number}": digest for number, digest in enumerate(digests)}


_HELD_WITH_POLICIES = _with_license(
    select(*_HELD, LicenseProduct.renewal_grace_months, LicenseProduct.machine_check, LicenseProduct.refresh_days)
    .select_from(License)
    .where(_BY_KEY)
)


def read_license(connection: Connection, license_key: str, fingerprint: str | None) -> Row[Any] | None:
    """A license by its key with its product's policies, in one statement; None when no license has the key."""
    values = {"license_key": license_key, "fingerprint": fingerprint}
    return prepared.fetch_one(connection, _HELD_WITH_POLICIES, values)
