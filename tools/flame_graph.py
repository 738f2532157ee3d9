"""Draws a flame graph: `python -m tools.flame_graph STACKS.txt PICTURE.svg "what it shows"`.

STACKS has one stack a line, outermost function first: `a;b;c 12`, as `py-spy record --gil -f raw` writes it. A bar
is as wide as the share of samples in which its function, called by the bars below it, was at work.
"""

import html
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

WIDTH, ROW, HEAD = 1200, 15, 24
# Bars below this share are left out, and nothing above them is drawn either.
LEAST = 0.008
_LETTER = 6.2
_PLACE = re.compile(r"^(?P<function>\S+) \((?P<file>[^)]*?)(?::\d+)?\)$")
_OURS = re.compile(r"prolong_server/")


@dataclass(slots=True)
class Bar:
    """A function as called by those below it: how many samples it was in, and what it called."""

    count: int = 0
    calls: dict[str, "Bar"] = field(default_factory=dict)


def read(text: str) -> Bar:
    """The tree of all stacks of a file."""
    root = Bar()
    for line in text.splitlines():
        stack, _, count = line.rpartition(" ")
        bar = root
        bar.count += int(count)
        for name in map(_named, stack.split(";")):
            bar = bar.calls.setdefault(name, Bar())
            bar.count += int(count)
    return root


def draw(root: Bar, title: str) -> str:
    """The picture as SVG."""
    bars = list(_bars(root, root.count, 0.0, 0))
    height = HEAD + ROW * (1 + max((level for _, _, _, level in bars), default=0))
    parts = [_rectangle(name, share, left, height - ROW * (level + 1)) for name, share, left, level in bars]
    shape = f'viewBox="0 0 {WIDTH} {height}" font-family="monospace" font-size="10"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {shape}>'
    return "\n".join([head, f'<text x="4" y="15" font-size="13">{html.escape(title)}</text>', *parts, "</svg>", ""])


def _named(place: str) -> str:
    found = _PLACE.match(place)
    if found is None:
        return place
    kind = "ours" if _OURS.search(found["file"]) else "theirs"
    return f"{kind} {found['function']} ({Path(found['file']).name})"


def _bars(bar: Bar, total: int, left: float, level: int) -> Iterator[tuple[str, float, float, int]]:
    for name, called in sorted(bar.calls.items(), key=lambda item: -item[1].count):
        share = called.count / total
        if share >= LEAST:
            yield name, share, left, level
            yield from _bars(called, total, left, level + 1)
        left += share


def _rectangle(name: str, share: float, left: float, top: float) -> str:
    kind, _, said = name.partition(" ")
    color = "#f4a582" if kind == "ours" else "#92c5de"
    width, x = share * WIDTH, left * WIDTH
    shown = html.escape(said[: int(width / _LETTER)]) if width > 4 * _LETTER else ""
    told = html.escape(f"{said}: {share:.1%}")
    text = f'<text x="{x + 2:.1f}" y="{top + 11:.0f}">{shown}</text>' if shown else ""
    box = f'<rect x="{x:.1f}" y="{top:.0f}" width="{max(width - 0.5, 0.5):.1f}" height="{ROW - 1}" fill="{color}"/>'
    return f"<g><title>{told}</title>{box}{text}</g>"


def main() -> int:
    """Draw the file that the command line names."""
    stacks, picture, title = sys.argv[1:4]
    Path(picture).write_text(draw(read(Path(stacks).read_text("utf-8")), title), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
