"""What a customer states in a request (M2), as it comes in, and from there to the licenses and Modules it names."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prolong_server.licensing import bulk
from prolong_server.licensing.license_views import canonical_key
from prolong_server.models.licensing import License
from prolong_server.modules import registry
from prolong_server.modules.request_rows import Line, SeatsOn
from prolong_server.rules import errors
from prolong_server.rules.languages import Language
from prolong_server.rules.module_words import FilesHeld, MoveKind

MOST_LICENSES: Final = 2000
MOST_MODULES: Final = 100
# Of all licenses together: what can be printed as a letter while somebody waits.
MOST_PLACES: Final = 5000


@dataclass(frozen=True, slots=True)
class PlaceSpec:
    """Seats on a Module, by its serial number."""

    module: str
    seats: int


@dataclass(frozen=True, slots=True)
class LineSpec:
    """A license by its key, and how its seats are to move."""

    license_key: str
    software: str | None = None
    origins: tuple[PlaceSpec, ...] = ()
    targets: tuple[PlaceSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Pledges:
    """The two guarantees of M2."""

    non_use: bool = False
    return_modules: bool = False


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """A new request; all but its kind and the contact may follow later."""

    kind: MoveKind
    contact_email: str
    company: str | None = None
    licenses: tuple[LineSpec, ...] = ()
    pledges: Pledges = Pledges()
    files_held: FilesHeld | None = None
    language: Language = Language.EN


def lines(session: Session, specs: Sequence[LineSpec]) -> tuple[Line, ...]:
    """The licenses and Modules that these name. LicenseNotFound, ModuleNotFound; InvalidRequest for one named twice."""
    _refuse_doubles(specs)
    if sum(len(spec.origins) + len(spec.targets) for spec in specs) > MOST_PLACES:
        raise errors.InvalidRequest(
            {"licenses": [f"A request names at most {MOST_PLACES} places of licenses on Modules."]}
        )
    serials = {place.module for spec in specs for place in (*spec.origins, *spec.targets)}
    licenses, modules = _licenses(session, {spec.license_key for spec in specs}), registry.known(session, serials)
    return tuple(_line(spec, licenses, modules) for spec in specs)


def _refuse_doubles(specs: Sequence[LineSpec]) -> None:
    keys = [canonical_key(spec.license_key) for spec in specs]
    if len(set(keys)) < len(keys):
        raise errors.InvalidRequest({"licenses": ["Name each license once, with all its Modules in one entry."]})
    for spec in specs:
        for side in (spec.origins, spec.targets):
            serials = [registry.canonical(place.module) for place in side]
            if len(set(serials)) < len(serials):
                raise errors.InvalidRequest({"licenses": ["Name each Module once on each side of a license."]})


def _licenses(session: Session, keys: Collection[str]) -> dict[str, tuple[int, str]]:
    found: dict[str, tuple[int, str]] = {}
    for part in bulk.batches(filter(None, map(canonical_key, keys))):
        named = select(License.id, License.license_key).where(func.upper(License.license_key).in_(part))
        found |= {key.upper(): (number, key) for number, key in session.execute(named)}
    return found


def _line(spec: LineSpec, licenses: dict[str, tuple[int, str]], modules: dict[str, int]) -> Line:
    held = licenses.get(canonical_key(spec.license_key) or "")
    if held is None:
        raise errors.LicenseNotFound
    origins, targets = (tuple(_seats(place, modules) for place in side) for side in (spec.origins, spec.targets))
    return Line(*held, spec.software, origins, targets)


def _seats(place: PlaceSpec, modules: dict[str, int]) -> SeatsOn:
    serial = registry.canonical(place.module) or ""
    if serial not in modules:
        raise errors.ModuleNotFound(module=serial)
    return SeatsOn(modules[serial], serial, place.seats)
