"""Whom a person may call: a representative of the vendor, or the dealer that sold the license."""

from dataclasses import dataclass

from prolong_server.models.channel import Dealer


@dataclass(frozen=True, slots=True)
class Contact:
    """A name and the ways to reach it; None where a dealer has not told one."""

    name: str
    phone: str | None
    email: str | None
    url: str | None


def of_dealer(dealer: Dealer) -> Contact:
    """How a dealer is shown to the public."""
    return Contact(name=dealer.name, phone=dealer.phone, email=dealer.email, url=dealer.url)


def written(contact: Contact) -> dict[str, object]:
    """A contact as JSON has it."""
    return {"name": contact.name, "phone": contact.phone, "email": contact.email, "url": contact.url}
