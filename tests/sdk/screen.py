"""A display that nobody sees, for tests of windows."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def opened() -> Iterator[str]:
    """Run Xvfb and give the name of its display."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            yield f":{server.stdout.readline().strip()}"
        finally:
            server.terminate()
