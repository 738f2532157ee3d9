"""What is known of codes: of which order they are and what became of them. The codes themselves are known to nobody."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from prolong_server.models.catalogue import Edition, Product
from prolong_server.models.channel import Order
from prolong_server.models.licensing import ISSUED, VOIDED, Activation, Code, Redemption
from prolong_server.rules.vocabulary import CodeState, LicenseClass


@dataclass(frozen=True, slots=True)
class CodeRecord:
    """A code with its order and its end, as numbers; `spent_on` is a license, `license_seq` that of its renewal."""

    digest: bytes
    order: Order
    product: str
    edition: str
    state: CodeState
    redeemed_at: datetime | None
    voided_at: datetime | None
    reversed_at: datetime | None
    spent_on: int | None
    license_seq: int | None

    @property
    def license_class(self) -> LicenseClass:
        """The class that the code's mark names."""
        return self.order.license_class


def read(session: Session, digests: Collection[bytes], today: date) -> dict[bytes, CodeRecord]:
    """The records of those of the digests that are there; `today` is the vendor's day, for shelf lives (R16)."""
    rows = session.execute(_all().where(Code.digest.in_(digests)))
    return {row[0].digest: _record(row, today) for row in rows}


def _all() -> Select[*tuple[Any, ...]]:
    columns = (Code, Order, Product.code, Edition.code, Redemption, Activation)
    statement = select(*columns).join(Order, Order.id == Code.order_id)
    statement = statement.join(Edition, Edition.id == Order.edition_id).join(Product, Product.id == Edition.product_id)
    statement = statement.outerjoin(Redemption, Redemption.code == Code.digest)
    return statement.outerjoin(Activation, Activation.code == Code.digest)


def _record(row: Row[*tuple[Any, ...]] | Sequence[Any], today: date) -> CodeRecord:
    code, order, product, edition, redemption, activation = row
    spent = redemption or activation
    return CodeRecord(
        digest=code.digest,
        order=order,
        product=product,
        edition=edition,
        state=_state(code, order, redemption, today),
        redeemed_at=redemption.redeemed_at if redemption else activation and activation.activated_at,
        voided_at=code.voided_at,
        reversed_at=redemption and redemption.reversed_at,
        spent_on=spent and spent.license_id,
        license_seq=redemption and redemption.license_seq,
    )


def _state(code: Code, order: Order, redemption: Redemption | None, today: date) -> CodeState:
    if code.state == ISSUED:
        is_over = order.good_until is not None and today > order.good_until
        return CodeState.EXPIRED if is_over else CodeState.ISSUED
    if code.state == VOIDED:
        return CodeState.VOIDED
    taken_back = redemption is not None and redemption.reversed_at is not None
    return CodeState.REVERSED if taken_back else CodeState.REDEEMED
