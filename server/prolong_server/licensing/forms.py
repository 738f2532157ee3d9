"""What products send: the forms of redemption, activation and validation. None of their secrets is ever shown."""

from dataclasses import dataclass, field

from prolong_server.rules import facts
from prolong_server.rules.languages import Language

MISSING = "Missing data for required field."


@dataclass(frozen=True, slots=True)
class MachineForm:
    """The machine that a product runs on: its opaque fingerprint (16–128 printable ASCII) and a name for people."""

    fingerprint: str = field(repr=False)
    name: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class RenewalForm:
    """A renewal code, the license it is for, and the product that asks; `origin` is that of a web page."""

    code: str = field(repr=False)
    license_key: str | None = field(repr=False)
    product: str
    product_version: str | None
    machine: MachineForm | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerForm:
    """To whom a new license belongs; `country` is ISO 3166-1 alpha-2, `language` the one that the person asked in."""

    name: str = field(repr=False)
    country: str
    email: str | None = field(repr=False, default=None)
    reminders: bool = False
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class ActivationForm:
    """An activation code, the product and machine it is entered on, and the customer; `origin` is that of a page."""

    code: str = field(repr=False)
    product: str
    product_version: str | None
    machine: MachineForm | None
    customer: CustomerForm
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class ValidationForm:
    """A license key, the product that asks, and its machine if it names one."""

    license_key: str = field(repr=False)
    product: str
    product_version: str | None = None
    machine: MachineForm | None = None


def fingerprint_of(machine: MachineForm | None) -> str | None:
    """The fingerprint, if a machine is named."""
    return machine.fingerprint if machine else None


def form_facts(form: RenewalForm | ActivationForm, web_origins: tuple[str, ...] = ()) -> facts.Form:
    """The form as the rules see it; `web_origins` are those that the product allows."""
    return facts.Form(
        product=form.product,
        product_version=form.product_version,
        machine_named=form.machine is not None,
        trusted_origin=form.origin is not None and form.origin in web_origins,
    )
