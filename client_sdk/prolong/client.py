"""The clients for products: check a code, redeem it, activate by one, validate a license, know how it stands."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from prolong import _flows
from prolong._desk import Desk
from prolong.machine import Machine
from prolong.results import Activation, Check, Customer, Redemption, Synced, Validation
from prolong.states import LicenseState
from prolong.store import AnyStore, Store

if TYPE_CHECKING:
    import httpx

_DAYS_WITHOUT_NETWORK = 30
_FINGERPRINT = re.compile("[ -~]{16,128}")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


class _Desked:
    """What both clients are made with and know without the network.

    `machine`: the default is this computer; a text is taken for a fingerprint of your own making.
    `store`: where codes under way, the document and the clocks are kept (default: the user's own data directory).
    `trusted_keys`: the vendor's public keys (JWKS, RFC 7517), built into the product. Without them the connection is
    what is trusted: keys that `base_url` tells, at the first use and when a new one appears, are kept.
    `timeout`: seconds that one call may take, all its attempts together.
    `transport`: how requests travel, for proxies and tests (of httpx).
    `language`: `en`, `uk`, `ru`, …: of the server's sentences for the person, and of each error's `advice`.
    `offline_days`: how long the product still works after `fresh_until` when the server cannot be asked.
    `now`: tells the time, aware; for tests.
    """

    def __init__(
        self,
        product: str,
        product_version: str,
        machine: Machine | str | None,
        store: AnyStore | None,
        trusted_keys: Mapping[str, Any] | None,
        offline_days: int,
        now: Callable[[], dt.datetime],
        language: str | None,
    ) -> None:
        told = Machine(machine) if isinstance(machine, str) else machine
        if told is not None and not _FINGERPRINT.fullmatch(told.fingerprint):
            raise ValueError("A machine's fingerprint is 16 to 128 printable ASCII characters.")
        # As the server reads it; a blank from a settings file would make its answers look like another product's.
        named = product.strip()
        if not named:
            raise ValueError("Name the product by its code, as the vendor gave it.")
        kept = Store.of(named) if store is None else store
        self._desk = Desk(named, product_version.strip(), kept, trusted_keys, told, offline_days, now, language or "en")

    @property
    def license(self) -> LicenseState:
        """How the license stands, from the store alone. Decide by its `works` whether the product may work."""
        return self._desk.license()


def _told(language: str | None) -> dict[str, str]:
    return {} if language is None else {"Accept-Language": language}


class Client(_Desked):
    """Speaks for one product, in one version, on one machine; threads may share it. (`AsyncClient` is its twin.)

    Every method raises `Refused` (by class: `prolong.refusals`) when the server says no and `Unreachable` when it gives
    no usable answer; `redeem`, `activate`, `resume` and `sync` raise `OutcomeUnknown` when a change may have been made,
    and `StoreError` when it cannot be kept in mind, and then nothing was sent. A `license_key` of None is the one in
    the store (`NoLicense` if there is none).
    """

    def __init__(
        self,
        base_url: str,
        *,
        product: str,
        product_version: str,
        machine: Machine | str | None = None,
        store: AnyStore | None = None,
        trusted_keys: Mapping[str, Any] | None = None,
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        language: str | None = None,
        offline_days: int = _DAYS_WITHOUT_NETWORK,
        now: Callable[[], dt.datetime] = _now,
    ) -> None:
        from prolong._runners import SyncRunner  # Here, because httpx takes long to import.

        super().__init__(product, product_version, machine, store, trusted_keys, offline_days, now, language)
        self._runner = SyncRunner(base_url, timeout, transport, _told(language))

    def check(self, code: str, license_key: str | None = None) -> Check:
        """What `code` would do, on its own or to the license; changes nothing. `problem` is what stands in the way.

        Where no key is given or kept, the code alone is judged.
        """
        return self._runner.run(lambda _: _flows.check(self._desk, code, license_key))

    def redeem(self, code: str, license_key: str | None = None) -> Redemption:
        """Spend a renewal code on a license. The same pair again gives the first receipt, for ever (rule R4)."""
        return self._runner.run(lambda budget: _flows.redeem(self._desk, budget, code, license_key))

    def activate(self, code: str, customer: Customer) -> Activation:
        """Spend an activation code: a new license with its key. The same code on the same machine gives it again."""
        return self._runner.run(lambda budget: _flows.activate(self._desk, budget, code, customer))

    def validate(self, license_key: str | None = None) -> Validation:
        """Whether the license lets the product work here and now; its document is kept. Raises `DocumentError` too."""
        return self._runner.run(lambda _: _flows.validate(self._desk, license_key))

    def resume(self) -> Redemption | Activation | None:
        """Settle a code whose answer was lost: its receipt or new license; None when nothing is open."""
        return self._runner.run(lambda budget: _flows.resume(self._desk, budget))

    def sync(self) -> Synced:
        """Settle what is open, validate, fetch the revocation list: to be called now and then, when there is a network.

        Raises `DocumentError` too.
        """
        return self._runner.run(lambda budget: _flows.sync(self._desk, budget))

    def keys(self) -> Mapping[str, Any]:
        """The server's public keys (JWKS, RFC 7517), to be built into the product as `trusted_keys`."""
        return self._runner.run(lambda _: _flows.keys(self._desk))

    def close(self) -> None:
        """Close the connections."""
        self._runner.close()

    def __enter__(self) -> Client:  # typing.Self needs Python 3.11.
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(_Desked):
    """`Client` for asyncio and trio: the same methods with the same meaning, to be awaited."""

    def __init__(
        self,
        base_url: str,
        *,
        product: str,
        product_version: str,
        machine: Machine | str | None = None,
        store: AnyStore | None = None,
        trusted_keys: Mapping[str, Any] | None = None,
        timeout: float = 30.0,
        transport: httpx.AsyncBaseTransport | None = None,
        language: str | None = None,
        offline_days: int = _DAYS_WITHOUT_NETWORK,
        now: Callable[[], dt.datetime] = _now,
    ) -> None:
        from prolong._runners import AsyncRunner  # Here, because httpx takes long to import.

        super().__init__(product, product_version, machine, store, trusted_keys, offline_days, now, language)
        self._runner = AsyncRunner(base_url, timeout, transport, _told(language))

    async def check(self, code: str, license_key: str | None = None) -> Check:
        """As `Client.check`."""
        return await self._runner.run(lambda _: _flows.check(self._desk, code, license_key))

    async def redeem(self, code: str, license_key: str | None = None) -> Redemption:
        """As `Client.redeem`."""
        return await self._runner.run(lambda budget: _flows.redeem(self._desk, budget, code, license_key))

    async def activate(self, code: str, customer: Customer) -> Activation:
        """As `Client.activate`."""
        return await self._runner.run(lambda budget: _flows.activate(self._desk, budget, code, customer))

    async def validate(self, license_key: str | None = None) -> Validation:
        """As `Client.validate`."""
        return await self._runner.run(lambda _: _flows.validate(self._desk, license_key))

    async def resume(self) -> Redemption | Activation | None:
        """As `Client.resume`."""
        return await self._runner.run(lambda budget: _flows.resume(self._desk, budget))

    async def sync(self) -> Synced:
        """As `Client.sync`."""
        return await self._runner.run(lambda budget: _flows.sync(self._desk, budget))

    async def keys(self) -> Mapping[str, Any]:
        """As `Client.keys`."""
        return await self._runner.run(lambda _: _flows.keys(self._desk))

    async def close(self) -> None:
        """As `Client.close`."""
        await self._runner.close()

    async def aclose(self) -> None:
        """The name that other asynchronous libraries have for `close`."""
        await self.close()

    async def __aenter__(self) -> AsyncClient:  # typing.Self needs Python 3.11.
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
