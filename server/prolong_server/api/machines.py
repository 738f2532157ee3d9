"""The computers that have registered themselves with a license (R6)."""

from collections.abc import Mapping
from typing import Any

from prolong_server.api.core import Noun
from prolong_server.api.schemas.base import WindowSchema, page_of
from prolong_server.api.schemas.licenses import MachineAnswerSchema
from prolong_server.call import Call
from prolong_server.licensing import machines
from prolong_server.licensing.machines import MachineView
from prolong_server.operations.pages import Page

noun = Noun("machines", "Computers registered with a license")


@noun.operation("list", "GET", "/licenses/<path:ref>/machines", query=WindowSchema, answer=page_of(MachineAnswerSchema))
def list_all(call: Call, window: Mapping[str, Any], ref: str) -> Page[MachineView]:
    """The machines of a license."""
    return machines.list_all(call, ref, **window)


@noun.operation("release", "DELETE", "/licenses/<path:ref>/machines/<machine_id>", status=204)
def release(call: Call, ref: str, machine_id: str) -> None:
    """Take a machine off a license; its seat is free for another."""
    machines.release(call, ref, machine_id)
