"""The content of the revocation list: licenses, license files and Modules, under a number that grows with every one."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import literal_column, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.models.licensing import License
from prolong_server.models.modules import LicenseFile, Module
from prolong_server.models.operations import Counter
from prolong_server.rules import identifiers
from prolong_server.rules.module_words import ModuleState
from prolong_server.rules.vocabulary import LicenseStatus

COUNTER: Final = "revocations"
# Written out and not bound, so that the index of revoked licenses serves whoever plans without the value.
_IS_REVOKED: Final = License.status == literal_column(f"'{LicenseStatus.REVOKED}'")
_IS_OUT_OF_SERVICE: Final = Module.state == literal_column(f"'{ModuleState.OUT_OF_SERVICE}'")
# A file that ended by itself is void without being named. It is named for a year more, for clocks that are wrong.
_NAMED_AFTER_THE_END: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class VoidFile:
    """A revision of a license file that is void; `id` is `lfl_…`, the same for all revisions of one file."""

    id: str
    revision: int


@dataclass(frozen=True, slots=True)
class Revocations:
    """The list as of `seq`; `changed_at` is None while nothing was ever revoked (`seq` 0).

    `licenses` are `lic_…`, `modules` the SHA-256 of serials in capitals, as hexadecimal digits; all is sorted.
    """

    seq: int
    changed_at: datetime | None
    licenses: tuple[str, ...] = ()
    license_files: tuple[VoidFile, ...] = ()
    modules: tuple[str, ...] = ()


@db.reading
def sequence(session: Session, call: Call) -> int:
    """The number of the present list, 0 for the empty one; much cheaper than the list."""
    return session.scalar(select(Counter.value).where(Counter.name == COUNTER)) or 0


@db.snapshot
def show(session: Session, call: Call) -> Revocations:
    """The present list; all its parts, and the number, are of one moment."""
    counter = session.execute(select(Counter.value, Counter.changed_at).where(Counter.name == COUNTER)).one_or_none()
    if counter is None:
        return Revocations(0, None)
    licenses = (identifiers.show("lic", number) for number in session.scalars(select(License.id).where(_IS_REVOKED)))
    serials = session.scalars(select(Module.serial).where(_IS_OUT_OF_SERVICE))
    return Revocations(
        counter.value,
        counter.changed_at,
        licenses=tuple(sorted(licenses)),
        license_files=tuple(_void_files(session, call.today)),
        modules=tuple(sorted(map(named_module, serials))),
    )


def named_module(serial: str) -> str:
    """How the list names a Module: by the SHA-256 of its serial number in capitals."""
    return sha256(serial.upper().encode()).hexdigest()


def _void_files(session: Session, today: date) -> list[VoidFile]:
    void = select(LicenseFile.file_id, LicenseFile.revision).where(
        LicenseFile.ended_at.is_not(None), LicenseFile.expires_on >= today - _NAMED_AFTER_THE_END
    )
    rows = session.execute(void.order_by(LicenseFile.file_id, LicenseFile.revision))
    return [VoidFile(identifiers.show("lfl", file_id), revision) for file_id, revision in rows]


def count_one(session: Session, call: Call) -> None:
    """Give the list its next number, in the transaction that revokes; the last lock that a transaction takes."""
    if _counted(session, call):
        return
    try:
        with session.begin_nested():
            session.add(Counter(name=COUNTER, value=1, changed_at=call.now))
    except IntegrityError:
        # Another revocation was the very first in the same instant, and has made the row meanwhile.
        _counted(session, call)


def _counted(session: Session, call: Call) -> bool:
    statement = (
        update(Counter).where(Counter.name == COUNTER).values(value=Counter.value + 1, changed_at=call.now)
    ).execution_options(synchronize_session=False)
    return session.connection().execute(statement).rowcount == 1
