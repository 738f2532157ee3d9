"""The results as files, one a part: what was found, on which machine, when. Small, and kept with the source."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import figures
from benchmarks.figures import Findings

FOLDER = Path(__file__).with_name("results")


@dataclass(frozen=True, slots=True)
class Result:
    """The findings of one part, the machine, and the day."""

    findings: Findings
    machine: dict[str, Any]
    day: date


def write(folder: Path, result: Result) -> Path:
    """Write the result of a part in place of its last one; the file."""
    folder.mkdir(parents=True, exist_ok=True)
    document = result.findings.document() | {"machine": result.machine, "day": result.day.isoformat()}
    file = folder / f"{result.findings.part}.json"
    file.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return file


def read(folder: Path) -> dict[str, Result]:
    """The results of the folder by their parts."""
    found = (json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json")))
    return {document["part"]: _result(document) for document in found}


def _result(document: dict[str, Any]) -> Result:
    return Result(figures.read(document), document["machine"], date.fromisoformat(document["day"]))
