"""The virus scanner: clamd, asked by INSTREAM over its socket (clamd(8)). One that does not answer lets nothing in."""

import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from prolong_server.config import Scanner
from prolong_server.rules import errors
from prolong_server.rules.vocabulary import ScanFault

SECONDS: Final = 30.0
_PIECE: Final = 64 * 1024
_ANSWER_BYTES: Final = 4096


def scan(by: Scanner, file: Path) -> None:
    """Have the file judged. Raises ScanRefused when something was found, TryAgain when there is no clear answer."""
    try:
        answer = _asked(by, file)
    except OSError as failure:
        raise errors.TryAgain from failure
    if answer.endswith(b" FOUND"):
        raise errors.ScanRefused(ScanFault.INFECTED)
    if answer != b"stream: OK":
        raise errors.TryAgain


def _asked(by: Scanner, file: Path) -> bytes:
    with _connected(by) as line:
        line.sendall(b"zINSTREAM\0")
        for piece in _pieces(file):
            line.sendall(struct.pack("!I", len(piece)) + piece)
        line.sendall(struct.pack("!I", 0))
        return _answer(line)


def _connected(by: Scanner) -> socket.socket:
    if isinstance(by, tuple):
        return socket.create_connection(by, SECONDS)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(SECONDS)
    try:
        line.connect(str(by))
    except OSError:
        line.close()
        raise
    return line


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as reading:
        while piece := reading.read(_PIECE):
            yield piece


def _answer(line: socket.socket) -> bytes:
    told = b""
    while len(told) < _ANSWER_BYTES and b"\0" not in told and (piece := line.recv(_ANSWER_BYTES)):
        told += piece
    return told.partition(b"\0")[0]
