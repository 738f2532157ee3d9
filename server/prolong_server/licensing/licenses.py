"""Licenses in the hands of staff: created, listed, shown, suspended, reinstated, revoked."""

from sqlalchemy import exists, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import license_rows, license_specs, license_views, revocations
from prolong_server.licensing.license_rows import Rows
from prolong_server.licensing.license_specs import Catalogue, LicenseSpec
from prolong_server.licensing.license_views import LicenseView, canonical_key, find
from prolong_server.models.licensing import Customer, License
from prolong_server.operations import audit, idempotency, pages
from prolong_server.operations.pages import Page
from prolong_server.rules import errors, identifiers, license_keys, texts
from prolong_server.rules.vocabulary import LicenseStatus

LONGEST_REASON = 500
# Keys that we make have 120 random bits: a second collision in a row is a broken source, not bad luck.
_TRIES = 3


@idempotency.creating
def create(session: Session, call: Call, spec: LicenseSpec) -> LicenseView:
    """Make a license. InvalidRequest with each wrong field; AlreadyExists when its key is taken, in any case."""
    catalogue = license_rows.read_catalogue(session, [spec])
    wrong = license_specs.problems(spec, catalogue, call.today)
    if wrong:
        raise errors.InvalidRequest(_nested(wrong))
    number = _inserted(session, call, spec, catalogue)
    ref = identifiers.show("lic", number)
    audit.record(session, call, "license.created", ref, after=license_rows.facts(spec))
    return license_views.load(session, call.zone, ref)


@db.reading
def list_all(session: Session, call: Call, cursor: str | None = None, limit: int = pages.DEFAULT) -> Page[LicenseView]:
    """A page of all licenses. InvalidRequest for a foreign cursor."""
    rows, following = pages.fetch(session, license_views.with_all(), License.id, cursor, limit)
    return Page(tuple(license_views.of_row(row, call.zone) for row in rows), following)


@db.reading
def show(session: Session, call: Call, license_ref: str) -> LicenseView:
    """The license that `lic_…` or its key names; LicenseNotFound."""
    return license_views.load(session, call.zone, license_ref)


@db.transactional
def suspend(session: Session, call: Call, license_ref: str, reason: str) -> LicenseView:
    """Suspend a license; one that is suspended stays as it is. LicenseNotFound, LicenseRevoked, InvalidRequest."""
    return _moved(session, call, license_ref, LicenseStatus.SUSPENDED, reason)


@db.transactional
def reinstate(session: Session, call: Call, license_ref: str, reason: str) -> LicenseView:
    """End a suspension; an active license stays as it is. LicenseNotFound, LicenseRevoked, InvalidRequest."""
    return _moved(session, call, license_ref, LicenseStatus.ACTIVE, reason)


@db.transactional
def revoke(session: Session, call: Call, license_ref: str, reason: str) -> LicenseView:
    """Revoke a license for good; a revoked one stays as it is. LicenseNotFound, InvalidRequest."""
    return _moved(session, call, license_ref, LicenseStatus.REVOKED, reason)


_ACTIONS = {
    LicenseStatus.SUSPENDED: "license.suspended",
    LicenseStatus.ACTIVE: "license.reinstated",
    LicenseStatus.REVOKED: "license.revoked",
}


def _moved(session: Session, call: Call, license_ref: str, status: LicenseStatus, reason: str) -> LicenseView:
    if not texts.is_line(reason, LONGEST_REASON):
        raise errors.InvalidRequest({"reason": [f"Give a reason of 1 to {LONGEST_REASON} characters on one line."]})
    row = find(session, license_ref, lock=True)
    if row.status is not status:
        _move(session, call, row, status, reason)
    return license_views.of_row(row, call.zone)


def _move(session: Session, call: Call, row: License, status: LicenseStatus, reason: str) -> None:
    if row.status is LicenseStatus.REVOKED:
        refusal = errors.LicenseRevoked()
        refusal.country = row.country
        raise refusal
    before = row.status
    row.status, row.seq, row.changed_at = status, row.seq + 1, call.now
    after = {"status": status, "reason": reason}
    audit.record(session, call, _ACTIONS[status], identifiers.show("lic", row.id), {"status": before}, after)
    session.flush()
    if status is LicenseStatus.REVOKED:
        revocations.count_one(session, call)


def _inserted(session: Session, call: Call, spec: LicenseSpec, catalogue: Catalogue) -> int:
    for _ in range(_TRIES):
        key = spec.license_key.strip() if spec.license_key is not None else next(license_keys.generate(1, call.random))
        try:
            return _insert(session, license_rows.of_spec(call, spec, catalogue, key))
        except IntegrityError:
            if not _is_taken(session, key):
                raise
            if spec.license_key is not None:
                raise errors.AlreadyExists(field="license_key") from None
    raise RuntimeError("The source of randomness is broken: it keeps giving license keys that exist.")


def _insert(session: Session, rows: Rows) -> int:
    with session.begin_nested():
        if rows.customer:
            session.execute(insert(Customer).values(rows.customer))
        session.execute(insert(License).values(rows.license))
    number: int = rows.license["id"]
    return number


def _is_taken(session: Session, key: str) -> bool:
    same = func.upper(License.license_key) == canonical_key(key)
    return bool(session.scalar(select(exists().where(same))))


def _nested(wrong: dict[str, list[str]]) -> dict[str, object]:
    """The problems as the JSON body has its fields: those of the customer inside `customer`."""
    own: dict[str, object] = {field: told for field, told in wrong.items() if not field.startswith("customer_")}
    inside = {field.removeprefix("customer_"): told for field, told in wrong.items() if field not in own}
    return own | ({"customer": inside} if inside else {})
