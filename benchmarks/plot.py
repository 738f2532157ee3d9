"""The picture of all wishes: how far each figure is from what was wanted, the spread of its rounds included."""

import math
from collections.abc import Iterable, Iterator
from html import escape

from benchmarks.figures import Figure
from benchmarks.results import Result

_LINE, _LEFT, _WIDE, _RIGHT, _TOP = 22, 490, 360, 250, 40
#: The scale reaches from a quarter of what was wanted to four times it.
_REACH = 4.0
_COLORS = {True: "#2a7f4f", False: "#b3402e"}


def drawn(found: Iterable[Result]) -> str:
    """An SVG with a line for every figure for which something is wanted; right of the middle is better than wanted."""
    lines = [(result.findings.part, figure) for result in found for figure in result.findings.figures]
    wished = [(part, figure) for part, figure in lines if figure.met is not None]
    high = _TOP + _LINE * len(wished) + 10
    body = [*_scale(high), *(mark for at, wish in enumerate(wished) for mark in _drawn(at, *wish))]
    size = f'width="{_LEFT + _WIDE + _RIGHT}" height="{high}" viewBox="0 0 {_LEFT + _WIDE + _RIGHT} {high}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    back = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return "\n".join([head, back, *body, "</svg>"]) + "\n"


def advantage(figure: Figure, value: float) -> float:
    """How many times better than wanted a value is; below 1 it is worse. No more than the picture's scale shows."""
    wanted = figure.at_least if figure.at_least is not None else figure.at_most
    better, worse = (value, wanted) if figure.at_least is not None else (wanted, value)
    if better is None or worse is None or better == worse:
        return 1.0
    return _REACH if not worse else min(_REACH, max(1 / _REACH, better / worse))


def _place(times: float) -> float:
    return round(_LEFT + _WIDE * (math.log(times, _REACH) + 1) / 2, 1)


def _scale(high: int) -> Iterator[str]:
    for times, label in ((1 / 4, "¼"), (1 / 2, "½"), (1, "as wanted"), (2, "2 times better"), (4, "4")):
        at, color = _place(times), "#888888" if times == 1 else "#dddddd"
        yield f'<line x1="{at}" y1="{_TOP - 8}" x2="{at}" y2="{high - 6}" stroke="{color}"/>'
        yield f'<text x="{at}" y="{_TOP - 14}" text-anchor="middle" fill="#555555">{label}</text>'


def _drawn(number: int, part: str, figure: Figure) -> Iterator[str]:
    y, color = _TOP + _LINE * number + 8, _COLORS[bool(figure.met)]
    low, middle, high = (
        _place(advantage(figure, value)) for value in (min(figure.values), figure.median, max(figure.values))
    )
    name = escape(f"{part}: {figure.name}".replace("`", ""))
    yield f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end" fill="#222222">{name}</text>'
    yield f'<line x1="{min(low, high)}" y1="{y}" x2="{max(low, high)}" y2="{y}" stroke="{color}" stroke-width="3"/>'
    yield f'<circle cx="{middle}" cy="{y}" r="5" fill="{color}"/>'
    told = escape(f"{figure.measured.split(' (')[0]}, wanted {figure.wanted}")
    yield f'<text x="{_LEFT + _WIDE + 12}" y="{y + 4}" fill="#222222">{told}</text>'
