"""How the command line speaks: the sentence of a refusal, and JSON for scripts."""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import click

from prolong_server.rules import errors
from prolong_server.rules.errors import Refusal


def sentence(refusal: Refusal) -> str:
    """The English sentence of a refusal with its facts; of a wrong request each wrong field, one a line."""
    said = refusal.message.format(**refusal.fields)
    if isinstance(refusal, errors.InvalidRequest):
        return "\n".join([said, *lines(refusal.fields["errors"])])
    return said


def lines(wrong: Any) -> Iterator[str]:
    """What is wrong, one line a place: `quantity: From 1 to 10.`, `line 7, seats: …`."""
    for name, told in wrong.items():
        if name == "lines":
            for bad in told:
                yield from (f"line {bad['line']}, {found}" for found in lines(bad["errors"]))
        elif isinstance(told, Mapping):
            yield from (f"{name}.{found}" for found in lines(told))
        elif name == "bad_lines":
            yield f"bad lines in all: {told}"
        else:
            yield f"{name}: {' '.join(map(str, told))}"


def as_json(thing: object) -> None:
    """Print a view, or several, as JSON on standard output."""
    click.echo(written(thing))


def written(thing: object) -> str:
    """A view, or several, as JSON."""
    return json.dumps(thing, default=_plain, ensure_ascii=False, indent=2)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not written as JSON")
