"""Modules in the hands of staff, and what their customers report of them (M9)."""

from collections.abc import Mapping
from typing import Any

from prolong_server.api.core import Noun
from prolong_server.api.schemas.base import page_of
from prolong_server.api.schemas.licenses import ReasonSchema
from prolong_server.api.schemas.modules import ModuleEventSchema, ModuleRequestSchema, ModuleSchema, ModulesQuerySchema
from prolong_server.call import Call
from prolong_server.modules import registry, reports
from prolong_server.modules.registry import ModuleView
from prolong_server.operations.pages import Page

noun = Noun("modules", "Hardware Modules that licenses are bound to")


@noun.operation("register", "POST", "/modules", body=ModuleRequestSchema, answer=ModuleSchema, status=201, once=True)
def register(call: Call, asked: Mapping[str, Any]) -> ModuleView:
    """Register a Module by its serial number."""
    return registry.register(call, **asked)


@noun.operation("list", "GET", "/modules", query=ModulesQuerySchema, answer=page_of(ModuleSchema))
def list_all(call: Call, asked: Mapping[str, Any]) -> Page[ModuleView]:
    """All Modules; with `overdue=true` those that should have come back by now."""
    return registry.list_all(call, **asked)


@noun.operation("show", "GET", "/modules/<path:serial>", answer=ModuleSchema)
def show(call: Call, serial: str) -> ModuleView:
    """The Module with this serial number or `mod_…`."""
    return registry.show(call, serial)


@noun.operation("report", "POST", "/modules/<path:serial>/report", body=ModuleEventSchema, answer=ModuleSchema)
def report(call: Call, asked: Mapping[str, Any], serial: str) -> ModuleView:
    """Report a Module lost, broken, found or returned; a customer a loss or a damage of what their request names."""
    return reports.report(call, serial, asked["event"], request_id=call.actor.request_id)


@noun.operation("retire", "POST", "/modules/<path:serial>/retire", body=ReasonSchema, answer=ModuleSchema)
def retire(call: Call, reason: Mapping[str, str], serial: str) -> ModuleView:
    """Take a Module that was reported out of service at once and for ever; its files are void from now on."""
    return reports.retire(call, serial, **reason)


@noun.operation("reinstate", "POST", "/modules/<path:serial>/reinstate", body=ReasonSchema, answer=ModuleSchema)
def reinstate(call: Call, reason: Mapping[str, str], serial: str) -> ModuleView:
    """Take back a report that was not true: the Module is in service as before."""
    return reports.reinstate(call, serial, **reason)
