"""Whom a person can turn to (rule R13)."""

from __future__ import annotations

from dataclasses import dataclass, field

from prolong.reading import TEXT


@dataclass(frozen=True)
class Support:
    """The vendor's representative for the person's region."""

    name: str | None = field(default=None, metadata=TEXT)
    phone: str | None = field(default=None, metadata=TEXT)
    email: str | None = field(default=None, metadata=TEXT)
    url: str | None = field(default=None, metadata=TEXT)


@dataclass(frozen=True)
class Seller:
    """The dealer that sold the license; the first one to ask for a business renewal (rule R11)."""

    name: str | None = field(default=None, metadata=TEXT)
    phone: str | None = field(default=None, metadata=TEXT)
    email: str | None = field(default=None, metadata=TEXT)
    url: str | None = field(default=None, metadata=TEXT)
