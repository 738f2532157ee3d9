"""`python -m benchmarks --report`: the tables and the picture of docs/performance.md, written from the results.

A table stands between `<!-- measured: part -->` and `<!-- end -->`; what stands there is thrown away and written anew,
so the page says what the files of results say. A part without a result says so.
"""

import re
from pathlib import Path

from benchmarks import plot, results
from benchmarks.figures import Figure
from benchmarks.machine import ROOT
from benchmarks.results import Result

PAGE = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "performance.svg"
_PLACE = re.compile(r"(<!-- measured: (?P<part>[a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_HEAD = "| what | wanted | measured | |\n| --- | --- | --- | --- |\n"


def write(folder: Path) -> None:
    """Bring page and picture in line with the results in the folder."""
    found = results.read(folder)
    PAGE.write_text(rendered(PAGE.read_text("utf-8"), found), "utf-8")
    PICTURE.write_text(plot.drawn(found.values()), "utf-8")


def rendered(page: str, found: dict[str, Result]) -> str:
    """The page with every table as the results have it."""

    def place(match: re.Match[str]) -> str:
        part = match["part"]
        told = table(found[part]) if part in found else f"Not measured yet: `make bench BENCH='--only {part}'`.\n"
        return f"{match[1]}{told}{match[3]}"

    return _PLACE.sub(place, page)


def table(result: Result) -> str:
    """Where, when and how a part was measured, and its figures: medians, in brackets the least and the greatest."""
    rows = "".join(map(_row, result.findings.figures))
    return f"{_where(result)}\n\n{_HEAD}{rows}"


def _row(figure: Figure) -> str:
    return f"| {figure.name} | {figure.wanted} | {figure.measured} | {figure.verdict} |\n"


def _where(result: Result) -> str:
    machine, how = result.machine, dict(result.findings.how)
    settings = how.pop("postgresql", {})
    asked = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in how.items())
    told = (
        f"{result.day}, commit {machine['commit']}: {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB, {machine['system']}, Python {machine['python']}, granian {machine['granian']}, "
        f"load by {machine['load_generator']}, load average before {machine['load_average_before']}. Asked: {asked}."
    )
    if not settings:
        return told
    version = settings["server_version"]
    chosen = ", ".join(f"`{name}` {value}" for name, value in settings.items() if name != "server_version")
    return f"{told} PostgreSQL {version}: {chosen}."
