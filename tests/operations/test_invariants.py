from datetime import date, timedelta

import pytest
from sqlalchemy import text

from prolong_server import db
from prolong_server.models.channel import AccountEntry, EntryKind, OrderStatus, PriceItem, PriceList, SealedChunk
from prolong_server.models.licensing import (
    ISSUED,
    REDEEMED,
    VOIDED,
    Activation,
    Code,
    License,
    Machine,
    Redemption,
    Reversal,
    Void,
)
from prolong_server.models.modules import LicenseFile, Module, ModuleReturn, SeatMove, TransferRequest
from prolong_server.models.operations import KeyPurpose, KeyRecord
from prolong_server.operations import invariants
from prolong_server.rules import identifiers
from prolong_server.rules.module_words import FileStatus, ModuleState, MoveKind, RequestState
from prolong_server.rules.periods import Period
from prolong_server.rules.vocabulary import CodeKind, LicenseClass, LicenseStatus, RenewalBasis
from tests.operations.rows import dealer, edition, order, product
from tests.room import NOW, entered, furnish, kept, opened, save

LATER = NOW + timedelta(days=1)
FIRST, SECOND, THIRD = date(2026, 1, 1), date(2027, 1, 1), date(2028, 1, 1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def sound(request, tmp_path_factory):
    """A small database in which everything holds, with something of each kind; each test rolls back what it breaks."""
    url = f"sqlite:///{tmp_path_factory.mktemp('sound') / 'sound.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create("sound")
    with opened(furnish(url)):
        fill()
    return url


def fill():
    save(dealer(7, balance=-7000, **quota()), dealer(8), product(1), edition(2, 1), KeyRecord(**key(1)))
    save(order(10, 7, 2, quantity=4, total=4000), *entries(10, 0, -4000, 1000))
    save(order(11, 7, 2, kind=CodeKind.ACTIVATION, quantity=2, total=2000, **confirmed()), *entries(11, -3000, -2000))
    save(order(13, 7, 2, quantity=2, total=2000, ordered_on=FIRST), *entries(13, -5000, -2000))
    save(order(12, 7, 2, test=True))
    save(*[code(number, 10, state) for number, state in enumerate([REDEEMED, REDEEMED, VOIDED, ISSUED])])
    save(code(4, 11, REDEEMED), code(5, 11, ISSUED), code(6, 12, ISSUED), code(7, 13, REDEEMED), code(8, 13, REDEEMED))
    save(license_of(20, expires_on=THIRD, seq=3, machines=1), license_of(21), license_of(22, test=True, machines=1))
    save(machine(1, 20), machine(2, 22))
    save(redemption(0, 2, FIRST, SECOND), redemption(1, 3, SECOND, THIRD))
    save(license_of(23, expires_on=SECOND, seq=6), reversal(7, 23, 6, THIRD, SECOND))
    save(redemption(7, 4, FIRST, SECOND, 23, reversed_at=LATER), redemption(8, 5, SECOND, THIRD, 23))
    save(Void(order_id=10, voided_on=NOW.date(), voided_at=NOW, codes=1, credited=1000))
    save(Activation(code=digest(4), license_id=21, activated_at=NOW))
    save(SealedChunk(order_id=10, number=0, sealed=b""), PriceList(**price_list()), PriceItem(**price_item()))
    save(module(50), module(51), license_of(24, seats=4, files=1), license_file(1, FileStatus.SUPERSEDED))
    save(license_file(2, FileStatus.CURRENT), request(80, MoveKind.TRANSFER, RequestState.AWAITING_RETURN))
    save(request(81, MoveKind.REPLACE_LOST, RequestState.COMPLETED, paid_at=NOW), moved(80), moved(81))
    save(ModuleReturn(request_id=80, module_id=51, due_on=THIRD))


def module(number):
    return Module(id=number, serial=f"M-{number}", state=ModuleState.IN_SERVICE, created_at=NOW)


def license_file(revision, status):
    return LicenseFile(
        id=70 + revision,
        file_id=70,
        license_id=24,
        module_id=50,
        revision=revision,
        seats=4,
        status=status,
        expires_on=FIRST,
        issued_at=NOW,
        ended_at=None if status is FileStatus.CURRENT else NOW,
        signed="signed",
    )


def request(number, kind, state, **changes):
    decided = {"decided_at": NOW, "decided_by": "staff", "documents": bytes(32), "executed_at": NOW}
    return TransferRequest(id=number, kind=kind, state=state, language="en", created_at=NOW, **decided | changes)


def moved(request_id):
    return SeatMove(request_id=request_id, license_id=24, seats_before=4, seats_after=4, moved_on=FIRST)


def digest(number):
    return bytes([number]) * 16


def key(number):
    return {"id": number, "purpose": KeyPurpose.CODE, "fingerprint": str(number), "created_at": NOW}


def quota():
    return {"quota_codes": 100, "quota_per": Period.MONTH, "quota_from": date(2026, 3, 1), "quota_used": 6}


def entries(order_id, balance, debit, *given_back):
    kinds = [(EntryKind.ORDER, debit), *((EntryKind.VOID, amount) for amount in given_back)]
    for kind, amount in kinds:
        balance += amount
        values = {"dealer_id": 7, "kind": kind, "amount": amount, "order_id": order_id, "balance": balance}
        yield AccountEntry(**values, currency="EUR", created_at=NOW)


def confirmed():
    return {"status": OrderStatus.CONFIRMED, "confirmed_at": NOW}


def code(number, order_id, state):
    voided_at = NOW if state == VOIDED else None
    return Code(digest=digest(number), order_id=order_id, key_id=1, state=state, voided_at=voided_at)


def license_of(number, **changes):
    values = {
        "id": number,
        "license_key": f"KEY-{number}",
        "edition_id": 2,
        "license_class": LicenseClass.STANDARD,
        "status": LicenseStatus.ACTIVE,
        "seats": 1,
        "country": "UA",
        "starts_on": date(2025, 1, 2),
        "expires_on": FIRST,
        "activated_on": date(2025, 1, 2),
        "created_at": NOW,
        "changed_at": NOW,
    }
    return License(**(values | changes))


def machine(number, license_id):
    return Machine(id=number, license_id=license_id, fingerprint=f"{number:016}", registered_at=NOW)


def redemption(number, seq, previous, after, license_id=20, reversed_at=None):
    return Redemption(
        code=digest(number),
        license_id=license_id,
        license_seq=seq,
        redeemed_at=NOW,
        redeemed_on=NOW.date(),
        previous_expires_on=previous,
        expires_on=after,
        period_years=1,
        renewal_basis=RenewalBasis.FROM_EXPIRY,
        reversed_at=reversed_at,
    )


def reversal(number, license_id, seq, previous, after):
    return Reversal(
        code=digest(number),
        license_id=license_id,
        license_seq=seq,
        reversed_at=LATER,
        reversed_on=LATER.date(),
        reason="chargeback",
        actor="system",
        previous_expires_on=previous,
        expires_on=after,
    )


def price_list():
    return {"id": 30, "currency": "EUR", "valid_from": FIRST, "created_at": NOW}


def price_item():
    names = {"price_list_id": 30, "edition_id": 2, "period_years": 1, "seats_from": 1}
    return names | {"new_price": 2000, "renewal_price": 1000}


def code_is(number):
    return {"code": digest(number)}


POSTED = "INSERT INTO marks (name, posted_until) VALUES ('totals', '2026-06-01 00:00:00.000000')"
TOTAL = (
    "INSERT INTO totals (dealer_id, metric, day, edition_id, country, currency, value)"
    " VALUES (7, 'issued', '2026-01-01', 2, '', '', 1)"
)
# What breaks it, by SQL; the invariant; what is named.
BREAKS = [
    ("UPDATE dealers SET balance = balance + 1 WHERE id = 7", {}, "balances_are_the_sums_of_their_entries", "dlr", 7),
    ("UPDATE dealers SET balance = 1 WHERE id = 8", {}, "balances_are_the_sums_of_their_entries", "dlr", 8),
    ("UPDATE account_entries SET balance = 1 WHERE amount = 1000", {}, "entries_say_the_balance_after_them", "dlr", 7),
    ("UPDATE dealers SET quota_used = 5 WHERE id = 7", {}, "orders_are_counted_in_quotas", "dlr", 7),
    ("UPDATE orders SET quantity = 3, total = 3000 WHERE id = 11", {}, "orders_are_counted_in_quotas", "dlr", 7),
    ("UPDATE orders SET total = total + 1 WHERE id = 12", {}, "totals_are_unit_price_times_quantity", "ord", 12),
    ("UPDATE account_entries SET amount = -1 WHERE amount = -4000", {}, "orders_are_debited_once", "ord", 10),
    ("UPDATE account_entries SET currency = 'UAH' WHERE amount = -2000", {}, "orders_are_debited_once", "ord", 11),
    ("UPDATE account_entries SET dealer_id = 8 WHERE amount = -2000", {}, "orders_are_debited_once", "ord", 11),
    ("DELETE FROM account_entries WHERE order_id = 11", {}, "orders_are_debited_once", "ord", 11),
    ("UPDATE orders SET test = :yes WHERE id = 11", {"yes": True}, "orders_are_debited_once", "ord", 11),
    ("DELETE FROM account_entries WHERE kind = 'void'", {}, "voids_are_credited_once", "ord", 10),
    ("UPDATE codes SET state = 2 WHERE digest = :code", code_is(5), "voids_are_credited_once", "ord", 11),
    ("UPDATE price_items SET renewal_price = 2000", {}, "renewals_cost_less_than_new_licenses", "prl", 30),
    ("DELETE FROM codes WHERE digest = :code", code_is(3), "orders_have_the_codes_that_they_name", "ord", 10),
    ("DELETE FROM codes WHERE digest = :code", code_is(6), "orders_have_the_codes_that_they_name", "ord", 12),
    ("UPDATE codes SET order_id = 99 WHERE digest = :code", code_is(3), "codes_belong_to_an_order", "ord", 99),
    ("UPDATE codes SET state = 1 WHERE digest = :code", code_is(5), "spent_codes_have_a_record", "ord", 11),
    ("DELETE FROM redemptions WHERE code = :code", code_is(1), "spent_codes_have_a_record", "ord", 10),
    ("DELETE FROM activations", {}, "spent_codes_have_a_record", "ord", 11),
    ("UPDATE activations SET code = :code", code_is(0), "spent_codes_have_a_record", "ord", 10),
    ("UPDATE codes SET state = 0 WHERE digest = :code", code_is(1), "records_have_a_spent_code", "lic", 20),
    ("UPDATE activations SET code = :code", code_is(99), "records_have_a_spent_code", "lic", 21),
    ("UPDATE orders SET kind = 'activation' WHERE id = 10", {}, "renewals_spend_renewal_codes", "lic", 20),
    ("UPDATE orders SET kind = 'renewal' WHERE id = 11", {}, "activations_spend_activation_codes", "lic", 21),
    ("UPDATE licenses SET test = :yes WHERE id = 21", {"yes": True}, "sandbox_and_live_do_not_mix", "lic", 21),
    ("UPDATE licenses SET seats = 2 WHERE id = 20", {}, "codes_fit_their_licenses", "lic", 20),
    ("UPDATE codes SET voided_at = NULL", {}, "voided_codes_say_when", "ord", 10),
    ("UPDATE codes SET key_id = 2 WHERE digest = :code", code_is(5), "codes_are_under_known_keys", "ord", 11),
    ("UPDATE keys SET retired_at = created_at", {}, "codes_are_under_known_keys", "ord", 10),
    ("UPDATE sealed_chunks SET order_id = 11", {}, "confirmed_lists_are_destroyed", "ord", 11),
    ("UPDATE orders SET confirmed_at = NULL", {}, "confirmed_lists_are_destroyed", "ord", 11),
    ("UPDATE redemptions SET license_id = 98", {}, "redemptions_belong_to_a_license", "lic", 98),
    ("DELETE FROM redemptions WHERE code = :code", code_is(0), "spent_codes_have_a_record", "ord", 10),
    (
        "UPDATE redemptions SET previous_expires_on = '2026-12-01' WHERE license_seq = 3",
        {},
        "redemptions_follow_each_other",
        "lic",
        20,
    ),
    (
        "UPDATE licenses SET expires_on = '2029-01-01' WHERE id = 20",
        {},
        "licenses_end_where_the_last_redemption_says",
        "lic",
        20,
    ),
    ("UPDATE licenses SET seq = 2 WHERE id = 20", {}, "changes_are_counted", "lic", 20),
    ("UPDATE licenses SET seq = 5 WHERE id = 23", {}, "changes_are_counted", "lic", 23),
    ("UPDATE reversals SET license_seq = 5", {}, "changes_are_counted", "lic", 23),
    ("UPDATE reversals SET previous_expires_on = '2028-02-01'", {}, "redemptions_follow_each_other", "lic", 23),
    (
        "UPDATE licenses SET expires_on = '2028-01-01' WHERE id = 23",
        {},
        "licenses_end_where_the_last_redemption_says",
        "lic",
        23,
    ),
    ("DELETE FROM reversals", {}, "reversed_redemptions_have_their_reversal", "lic", 23),
    ("UPDATE redemptions SET reversed_at = NULL", {}, "reversed_redemptions_have_their_reversal", "lic", 23),
    ("UPDATE redemptions SET reversed_at = redeemed_at", {}, "reversed_redemptions_have_their_reversal", "lic", 20),
    ("UPDATE redemptions SET reversed_at = redeemed_at", {}, "reversed_redemptions_have_their_reversal", "lic", 23),
    ("UPDATE reversals SET code = :code", code_is(8), "reversed_redemptions_have_their_reversal", "lic", 23),
    ("UPDATE reversals SET license_id = 97", {}, "reversed_redemptions_have_their_reversal", "lic", 97),
    ("UPDATE reversals SET license_seq = 3", {}, "reversed_redemptions_have_their_reversal", "lic", 23),
    ("UPDATE reversals SET expires_on = '2027-02-01'", {}, "reversals_follow_the_rule", "lic", 23),
    ("UPDATE reversals SET code = :code", code_is(99), "reversals_follow_the_rule", "lic", 23),
    ("UPDATE redemptions SET period_years = 2 WHERE license_seq = 5", {}, "reversals_follow_the_rule", "lic", 23),
    ("UPDATE voids SET codes = 2, credited = 2000", {}, "voids_tell_of_voided_codes", "ord", 10),
    ("UPDATE voids SET credited = 999", {}, "voids_tell_of_voided_codes", "ord", 10),
    ("UPDATE voids SET order_id = 12", {}, "voids_tell_of_voided_codes", "ord", 12),
    ("UPDATE licenses SET machines = 0 WHERE id = 20", {}, "machines_are_counted", "lic", 20),
    ("DELETE FROM machines WHERE license_id = 22", {}, "machines_are_counted", "lic", 22),
    ("UPDATE licenses SET machines = 2 WHERE id = 20", {}, "machines_do_not_exceed_seats", "lic", 20),
    ("UPDATE licenses SET activated_on = NULL WHERE id = 20", {}, "redeemed_licenses_were_activated", "lic", 20),
    ("UPDATE licenses SET files = 2 WHERE id = 24", {}, "license_files_are_counted", "lic", 24),
    ("UPDATE licenses SET files = 1 WHERE id = 21", {}, "license_files_are_counted", "lic", 21),
    ("UPDATE license_files SET seats = 5", {}, "bound_seats_do_not_exceed_the_license", "lic", 24),
    ("UPDATE license_files SET seats = 5", {}, "usable_seats_do_not_exceed_the_license", "lic", 24),
    (
        "UPDATE license_files SET seats = 5, interim_until = '2026-01-01'",
        {},
        "usable_seats_do_not_exceed_the_license",
        "lic",
        24,
    ),
    ("UPDATE license_files SET revision = 3 WHERE revision = 1", {}, "one_revision_is_current", "lic", 24),
    ("UPDATE license_files SET revision = 3 WHERE revision = 2", {}, "revisions_are_whole", "lic", 24),
    ("DELETE FROM license_files WHERE revision = 1", {}, "revisions_are_whole", "lic", 24),
    ("UPDATE license_files SET module_id = 51 WHERE revision = 1", {}, "revisions_are_whole", "lic", 24),
    (
        "UPDATE licenses SET expires_on = '2027-01-01' WHERE id = 24",
        {},
        "current_files_end_with_their_license",
        "lic",
        24,
    ),
    (
        "UPDATE modules SET state = 'out_of_service' WHERE id = 50",
        {},
        "nothing_is_bound_to_what_is_out_of_service",
        "mod",
        50,
    ),
    ("DELETE FROM seat_moves", {}, "executed_requests_have_moved_their_licenses", "trq", 80),
    ("UPDATE seat_moves SET seats_after = 3", {}, "executed_requests_have_moved_their_licenses", "trq", 81),
    ("UPDATE transfer_requests SET executed_at = NULL", {}, "executed_requests_have_moved_their_licenses", "trq", 81),
    ("UPDATE transfer_requests SET decided_by = NULL", {}, "executed_requests_were_approved", "trq", 80),
    ("UPDATE transfer_requests SET documents = NULL", {}, "executed_requests_were_approved", "trq", 80),
    ("UPDATE transfer_requests SET paid_at = NULL", {}, "executed_requests_were_approved", "trq", 81),
    ("DELETE FROM module_returns", {}, "requests_wait_for_what_was_not_returned", "trq", 80),
    (
        "UPDATE transfer_requests SET state = 'completed'",
        {},
        "requests_wait_for_what_was_not_returned",
        "trq",
        80,
    ),
    (POSTED, {}, "totals_are_the_sums_of_their_facts", "dlr", 7),
    (TOTAL, {}, "totals_of_all_dealers_are_those_of_each", "dlr", 7),
    (POSTED, {}, "posted_licenses_have_their_day_of_expiry", "lic", 20),
    ("UPDATE orders SET period_years = 2 WHERE id = 10", {}, "new_ends_follow_period_and_basis", "lic", 20),
    ("UPDATE redemptions SET renewal_basis = 'from_now'", {}, "new_ends_follow_period_and_basis", "lic", 20),
]


@pytest.fixture
def broken(sound):
    """Run statements past the constraints, as a wrong program or a wrong hand would, and tell what `check` finds."""
    on_sqlite = sound.startswith("sqlite")
    with entered(kept(sound)), db.db.engine.connect() as connection:
        for relax in RELAX_SQLITE if on_sqlite else RELAX_POSTGRESQL:
            connection.exec_driver_sql(relax)

        def run(*statements, **values):
            for statement in statements:
                connection.execute(text(statement), values)
            return invariants.breaches(connection)

        yield run
        connection.rollback()
        connection.invalidate()


RELAX_SQLITE = ["ROLLBACK", "PRAGMA foreign_keys=OFF", "PRAGMA ignore_check_constraints=ON", "BEGIN IMMEDIATE"]
RELAX_POSTGRESQL = [
    "SET LOCAL session_replication_role = replica",
    "ALTER TABLE licenses DROP CONSTRAINT ck_licenses_machines",
    "ALTER TABLE orders DROP CONSTRAINT ck_orders_total",
    "ALTER TABLE price_items DROP CONSTRAINT ck_price_items_preferential",
    "ALTER TABLE seat_moves DROP CONSTRAINT ck_seat_moves_conserved",
]


def test_a_sound_database_has_no_breach(sound):
    with opened(sound):
        assert invariants.check() == []


def test_an_empty_database_has_no_breach(room):
    assert invariants.check() == []


@pytest.mark.parametrize(("statement", "values", "name", "prefix", "number"), BREAKS)
def test_what_is_broken_is_named(broken, statement, values, name, prefix, number):
    breaches = {breach.name: breach for breach in broken(statement, **values)}
    assert name in breaches
    assert identifiers.show(prefix, number) in breaches[name].examples
    assert breaches[name].count >= 1
    assert breaches[name].sentence.endswith((".", ")."))


def test_every_invariant_has_its_sentence_and_its_test():
    finds = [find for _, find in invariants.FOUND_BY_SQL] + list(invariants.FOUND_BY_RULES)
    names = {find.__name__ for find in finds}
    assert len(names) == invariants.COUNT
    assert names == {name for _, _, name, _, _ in BREAKS}
    assert all(find.__doc__ for find in finds)


def test_voids_of_a_release_that_did_not_record_them_are_no_breach(broken):
    assert broken("DELETE FROM voids") == []


def test_many_breaches_are_counted_and_only_a_few_are_named(room):
    save(product(1), edition(2, 1), *[license_of(number, machines=1) for number in range(100, 140)])
    (breach,) = invariants.check()
    assert (breach.name, breach.count, len(breach.examples)) == ("machines_are_counted", 40, 5)


def test_progress_is_told_for_each_invariant(room):
    told = []
    invariants.check(lambda name, number, count: told.append((name, number, count)))
    assert [number for _, number, _ in told] == list(range(1, invariants.COUNT + 1))
    assert {count for _, _, count in told} == {invariants.COUNT}
