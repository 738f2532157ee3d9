"""Hardware Modules, the license files that bind seats to them, and customers' requests to move licenses."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from prolong_server.db import Base
from prolong_server.models.columns import Counted, Document, Instant, Words, words_of
from prolong_server.rules.module_words import (
    AttachmentKind,
    FilesHeld,
    FileStatus,
    ModuleEvent,
    ModuleState,
    MoveKind,
    RequestState,
)

_CURRENT = text("status = 'current'")
_OUT_OF_SERVICE = text("state = 'out_of_service'")
_TO_BE_PURGED = text("ended_on IS NOT NULL")


class Module(Base):
    """A hardware protection key by its serial number, whose case does not matter.

    `event` is what was last reported of it, `reported_for` the request that alone says so. `return_by` is a last day.
    """

    __tablename__ = "modules"
    __table_args__ = (
        Index("uq_modules_serial", func.upper(text("serial")), unique=True),
        Index("ix_modules_out_of_service", "id", postgresql_where=_OUT_OF_SERVICE, sqlite_where=_OUT_OF_SERVICE),
        Index(None, "return_by"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    serial: Mapped[str] = mapped_column(String(64))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    state: Mapped[ModuleState] = mapped_column(words_of(ModuleState, "state"))
    event: Mapped[ModuleEvent | None] = mapped_column(words_of(ModuleEvent, "event"))
    event_at: Mapped[datetime | None] = mapped_column(Instant)
    reported_for: Mapped[int | None] = mapped_column(ForeignKey("transfer_requests.id"), index=True)
    out_of_service_at: Mapped[datetime | None] = mapped_column(Instant)
    return_by: Mapped[date | None]
    returned_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


class LicenseFile(Base):
    """One revision of the file that binds `seats` of a license to a Module; `file_id` is that of all revisions.

    `signed` is the document as it was issued. `ended_at` is when it ceased to be current. `interim_until` is the last
    day of one that only bridges an exchange (M10).
    """

    __tablename__ = "license_files"
    __table_args__ = (
        UniqueConstraint("license_id", "module_id", "revision"),
        UniqueConstraint("file_id", "revision"),
        CheckConstraint("seats >= 1", name="seats"),
        CheckConstraint("revision >= 1", name="revision"),
        CheckConstraint("(status = 'current') = (ended_at IS NULL)", name="ended"),
        Index(
            "uq_license_files_current",
            "license_id",
            "module_id",
            unique=True,
            postgresql_where=_CURRENT,
            sqlite_where=_CURRENT,
        ),
        Index(None, "module_id", "status"),
        Index(None, "ended_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    file_id: Mapped[int] = mapped_column(BigInteger)
    license_id: Mapped[int] = mapped_column(ForeignKey("licenses.id"))
    module_id: Mapped[int] = mapped_column(ForeignKey("modules.id"))
    revision: Mapped[int] = mapped_column(Integer)
    seats: Mapped[int] = mapped_column(Integer)
    status: Mapped[FileStatus] = mapped_column(words_of(FileStatus, "status"))
    expires_on: Mapped[date]
    interim_until: Mapped[date | None]
    request_id: Mapped[int | None] = mapped_column(ForeignKey("transfer_requests.id"), index=True)
    issued_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    signed: Mapped[str] = mapped_column(Text)


class TransferRequest(Base):
    """A customer's case (M1). Every change of its state or its data is conditional on `version`.

    `link` is the number of the link that is good; it is negative while that one is revoked. `documents` is the SHA-256
    over the scans that a review or an approval has bound. `ended_on` is the vendor's day on which it ended, None again
    once personal data (company, address, texts) and scans were erased.
    """

    __tablename__ = "transfer_requests"
    __table_args__ = (
        Index(None, "state", "id"),
        Index("ix_transfer_requests_ended_on", "ended_on", postgresql_where=_TO_BE_PURGED, sqlite_where=_TO_BE_PURGED),
        CheckConstraint("override_by IS NULL OR override_by <> override_asked_by", name="four_eyes"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[MoveKind] = mapped_column(words_of(MoveKind, "kind"))
    state: Mapped[RequestState] = mapped_column(words_of(RequestState, "state"))
    version: Mapped[int] = mapped_column(Integer, default=1)
    language: Mapped[str] = mapped_column(String(2))
    company: Mapped[str | None] = mapped_column(String(200))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    non_use: Mapped[bool] = mapped_column(default=False)
    return_modules: Mapped[bool] = mapped_column(default=False)
    files_held: Mapped[FilesHeld | None] = mapped_column(words_of(FilesHeld, "files_held"))
    link: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    question: Mapped[str | None] = mapped_column(String(4000))
    answer: Mapped[str | None] = mapped_column(String(4000))
    reason: Mapped[str | None] = mapped_column(String(500))
    checklist: Mapped[dict[str, Any] | None] = mapped_column(Document)
    documents: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    return_required: Mapped[bool | None]
    exchange: Mapped[tuple[str, ...]] = mapped_column(Words, default=())
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(32))
    order_reference: Mapped[str | None] = mapped_column(String(200))
    paid_at: Mapped[datetime | None] = mapped_column(Instant)
    override_reason: Mapped[str | None] = mapped_column(String(500))
    override_asked_by: Mapped[str | None] = mapped_column(String(32))
    override_by: Mapped[str | None] = mapped_column(String(32))
    executed_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    reminded_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    purged_at: Mapped[datetime | None] = mapped_column(Instant)


class RequestLicense(Base):
    """A license of a request, in the customer's order, with the software's name as the letter states it.

    `added` is true for one that the server has added, because it hangs on the replaced Module as well (M7).
    """

    __tablename__ = "request_licenses"

    request_id: Mapped[int] = mapped_column(ForeignKey("transfer_requests.id"), primary_key=True)
    license_id: Mapped[int] = mapped_column(ForeignKey("licenses.id"), primary_key=True, index=True)
    place: Mapped[int] = mapped_column(SmallInteger)
    software: Mapped[str | None] = mapped_column(String(200))
    added: Mapped[bool] = mapped_column(default=False)


class RequestSeats(Base):
    """How many seats of a license of a request are on a Module before (`source`) or are to be on it after."""

    __tablename__ = "request_seats"
    __table_args__ = (CheckConstraint("seats >= 1", name="seats"),)

    request_id: Mapped[int] = mapped_column(ForeignKey("transfer_requests.id"), primary_key=True)
    license_id: Mapped[int] = mapped_column(ForeignKey("licenses.id"), primary_key=True)
    source: Mapped[bool] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("modules.id"), primary_key=True, index=True)
    place: Mapped[int] = mapped_column(SmallInteger)
    seats: Mapped[int] = mapped_column(Integer)


class Attachment(Base):
    """A file that came with a request: a scan by the SHA-256 of what is kept of it, or a license file.

    `sha256` is None once the file was erased. `file_text` is the license file itself, and `license_file_id` which row
    of ours it is.
    """

    __tablename__ = "attachments"
    __table_args__ = (Index(None, "request_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    request_id: Mapped[int] = mapped_column(ForeignKey("transfer_requests.id"))
    kind: Mapped[AttachmentKind] = mapped_column(words_of(AttachmentKind, "kind"))
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    media_type: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Integer)
    pages: Mapped[int] = mapped_column(Integer)
    file_text: Mapped[str | None] = mapped_column(Text)
    license_file_id: Mapped[int | None] = mapped_column(ForeignKey("license_files.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)


class ModuleReturn(Base):
    """A Module that the customer of a request has to give back by `due_on` (M5, M8)."""

    __tablename__ = "module_returns"
    __table_args__ = (Index(None, "due_on"),)

    request_id: Mapped[int] = mapped_column(ForeignKey("transfer_requests.id"), primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("modules.id"), primary_key=True, index=True)
    due_on: Mapped[date]
    received_at: Mapped[datetime | None] = mapped_column(Instant)
    received_by: Mapped[str | None] = mapped_column(String(32))


class SeatMove(Base):
    """That an executed request has moved a license, and that it has lost and gained no seat by it (M6).

    A trigger refuses a row whose `seats_after` is not what is really bound.
    """

    __tablename__ = "seat_moves"
    __table_args__ = (
        UniqueConstraint("request_id", "license_id"),
        CheckConstraint("seats_before = seats_after", name="conserved"),
        Index(None, "license_id", "moved_on"),
    )

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("transfer_requests.id"))
    license_id: Mapped[int] = mapped_column(ForeignKey("licenses.id"))
    seats_before: Mapped[int] = mapped_column(Integer)
    seats_after: Mapped[int] = mapped_column(Integer)
    moved_on: Mapped[date]


class LinkMail(Base):
    """That a link went out to an address (its SHA-256) on a day: the `number`-th of at most three."""

    __tablename__ = "link_mails"
    __table_args__ = (CheckConstraint("number BETWEEN 1 AND 3", name="number"),)

    mailed_on: Mapped[date] = mapped_column(primary_key=True)
    address: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    request_id: Mapped[int] = mapped_column(ForeignKey("transfer_requests.id"))
