"""The clients' log: what was sent and what came back, one JSON object a line, by the place of the pair in the stock.

A line is written before a request is sent and another one after its answer, so a request without an answer stays to be
seen whatever ends the test. No code and no key is in it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO


class Journal:
    """The open log of one process."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def sent(self, pair: int) -> None:
        """A redemption of the pair is about to be sent."""
        self._write({"pair": pair, "sent": True})

    def answered(self, pair: int, status: int, receipt: str | None) -> None:
        """It was answered; `receipt` is the redemption's id, where one was told. Status 0: the line broke."""
        self._write({"pair": pair, "status": status, "receipt": receipt})

    def close(self) -> None:
        """No more will be written."""
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")


def opened(file: Path) -> Journal:
    """A new log in place of the file's last one."""
    return Journal(file.open("w", encoding="utf-8", buffering=1))


def read(file: Path) -> Iterator[dict[str, Any]]:
    """The lines of a log; one that was cut off by a crash is left out."""
    with file.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.endswith("\n"))
