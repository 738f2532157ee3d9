"""A vendor with licenses and Modules, and the steps of a request, for the tests of this room."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from prolong_server.call import Call
from prolong_server.channel import dealers, orders, price_lists, sealed_codes
from prolong_server.channel.dealers import DealerSpec
from prolong_server.channel.orders import OrderSpec
from prolong_server.channel.price_lines import PriceLine, PriceListSpec
from prolong_server.licensing import licenses, products, redemptions
from prolong_server.licensing.forms import MachineForm, RenewalForm
from prolong_server.licensing.license_specs import LicenseSpec
from prolong_server.licensing.license_views import LicenseView
from prolong_server.licensing.product_specs import EditionSpec, ProductSpec
from prolong_server.licensing.redemptions import RedemptionView
from prolong_server.modules import attachments, binding, execution, registry, review, submission, transfer_requests
from prolong_server.modules.binding import LicenseFileView
from prolong_server.modules.request_specs import LineSpec, PlaceSpec, Pledges, RequestSpec
from prolong_server.modules.request_views import RequestView
from prolong_server.modules.scan_jobs import MediaType
from prolong_server.modules.scans import Scan
from prolong_server.rules import identifiers, modules
from prolong_server.rules.actors import Actor, Role
from prolong_server.rules.module_words import AttachmentKind, FilesHeld, MoveKind
from prolong_server.rules.vocabulary import CodeKind

REPRESENTATIVE = Actor(kind="staff", id=7, token_id=7, role=Role.REPRESENTATIVE)
COLLEAGUE = Actor(kind="staff", id=8, token_id=8, role=Role.REPRESENTATIVE)
CONTACT = "office@company.example"
Seats = Mapping[str, int]


@dataclass
class Stage:
    """What a test works with; `call` is by an admin."""

    call: Call
    numbers: Iterator[int]
    dealer: str | None = None

    def as_(self, actor: Actor = REPRESENTATIVE, days: int = 0) -> Call:
        """A call by somebody else, so many days later."""
        return replace(self.call, actor=actor, now=self.call.now + timedelta(days=days))

    def product(self, code: str = "cad", **changes: Any) -> None:
        editions = (EditionSpec("business", "Business", (1, 2, 3)),)
        products.create(self.call, ProductSpec(code, "CAD", "9.10", editions=editions, **changes))

    def license(self, seats: int = 10, product: str = "cad", **changes: Any) -> LicenseView:
        today = self.call.today
        spec = LicenseSpec(
            product=product,
            edition="business",
            seats=seats,
            country="UA",
            starts_on=today - timedelta(days=100),
            expires_on=today + timedelta(days=200),
            activated_on=today - timedelta(days=100),
        )
        return licenses.create(self.call, replace(spec, **changes))

    def codes(self, quantity: int = 1, seats: int = 10, product: str = "cad") -> list[str]:
        """Renewal codes of one year for licenses of so many seats."""
        dealer = self.dealer or self._dealer(product)
        spec = OrderSpec(CodeKind.RENEWAL, product, "business", 1, seats, quantity, dealer=dealer)
        return list(sealed_codes.read(self.call, orders.place(self.call, spec).id))

    def _dealer(self, product: str) -> str:
        spec = DealerSpec("Soft Kyiv", "UA", ("UA",), "EUR", credit_limit="10000000.00")
        self.dealer = dealers.create(self.call, spec).id
        line = PriceLine(product, "business", 1, 1, "20.00", "10.00")
        price_lists.create(self.call, PriceListSpec("EUR", date(2020, 1, 1), (line,)))
        return self.dealer

    def redeem(self, held: LicenseView, code: str) -> RedemptionView:
        """Renew a license of the product `cad` by a year."""
        machine = MachineForm("machine-fingerprint-0001", "desk")
        return redemptions.redeem(self.call, RenewalForm(code, held.license_key, "cad", "9.10", machine))

    def modules(self, *serials: str) -> None:
        for serial in serials:
            registry.register(self.call, serial)

    def bind(self, held: LicenseView, module: str, seats: int, interim_until: date | None = None) -> LicenseFileView:
        return binding.bind(self.as_(), held.id, module, seats, interim_until)

    def scan(self, name: str = "a scan") -> Scan:
        return Scan(sha256(name.encode()).hexdigest(), 100, MediaType.PDF, 1)

    def customer(self, ref: str) -> Call:
        """A call by whoever holds the link of a request."""
        return self.as_(Actor(kind="customer", request_id=identifiers.read("trq", ref)))

    def attach(self, ref: str, kind: str = "letter", name: str = "a scan") -> str:
        given = AttachmentKind(kind)
        return attachments.add_scan(self.customer(ref), ref, given, lambda: self.scan(f"{kind} {name}")).id

    def draft(self, kind: str, lines: Sequence[LineSpec], **changes: Any) -> str:
        """A request that is ready to be submitted, its scans included."""
        values: dict[str, Any] = {"company": "Company", "pledges": Pledges(non_use=True, return_modules=True)}
        values |= {"files_held": FilesHeld.NONE_HELD, "licenses": tuple(lines)}
        ref = transfer_requests.create(self.as_(), RequestSpec(MoveKind(kind), CONTACT, **values | changes)).id
        self.attach(ref)
        if MoveKind(kind).replaces:
            self.attach(ref, "write_off_act")
        return ref

    def approve(self, ref: str, *, return_required: bool = False, **changes: Any) -> RequestView:
        """Submit, review and approve a request with everything ticked."""
        submission.submit(self.customer(ref), ref)
        seen = review.begin(self.as_(), ref)
        items = modules.checklist(seen.kind, return_required=True)
        return review.approve(self.as_(), ref, return_required=return_required, checklist=items, **changes)

    def execute(self, ref: str) -> RequestView:
        return execution.execute(self.as_(), ref)


def line(held: LicenseView, origins: Seats, targets: Seats = {}) -> LineSpec:  # noqa: B006 - read only
    """A license of a request, from Modules to Modules."""
    sides = (tuple(PlaceSpec(serial, seats) for serial, seats in side.items()) for side in (origins, targets))
    return LineSpec(held.license_key, "CAD", *sides)


Made = Callable[..., Stage]
