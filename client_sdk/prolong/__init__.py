"""Prolong for products: activate a license, renew it by a one-time code, ask whether it holds.

    with prolong.Client("https://licenses.example.com", product="lab", product_version="9.10") as client:
        receipt = client.redeem(code, license_key)
        print(receipt.expires_on)

Results are in `prolong.results`, the tree of errors in `prolong.errors`, one class for each refusal in
`prolong.refusals`, the check of a signed license document without the network in `prolong.documents`.
"""

from prolong import documents, refusals
from prolong.client import Client
from prolong.errors import DocumentError, OutcomeUnknown, ProlongError, Refused, Unreachable
from prolong.machine import Machine
from prolong.results import Activation, Check, Customer, License, Redemption, Seller, Support, Validation

__all__ = [
    "Activation",
    "Check",
    "Client",
    "Customer",
    "DocumentError",
    "License",
    "Machine",
    "OutcomeUnknown",
    "ProlongError",
    "Redemption",
    "Refused",
    "Seller",
    "Support",
    "Unreachable",
    "Validation",
    "documents",
    "refusals",
]
