"""Orders: a dealer buys codes. Priced, issued and debited in one transaction, all of it or nothing."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from prolong_server import db
from prolong_server.call import Call
from prolong_server.channel import accounts, dealers, issuing, order_views, prices, sealed_codes
from prolong_server.channel.issuing import Progress
from prolong_server.channel.order_views import OrderView
from prolong_server.channel.prices import Quote, Wanted
from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.channel import Dealer, Order, OrderStatus
from prolong_server.operations import audit, idempotency, keys, outbox, pages
from prolong_server.operations.pages import Page
from prolong_server.rules import calendar, errors, facts, identifiers
from prolong_server.rules.actors import Role
from prolong_server.rules.events import EventKind
from prolong_server.rules.prices import MAX_QUANTITY
from prolong_server.rules.vocabulary import CodeKind, LicenseClass

# Sandbox codes cost nothing, so that no credit keeps somebody from filling the disk with them.
MAX_SANDBOX_QUANTITY: Final = 20_000


@dataclass(frozen=True, slots=True)
class OrderSpec:
    """What is ordered: `quantity` codes for `period_years` and `seats` each; the last two fields are an admin's."""

    kind: CodeKind
    product: str
    edition: str
    period_years: int
    seats: int
    quantity: int
    reference: str | None = None
    shelf_life_days: int | None = None
    dealer: str | None = None
    license_class: LicenseClass | None = None


def _untold(_made: int) -> None:
    """The progress of an order that nobody watches."""


@idempotency.creating
def place(session: Session, call: Call, spec: OrderSpec, progress: Progress = _untold) -> OrderView:
    """Price, issue and debit an order. The codes are stored first and the dealer's row is changed last, so that its
    lock is held only for the moment of the commit.

    Raises, in this order: Forbidden (what only an admin may name), InvalidRequest, NotFound (dealer, product, edition),
    DealerSuspended, PeriodNotAllowed (R1), NoPrice, CreditExceeded, QuotaExceeded; each leaves nothing issued and
    nothing debited. A sandbox token's order (R19) is priced and shown like any other, but it is never counted: no
    credit and no quota is needed, nothing is debited, the account has no entry.
    """
    _require_admin_for_more(call, spec)
    dealer = _buyer(session, call, spec)
    edition = _edition(session, spec)
    _require_terms(dealer, edition, spec)
    order = _order(call, spec, dealer, edition, _quote(session, call, dealer, edition, spec))
    if not order.test:
        accounts.require_cover(dealer, order)
    keys.hold_code_key(session, call.keys.codes[0].id)
    keys.hold_secret(session, call.keys)
    session.add(order)
    session.flush()
    issuing.issue(session, call, order.id, order.quantity, progress)
    audit.record(session, call, "order.issued", identifiers.show("ord", order.id), after=_audited(order))
    _tell(session, call, order)
    if not order.test:
        accounts.debit(session, call, order)
    return order_views.of_new(order)


@db.reading
def show(session: Session, call: Call, ref: str) -> OrderView:
    """The order `ord_…`; NotFound, another dealer's included."""
    return order_views.view(session, order_views.find(session, call, ref))


@db.reading
def list_all(session: Session, call: Call, cursor: str | None = None, limit: int = pages.DEFAULT) -> Page[OrderView]:
    """A page of the orders that the caller sees, the newest first: a dealer its own, staff all."""
    rows, following = pages.fetch(session, order_views.visible(call), Order.id, cursor, limit, descending=True)
    return Page(order_views.views(session, rows), following)


@db.transactional
def confirm(session: Session, call: Call, ref: str) -> OrderView:
    """The dealer has its codes: destroy the sealed list. Again: the same answer. NotFound."""
    order = order_views.find(session, call, ref, lock=True)
    if order.confirmed_at is None:
        order.status, order.confirmed_at = OrderStatus.CONFIRMED, call.now
        sealed_codes.destroy(session, order.id)
        audit.record(session, call, "order.confirmed", ref)
    return order_views.view(session, order)


