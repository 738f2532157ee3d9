"""What a benchmark finds: figures, each with a value for every round, and whether the median is as wanted."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing: a value for each round, in `unit` ("" for a ratio); `at_least` or `at_most` is wanted."""

    name: str
    values: tuple[float, ...]
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def median(self) -> float:
        """The value that counts."""
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the median is as wanted; None where nothing is."""
        if self.at_least is not None:
            return self.median >= self.at_least
        return None if self.at_most is None else self.median <= self.at_most

    @property
    def wanted(self) -> str:
        """The wish in words; empty where there is none."""
        if self.at_least is not None:
            return f"at least {shown(self.at_least)}{_spaced(self.unit)}"
        return "" if self.at_most is None else f"at most {shown(self.at_most)}{_spaced(self.unit)}"

    @property
    def measured(self) -> str:
        """The median, and the least and the greatest value where there are several that differ."""
        low, high = min(self.values), max(self.values)
        spread = f" ({shown(low)} to {shown(high)})" if shown(low) != shown(high) else ""
        return f"{shown(self.median)}{_spaced(self.unit)}{spread}"

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or nothing where nothing is wanted."""
        return {None: "", True: "met", False: "**missed**"}[self.met]


def _spaced(unit: str) -> str:
    return f" {unit}" if unit else ""


def shown(value: float) -> str:
    """A number with as many digits as say something: 12,345, 431, 12.3, 0.517."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


@dataclass(frozen=True, slots=True)
class Findings:
    """What one part of the benchmarks found: `how` it was asked, by name and value, and the figures in their order."""

    part: str
    how: dict[str, Any]
    figures: tuple[Figure, ...]

    def document(self) -> dict[str, Any]:
        """As JSON writes it."""
        return {"part": self.part, "how": self.how, "figures": [_plain(figure) for figure in self.figures]}


def _plain(figure: Figure) -> dict[str, Any]:
    kept = {name: value for name, value in asdict(figure).items() if value not in (None, "")}
    return kept | {"values": [float(f"{value:.5g}") for value in figure.values]}


def read(document: dict[str, Any]) -> Findings:
    """The findings that a document holds."""
    figures = (Figure(**figure | {"values": tuple(figure["values"])}) for figure in document["figures"])
    return Findings(document["part"], document["how"], tuple(figures))


class Series:
    """Figures that grow by one value a round."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    def add(self, **values: float) -> None:
        """One value more for each of these names."""
        for name, value in values.items():
            self._values.setdefault(name, []).append(value)

    def of(self, name: str) -> tuple[float, ...]:
        """The values of a name in the order of the rounds."""
        return tuple(self._values[name])

    def last(self, *names: str) -> Sequence[float]:
        """The newest values of these names."""
        return [self._values[name][-1] for name in names]
