"""The client for dealers: order codes, download them, confirm or void them, see what became of them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Union

from prolong._calls import Call
from prolong.dealer_flows import batches
from prolong.dealer_reports import Delivery, Endpoint, Redemptions, Renewals, Revenue
from prolong.dealer_results import Account, CodeStatus, Entry, Lead, Order, Prices, Voiding
from prolong.dealer_speech import Speech

if TYPE_CHECKING:
    import httpx

OrderRef = Union[Order, str]
By = Literal["day", "week", "month"]


class Dealer:
    """Speaks with the rights of one token (`plt_…`, in the sandbox `plt_test_…`); threads may share it.

    `timeout`: seconds that one call may take, all its attempts together; a download may last longer, and is given up
    when nothing came for so long. `transport`: how requests travel, for proxies and tests (of httpx). `language`: `en`,
    `uk`, `ru`, …: in which the server's sentences for the person are wanted.

    Every method raises `Refused` (by class: `prolong.refusals`) when the server says no, `Unreachable` when it gives no
    usable answer, and where something was to be changed `OutcomeUnknown` when that may have happened.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        language: str | None = None,
    ) -> None:
        self._speech = Speech(base_url, token, timeout, transport, language)

    def account(self) -> Account:
        """The dealer itself: what it may spend and order."""
        return self._speech.ask(Account, "dealer")

    def prices(self, *, product: str | None = None, edition: str | None = None) -> Prices:
        """What the dealer pays today."""
        return self._speech.ask(Prices, "prices", product=product, edition=edition)

    def order(
        self,
        *,
        kind: str,
        product: str,
        edition: str,
        period_years: int,
        seats: int,
        quantity: int,
        reference: str | None = None,
        shelf_life_days: int | None = None,
        idempotency_key: str | None = None,
    ) -> Order:
        """Buy codes: all of them or none. However often it is sent, one idempotency key orders once.

        `kind`: `renewal` or `activation`. `reference`: your own number of it. A key is made before the first attempt if
        you give none (1 to 255 printable ASCII characters); `OutcomeUnknown.idempotency_key` is what to repeat the same
        order with, within 30 days. A program that may be killed makes its own key and keeps it beforehand.
        """
        asked = {"kind": kind, "product": product, "edition": edition, "period_years": period_years, "seats": seats}
        more = {"quantity": quantity, "reference": reference, "shelf_life_days": shelf_life_days}
        body = {name: value for name, value in {**asked, **more}.items() if value is not None}
        return self._speech.create(Order, "orders", body, idempotency_key)

    def orders(self) -> Iterator[Order]:
        """The dealer's orders, the newest first, page by page as they are wanted."""
        return self._speech.every(Order, "orders")

    def show(self, order: OrderRef) -> Order:
        """One order as it now is."""
        return self._speech.ask(Order, "orders", _ref(order))

    def download(
        self,
        order: OrderRef,
        path: str | os.PathLike[str],
        progress: Callable[[int, int | None], object] | None = None,
    ) -> Path:
        """Write the codes of an order to a file, as `.csv`, `.json` or `.xlsx` by its name; return its path.

        The file is readable by its owner alone, and there only when it is whole; one of this name is replaced.
        `progress(done, total)` is called with bytes, again from the start after an interruption; `total` may be None.
        Raises `OSError` where the disk refuses, `CodesNoLongerAvailable` after `confirm` or 30 days.
        """
        target = Path(path)
        self._speech.download(_ref(order), target, progress)
        return target

    def confirm(self, order: OrderRef) -> Order:
        """Confirm that the codes are safely kept: the vendor destroys its list, and it can be downloaded no more."""
        return self._speech.change(Order, "orders", _ref(order), "confirm")

    def void(self, order: OrderRef, codes: Sequence[str] | Literal["all"]) -> Voiding:
        """Take back these codes of an order, or all that are unspent; their price is credited.

        Many codes go in several requests: if one of them fails, the earlier ones have voided theirs. Void again then.
        """
        if isinstance(codes, str) and codes != "all":
            raise ValueError('Void a list of codes, or "all".')
        parts: Iterable[object] = [codes] if isinstance(codes, str) else batches(codes)
        where = ("orders", _ref(order), "void")
        return _together([self._speech.change(Voiding, *where, body={"codes": part}) for part in parts])

    def status(self, code: str) -> CodeStatus:
        """What has become of a code that the dealer sold; never by whom."""
        return self._speech.put(CodeStatus, Call("POST", "/v1/codes/status", {"code": code}))

    def leads(self, days: int = 60) -> Iterator[Lead]:
        """Licenses that the dealer sold and that run out within so many days, or are in their renewal grace."""
        return self._speech.every(Lead, "leads", expiring_within_days=days)

    def redemptions(
        self, since: dt.date | None = None, until: dt.date | None = None, by: By = "day", **only: str
    ) -> tuple[Redemptions, ...]:
        """Codes issued, redeemed and voided in each period from `since` to `until`, both included (the last 30 days).

        `only`: `product`, `edition`, `country` to count only these; `group` by one of them: a row for each.
        """
        return self._speech.report(Redemptions, "redemptions", since, until, {"by": by, **only})

    def renewals(
        self, since: dt.date | None = None, until: dt.date | None = None, by: By = "day", **only: str
    ) -> tuple[Renewals, ...]:
        """Terms that ended in each period, and how many were renewed; asked as `redemptions`."""
        return self._speech.report(Renewals, "renewals", since, until, {"by": by, **only})

    def revenue(
        self, since: dt.date | None = None, until: dt.date | None = None, by: By = "day", **only: str
    ) -> tuple[Revenue, ...]:
        """Money that was ordered and credited in each period; asked as `redemptions`."""
        return self._speech.report(Revenue, "revenue", since, until, {"by": by, **only})

    def entries(self, since: dt.date | None = None, until: dt.date | None = None) -> Iterator[Entry]:
        """The statement of the account, the newest entry first; both days included."""
        return self._speech.every(Entry, "account", "entries", **{"from": since, "to": until})

    def create_endpoint(self, url: str, events: Sequence[str], *, idempotency_key: str | None = None) -> Endpoint:
        """Be told of these events at an address. Keep the `secret` of the answer: it is told only here.

        If that answer was lost, repeating raises `IdempotencyResultSecret`: delete the endpoint, and make another.
        """
        body = {"url": url, "events": list(events)}
        return self._speech.create(Endpoint, "webhook-endpoints", body, idempotency_key)

    def endpoints(self) -> Iterator[Endpoint]:
        """The dealer's webhook endpoints, without their secrets."""
        return self._speech.every(Endpoint, "webhook-endpoints")

    def set_endpoint(self, endpoint: str, status: Literal["active", "disabled"]) -> Endpoint:
        """Pause an endpoint, or resume it, which sends what waits for it."""
        return self._speech.change(Endpoint, "webhook-endpoints", endpoint, body={"status": status}, method="PATCH")

    def delete_endpoint(self, endpoint: str) -> None:
        """Remove an endpoint, its secret and its log."""
        self._speech.remove("webhook-endpoints", endpoint)

    def deliveries(self, *, endpoint: str | None = None, status: str | None = None) -> Iterator[Delivery]:
        """What was sent to the endpoints in the last 30 days, the newest first."""
        return self._speech.every(Delivery, "webhook-deliveries", endpoint=endpoint, status=status)

    def redeliver(self, delivery: str) -> Delivery:
        """Send an event once more, with the same id and body."""
        return self._speech.change(Delivery, "webhook-deliveries", delivery, "redeliver")

    def close(self) -> None:
        """Close the connections."""
        self._speech.close()

    def __enter__(self) -> Dealer:  # typing.Self needs Python 3.11.
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _ref(order: OrderRef) -> str:
    return order.id if isinstance(order, Order) else order


def _together(done: Sequence[Voiding]) -> Voiding:
    left = tuple(one for part in done for one in part.not_voided)
    return Voiding(sum(part.voided for part in done), left, done[-1].order)
