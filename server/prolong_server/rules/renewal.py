"""R1–R19: what may be redeemed and activated. One function a rule, each answering with the refusal or None.

A rule answers, it does not act: it returns an error unraised, and looks at nothing but the facts. The two tuples at
the end are the orders of precedence; the first refusal in them is the answer.
"""

from datetime import date

from prolong_server.rules import calendar, errors, versions
from prolong_server.rules.answers import Answer, Replay, Rule
from prolong_server.rules.errors import RedemptionRefusal
from prolong_server.rules.facts import Facts
from prolong_server.rules.vocabulary import CodeKind, CodeState, LicenseClass, LicenseStatus, MachineCheck, Territory


def is_a_renewal_code(facts: Facts) -> Answer:
    """R9: An activation code is refused at the redemption form."""
    return errors.NotARenewalCode() if facts.code.kind is not CodeKind.RENEWAL else None


def is_an_activation_code(facts: Facts) -> Answer:
    """R9: A renewal code is not for a first activation: at the activation form it is refused."""
    return errors.RenewalCodeCannotActivate() if facts.code.kind is not CodeKind.ACTIVATION else None


def sandbox_stays_apart(facts: Facts) -> Answer:
    """R19: Sandbox codes and sandbox licenses only work with each other."""
    mixed = facts.license is not None and facts.license.test is not facts.code.test
    return errors.TestCode() if mixed else None


def same_pair_gets_its_receipt(facts: Facts) -> Answer:
    """R4: The same code with the same license again is answered with the first receipt; R18: unless it was reversed."""
    spent = facts.code.spent
    if spent is None or facts.license is None or spent.license_id != facts.license.id:
        return None
    return errors.RedemptionReversed() if spent.reversed else Replay.RECEIPT


def same_machine_gets_its_activation(facts: Facts) -> Answer:
    """R6: The same machine again with the same activation code is answered with the first answer."""
    return Replay.ACTIVATION if facts.license is not None and facts.license.machine_registered else None


def another_machine_takes_a_free_seat(facts: Facts) -> Answer:
    """R6: Up to `seats` machines register themselves with the activation code that made the license."""
    free = facts.license is not None and facts.license.machines < facts.license.seats
    return Replay.ANOTHER_MACHINE if free else None


def code_is_unspent(facts: Facts) -> Answer:
    """R4: A code works once; with another license it is refused. R18: A reversed code stays spent."""
    spent = facts.code.state in {CodeState.REDEEMED, CodeState.REVERSED}
    return errors.CodeAlreadyRedeemed() if spent else None


def code_is_not_voided(facts: Facts) -> Answer:
    """R16: A code that its dealer has voided is worth nothing."""
    return errors.CodeVoided() if facts.code.state is CodeState.VOIDED else None


def code_is_within_its_shelf_life(facts: Facts) -> Answer:
    """R16: A code is good through the order's day + `shelf_life_days`, that day included."""
    last = facts.code.good_until
    return errors.CodeExpired(good_until=last) if last is not None and facts.today > last else None


def license_is_known(facts: Facts) -> Answer:
    """A renewal code extends an existing license, never creates one."""
    return errors.LicenseNotFound() if facts.license is None else None


def products_are_the_same(facts: Facts) -> Answer:
    """R14: Form, code and license name the same product; an unknown product in the form is a mismatch."""
    named = {facts.form.product, facts.code.product.code}
    if facts.license is not None:
        named.add(facts.license.product)
    return errors.ProductMismatch() if len(named) > 1 else None


def license_was_activated(facts: Facts) -> Answer:
    """R9: A license that was never activated cannot be renewed."""
    return None if facts.held.activated else errors.LicenseNotActivated()


def license_is_not_revoked(facts: Facts) -> Answer:
    """R15: A license that is revoked cannot be renewed."""
    return errors.LicenseRevoked() if facts.held.status is LicenseStatus.REVOKED else None


def license_is_not_suspended(facts: Facts) -> Answer:
    """R15: A license that is suspended cannot be renewed."""
    return errors.LicenseSuspended() if facts.held.status is LicenseStatus.SUSPENDED else None


_NOT_RENEWABLE: dict[LicenseClass, type[RedemptionRefusal]] = {
    LicenseClass.PROMO: errors.PromoNotRenewable,
    LicenseClass.NFR: errors.NfrNotRenewable,
    LicenseClass.TRIAL: errors.TrialNotRenewable,
}


def class_is_renewable(facts: Facts) -> Answer:
    """R10: Promo licenses and partner licenses cannot be renewed; nor can trials."""
    refusal = _NOT_RENEWABLE.get(facts.held.license_class)
    return refusal() if refusal else None


def editions_are_the_same(facts: Facts) -> Answer:
    """R14: Code and license name the same edition."""
    bought, ordered = facts.held.edition, facts.code.edition.code
    same = bought == ordered
    return None if same else errors.EditionMismatch(edition_of_license=bought, edition_of_code=ordered)


