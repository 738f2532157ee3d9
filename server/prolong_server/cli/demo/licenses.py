"""The demo's licenses: one in every state that a renewal can meet, by keys that say which."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from dateutil.relativedelta import relativedelta

from prolong_server.call import Call
from prolong_server.cli.demo.catalogue import ANTIVIRUS, MAIL
from prolong_server.licensing import licenses, validations
from prolong_server.licensing.forms import MachineForm, ValidationForm
from prolong_server.licensing.license_specs import CustomerSpec, LicenseSpec
from prolong_server.rules.vocabulary import LicenseClass

MACHINE: Final = "demo-computer-0001"
OTHER_MACHINE: Final = "demo-computer-0002"
_DAY: Final = relativedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sample:
    """A license to make: its key, what is interesting about it, when it ends seen from today, and what else it is."""

    key: str
    about: str
    ends_in: relativedelta
    more: dict[str, Any] = field(default_factory=dict)


_BUSINESS: Final = {"edition": "business", "seats": 10, "country": "DE"}
_MAIL: Final = {"product": MAIL, "edition": "server", "country": "DE"}
SAMPLES: Final = (
    Sample("DEMO-HOME-RUNNING", "runs for 40 days more", 40 * _DAY),
    Sample("DEMO-HOME-LAST-DAY", "ends today", relativedelta()),
    Sample("DEMO-HOME-GRACE", "ended 10 days ago: does not work, can be renewed", -10 * _DAY),
    Sample("DEMO-HOME-TOO-LATE", "ended two months ago", relativedelta(months=-2)),
    Sample("DEMO-HOME-FULL", "its one workstation is another computer", 40 * _DAY),
    Sample("DEMO-HOME-FAR-AHEAD", "runs for almost six years", relativedelta(years=6, days=-30)),
    Sample("DEMO-HOME-SPENT", "renewed once with the code that is spent", 20 * _DAY),
    Sample("DEMO-HOME-REVERSED", "renewed once, and staff took that back", 20 * _DAY),
    Sample("DEMO-HOME-PROMO", "given away", 40 * _DAY, {"activation_code": "PRO-7K2Q-DEMO"}),
    Sample("DEMO-HOME-NFR", "a partner's own use", 40 * _DAY, {"activation_code": "NFR-7K2Q-DEMO"}),
    Sample("DEMO-HOME-TRIAL", "a trial", 20 * _DAY, {"license_class": LicenseClass.TRIAL}),
    Sample("DEMO-HOME-NEW", "never activated", 365 * _DAY, {"activated_on": None}),
    Sample("DEMO-HOME-SUSPENDED", "suspended", 40 * _DAY),
    Sample("DEMO-HOME-REVOKED", "revoked", 40 * _DAY),
    Sample("DEMO-HOME-SANDBOX", "of the sandbox", 40 * _DAY, {"test": True}),
    Sample("DEMO-BUSINESS-RUNNING", "10 workstations", 40 * _DAY, _BUSINESS),
    Sample("DEMO-BUSINESS-GRACE", "10 workstations, ended 10 days ago", -10 * _DAY, _BUSINESS),
    Sample("DEMO-MAIL-RUNNING", "runs for two years more", relativedelta(years=2), _MAIL),
)


def create(call: Call, ukrainian: str, german: str) -> None:
    """Make the samples; those of Ukraine were sold by its dealer, those of Germany by the other."""
    for sample in SAMPLES:
        spec = _spec(sample, call.today)
        seller = german if spec["country"] == "DE" else ukrainian
        licenses.create(call, LicenseSpec(**spec, dealer=seller))
    licenses.suspend(call, "DEMO-HOME-SUSPENDED", "The invoice is not paid.")
    licenses.revoke(call, "DEMO-HOME-REVOKED", "The key was published.")
    taken = MachineForm(OTHER_MACHINE, "Reception")
    validations.validate(call, ValidationForm("DEMO-HOME-FULL", ANTIVIRUS, None, taken))


def _spec(sample: Sample, today: date) -> dict[str, Any]:
    ends = today + sample.ends_in
    began = min(ends, today) - timedelta(days=364)
    customer = CustomerSpec("Olena Demo", "olena@example.org", "UA", reminders=True)
    usual = {
        "license_key": sample.key,
        "product": ANTIVIRUS,
        "edition": "home",
        "seats": 1,
        "country": "UA",
        "starts_on": began,
        "expires_on": ends,
        "activated_on": began,
        "customer": customer,
    }
    return usual | sample.more
