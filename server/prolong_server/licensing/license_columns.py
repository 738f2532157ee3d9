"""The columns of a CSV file of licenses, and how a line of it is read.

The header row uses the names of the JSON fields, in any order; those of the customer are `customer_name`,
`customer_email`, `customer_country`, `customer_reminders`, `customer_language`. An empty cell is an absent field. Days
are YYYY-MM-DD, `test` and `customer_reminders` are true or false.
"""

from collections.abc import Sequence
from typing import Any, Final

from prolong_server.licensing.license_specs import CustomerSpec, LicenseSpec
from prolong_server.operations import sheets
from prolong_server.rules.languages import Language
from prolong_server.rules.vocabulary import LicenseClass

REQUIRED: Final = ("product", "edition", "seats", "country", "starts_on", "expires_on")
_CUSTOMER: Final = "customer_"
COLUMNS: Final[dict[str, sheets.Column]] = {
    "license_key": (str, ""),
    "product": (str, ""),
    "edition": (str, ""),
    "license_class": (LicenseClass, f"Write one of {', '.join(LicenseClass)}."),
    "activation_code": (str, ""),
    "seats": (sheets.number, "Write a whole number in digits."),
    "country": (str, ""),
    "starts_on": (sheets.day, "Write a day as YYYY-MM-DD."),
    "expires_on": (sheets.day, "Write a day as YYYY-MM-DD."),
    "activated_on": (sheets.day, "Write a day as YYYY-MM-DD, or nothing if it was never activated."),
    "dealer": (str, ""),
    "customer_name": (str, ""),
    "customer_email": (str, ""),
    "customer_country": (str, ""),
    "customer_reminders": (sheets.boolean, "Write true or false."),
    "customer_language": (Language, f"Write one of {', '.join(Language)}."),
    "test": (sheets.boolean, "Write true or false."),
}


def read(header: Sequence[str], cells: Sequence[str]) -> LicenseSpec:
    """The license that a line describes, not yet judged; UnreadableLine."""
    values, wrong = sheets.read_cells(header, cells, COLUMNS)
    customer = _of_customer(values)
    needs_name = "name" not in customer and ("email" in customer or "country" in customer)
    sheets.require(values, (*REQUIRED, "customer_name") if needs_name else REQUIRED, wrong)
    return LicenseSpec(**values, customer=CustomerSpec(**customer) if "name" in customer else None)


def _of_customer(values: dict[str, Any]) -> dict[str, Any]:
    """What a line says of its customer, taken out of the values."""
    named = [name for name in values if name.startswith(_CUSTOMER)]
    return {name.removeprefix(_CUSTOMER): values.pop(name) for name in named}
