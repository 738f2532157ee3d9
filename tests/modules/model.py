"""What must become of seats, license files, Modules and requests, in plain Python, without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from prolong_server.rules.module_words import FileCode

SEATS = 6
IN_SERVICE, REPORTED, AWAITING, OUT = "in_service", "reported", "awaiting_return", "out_of_service"
OPEN = ("draft", "submitted", "in_review", "needs_information")
FROM = {
    "submit": ("draft", "needs_information"),
    "withdraw": OPEN,
    "review": ("submitted", "in_review", "approved"),
    "ask": ("in_review",),
    "approve": ("in_review",),
    "reject": ("in_review", "needs_information"),
    "pay": ("submitted", "in_review", "needs_information", "approved"),
    "attach": (*OPEN, "approved"),
    "execute": ("approved",),
    "return": ("awaiting_return",),
}
Pair = tuple[int, str]


@dataclass
class File:
    """A file as it was issued; `state` is `current`, `held` or `ended`."""

    pair: Pair
    revision: int
    seats: int
    until: date
    bridge: date | None
    state: str = "current"
    text: str = ""
    name: tuple[str, int] = ("", 0)


@dataclass
class Line:
    """A license of a request by its number, and how its seats are to move."""

    license: int
    origins: dict[str, int]
    targets: dict[str, int]


@dataclass
class Case:
    """A request."""

    ref: str
    kind: str
    lines: list[Line]
    pledged: bool
    state: str = "draft"
    scans: int = 0
    reviewed: int | None = None
    paid: bool = False
    wants_return: bool = False
    exchange: tuple[str, ...] = ()
    returns: dict[str, bool] = field(default_factory=dict)

    @property
    def replaces(self) -> bool:
        return self.kind.startswith("replace")

    @property
    def must_return(self) -> bool:
        return self.wants_return or self.kind == "replace_broken"

    def modules(self, side: str) -> list[str]:
        """The Modules of one side, each once, in their order."""
        return list(dict.fromkeys(serial for line in self.lines for serial in getattr(line, side)))


class World:
    """All licenses and Modules, and every file that was ever issued."""

    def __init__(self, licenses: Mapping[int, date], serials: Sequence[str], today: date) -> None:
        self.ends = dict(licenses)
        self.modules = dict.fromkeys(serials, IN_SERVICE)
        self.today = today
        self.files: list[File] = []

    def bound(self, number: int) -> dict[str, int]:
        """The seats of a license that are on Modules for good."""
        files = (file for file in self.files if file.state != "ended" and file.bridge is None)
        return {file.pair[1]: file.seats for file in files if file.pair[0] == number}

    def usable(self, number: int, besides: str) -> int:
        """The seats of a license that work at present on other Modules."""
        return sum(
            file.seats
            for file in self.files
            if file.state == "current" and file.pair[0] == number and file.pair[1] != besides
            if self.modules[file.pair[1]] != REPORTED and not self.is_over(file)
        )

    def is_over(self, file: File) -> bool:
        return file.bridge is not None and file.bridge < self.today

    def may_bind(self, number: int, serial: str, seats: int, bridge: date | None) -> bool:
        others = {other: on for other, on in self.bound(number).items() if other != serial}
        if self.modules[serial] != IN_SERVICE or self.usable(number, serial) + seats > SEATS:
            return False
        return serial not in self.bound(number) if bridge else sum(others.values()) + seats <= SEATS

    def bind(self, number: int, serial: str, seats: int, bridge: date | None) -> None:
        self.end(file for file in self.files if file.pair[0] == number and self.is_over(file))
        self.issue((number, serial), seats, bridge)

    def issue(self, pair: Pair, seats: int, bridge: date | None = None) -> None:
        """The next revision of the file of a license for a Module."""
        self.end(file for file in self.files if file.pair == pair)
        revision = 1 + sum(file.pair == pair for file in self.files)
        self.files.append(File(pair, revision, seats, self.ends[pair[0]], bridge))

    def end(self, files: object) -> None:
        for file in files:  # type: ignore[attr-defined]  # any iterable of files
            file.state = "ended"

    def renew(self, number: int, until: date) -> None:
        """M11."""
        self.ends[number] = until
        for file in [file for file in self.files if file.pair[0] == number and file.state == "current"]:
            self.issue(file.pair, file.seats, file.bridge)

    def retire(self, serial: str) -> None:
        self.modules[serial] = OUT
        for file in self.files:
            file.state = "held" if file.pair[1] == serial and file.state == "current" else file.state

    def worth(self, file: File) -> FileCode:
        """What a file that was issued must be worth today."""
        newest = [other for other in self.files if other.pair == file.pair][-1]
        if file is not newest:
            return FileCode.SUPERSEDED
        if file.state == "ended":
            return FileCode.REVOKED
        if self.modules[file.pair[1]] == OUT:
            return FileCode.MODULE_OUT_OF_SERVICE
        return FileCode.EXPIRED if self.today > min(file.until, file.bridge or file.until) else FileCode.VALID
