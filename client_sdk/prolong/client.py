"""The client for products: check a code, redeem it, activate by one, validate a license."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from types import TracebackType
from typing import Any, TypeVar

import httpx

from prolong._http import Connection, unusable
from prolong.machine import Machine, this_computer
from prolong.reading import read
from prolong.results import Activation, Check, Customer, Redemption, Validation

T = TypeVar("T")


class Client:
    """Speaks for one product, in one version, on one machine.

    `machine`: the default is this computer; a text is taken for a fingerprint of your own making.
    (Where the system has no identity of its own, one is kept in the user's data directory: `OSError` if it cannot be.)
    `timeout`: seconds that one call may take, all its attempts together.
    `transport`: how requests travel, for proxies and tests (`httpx.BaseTransport`).

    Every method raises `Refused` (by class: `prolong.refusals`) when the server says no and `Unreachable` when it gives
    no usable answer; `redeem` and `activate` raise `OutcomeUnknown` when the change may have been made: repeat then.
    """

    def __init__(
        self,
        base_url: str,
        *,
        product: str,
        product_version: str,
        machine: Machine | str | None = None,
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._product = product
        self._product_version = product_version
        self._machine = Machine(machine) if isinstance(machine, str) else machine
        self._connection = Connection(base_url, timeout=timeout, transport=transport)

    def check(self, code: str, license_key: str | None = None) -> Check:
        """What `code` would do, on its own or to the license; changes nothing. `problem` is what stands in the way."""
        return self._ask("/v1/redemptions/check", Check, {"code": code, "license_key": license_key})

    def redeem(self, code: str, license_key: str) -> Redemption:
        """Spend a renewal code on a license. The same pair again gives the first receipt, for ever (rule R4)."""
        return self._act("/v1/redemptions", Redemption, {"code": code, "license_key": license_key})

    def activate(self, code: str, customer: Customer) -> Activation:
        """Spend an activation code: a new license with its key. The same code on the same machine gives it again."""
        return self._act("/v1/activations", Activation, {"code": code, "customer": _given(asdict(customer))})

    def validate(self, license_key: str) -> Validation:
        """Whether the license lets the product work here and now. Also how to catch up after a lost answer."""
        return self._ask("/v1/licenses/validate", Validation, {"license_key": license_key})

    def keys(self) -> Mapping[str, Any]:
        """The server's public keys (JWKS, RFC 7517) for `prolong.documents.verify`."""
        return self._connection.get("/.well-known/jwks.json").body

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def __enter__(self) -> Client:  # typing.Self needs Python 3.11.
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, path: str, kind: type[T], fields: Mapping[str, Any]) -> T:
        return self._call(path, kind, fields, changes=False)

    def _act(self, path: str, kind: type[T], fields: Mapping[str, Any]) -> T:
        return self._call(path, kind, fields, changes=True)

    def _call(self, path: str, kind: type[T], fields: Mapping[str, Any], *, changes: bool) -> T:
        answer = self._connection.post(path, self._body(fields), changes=changes)
        try:
            return read(kind, {**answer.body, "replayed": answer.replayed})
        except (TypeError, ValueError, OverflowError):
            # Not chained: the text of the cause may quote the answer.
            raise unusable(changes=changes) from None

    def _body(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        machine = asdict(self._machine or this_computer(self._product))
        common = {"product": self._product, "product_version": self._product_version, "machine": _given(machine)}
        return {**_given(fields), **common}


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
