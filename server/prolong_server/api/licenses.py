"""Licenses in the hands of staff: created, imported, shown, suspended, reinstated, revoked, and their history."""

from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from prolong_server.api.core import Noun
from prolong_server.api.schemas.base import WindowSchema, page_of
from prolong_server.api.schemas.licenses import EventSchema, ImportedSchema, LicenseRequestSchema, ReasonSchema
from prolong_server.api.schemas.licensing import StaffLicenseSchema
from prolong_server.call import Call
from prolong_server.licensing import history, imports, licenses
from prolong_server.licensing.history import Event
from prolong_server.licensing.imports import Imported
from prolong_server.licensing.license_specs import LicenseSpec
from prolong_server.licensing.license_views import LicenseView
from prolong_server.operations.pages import Page

CSV = "text/csv"
noun = Noun("licenses", "Licenses in the hands of staff")


@noun.operation(
    "create", "POST", "/licenses", body=LicenseRequestSchema, answer=StaffLicenseSchema, status=201, once=True
)
def create(call: Call, spec: LicenseSpec) -> LicenseView:
    """Make a license; its key too, where none is given."""
    return licenses.create(call, spec)


@noun.operation("list", "GET", "/licenses", query=WindowSchema, answer=page_of(StaffLicenseSchema))
def list_all(call: Call, window: Mapping[str, Any]) -> Page[LicenseView]:
    """All licenses."""
    return licenses.list_all(call, **window)


@noun.operation("show", "GET", "/licenses/<path:ref>", answer=StaffLicenseSchema)
def show(call: Call, ref: str) -> LicenseView:
    """The license of this identifier or key."""
    return licenses.show(call, ref)


@noun.operation("import", "POST", "/licenses/import", answer=ImportedSchema, status=201, once=True, upload=CSV)
def import_file(call: Call) -> Imported:
    """Make all licenses of a CSV file, or none; every bad line is named with its number and fields in `errors`."""
    if request.mimetype != CSV:
        raise UnsupportedMediaType
    return imports.load(call, request.get_data())


@noun.operation("suspend", "POST", "/licenses/<path:ref>/suspend", body=ReasonSchema, answer=StaffLicenseSchema)
def suspend(call: Call, reason: Mapping[str, str], ref: str) -> LicenseView:
    """Suspend a license until it is reinstated."""
    return licenses.suspend(call, ref, **reason)


@noun.operation("reinstate", "POST", "/licenses/<path:ref>/reinstate", body=ReasonSchema, answer=StaffLicenseSchema)
def reinstate(call: Call, reason: Mapping[str, str], ref: str) -> LicenseView:
    """End a suspension."""
    return licenses.reinstate(call, ref, **reason)


@noun.operation("revoke", "POST", "/licenses/<path:ref>/revoke", body=ReasonSchema, answer=StaffLicenseSchema)
def revoke(call: Call, reason: Mapping[str, str], ref: str) -> LicenseView:
    """Revoke a license for good."""
    return licenses.revoke(call, ref, **reason)


@noun.operation("history", "GET", "/licenses/<path:ref>/history", query=WindowSchema, answer=page_of(EventSchema))
def show_history(call: Call, window: Mapping[str, Any], ref: str) -> Page[Event]:
    """What has happened to a license, oldest first."""
    return history.show(call, ref, **window)
