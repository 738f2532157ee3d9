"""Prolong for products: activate a license, renew it by a one-time code, know whether it holds.

    with prolong.Client("https://licenses.example.com", product="lab", product_version="9.10") as client:
        receipt = client.redeem(code, license_key)
        print(receipt.expires_on, client.license.works)

`Client` and `AsyncClient` are in `prolong.client`, results in `prolong.results`, the tree of errors in
`prolong.errors`, one class for each refusal in `prolong.refusals`, the check of a signed license document without the
network in `prolong.documents`, where things are kept in `prolong.store`.

Who sells codes: `Dealer` (in `prolong.dealer`), with results in `prolong.dealer_results` and `prolong.dealer_reports`;
webhooks are verified by `prolong.webhooks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prolong import documents, errors, refusals
from prolong.client import AsyncClient, Client
from prolong.errors import (
    DocumentError,
    NoLicense,
    OutcomeUnknown,
    ProlongError,
    Refused,
    StoreError,
    Unreachable,
)
from prolong.form import RegistrationForm
from prolong.machine import Machine
from prolong.results import Activation, Check, Customer, License, Redemption, Seller, Support, Synced, Validation
from prolong.states import LicenseState
from prolong.store import MemoryStore, Store

if TYPE_CHECKING:
    from prolong import webhooks
    from prolong.dealer import Dealer

__all__ = [
    "Activation",
    "AsyncClient",
    "Check",
    "Client",
    "Customer",
    "Dealer",
    "DocumentError",
    "License",
    "LicenseState",
    "Machine",
    "MemoryStore",
    "NoLicense",
    "OutcomeUnknown",
    "ProlongError",
    "Redemption",
    "Refused",
    "RegistrationForm",
    "Seller",
    "Store",
    "StoreError",
    "Support",
    "Synced",
    "Unreachable",
    "Validation",
    "documents",
    "errors",
    "refusals",
    "webhooks",
]


def __getattr__(name: str) -> Any:
    """What products do not need is loaded when it is first asked for (PEP 562)."""
    if name == "Dealer":
        from prolong.dealer import Dealer

        return Dealer
    if name == "webhooks":
        from importlib import import_module

        return import_module("prolong.webhooks")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
