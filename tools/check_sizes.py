"""Fail when a file is longer than 250 lines or a function longer than 40: what is small can be read in one go.

Tests and migrations are exempt: a test is a list of cases, a migration is written once and never edited.
"""

import ast
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILE_LINES = 250
FUNCTION_LINES = 40
_EXEMPT = {"tests", "migrations"}
_NOT_OURS = {"__pycache__", "build", "dist"}


@dataclass(frozen=True, slots=True)
class Excess:
    """One file or function that is too long. `name` is empty for a file."""

    path: Path
    line: int
    name: str
    lines: int
    limit: int

    def __str__(self) -> str:
        what = f"function {self.name}" if self.name else "file"
        return f"{self.path}:{self.line}: {what} has {self.lines} lines, {self.limit} at most: split it by thought"


def files(root: Path) -> Iterator[Path]:
    """Every file below `root` that belongs to the project, in order; hidden folders and built things are passed by."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _NOT_OURS and _is_ours(name))
        yield from (Path(folder, name) for name in sorted(names))


def excesses(root: Path) -> list[Excess]:
    """Everything below `root` that is too long."""
    sources = (path for path in files(root) if path.suffix == ".py")
    return [
        excess
        for path in sources
        if not _EXEMPT.intersection(path.relative_to(root).parts)
        for excess in _measure(path, root)
    ]


def _is_ours(folder: str) -> bool:
    return folder == ".ci" or (not folder.startswith(".") and not folder.endswith(".egg-info"))


def _measure(path: Path, root: Path) -> Iterator[Excess]:
    source = path.read_text(encoding="utf-8")
    shown = path.relative_to(root)
    if (lines := len(source.splitlines())) > FILE_LINES:
        yield Excess(shown, 1, "", lines, FILE_LINES)
    for node in ast.walk(ast.parse(source, filename=str(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield Excess(shown, node.lineno, node.name, lines, FUNCTION_LINES)


def main() -> int:
    """Print every excess below the working directory; 1 if there is one, else 0."""
    found = excesses(Path.cwd())
    for excess in found:
        print(excess)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
