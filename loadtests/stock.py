"""What the journeys have in hand: a file of `python -m loadtests.seed`, for its user alone, because it holds codes."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Stock:
    """Codes with a license each, of which the first `taken` are spent; codes that nobody made; a dealer's token."""

    product: str
    version: str
    edition: str
    codes: list[str] = field(repr=False)
    license_keys: list[str]
    unknown_codes: list[str] = field(repr=False)
    checked_in: list[str]
    dealer_token: str = field(repr=False)
    taken: int = 0

    def take(self) -> int:
        """The place of a fresh pair. Raises NothingLeft."""
        if self.taken == len(self.codes):
            raise NothingLeft
        self.taken += 1
        return self.taken - 1

    def form(self, code: str, license_key: str) -> dict[str, object]:
        """The form of a redemption, filled in; the machine is the license's own."""
        machine = {"fingerprint": f"load-test-{license_key}"}
        asked = {"code": code, "license_key": license_key, "product": self.product, "product_version": self.version}
        return asked | {"machine": machine}


class NothingLeft(Exception):
    """Every pair of the stock is spent: the seed was too small for the load."""

    def __str__(self) -> str:
        return "no pair is left; seed more of them"


def write(file: Path, stock: Stock) -> None:
    """Write the stock into a new file that only its user may read."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as out:
        json.dump(asdict(stock), out)


def read(file: Path) -> Stock:
    """The stock of a file. Raises SystemExit with a sentence when there is none."""
    try:
        return Stock(**json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as failure:
        reason = type(failure).__name__
        raise SystemExit(f"No stock can be read from {file} ({reason}); make one: python -m loadtests.seed.") from None
