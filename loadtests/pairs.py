"""The codes and licenses that a load test spends: a file with one `{"code": …, "license_key": …}` a line."""

import json
from collections import deque
from pathlib import Path


def read(file: Path) -> deque[dict[str, str]]:
    """The pairs of a file, each to be taken once. Raises SystemExit with a sentence when the file is missing."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError as missing:
        raise SystemExit(
            f"The file of codes and licenses cannot be read ({missing}); see loadtests/README.md."
        ) from None
    return deque(json.loads(line) for line in lines if line.strip())
