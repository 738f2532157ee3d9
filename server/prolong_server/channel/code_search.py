"""The vendor's search for codes: what to look for, read from what staff have typed, and a page of what was found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.channel import code_places, code_records
from prolong_server.channel.code_places import Finder
from prolong_server.channel.code_records import CodeRecord
from prolong_server.licensing import code_reading
from prolong_server.licensing.license_views import canonical_key
from prolong_server.models.licensing import Customer, License
from prolong_server.models.operations import KeyPurpose, KeyRecord
from prolong_server.operations import pages
from prolong_server.rules import codes, digests, errors, identifiers, texts
from prolong_server.rules.vocabulary import CodeKind, CodeState

_ANOTHER_NUMBER: Final = "The first group of a code has five letters and digits; this is another number."


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A code as staff find it: its order and dealer, its state, and what it was spent on (`lic_…`, `rdm_…`)."""

    order: str
    dealer: str
    kind: CodeKind
    product: str
    edition: str
    state: CodeState
    test: bool
    issued_at: datetime
    good_until: date | None
    redeemed_at: datetime | None
    voided_at: datetime | None
    reversed_at: datetime | None
    license: str | None
    redemption: str | None


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page of codes. `complete` is false where older codes, under a key of scheme 1, could not be searched."""

    items: tuple[FoundCode, ...]
    next_cursor: str | None
    complete: bool


@db.reading
def search(
    session: Session, call: Call, by: str, text: str, cursor: str | None = None, limit: int = pages.DEFAULT
) -> FoundPage:
    """A page of the codes that `text` names, where `by` is one of BY; of a dealer those of the newest orders first.

    What is unknown finds nothing. CodeMalformed; InvalidRequest, naming the field, for what cannot be read; KeysBehind.
    """
    if not 1 <= limit <= pages.LONGEST:
        raise errors.InvalidRequest({"limit": [f"A page has 1 to {pages.LONGEST} items."]})
    places = BY[by](session, call, text)(code_places.read(cursor), limit + 1)
    found = code_records.read(session, [digest for _order, digest in places[:limit]], call.today)
    items = tuple(_view(found[digest]) for _order, digest in places[:limit] if digest in found)
    following = code_places.write(places[limit - 1]) if len(places) > limit else None
    return FoundPage(items, following, by != "first_group" or not _has_keys_of_old(session))


def _by_first_group(session: Session, call: Call, text: str) -> Finder:
    try:
        group = codes.read_first_group(text)
    except errors.CodeMalformed as malformed:
        told = _ANOTHER_NUMBER if malformed.hint == "length" else malformed.message
        raise errors.InvalidRequest({"first_group": [told]}) from None
    return code_places.in_range(session, *digests.range_of_group(group.symbols), group.mark)


def _by_code(session: Session, call: Call, text: str) -> Finder:
    code = codes.read(text)
    stored = code_reading.digests_of(call, code)
    found = [
        record
        for record in code_records.read(session, stored, call.today).values()
        if not code_reading.contradicts(code, record.license_class)
    ]
    if not found:
        code_reading.stop_if_behind(session, call)
    return lambda after, most: [(0, record.digest) for record in found if record.digest > after[1]]


def _by_order(session: Session, call: Call, text: str) -> Finder:
    number = identifiers.read("ord", text) or 0
    return lambda after, most: code_places.of_order(session, number, after[1], most)


def _by_dealer(session: Session, call: Call, text: str) -> Finder:
    number = identifiers.read("dlr", text) or 0
    return lambda after, most: code_places.of_dealer(session, number, after, most)


def _by_license(session: Session, call: Call, text: str) -> Finder:
    number, key = identifiers.read("lic", text), canonical_key(text)
    if key is None:
        raise errors.InvalidRequest({"license": ["Neither an identifier lic_… nor a license key."]})
    named = func.upper(License.license_key) == key
    return code_places.of_licenses(session, select(License.id).where(named), number)


def _by_customer(session: Session, call: Call, text: str) -> Finder:
    number = identifiers.read("cus", text)
    if number is not None:
        return code_places.of_licenses(session, select(License.id).where(License.customer_id == number))
    if not texts.is_email(text):
        raise errors.InvalidRequest({"customer": ["Neither an identifier cus_… nor a mail address."]})
    named = select(Customer.id).where(func.lower(Customer.email) == func.lower(text))
    return code_places.of_licenses(session, select(License.id).where(License.customer_id.in_(named)))


BY: Final[Mapping[str, Callable[[Session, Call, str], Finder]]] = {
    "first_group": _by_first_group,
    "code": _by_code,
    "order": _by_order,
    "license": _by_license,
    "dealer": _by_dealer,
    "customer": _by_customer,
}


def _has_keys_of_old(session: Session) -> bool:
    in_use = (KeyRecord.purpose == KeyPurpose.CODE, KeyRecord.retired_at.is_(None))
    older = select(KeyRecord.id).where(*in_use, KeyRecord.scheme != digests.GROUPED).limit(1)
    return session.scalar(older) is not None


def _view(record: CodeRecord) -> FoundCode:
    order, spent_on, seq = record.order, record.spent_on, record.license_seq
    return FoundCode(
        order=identifiers.show("ord", order.id),
        dealer=identifiers.show("dlr", order.dealer_id),
        kind=order.kind,
        product=record.product,
        edition=record.edition,
        state=record.state,
        test=order.test,
        issued_at=order.created_at,
        good_until=order.good_until,
        redeemed_at=record.redeemed_at,
        voided_at=record.voided_at,
        reversed_at=record.reversed_at,
        license=identifiers.show("lic", spent_on) if spent_on else None,
        redemption=identifiers.show_pair("rdm", spent_on, seq) if spent_on and seq else None,
    )
