"""The demo's hardware Modules, what is bound to them, and the lines that show them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from prolong_server.call import Call
from prolong_server.cli.demo.catalogue import DRAFT
from prolong_server.cli.demo.lines import Console, Line
from prolong_server.cli.demo.tour import Tokens
from prolong_server.licensing import licenses
from prolong_server.licensing.license_specs import CustomerSpec, LicenseSpec
from prolong_server.modules import binding, registry

_MODULES: Final = (
    ("DEMO-M-1", "4 workstations of DEMO-DRAFT-TEN"),
    ("DEMO-M-2", "6 workstations of DEMO-DRAFT-TEN"),
    ("DEMO-M-3", "new, nothing is bound to it"),
    ("DEMO-M-4", "a spare one, nothing is bound to it"),
    ("DEMO-M-BROKEN", "DEMO-DRAFT-THREE and DEMO-DRAFT-TWO"),
    ("DEMO-M-NEW", "bought to replace a broken one"),
)
_LICENSES: Final = {
    "DEMO-DRAFT-TEN": {"DEMO-M-1": 4, "DEMO-M-2": 6},
    "DEMO-DRAFT-THREE": {"DEMO-M-BROKEN": 3},
    "DEMO-DRAFT-TWO": {"DEMO-M-BROKEN": 2},
}


def create(call: Call, dealer: str) -> str:
    """Register the Modules, make licenses and bind them; the first license file."""
    for serial, _about in _MODULES:
        registry.register(call, serial)
    for key, seats in _LICENSES.items():
        licenses.create(call, _spec(call, key, sum(seats.values()), dealer))
    bound = [(key, serial, number) for key, seats in _LICENSES.items() for serial, number in seats.items()]
    first, *_others = [binding.bind(call, *one).file for one in bound]
    return first


def told() -> Iterator[str]:
    """What there is."""
    yield "\nMODULES (bulwark-draft, an office edition whose licenses hang on hardware Modules)"
    yield from (f"  {serial:<24}{about}" for serial, about in _MODULES)


def tour(console: Console, tokens: Tokens, file: str) -> Iterator[Line]:
    """What is done with Modules and license files."""
    yield console.get("A Module and what hangs on it", "200", "/v1/modules/DEMO-M-1", tokens.auditor)
    yield console.get("Its license files", "200", "/v1/license-files?module=DEMO-M-1", tokens.auditor)
    yield console.post("Is this license file ours, and good?", "200 VALID", "/v1/license-files/verify", {"file": file})
    yield console.post(
        "M6: no more workstations than the license has", "409 seats_exceeded", *_bound("DEMO-M-3"), tokens.admin
    )
    about = "M1: a customer begins a request; the link goes out by mail (prolong-data/mail)"
    yield console.post(about, "201", "/v1/transfer-requests", _merge())
    yield console.post("Staff get the link in the answer", "201", "/v1/transfer-requests", _merge(), tokens.admin)
    reported = "/v1/modules/DEMO-M-4/report"
    yield console.post("M9: lost and broken Modules are reported", "200", reported, {"event": "lost"}, tokens.admin)


def _spec(call: Call, key: str, seats: int, dealer: str) -> LicenseSpec:
    began = call.today - timedelta(days=100)
    return LicenseSpec(
        license_key=key,
        product=DRAFT,
        edition="office",
        seats=seats,
        country="DE",
        starts_on=began,
        expires_on=call.today + timedelta(days=265),
        activated_on=began,
        dealer=dealer,
        customer=CustomerSpec("Werft Demo", "werft@example.org", "DE"),
    )


def _bound(module: str) -> tuple[str, dict[str, Any]]:
    return "/v1/license-files", {"license": "DEMO-DRAFT-TEN", "module": module, "seats": 1}


def _merge() -> dict[str, Any]:
    places = [{"module": "DEMO-M-1", "seats": 4}, {"module": "DEMO-M-2", "seats": 6}]
    whole = [{"module": "DEMO-M-3", "seats": 10}]
    line = {"license_key": "DEMO-DRAFT-TEN", "software": "Bulwark Draft", "from": places, "to": whole}
    return {"kind": "merge", "company": "Werft Demo", "contact_email": "werft@example.org", "licenses": [line]}
