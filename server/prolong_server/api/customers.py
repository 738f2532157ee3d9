"""The people to whom licenses belong, and their right to be forgotten."""

from prolong_server.api.core import Noun
from prolong_server.call import Call
from prolong_server.licensing import customers

noun = Noun("customers", "To whom licenses belong")


@noun.operation("erase", "DELETE", "/customers/<ref>/personal-data", status=204)
def erase(call: Call, ref: str) -> None:
    """Erase name and e-mail for good; the license stays. Again: 204, and nothing more is done."""
    customers.erase(call, ref)
