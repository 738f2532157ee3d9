"""The rows of a transfer request: found, its licenses and seats read and written, and told as facts for the rules."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Exists, delete, exists, select
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.models.licensing import License
from prolong_server.models.modules import Attachment, LicenseFile, Module, RequestLicense, RequestSeats, TransferRequest
from prolong_server.rules import errors, identifiers, moves
from prolong_server.rules.module_facts import LicenseMove, MoveData, Place
from prolong_server.rules.module_words import AttachmentKind, FileStatus

BOUND = (FileStatus.CURRENT, FileStatus.HELD)


@dataclass(frozen=True, slots=True)
class SeatsOn:
    """Seats of a license on a Module of a request."""

    module_id: int
    serial: str
    seats: int


@dataclass(frozen=True, slots=True)
class Line:
    """A license of a request: where its seats are, and where they are to be. `added` by the server (M7).

    `customer_id` is whose license it is in our books, for staff to compare with who asks.
    """

    license_id: int
    license_key: str
    software: str | None
    origins: tuple[SeatsOn, ...]
    targets: tuple[SeatsOn, ...]
    added: bool = False
    customer_id: int | None = None


def find(session: Session, call: Call, ref: str, *, lock: bool = False) -> TransferRequest:
    """The request `trq_…`; NotFound for an unknown one, and for another's to whoever holds the link of one."""
    number = identifiers.read("trq", ref)
    if number is None or call.actor.request_id not in {None, number}:
        raise errors.NotFound
    chosen = select(TransferRequest).where(TransferRequest.id == number)
    row = session.scalars(chosen.with_for_update() if lock else chosen).one_or_none()
    if row is None:
        raise errors.NotFound
    return row


def name(row: TransferRequest) -> str:
    """The public identifier of a request."""
    return identifiers.show("trq", row.id)


def holds(request_id: int, module_id: int) -> Exists:
    """Whether a request names a Module that holds seats of the license it is named for."""
    named = (RequestSeats.request_id == request_id, RequestSeats.module_id == module_id)
    same = (LicenseFile.license_id == RequestSeats.license_id, LicenseFile.module_id == RequestSeats.module_id)
    return exists().where(*named, *same, LicenseFile.status.in_(BOUND))


def lines(session: Session, request_id: int) -> tuple[Line, ...]:
    """The licenses of a request in their order, each with its seats in theirs."""
    return lines_of(session, [request_id])[request_id]


def lines_of(session: Session, request_ids: Collection[int]) -> dict[int, tuple[Line, ...]]:
    """The same of several requests, in two statements."""
    licenses = (
        select(RequestLicense, License.license_key, License.customer_id)
        .join(License, License.id == RequestLicense.license_id)
        .where(RequestLicense.request_id.in_(request_ids))
        .order_by(RequestLicense.place)
    )
    seats = _seats(session, request_ids)
    found: dict[int, list[Line]] = {number: [] for number in request_ids}
    for row, key, customer in session.execute(licenses):
        origins, targets = (tuple(seats.get((row.request_id, row.license_id, side), ())) for side in (True, False))
        found[row.request_id].append(Line(row.license_id, key, row.software, origins, targets, row.added, customer))
    return {number: tuple(of) for number, of in found.items()}


def _seats(session: Session, request_ids: Collection[int]) -> Mapping[tuple[int, int, bool], list[SeatsOn]]:
    chosen = (
        select(RequestSeats, Module.serial)
        .join(Module, Module.id == RequestSeats.module_id)
        .where(RequestSeats.request_id.in_(request_ids))
        .order_by(RequestSeats.place)
    )
    found: dict[tuple[int, int, bool], list[SeatsOn]] = {}
    for row, serial in session.execute(chosen):
        side = found.setdefault((row.request_id, row.license_id, row.source), [])
        side.append(SeatsOn(row.module_id, serial, row.seats))
    return found


def write_lines(session: Session, request_id: int, wanted: Sequence[Line]) -> None:
    """Put these lines in the place of those that a request has."""
    for table in (RequestSeats, RequestLicense):
        session.execute(delete(table).where(table.request_id == request_id))
    session.add_all(_license_rows(request_id, wanted))
    session.flush()
    session.add_all(_seat_rows(request_id, wanted))
    session.flush()


def _license_rows(request_id: int, wanted: Sequence[Line]) -> Iterator[RequestLicense]:
    for place, line in enumerate(wanted):
        row = RequestLicense(request_id=request_id, license_id=line.license_id, place=place)
        row.software, row.added = line.software, line.added
        yield row


def _seat_rows(request_id: int, wanted: Sequence[Line]) -> Iterator[RequestSeats]:
    for line in wanted:
        for source, side in ((True, line.origins), (False, line.targets)):
            for place, on in enumerate(side):
                row = RequestSeats(request_id=request_id, license_id=line.license_id, source=source)
                row.module_id, row.place, row.seats = on.module_id, place, on.seats
                yield row


def attachments(session: Session, request_id: int) -> Sequence[Attachment]:
    """What came with a request, oldest first."""
    return attachments_of(session, [request_id])[request_id]


def attachments_of(session: Session, request_ids: Collection[int]) -> dict[int, list[Attachment]]:
    """The same of several requests, in one statement."""
    chosen = select(Attachment).where(Attachment.request_id.in_(request_ids), Attachment.erased_at.is_(None))
    found: dict[int, list[Attachment]] = {number: [] for number in request_ids}
    for file in session.scalars(chosen.order_by(Attachment.id)):
        found[file.request_id].append(file)
    return found


def facts(row: TransferRequest, of: Iterable[Line], files: Collection[Attachment]) -> MoveData:
    """A request as the rules look at it."""
    return MoveData(
        kind=row.kind,
        company=row.company or "",
        contact_email=row.contact_email or "",
        licenses=tuple(map(_move, of)),
        non_use=row.non_use,
        return_modules=row.return_modules,
        files_held=row.files_held,
        attachments=frozenset(file.kind for file in files),
    )


def _move(line: Line) -> LicenseMove:
    return LicenseMove(line.license_key, line.software or "", _places(line.origins), _places(line.targets))


def _places(side: Iterable[SeatsOn]) -> tuple[Place, ...]:
    return tuple(Place(on.serial, on.seats) for on in side)


def scans(files: Iterable[Attachment]) -> bytes:
    """The SHA-256 over the scans of a request, which an approval binds (M4): 32 bytes."""
    bound = [
        (file.kind.value, file.sha256.hex())
        for file in files
        if file.sha256 is not None and file.kind is not AttachmentKind.LICENSE_FILE
    ]
    return bytes.fromhex(moves.bound_scans(bound))


def bound(session: Session, license_ids: Collection[int], module_ids: Collection[int] = ()) -> list[LicenseFile]:
    """The files, bridges left out, by which seats of these licenses, or on these Modules, are bound at present."""
    either = LicenseFile.license_id.in_(license_ids) | LicenseFile.module_id.in_(module_ids)
    chosen = select(LicenseFile).where(either, LicenseFile.status.in_(BOUND), LicenseFile.interim_until.is_(None))
    return list(session.scalars(chosen.order_by(LicenseFile.license_id, LicenseFile.module_id)))
