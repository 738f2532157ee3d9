"""What staff say about a product and its editions, and what may be said: every wrong field is named in words."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from prolong_server.rules import errors, texts, versions
from prolong_server.rules.vocabulary import EditionKind, MachineCheck, RenewalBasis, Territory

PERIODS: Final = (1, 2, 3)
_LONGEST_NAME: Final = 200
_RANGES: Final = {
    "renewal_grace_months": (0, 3),
    "max_advance_years": (1, 50),
    "refresh_days": (1, 366),
    "moves_policy_term_months": (1, 120),
}
_MOST_MOVES: Final = 1000
_ADDRESSES: Final = ("download_url", "registration_url", "where_to_buy")
_NOT_UNSET: Final = ("name", "latest_version", "renewal_basis", "machine_check", *_RANGES, "web_origins", "editions")
_TERRITORY_OF_KIND: Final = {EditionKind.HOME: Territory.DEALER_COUNTRY, EditionKind.BUSINESS: Territory.ANY}
Wrong = tuple[str, str]


@dataclass(frozen=True, slots=True)
class EditionSpec:
    """An edition. `kind` defaults to the code; `territory` to what R11 says of the kind; periods are in years."""

    code: str
    name: str
    periods: tuple[int, ...]
    kind: EditionKind | None = None
    territory: Territory | None = None

    def settled(self) -> "EditionSpec":
        """The same with its defaults filled in; `judge` has made sure that there is a kind."""
        kind = self.kind or EditionKind(self.code)
        periods = tuple(sorted(set(self.periods)))
        return EditionSpec(self.code, self.name, periods, kind, self.territory or _TERRITORY_OF_KIND[kind])


@dataclass(frozen=True, slots=True)
class ProductSpec:
    """A product with its policies; the defaults are those of the rules."""

    code: str
    name: str
    latest_version: str
    minimum_renewal_version: str | None = None
    download_url: str | None = None
    registration_url: str | None = None
    where_to_buy: str | None = None
    renewal_basis: RenewalBasis = RenewalBasis.FROM_EXPIRY
    renewal_grace_months: int = 1
    max_advance_years: int = 6
    machine_check: MachineCheck = MachineCheck.REGISTERED
    refresh_days: int = 7
    moves_allowed_count: int | None = None
    moves_policy_term_months: int = 12
    web_origins: tuple[str, ...] = ()
    editions: tuple[EditionSpec, ...] = ()


POLICIES: Final = frozenset(field.name for field in fields(ProductSpec)) - {"code", "editions"}


def judge(spec: ProductSpec) -> None:
    """Raise InvalidRequest with the wrong fields by name, or PeriodNotAllowed for three years of a home edition."""
    found: dict[str, object] = {}
    for field, sentence in _wrong(spec):
        found.setdefault(field, [sentence])
    if found:
        raise errors.InvalidRequest(found)
    for edition in map(EditionSpec.settled, spec.editions):
        if edition.kind is EditionKind.HOME and max(PERIODS) in edition.periods:
            raise errors.PeriodNotAllowed(period_years=max(PERIODS))


def refuse_unset(changes: dict[str, object]) -> None:
    """Raise InvalidRequest when a change takes away what every product has."""
    unset = [field for field in _NOT_UNSET if field in changes and changes[field] is None]
    if unset:
        raise errors.InvalidRequest({field: ["This cannot be left empty."] for field in unset})


def _wrong(spec: ProductSpec) -> Iterator[Wrong]:
    if not texts.is_code_name(spec.code):
        yield "code", "Write 1 to 64 letters and digits, with . _ - inside only."
    if not texts.is_line(spec.name, _LONGEST_NAME):
        yield "name", f"Write a name of 1 to {_LONGEST_NAME} characters on one line."
    yield from _wrong_versions(spec)
    yield from _wrong_addresses(spec)
    for field, (least, most) in _RANGES.items():
        if not least <= getattr(spec, field) <= most:
            yield field, f"Write a whole number from {least} to {most}."
    if spec.moves_allowed_count is not None and not 1 <= spec.moves_allowed_count <= _MOST_MOVES:
        yield "moves_allowed_count", f"Write a whole number from 1 to {_MOST_MOVES}, or null for no limit."
    yield from _wrong_editions(spec.editions)


def _wrong_versions(spec: ProductSpec) -> Iterator[Wrong]:
    for field in ("latest_version", "minimum_renewal_version"):
        text = getattr(spec, field)
        if text is not None and not _is_version(text):
            yield field, "Write a version of numbers and dots, such as 9.10."
            return
    least = spec.minimum_renewal_version
    if least is not None and not versions.is_at_least(spec.latest_version, least):
        yield "minimum_renewal_version", "Nobody could renew: it must not be newer than latest_version."


def _is_version(text: str) -> bool:
    try:
        return bool(versions.parse(text).release)
    except ValueError:
        return False


def _wrong_addresses(spec: ProductSpec) -> Iterator[Wrong]:
    for field in _ADDRESSES:
        text = getattr(spec, field)
        if text is not None and not texts.is_web_address(text):
            yield field, "Write an address that begins with https:// or http://."
    if not all(map(texts.origin, spec.web_origins)) or len(spec.web_origins) > 100:
        yield "web_origins", "Write at most 100 origins such as https://shop.example, without a path."


def _wrong_editions(editions: tuple[EditionSpec, ...]) -> Iterator[Wrong]:
    codes = [edition.code for edition in editions]
    if len(set(codes)) < len(codes) or len(codes) > 100:
        yield "editions", "Name at most 100 editions, each of them once."
    for edition in editions:
        for sentence in _wrong_edition(edition):
            yield "editions", f"Edition {edition.code[:64]!r}: {sentence}"


def _wrong_edition(edition: EditionSpec) -> Iterator[str]:
    if not texts.is_code_name(edition.code):
        yield "a code has 1 to 64 letters and digits, with . _ - inside only."
    if not texts.is_line(edition.name, _LONGEST_NAME):
        yield f"a name has 1 to {_LONGEST_NAME} characters on one line."
    if not edition.periods or not set(edition.periods) <= set(PERIODS):
        yield "periods are 1, 2 or 3 years, and there is at least one (R1)."
    if edition.kind is None and edition.code not in set(EditionKind):
        yield "name its kind, home or business."
