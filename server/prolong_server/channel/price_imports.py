"""Price lists from CSV files: all of a file or nothing, every bad line named. What an export says can be imported."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.channel import price_lines, price_lists
from prolong_server.channel.price_lines import PriceLine, PriceListSpec
from prolong_server.channel.price_lists import PriceListView
from prolong_server.operations import idempotency, sheets
from prolong_server.operations.sheets import Sheet
from prolong_server.rules import errors

_IN_DIGITS: Final = "Write a whole number in digits."
COLUMNS: Final[dict[str, sheets.Column]] = {
    "product": (str, ""),
    "edition": (str, ""),
    "period_years": (sheets.number, _IN_DIGITS),
    "seats_from": (sheets.number, _IN_DIGITS),
    "new_price": (str, ""),
    "renewal_price": (str, ""),
}
HEADER: Final = tuple(COLUMNS)


def load(call: Call, currency: str, valid_from: date, data: bytes) -> PriceListView:
    """Take in the lines of a CSV file (UTF-8, with or without BOM; the columns of `HEADER`) as one price list.

    InvalidRequest says what is wrong with the file, or with each of its bad lines, in the shape that
    `operations.sheets` gives it. Where every line can be read, RenewalPriceNotPreferential names those that R12
    forbids, by the same numbers.
    """
    return _load(call, currency, valid_from, sheets.read(data, COLUMNS, HEADER, _read_line))


@idempotency.creating
def _load(session: Session, call: Call, currency: str, valid_from: date, sheet: Sheet[PriceLine]) -> PriceListView:
    price_lines.require_currency(currency)
    if len(sheet.specs) + len(sheet.wrong) > price_lines.MAX_ITEMS:
        raise errors.InvalidRequest({"file": [f"A list has 1 to {price_lines.MAX_ITEMS} lines."]})
    editions = price_lists.known_editions(session)
    sheet.wrong.update(price_lines.problems(sheet.specs, currency, editions))
    sheet.refuse_bad_lines()
    price_lines.require_preferential(sheet.specs, currency)
    return price_lists.take_in(
        session, call, PriceListSpec(currency, valid_from, tuple(sheet.specs.values())), editions
    )


def _read_line(header: Sequence[str], cells: Sequence[str]) -> PriceLine:
    values, wrong = sheets.read_cells(header, cells, COLUMNS)
    sheets.require(values, HEADER, wrong)
    return PriceLine(**values)
