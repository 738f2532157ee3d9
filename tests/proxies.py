"""HAProxy before a server, as `docs/haproxy` sets it up: only the addresses are others, and TLS is left out."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli import console

DOCUMENTED = Path(__file__).parents[1] / "docs" / "haproxy"
_STOP_SECONDS = 10


def is_installed() -> bool:
    """Whether there is an HAProxy."""
    return shutil.which("haproxy") is not None


def version() -> str:
    """What HAProxy says that it is."""
    told = subprocess.run(["haproxy", "-v"], capture_output=True, text=True, check=True).stdout
    return told.split()[2]


@contextmanager
def proxied(port: int, folder: Path, most: int | None = None) -> Iterator[int]:
    """HAProxy before a port of loopback, with `most` places instead of the documented: its own port."""
    front = console.free_port()
    file = folder / "haproxy.cfg"
    file.write_text(_set_up(folder, front, port, most))
    process = subprocess.Popen(["haproxy", "-db", "-f", str(file)])
    try:
        # Not by `waiting`, which tells the log of each time that it asks again, and this is for benchmarks, too.
        while not console.is_listening(front):
            assert process.poll() is None, "HAProxy ended before it listened; what it said is above"
            time.sleep(0.05)
        yield front
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def is_valid(certificates: Path) -> bool:
    """Whether HAProxy takes the file as it stands, but for the places of certificates and of the folder itself."""
    folder = certificates.parent
    text = _copied(folder).replace("/etc/haproxy/certs", str(certificates))
    file = folder / "haproxy.cfg"
    file.write_text(text)
    return subprocess.run(["haproxy", "-c", "-f", str(file)], check=False).returncode == 0


def _copied(folder: Path) -> str:
    """The configuration with the place of its other files, which are copied there."""
    for name in ("busy.json", "busy.map"):
        text = (DOCUMENTED / name).read_text()
        (folder / name).write_text(text.replace("/etc/haproxy/prolong", str(folder)))
    return (DOCUMENTED / "haproxy.cfg").read_text().replace("/etc/haproxy/prolong", str(folder))


def _set_up(folder: Path, front: int, port: int, most: int | None) -> str:
    text = re.sub(r"bind :443 ssl .*", f"bind 127.0.0.1:{front}", _copied(folder))
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    text = text.replace("127.0.0.1:8404", f"127.0.0.1:{console.free_port()}")
    return text if most is None else re.sub(r"(be_conn\(storm\) ge) \d+", rf"\1 {most}", text)
