"""What must hold in the whole database at every moment, whoever races with whom: `prolong-server check`.

Each invariant is one function whose docstring is its sentence and whose answer is one statement that finds what breaks
it. A statement sees one state of the database, so a check beside a running service reports no breach that is none.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, func, select

from prolong_server import db
from prolong_server.operations import (
    invariant_codes,
    invariant_licenses,
    invariant_modules,
    invariant_money,
    invariant_terms,
    invariant_totals,
)
from prolong_server.rules import identifiers

Find = Callable[[], Select[Any]]
Walk = Callable[[Connection, int], tuple[int, list[int]]]
Progress = Callable[[str, int, int], None]
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that does not hold: its name and sentence, how many things break it, and a few of them by id."""

    name: str
    sentence: str
    count: int
    examples: tuple[str, ...]


# The prefix of the identifiers that a statement finds, and the statement.
FOUND_BY_SQL: tuple[tuple[str, Find], ...] = (
    ("dlr", invariant_money.balances_are_the_sums_of_their_entries),
    ("dlr", invariant_money.entries_say_the_balance_after_them),
    ("dlr", invariant_money.orders_are_counted_in_quotas),
    ("ord", invariant_money.totals_are_unit_price_times_quantity),
    ("ord", invariant_money.orders_are_debited_once),
    ("ord", invariant_money.voids_are_credited_once),
    ("prl", invariant_money.renewals_cost_less_than_new_licenses),
    ("ord", invariant_codes.orders_have_the_codes_that_they_name),
    ("ord", invariant_codes.codes_belong_to_an_order),
    ("ord", invariant_codes.spent_codes_have_a_record),
    ("lic", invariant_codes.records_have_a_spent_code),
    ("lic", invariant_codes.renewals_spend_renewal_codes),
    ("lic", invariant_codes.activations_spend_activation_codes),
    ("lic", invariant_codes.sandbox_and_live_do_not_mix),
    ("lic", invariant_codes.codes_fit_their_licenses),
    ("ord", invariant_codes.voids_tell_of_voided_codes),
    ("ord", invariant_codes.voided_codes_say_when),
    ("ord", invariant_codes.codes_are_under_known_keys),
    ("ord", invariant_codes.confirmed_lists_are_destroyed),
    ("lic", invariant_licenses.redemptions_belong_to_a_license),
    ("lic", invariant_licenses.redemptions_follow_each_other),
    ("lic", invariant_licenses.licenses_end_where_the_last_redemption_says),
    ("lic", invariant_licenses.changes_are_counted),
    ("lic", invariant_licenses.reversed_redemptions_have_their_reversal),
    ("lic", invariant_licenses.machines_are_counted),
    ("lic", invariant_licenses.machines_do_not_exceed_seats),
    ("lic", invariant_licenses.redeemed_licenses_were_activated),
    ("lic", invariant_modules.license_files_are_counted),
    ("lic", invariant_modules.bound_seats_do_not_exceed_the_license),
    ("lic", invariant_modules.usable_seats_do_not_exceed_the_license),
    ("lic", invariant_modules.one_revision_is_current),
    ("lic", invariant_modules.revisions_are_whole),
    ("lic", invariant_modules.current_files_end_with_their_license),
    ("mod", invariant_modules.nothing_is_bound_to_what_is_out_of_service),
    ("trq", invariant_modules.executed_requests_have_moved_their_licenses),
    ("trq", invariant_modules.executed_requests_were_approved),
    ("trq", invariant_modules.requests_wait_for_what_was_not_returned),
    ("dlr", invariant_totals.totals_are_the_sums_of_their_facts),
    ("dlr", invariant_totals.totals_of_all_dealers_are_those_of_each),
    ("lic", invariant_totals.posted_licenses_have_their_day_of_expiry),
)
# Those that no SQL can say: they count the licenses that break them, and name a few.
FOUND_BY_RULES: tuple[Walk, ...] = (
    invariant_terms.new_ends_follow_period_and_basis,
    invariant_terms.reversals_follow_the_rule,
)
COUNT = len(FOUND_BY_SQL) + len(FOUND_BY_RULES)


def check(progress: Progress | None = None) -> list[Breach]:
    """Every invariant that does not hold, in constant memory; `progress(name, number, COUNT)` is told before each.

    Raises TryAgain when the database is away.
    """
    with db.lookups() as connection:
        return breaches(connection, progress)


def breaches(connection: Connection, progress: Progress | None = None) -> list[Breach]:
    """As `check`, on a connection of the caller's."""
    found = []
    for number, (name, broken) in enumerate(_all(connection), 1):
        if progress is not None:
            progress(name, number, COUNT)
        found += broken()
    return found


def _all(connection: Connection) -> Iterator[tuple[str, Callable[[], list[Breach]]]]:
    for prefix, find in FOUND_BY_SQL:
        yield find.__name__, partial(_found, connection, prefix, find)
    for walk in FOUND_BY_RULES:
        yield walk.__name__, partial(_walked, connection, walk)


def _found(connection: Connection, prefix: str, find: Find) -> list[Breach]:
    things = find().subquery()
    thing = next(iter(things.c))
    # Counted in the statement that finds them, because the next one may see another state.
    examples = select(thing, func.count().over()).order_by(thing).limit(_EXAMPLES)
    rows = connection.execute(examples).all()
    return _told(find, prefix, rows[0][1] if rows else 0, [row[0] for row in rows])


def _walked(connection: Connection, walk: Walk) -> list[Breach]:
    return _told(walk, "lic", *walk(connection, _EXAMPLES))


def _told(invariant: Callable[..., object], prefix: str, count: int, numbers: list[int]) -> list[Breach]:
    if not count:
        return []
    examples = tuple(identifiers.show(prefix, number) for number in numbers)
    return [Breach(invariant.__name__, (invariant.__doc__ or "").strip(), count, examples)]
