"""What a load test is told by its environment, thresholds of the verdict included."""

import os
from dataclasses import dataclass
from pathlib import Path

from loadtests.shapes import SHAPES


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What is still good: the share of failed requests, and the p95 of each journey in milliseconds."""

    errors: float
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Settings:
    """The shape and size of the load, the seconds between two steps of a user, and the files beside it."""

    shape: str
    users: int
    pace: float
    stock: Path
    log: Path
    thresholds: Thresholds


def read() -> Settings:
    """The settings of this process. Raises SystemExit with a sentence that names the wrong one."""
    return Settings(
        shape=_shape(os.environ.get("PROLONG_LOAD_SHAPE", "short")),
        users=int(_number("PROLONG_LOAD_USERS", "20")),
        pace=_number("PROLONG_LOAD_PACE", "0.2"),
        stock=Path(os.environ.get("PROLONG_LOAD_STOCK", "stock.json")),
        log=Path(os.environ.get("PROLONG_LOAD_LOG", "clients.jsonl")),
        thresholds=Thresholds(
            errors=_number("PROLONG_LOAD_MAX_ERRORS", "0.001"),
            milliseconds=_number("PROLONG_LOAD_MAX_MILLISECONDS", "1000"),
        ),
    )


def _shape(name: str) -> str:
    if name not in SHAPES:
        raise SystemExit(f"PROLONG_LOAD_SHAPE must be one of {', '.join(SHAPES)}, not {name!r}.")
    return name


def _number(name: str, default: str) -> float:
    text = os.environ.get(name, default)
    try:
        return float(text)
    except ValueError:
        raise SystemExit(f"{name} must be a number, not {text!r}.") from None
