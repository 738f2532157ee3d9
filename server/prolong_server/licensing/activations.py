"""An activation: an activation code creates a license and its key, once; the same machine is answered again."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, update
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import code_reading, documents, ledger, reading, registration
from prolong_server.licensing.forms import MISSING, ActivationForm, fingerprint_of, form_facts
from prolong_server.licensing.ledger import Sought
from prolong_server.licensing.license_views import LicenseView
from prolong_server.licensing.reading import Held
from prolong_server.models.licensing import ISSUED, REDEEMED, Activation, Code, Customer, License
from prolong_server.operations import audit, keys, outbox
from prolong_server.rules import calendar, codes, errors, facts, identifiers, license_keys, renewal
from prolong_server.rules.answers import Replay
from prolong_server.rules.errors import Refusal
from prolong_server.rules.events import EventKind
from prolong_server.rules.facts import Facts
from prolong_server.rules.vocabulary import LicenseStatus


@dataclass(frozen=True, slots=True)
class ActivationView:
    """The license with its key, and its document; `first` is true for the answer that created it."""

    license: LicenseView
    license_document: str
    first: bool


@dataclass(frozen=True, slots=True)
class _Case:
    row: Row[Any]
    facts: Facts
    held: Held | None


def activate(call: Call, form: ActivationForm) -> ActivationView:
    """Create a license with an activation code (R1, R7, R9, R11), or register one more machine with it (R6).

    Raises the first refusal in the order of precedence, and TryAgain when the outcome is unknown.
    """
    code = codes.read(form.code)
    first = False
    while True:
        case = _read(call, form, code)
        answer = renewal.judge(case.facts, renewal.ACTIVATION)
        if isinstance(answer, Refusal):
            raise _addressed(call, form, case, answer)
        if case.held is not None and (answer is Replay.ACTIVATION or form.machine is None):
            subject = case.held.subject(fingerprint_of(form.machine))
            return ActivationView(subject.license, documents.sign(call, subject), first)
        first = _carry_out(call, form, case) or first


def _carry_out(call: Call, form: ActivationForm, case: _Case) -> bool:
    # Whoever loses a race here finds out what became of it by reading again.
    if case.held is None:
        return _create(call, form, case.row)
    if form.machine is not None:
        registration.register(call, case.held.facts.id, form.machine)
    return False


def _read(call: Call, form: ActivationForm, code: codes.Code) -> _Case:
    sought = Sought(None, fingerprint_of(form.machine), code_reading.digests_of(call, code))
    with db.lookups() as connection:
        row = ledger.read_activation(connection, sought)
        if row is None or code_reading.contradicts(code, row.code_class):
            raise code_reading.unknown(keys.code_key_ids(connection), call)
    held = reading.license_of(row, call.zone)
    spent = None if held is None else facts.Spent(held.facts.id, reversed=False)
    ordered = reading.code_of(row, spent)
    known = held.facts if held else None
    return _Case(row, Facts(call.today, _form(form, row), ordered, known, form.customer.country), held)


def _form(form: ActivationForm, row: Row[Any]) -> facts.Form:
    asked = form_facts(form, row.web_origins if row.code_product == form.product else ())
    needed = {"product_version": form.product_version, "machine": form.machine}
    missing: dict[str, object] = {name: [MISSING] for name, value in needed.items() if value is None}
    if missing and not asked.trusted_origin:
        raise errors.InvalidRequest(missing)
    return asked


def _addressed(call: Call, form: ActivationForm, case: _Case, refusal: Refusal) -> Refusal:
    refusal.country = case.held.facts.country if case.held else case.row.dealer_country
    if refusal.solved_by_purchase:
        shops = f"{call.issuer}/v1/resellers?country={form.customer.country}"
        refusal.where_to_buy = case.row.where_to_buy or shops
    return refusal


@db.transactional
def _create(session: Session, call: Call, form: ActivationForm, row: Row[Any]) -> bool:
    spend = update(Code).where(Code.digest == row.digest, Code.state == ISSUED).values(state=REDEEMED)
    if session.connection().execute(spend).rowcount != 1:
        return False
    customer = _customer(call, form)
    session.add(customer)
    session.flush()
    created = _license(call, form, row, customer.id)
    session.add(created)
    session.flush()
    if form.machine is not None:
        session.add(registration.machine_row(call, created.id, form.machine))
    session.add(Activation(code=row.digest, license_id=created.id, activated_at=call.now))
    name = identifiers.show("lic", created.id)
    audit.record(session, call, "license.activated", name, after={"expires_on": created.expires_on})
    if row.is_told:
        _tell(session, call, row, created)
    return True


def _tell(session: Session, call: Call, row: Row[Any], created: License) -> None:
    data = {
        "license": identifiers.show("lic", created.id),
        "order": identifiers.show("ord", row.order_id),
        "dealer": identifiers.show("dlr", row.code_dealer_id),
        "product": row.code_product,
        "edition": row.code_edition,
        "license_class": row.code_class,
        "seats": row.code_seats,
        "country": created.country,
        "activated_on": created.activated_on,
        "expires_on": created.expires_on,
        "period_years": row.period_years,
        "test": row.code_test,
    }
    outbox.tell(session, call, EventKind.LICENSE_ACTIVATED, data, row.code_dealer_id)


def _customer(call: Call, form: ActivationForm) -> Customer:
    told = form.customer
    return Customer(
        id=call.new_id(),
        name=told.name,
        email=told.email,
        country=told.country,
        reminders=told.reminders,
        language=told.language and told.language.value,
        created_at=call.now,
    )


def _license(call: Call, form: ActivationForm, row: Row[Any], customer_id: int) -> License:
    return License(
        id=call.new_id(),
        license_key=next(license_keys.generate(1, call.random)),
        edition_id=row.code_edition_id,
        license_class=row.code_class,
        status=LicenseStatus.ACTIVE,
        seats=row.code_seats,
        country=form.customer.country,
        starts_on=call.today,
        expires_on=calendar.first_term(call.today, row.period_years),
        activated_on=call.today,
        dealer_id=row.code_dealer_id,
        customer_id=customer_id,
        machines=0 if form.machine is None else 1,
        test=row.code_test,
        seq=1,
        created_at=call.now,
        changed_at=call.now,
    )
