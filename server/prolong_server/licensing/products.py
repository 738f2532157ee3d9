"""The catalogue: products, their policies and their editions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import product_specs
from prolong_server.licensing.product_specs import POLICIES, EditionSpec, ProductSpec
from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.channel import Order, PriceItem
from prolong_server.models.licensing import License
from prolong_server.operations import audit, idempotency, pages
from prolong_server.operations.pages import Page
from prolong_server.rules import errors, identifiers, texts
from prolong_server.rules.vocabulary import EditionKind, MachineCheck, RenewalBasis, Territory


@dataclass(frozen=True, slots=True)
class EditionView:
    """An edition as it is offered."""

    code: str
    name: str
    kind: EditionKind
    periods: tuple[int, ...]
    territory: Territory


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product with its policies and editions, sorted by their codes."""

    id: str
    code: str
    name: str
    latest_version: str
    minimum_renewal_version: str | None
    download_url: str | None
    registration_url: str | None
    where_to_buy: str | None
    renewal_basis: RenewalBasis
    renewal_grace_months: int
    max_advance_years: int
    machine_check: MachineCheck
    refresh_days: int
    moves_allowed_count: int | None
    moves_policy_term_months: int
    web_origins: tuple[str, ...]
    editions: tuple[EditionView, ...]


@idempotency.creating
def create(session: Session, call: Call, spec: ProductSpec) -> ProductView:
    """Add a product with its editions. InvalidRequest, PeriodNotAllowed (R1), AlreadyExists for a taken code."""
    product_specs.judge(spec)
    row = Product(id=call.new_id(), code=spec.code, created_at=call.now)
    _set_policies(row, spec)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise errors.AlreadyExists(field="code") from None
    _set_editions(session, call, row.id, (), spec.editions)
    return _recorded(session, call, "product.created", row.id, None)


@db.reading
def list_all(session: Session, call: Call, cursor: str | None = None, limit: int = pages.DEFAULT) -> Page[ProductView]:
    """A page of all products. InvalidRequest for a foreign cursor."""
    rows, following = pages.fetch(session, _with_editions(), Product.code, cursor, limit)
    return Page(tuple(map(_view, rows)), following)


@db.reading
def show(session: Session, call: Call, code: str) -> ProductView:
    """The product of this code; NotFound."""
    return _view(_find(session, _with_editions(), code))


@db.transactional
def change(session: Session, call: Call, code: str, changes: Mapping[str, object]) -> ProductView:
    """Change the named fields of a product: those of ProductSpec but its code; `editions` are EditionSpec.

    The editions given replace those of the same code and are added to the others' place: one that is not named is
    removed. NotFound; InvalidRequest, also for the removal of an edition in use; PeriodNotAllowed (R1).
    """
    row = _find(session, _with_editions().with_for_update(of=Product), code)
    before = _view(row)
    product_specs.refuse_unset(dict(changes))
    spec = replace(_spec_of(before), **changes)  # type: ignore[arg-type]  # the door's schema has typed them
    product_specs.judge(spec)
    _set_policies(row, spec)
    session.flush()
    if "editions" in changes:
        _set_editions(session, call, row.id, row.editions, spec.editions)
    return _recorded(session, call, "product.changed", row.id, before)


def _find(session: Session, statement: Select[Product], code: str) -> Product:
    row = session.scalars(statement.where(Product.code == code)).one_or_none() if texts.is_code_name(code) else None
    if row is None:
        raise errors.NotFound
    return row


def _with_editions() -> Select[Product]:
    return select(Product).options(selectinload(Product.editions))


def _set_policies(row: Product, spec: ProductSpec) -> None:
    for field in POLICIES:
        setattr(row, field, getattr(spec, field))
    row.web_origins = tuple(dict.fromkeys(map(str.lower, spec.web_origins)))


def _set_editions(
    session: Session, call: Call, product_id: int, present: Iterable[Edition], wanted: Iterable[EditionSpec]
) -> None:
    rows = {row.code: row for row in present}
    for spec in map(EditionSpec.settled, wanted):
        row = rows.pop(spec.code, None) or Edition(id=call.new_id(), product_id=product_id, code=spec.code)
        row.name, row.kind, row.territory = spec.name, EditionKind(spec.kind or ""), Territory(spec.territory or "")
        row.periods = tuple(map(str, spec.periods))
        session.add(row)
    for row in rows.values():
        _remove_edition(session, row)
    session.flush()


def _remove_edition(session: Session, row: Edition) -> None:
    refusal = errors.InvalidRequest(
        {"editions": [f"Edition {row.code!r} is in use by licenses, orders or prices and cannot go; name it as well."]}
    )
    if session.scalar(select(_is_used(row.id))):
        raise refusal
    try:
        with session.begin_nested():
            session.delete(row)
    except IntegrityError:
        raise refusal from None


def _is_used(edition_id: int) -> ColumnElement[bool]:
    users = (License.edition_id, Order.edition_id, PriceItem.edition_id)
    return or_(*(exists().where(column == edition_id) for column in users))


def _recorded(session: Session, call: Call, action: str, product_id: int, before: ProductView | None) -> ProductView:
    fresh = _with_editions().where(Product.id == product_id).execution_options(populate_existing=True)
    after = _view(session.scalars(fresh).one())
    told_before = _facts(before, after) if before else None
    audit.record(session, call, action, after.id, before=told_before, after=_facts(after, before))
    return after


def _facts(view: ProductView, other: ProductView | None) -> dict[str, object]:
    """What the trail tells of a product: all of it when it is new, else what has changed."""
    facts = {field.name: getattr(view, field.name) for field in fields(view)}
    told = {name: value for name, value in facts.items() if other is None or value != getattr(other, name)}
    if "editions" in told:
        told["editions"] = [{f.name: getattr(edition, f.name) for f in fields(edition)} for edition in view.editions]
    return told


def _spec_of(view: ProductView) -> ProductSpec:
    editions = tuple(EditionSpec(e.code, e.name, e.periods, e.kind, e.territory) for e in view.editions)
    policies: dict[str, Any] = {field: getattr(view, field) for field in POLICIES}
    return ProductSpec(code=view.code, editions=editions, **policies)


def _view(row: Product) -> ProductView:
    policies: dict[str, Any] = {field: getattr(row, field) for field in POLICIES}
    editions = tuple(map(_edition_view, sorted(row.editions, key=lambda edition: edition.code)))
    return ProductView(id=identifiers.show("prd", row.id), code=row.code, editions=editions, **policies)


def _edition_view(row: Edition) -> EditionView:
    periods = tuple(map(int, row.periods))
    return EditionView(code=row.code, name=row.name, kind=row.kind, periods=periods, territory=row.territory)
