"""Transfer requests in the making: begun, filled in, shown, listed; and their links sent anew or taken back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.modules import ModuleReturn, TransferRequest
from prolong_server.modules import binding, notices, request_links, request_rows, request_specs, request_views
from prolong_server.modules.binding import LicenseFileView
from prolong_server.modules.request_specs import Pledges, RequestSpec
from prolong_server.modules.request_views import RequestView
from prolong_server.operations import audit, idempotency, pages
from prolong_server.operations.pages import Page
from prolong_server.rules import errors, module_states
from prolong_server.rules.module_words import Action, RequestState


@dataclass(frozen=True, slots=True)
class Created:
    """A new request. Link and token are told to staff alone; anybody else finds them in the mail to the contact."""

    id: str
    link: str | None = field(repr=False, default=None)
    token: str | None = field(repr=False, default=None)


@idempotency.creating
def create(session: Session, call: Call, spec: RequestSpec) -> Created:
    """Begin a request (M1). LicenseNotFound, ModuleNotFound, InvalidRequest; RateLimited (at most 3 mails a day)."""
    row = _row(call, spec)
    session.add(row)
    session.flush()
    request_rows.write_lines(session, row.id, request_specs.lines(session, spec.licenses))
    audit.record(
        session, call, "transfer_request.created", request_rows.name(row), after=_told(row, len(spec.licenses))
    )
    if call.actor.role is not None:
        return Created(request_rows.name(row), request_links.address(call, row), request_links.token(call, row))
    request_links.count_mail(session, call, row)
    notices.send_link(session, call, row)
    return Created(request_rows.name(row))


@db.transactional
def change(session: Session, call: Call, ref: str, changes: Mapping[str, Any]) -> RequestView:
    """Fill in what the fields of RequestSpec name, or answer a question, while the request is the customer's to write.

    `licenses` replace all that were named. NotFound, StateChanged, LicenseNotFound, ModuleNotFound, InvalidRequest.
    """
    row = request_rows.find(session, call, ref, lock=True)
    if row.state not in module_states.allowed_from(Action.EDIT):
        raise errors.StateChanged(state=row.state.value)
    for name in ("kind", "company", "files_held", "language", "answer"):
        if name in changes:
            setattr(row, name, changes[name])
    pledges: Pledges | None = changes.get("pledges")
    if pledges is not None:
        row.non_use, row.return_modules = pledges.non_use, pledges.return_modules
    if "licenses" in changes:
        request_rows.write_lines(session, row.id, request_specs.lines(session, changes["licenses"]))
    if {"kind", "licenses"} & changes.keys():
        _forget_what_was_granted(row)
    row.version += 1
    audit.record(session, call, "transfer_request.changed", request_rows.name(row), after={"fields": sorted(changes)})
    session.flush()
    return request_views.view(session, call, row)


@db.reading
def show(session: Session, call: Call, ref: str) -> RequestView:
    """A request as it is now, with all that it lacks. NotFound."""
    return request_views.view(session, call, request_rows.find(session, call, ref))


@db.reading
def list_all(
    session: Session,
    call: Call,
    state: RequestState | None = None,
    overdue: bool = False,
    cursor: str | None = None,
    limit: int = pages.DEFAULT,
) -> Page[RequestView]:
    """A page of requests, newest first; of one state, or those whose Modules are late (M5). InvalidRequest."""
    chosen = select(TransferRequest)
    if state is not None:
        chosen = chosen.where(TransferRequest.state == state)
    if overdue:
        late = (ModuleReturn.due_on < call.today, ModuleReturn.received_at.is_(None))
        chosen = chosen.where(exists().where(ModuleReturn.request_id == TransferRequest.id, *late))
    rows, following = pages.fetch(session, chosen, TransferRequest.id, cursor, limit, descending=True)
    return Page(request_views.views(session, call, rows), following)


@db.reading
def license_files(
    session: Session, call: Call, ref: str, cursor: str | None = None, limit: int = pages.DEFAULT
) -> Page[LicenseFileView]:
    """A page of the license files that a request has brought about. NotFound, InvalidRequest for a foreign cursor."""
    return binding.of_request(session, request_rows.find(session, call, ref).id, cursor, limit)


@db.reading
def license_file(session: Session, call: Call, ref: str, file: str) -> LicenseFileView:
    """One license file that a request has brought about, by its `lfl_…`. NotFound."""
    return binding.one_of_request(session, request_rows.find(session, call, ref).id, file)


@db.transactional
def renew_link(session: Session, call: Call, ref: str) -> Created:
    """Make a new link, which staff get in the answer, and mail it to the contact; the one before is void. NotFound."""
    row = request_rows.find(session, call, ref, lock=True)
    request_links.renew(row)
    session.flush()
    if row.contact_email is not None:
        request_links.count_mail(session, call, row)
        notices.send_link(session, call, row)
    audit.record(session, call, "transfer_request.link_renewed", request_rows.name(row))
    return Created(request_rows.name(row), request_links.address(call, row), request_links.token(call, row))


@db.transactional
def revoke_link(session: Session, call: Call, ref: str) -> None:
    """Make the link of a request void, whoever has it; a new one can be made. NotFound."""
    row = request_rows.find(session, call, ref, lock=True)
    request_links.revoke(row)
    audit.record(session, call, "transfer_request.link_revoked", request_rows.name(row))


def _forget_what_was_granted(row: TransferRequest) -> None:
    """A payment and an override were given for what was to be moved then (M7, M10)."""
    row.order_reference, row.paid_at = None, None
    row.override_reason, row.override_asked_by, row.override_by = None, None, None


def _row(call: Call, spec: RequestSpec) -> TransferRequest:
    return TransferRequest(
        id=call.new_ordered_id(),
        kind=spec.kind,
        state=RequestState.DRAFT,
        version=1,
        language=spec.language.value,
        company=spec.company,
        contact_email=spec.contact_email,
        non_use=spec.pledges.non_use,
        return_modules=spec.pledges.return_modules,
        files_held=spec.files_held,
        link=1,
        exchange=(),
        created_at=call.now,
    )


def _told(row: TransferRequest, licenses: int) -> dict[str, object]:
    return {"kind": row.kind, "licenses": licenses}
