"""The lines that show each refusal, in the order of the rules. Each has a code of its own, so their order is free."""

from collections.abc import Iterator
from typing import Any

from prolong_server.cli.demo import codes
from prolong_server.cli.demo.catalogue import MAIL, OLD_VERSION
from prolong_server.cli.demo.codes import Shop
from prolong_server.cli.demo.lines import Console, Line

RUNNING = "DEMO-HOME-RUNNING"


def of_codes(console: Console, ukraine: Shop) -> Iterator[Line]:
    """What can be wrong with a code itself."""
    good = ukraine.renewal()
    yield console.redeem("A mistyped code costs no search", "422 code_malformed", codes.mistyped(good), RUNNING)
    yield console.redeem("A Cyrillic keyboard", "422 code_malformed", codes.in_cyrillic(good), RUNNING)
    yield console.redeem("Nobody issued this code", "404 code_not_found", codes.never_issued(ukraine), RUNNING)
    activation = ukraine.activation()
    yield console.redeem("R9: an activation code renews nothing", "409 not_a_renewal_code", activation, RUNNING)
    yield console.activate("R9: a renewal code activates nothing", "409 renewal_code_cannot_activate", good)
    sandbox = ukraine.sandbox().renewal()
    yield console.redeem("R19: a sandbox code, a live license", "409 test_code", sandbox, RUNNING)
    spent = codes.spent(ukraine)
    yield console.redeem("R4: spent on another license", "409 code_already_redeemed", spent, RUNNING)
    reversed_ = codes.taken_back(ukraine)
    about = "R18: staff took its redemption back"
    yield console.redeem(about, "409 redemption_reversed", reversed_, "DEMO-HOME-REVERSED")
    yield console.redeem("R16: taken back by its dealer", "409 code_voided", codes.voided(ukraine), RUNNING)
    yield console.redeem("R16: its shelf life is over", "409 code_expired", codes.expired(ukraine), RUNNING)
    yield console.redeem("We know no such license", "404 license_not_found", good, "DEMO-NO-SUCH-KEY")
    yield console.redeem("R14: another product in the form", "409 product_mismatch", good, RUNNING, product=MAIL)


def of_licenses(console: Console, ukraine: Shop) -> Iterator[Line]:
    """What can be wrong with a license."""
    good = ukraine.renewal()
    for about, answer, state in (
        ("R9: a license that was never activated", "license_not_activated", "NEW"),
        ("R15: a revoked license", "license_revoked", "REVOKED"),
        ("R15: a suspended license", "license_suspended", "SUSPENDED"),
        ("R10: a promo license", "promo_not_renewable", "PROMO"),
        ("R10: a partner's license", "nfr_not_renewable", "NFR"),
        ("R10: a trial", "trial_not_renewable", "TRIAL"),
        ("R2: more than a month after its end", "renewal_window_closed", "TOO-LATE"),
        ("R17: more than six years ahead", "too_far_ahead", "FAR-AHEAD"),
        ("R6: its workstation is another computer", "machine_not_registered", "FULL"),
    ):
        yield console.redeem(about, f"409 {answer}", good, f"DEMO-HOME-{state}")


def of_pairs(console: Console, ukraine: Shop, germany: Shop) -> Iterator[Line]:
    """Where code and license do not fit each other, or the computer is not ready."""
    business: dict[str, Any] = {"edition": "business", "seats": 10}
    mail: dict[str, Any] = {"product": MAIL, "edition": "server"}
    asked: dict[str, Any] = {"product": MAIL, "product_version": "4.1.3"}
    other, dropped = germany.renewal(**business), codes.of_a_dropped_period(germany)
    yield console.redeem("R14: another edition", "409 edition_mismatch", other, RUNNING)
    key = "DEMO-MAIL-RUNNING"
    yield console.redeem("R1: a period no longer offered", "409 period_not_allowed", dropped, key, **asked)
    yield console.redeem(
        "R17: from today a year is over sooner", "409 would_not_extend", germany.renewal(**mail), key, **asked
    )
    one = germany.renewal(edition="business")
    yield console.redeem("R8: one seat for ten", "409 seat_count_mismatch", one, "DEMO-BUSINESS-RUNNING")
    foreign = germany.renewal()
    yield console.redeem("R11: a code from another country", "409 territory_mismatch", foreign, RUNNING)
    good = ukraine.renewal()
    old: dict[str, Any] = {"product_version": OLD_VERSION}
    yield console.redeem("R7: 9.2 is older than 9.10", "409 product_outdated", good, RUNNING, **old)
    for language, name in (("uk", "Ukrainian"), ("ru", "Russian")):
        told = {"Accept-Language": language}
        about = f"R13: the same in {name}, with the contact"
        yield console.redeem(about, "409 product_outdated", good, RUNNING, headers=told, **old)
