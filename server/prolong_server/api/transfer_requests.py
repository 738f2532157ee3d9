"""Transfer requests in the making: begun by anybody, filled in by who holds the link, listed for staff (M1, M2)."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response

from prolong_server.api.core import Noun
from prolong_server.api.schemas.base import WindowSchema, page_of
from prolong_server.api.schemas.modules import LicenseFilePageSchema
from prolong_server.api.schemas.request_forms import CreateRequestSchema, RequestChangeSchema, RequestsQuerySchema
from prolong_server.api.schemas.transfer_requests import CreatedRequestSchema, TransferRequestSchema
from prolong_server.call import Call
from prolong_server.modules import submission, transfer_requests
from prolong_server.modules.binding import LicenseFileView
from prolong_server.modules.request_specs import RequestSpec
from prolong_server.modules.request_views import RequestView
from prolong_server.modules.transfer_requests import Created
from prolong_server.operations.pages import Page

JOSE: Final = "application/jose"
noun = Noun("transfer_requests", "Customers' requests to move licenses between Modules")
files = Noun("request_files", "The license files that a request has brought about")


def _holds_a_secret(made: Created) -> bool:
    return made.token is not None


@noun.operation(
    "create",
    "POST",
    "/transfer-requests",
    body=CreateRequestSchema,
    answer=CreatedRequestSchema,
    status=201,
    once=True,
    secret=_holds_a_secret,
)
def create(call: Call, spec: RequestSpec) -> Created:
    """Begin a request. Its link is mailed to `contact_email`; only staff, who send their token, find it here."""
    return transfer_requests.create(call, spec)


@noun.operation("list", "GET", "/transfer-requests", query=RequestsQuerySchema, answer=page_of(TransferRequestSchema))
def list_all(call: Call, asked: Mapping[str, Any]) -> Page[RequestView]:
    """All requests, newest first; with `state` those in it, with `overdue=true` those whose Modules are late."""
    return transfer_requests.list_all(call, **asked)


@noun.operation("show", "GET", "/transfer-requests/<ref>", answer=TransferRequestSchema)
def show(call: Call, ref: str) -> RequestView:
    """One request, with all that it lacks in `missing`."""
    return transfer_requests.show(call, ref)


@noun.operation("change", "PATCH", "/transfer-requests/<ref>", body=RequestChangeSchema, answer=TransferRequestSchema)
def change(call: Call, changes: Mapping[str, Any], ref: str) -> RequestView:
    """Fill in a request; `licenses` and `pledges` take the place of what they were."""
    return transfer_requests.change(call, ref, changes)


@noun.operation("submit", "POST", "/transfer-requests/<ref>/submit", answer=TransferRequestSchema)
def submit(call: Call, ref: str) -> RequestView:
    """Hand a request in, or in again after a question."""
    return submission.submit(call, ref)


@noun.operation("withdraw", "POST", "/transfer-requests/<ref>/withdraw", answer=TransferRequestSchema)
def withdraw(call: Call, ref: str) -> RequestView:
    """Take a request back that nobody has decided yet."""
    return submission.withdraw(call, ref)


@noun.operation("renew_link", "POST", "/transfer-requests/<ref>/renew-link", answer=CreatedRequestSchema)
def renew_link(call: Call, ref: str) -> Created:
    """Make a new link and mail it; the one before is void."""
    return transfer_requests.renew_link(call, ref)


@noun.operation("revoke_link", "POST", "/transfer-requests/<ref>/revoke-link", answer=CreatedRequestSchema)
def revoke_link(call: Call, ref: str) -> Created:
    """Make the link void, whoever has it."""
    transfer_requests.revoke_link(call, ref)
    return Created(ref)


@files.operation(
    "list",
    "GET",
    "/transfer-requests/<ref>/license-files",
    query=WindowSchema,
    answer=LicenseFilePageSchema,
)
def list_files(call: Call, window: Mapping[str, Any], ref: str) -> Page[LicenseFileView]:
    """The files that the execution of a request has issued, as they now stand."""
    return transfer_requests.license_files(call, ref, **window)


@files.operation("show", "GET", "/transfer-requests/<ref>/license-files/<license_file>", media=(JOSE,))
def show_file(call: Call, ref: str, license_file: str) -> Response:
    """One of these files by its `lfl_…`, to be saved as it is: a compact JWS."""
    found = transfer_requests.license_file(call, ref, license_file)
    response = Response(found.file, content_type=JOSE)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.id}-{found.revision}.jws"'
    return response