def period_is_allowed(facts: Facts) -> Answer:
    """R1: Periods are 1, 2 or 3 years; 3 only for editions of kind `business`. An edition lists its allowed periods."""
    years = facts.code.period_years
    return None if facts.code.edition.offers(years) else errors.PeriodNotAllowed(period_years=years)


def window_is_open(facts: Facts) -> Answer:
    """R2: A license can be renewed while it runs and up to `renewal_grace_months` later, that last day included."""
    until = calendar.renewable_until(facts.held.expires_on, facts.code.product.renewal_grace_months)
    closed = facts.today > until
    return errors.RenewalWindowClosed(expires_on=facts.held.expires_on, renewable_until=until) if closed else None


def renewed_until(facts: Facts) -> date:
    """R5: Only `expires_on` moves, by the code's period, from the product's `renewal_basis`."""
    basis = facts.code.product.renewal_basis
    return calendar.renewed(facts.held.expires_on, facts.code.period_years, basis, facts.today)


def is_not_too_far_ahead(facts: Facts) -> Answer:
    """R17: Codes may be stacked, up to the product's `max_advance_years` from today."""
    after = renewed_until(facts)
    latest = calendar.add_years(facts.today, facts.code.product.max_advance_years)
    return errors.TooFarAhead(expires_on_after=after, latest_expires_on=latest) if after > latest else None


def is_not_wasted(facts: Facts) -> Answer:
    """R17: A code is never spent for nothing: the new `expires_on` must be later than the old one."""
    wasted = renewed_until(facts) <= facts.held.expires_on
    return errors.WouldNotExtend(expires_on=facts.held.expires_on) if wasted else None


def seats_are_equal(facts: Facts) -> Answer:
    """R8: Renewal is for exactly the number of seats originally bought."""
    bought, ordered = facts.held.seats, facts.code.seats
    return errors.SeatCountMismatch(seats_bought=bought, seats_of_code=ordered) if bought != ordered else None


def _is_in_territory(facts: Facts, country: str) -> Answer:
    free = facts.code.edition.territory is Territory.ANY or country in facts.code.territories
    return None if free else errors.TerritoryMismatch(country=country)


def code_is_from_the_country(facts: Facts) -> Answer:
    """R11: Home: a code from any dealer in the license's country. Business: any dealer's code is accepted."""
    return _is_in_territory(facts, facts.held.country)


def customer_is_in_the_territory(facts: Facts) -> Answer:
    """R11, for an activation: judged by the country of the customer."""
    return _is_in_territory(facts, facts.country or "")


def product_is_up_to_date(facts: Facts) -> Answer:
    """R7: `product_version` is at least `minimum_renewal_version` (empty: `latest_version`), compared as versions."""
    product, version = facts.code.product, facts.form.product_version
    if facts.form.trusted_origin and version is None:
        return None
    wanted = product.minimum_renewal_version or product.latest_version
    if version is not None and versions.is_at_least(version, wanted):
        return None
    return errors.ProductOutdated(latest_version=product.latest_version, download_url=product.download_url)


def machine_belongs_to_the_license(facts: Facts) -> Answer:
    """R6: The code is entered on a machine of the license; up to `seats` machines register themselves."""
    form, held = facts.form, facts.held
    if facts.code.product.machine_check is MachineCheck.OFF or held.machine_registered:
        return None
    if not form.machine_named:
        return None if form.trusted_origin else errors.MachineNotRegistered(seats=held.seats)
    return None if held.machines < held.seats else errors.MachineNotRegistered(seats=held.seats)


REDEMPTION: tuple[Rule, ...] = (
    is_a_renewal_code,
    sandbox_stays_apart,
    same_pair_gets_its_receipt,
    code_is_unspent,
    code_is_not_voided,
    code_is_within_its_shelf_life,
    license_is_known,
    products_are_the_same,
    license_was_activated,
    license_is_not_revoked,
    license_is_not_suspended,
    class_is_renewable,
    editions_are_the_same,
    period_is_allowed,
    window_is_open,
    is_not_too_far_ahead,
    is_not_wasted,
    seats_are_equal,
    code_is_from_the_country,
    product_is_up_to_date,
    machine_belongs_to_the_license,
)

CODE_ALONE: tuple[Rule, ...] = (
    is_a_renewal_code,
    code_is_unspent,
    code_is_not_voided,
    code_is_within_its_shelf_life,
    products_are_the_same,
    period_is_allowed,
    product_is_up_to_date,
)

ACTIVATION: tuple[Rule, ...] = (
    is_an_activation_code,
    sandbox_stays_apart,
    same_machine_gets_its_activation,
    another_machine_takes_a_free_seat,
    code_is_unspent,
    code_is_not_voided,
    code_is_within_its_shelf_life,
    products_are_the_same,
    period_is_allowed,
    customer_is_in_the_territory,
    product_is_up_to_date,
)


def judge(facts: Facts, rules: tuple[Rule, ...]) -> Answer:
    """The first answer in the order of precedence, or None when every rule is content."""
    for rule in rules:
        answer = rule(facts)
        if answer is not None:
            return answer
    return None