def _require_admin_for_more(call: Call, spec: OrderSpec) -> None:
    is_admin = call.actor.role is Role.ADMIN
    if not is_admin and (spec.dealer is not None or spec.license_class is not None):
        raise errors.Forbidden(needed="role admin")
    if is_admin and spec.dealer is None:
        raise errors.InvalidRequest({"dealer": ["Name the dealer whose order this is."]})
    if _class(spec) is not LicenseClass.STANDARD and spec.kind is not CodeKind.ACTIVATION:
        raise errors.InvalidRequest({"license_class": ["Only activation codes are of a class; renewals are standard."]})
    most = MAX_SANDBOX_QUANTITY if call.actor.test else MAX_QUANTITY
    if not 1 <= spec.quantity <= most:
        raise errors.InvalidRequest({"quantity": [f"From 1 to {most}."]})


def _class(spec: OrderSpec) -> LicenseClass:
    return spec.license_class or LicenseClass.STANDARD


def _buyer(session: Session, call: Call, spec: OrderSpec) -> Dealer:
    return dealers.find(session, spec.dealer or identifiers.show("dlr", call.actor.dealer_id or 0))


def _edition(session: Session, spec: OrderSpec) -> Edition:
    statement = select(Edition).join(Edition.product).options(contains_eager(Edition.product))
    named = statement.where(Product.code == spec.product, Edition.code == spec.edition)
    edition = session.scalars(named).one_or_none()
    if edition is None:
        raise errors.NotFound
    return edition


def _require_terms(dealer: Dealer, edition: Edition, spec: OrderSpec) -> None:
    accounts.require_active(dealer)
    periods = tuple(int(period) for period in edition.periods)
    if not facts.Edition(edition.code, edition.kind, periods, edition.territory).offers(spec.period_years):
        raise errors.PeriodNotAllowed(period_years=spec.period_years)


def _quote(session: Session, call: Call, dealer: Dealer, edition: Edition, spec: OrderSpec) -> Quote:
    if _class(spec) is not LicenseClass.STANDARD:
        return Quote(unit_price=0, price_list_id=None)
    return prices.quote(session, call.today, dealer, Wanted(spec.kind, edition.id, spec.period_years, spec.seats))


def _order(call: Call, spec: OrderSpec, dealer: Dealer, edition: Edition, quote: Quote) -> Order:
    days = spec.shelf_life_days
    return Order(
        id=call.new_ordered_id(),
        dealer_id=dealer.id,
        edition=edition,
        kind=spec.kind,
        license_class=_class(spec),
        period_years=spec.period_years,
        seats=spec.seats,
        quantity=spec.quantity,
        reference=spec.reference,
        shelf_life_days=days,
        good_until=None if days is None else calendar.shelf_life_end(call.today, days),
        territories=dealer.territories,
        unit_price=quote.unit_price,
        total=quote.unit_price * spec.quantity,
        currency=dealer.currency,
        price_list_id=quote.price_list_id,
        status=OrderStatus.ISSUED,
        test=call.actor.test,
        ordered_on=call.today,
        created_at=call.now,
        sealed_until=call.now + sealed_codes.KEPT_FOR,
    )


def _tell(session: Session, call: Call, order: Order) -> None:
    data = {
        "order": identifiers.show("ord", order.id),
        "dealer": identifiers.show("dlr", order.dealer_id),
        "kind": order.kind,
        "product": order.edition.product.code,
        "edition": order.edition.code,
        "license_class": order.license_class,
        "period_years": order.period_years,
        "seats": order.seats,
        "quantity": order.quantity,
        "unit_price": dealers.shown(order.unit_price, order.currency),
        "total": dealers.shown(order.total, order.currency),
        "currency": order.currency,
        "ordered_on": order.ordered_on,
        "good_until": order.good_until,
        "test": order.test,
    }
    outbox.tell(session, call, EventKind.ORDER_ISSUED, data, order.dealer_id)


def _audited(order: Order) -> dict[str, object]:
    names = ("kind", "license_class", "period_years", "seats", "quantity", "unit_price", "total", "currency", "test")
    return {name: getattr(order, name) for name in names}
