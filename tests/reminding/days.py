"""Days with a worker: what is done on each, and what goes out."""

from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.channel import dealers, reminders
from prolong_server.licensing import imports
from prolong_server.licensing.license_specs import CustomerSpec
from prolong_server.licensing.license_views import LicenseView
from prolong_server.operations import mail
from tests import vendor
from tests.mailing import Way
from tests.vendor import TODAY, Vendor, called

OLENA = CustomerSpec("Olena", "olena@example.org", "UA", reminders=True)
STEPS = (60, 30, 7, 0, -14, -25)


def held(days_left: int = 30, **changes) -> LicenseView:
    """A license of Olena's, who wants to be reminded."""
    return vendor.license_(days_left, **{"customer": OLENA} | changes)


def remind(days: int = 0, by_mail: bool = True) -> int:
    """Do all of one day's work; how much there was."""
    total = 0
    while done := reminders.remind(called(days), by_mail=by_mail):
        total += done
    return total


def sent(days: int = 0) -> list[EmailMessage]:
    """What goes out on a day."""
    way = Way()
    while mail.send(called(days), way):
        pass
    return way.taken


def reminded(days: int = 0) -> list[EmailMessage]:
    """What goes out on a day after its work."""
    remind(days)
    return sent(days)


def count(table) -> int:
    with Session(db.db.engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def many(number: int, **cells: str) -> None:
    """That many licenses at once, which end in 30 days."""
    told = {"product": vendor.PRODUCT, "edition": "home", "seats": "1", "country": "UA", "starts_on": "2025-06-01"}
    told |= {"activated_on": "2025-06-01", "expires_on": (TODAY + timedelta(days=30)).isoformat(), **cells}
    lines = [",".join(told), *[",".join(told.values())] * number]
    imports.load(called(), "\n".join(lines).encode())


def around(steps: Sequence[int], first: int) -> list[int]:
    """The days on which something could change, for a license that ends on day `first`."""
    return sorted({first - step + near for step in steps for near in (-1, 0) if first - step + near >= 0})


def text(message: EmailMessage) -> str:
    """What a letter says, with usual spaces."""
    return message.get_content().replace("\u00a0", " ").replace("\r\n", "\n")


def subject(message: EmailMessage) -> str:
    return str(message["Subject"]).replace("\u00a0", " ")


def with_mail(shop: Vendor, **changes) -> str:
    """Give the dealer an address."""
    dealers.change(called(), shop.dealer, {"email": "sales@kyiv.example"} | changes)
    return shop.dealer


def told_on(days: Sequence[int]) -> list[int]:
    """On which of these days something went out."""
    return [day for day in days if reminded(day)]
