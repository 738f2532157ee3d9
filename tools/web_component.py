"""Bring the server's copy of the web component up to date with the client's: the server ships it, and imports nothing.

Run it after the component was changed, or its sentences by `python -m tests.web.sentences`: `make component` does both.
"""

from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "client_sdk" / "prolong" / "web" / "prolong-registration.js"
COPY = ROOT / "server" / "prolong_server" / "portal" / "static" / "prolong-registration.js"


def is_current() -> bool:
    """Whether the server's copy is the client's file, byte for byte."""
    return COPY.read_bytes() == SOURCE.read_bytes()


def main() -> None:
    """Copy the file."""
    COPY.write_bytes(SOURCE.read_bytes())


if __name__ == "__main__":
    main()
