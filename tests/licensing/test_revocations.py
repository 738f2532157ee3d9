"""The revocation list: every revoked license, under a number that grows with each."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from flask import Flask, current_app

from prolong_server.call import Call
from prolong_server.licensing import licenses, revocations
from prolong_server.licensing.license_views import LicenseView
from tests.licensing.conftest import NOW, Shop, spec


def test_the_first_list_is_empty_and_has_the_number_nought(asked: Call):
    assert revocations.show(asked) == revocations.Revocations(0, None, ())
    assert revocations.sequence(asked) == 0


def test_a_revocation_enters_the_list_and_raises_its_number(asked: Call, held: LicenseView):
    later = replace(asked, now=NOW + timedelta(days=1))
    licenses.revoke(later, held.id, "fraud")
    assert revocations.show(asked) == revocations.Revocations(1, later.now, (held.id,))
    assert revocations.sequence(asked) == 1


def test_what_is_no_revocation_leaves_the_list_alone(asked: Call, held: LicenseView):
    licenses.suspend(asked, held.id, "a question")
    licenses.reinstate(asked, held.id, "answered")
    licenses.revoke(asked, held.id, "fraud")
    licenses.revoke(asked, held.id, "again")
    assert revocations.sequence(asked) == 1


def test_the_list_is_sorted_and_holds_sandbox_licenses_too(asked: Call, shop: Shop):
    made = [licenses.create(asked, spec(test=at % 2 == 0)).id for at in range(5)]
    for license_id in made:
        licenses.revoke(asked, license_id, "end of the test")
    assert revocations.show(asked).licenses == tuple(sorted(made))
    assert revocations.sequence(asked) == 5


def test_revocations_at_once_are_all_counted_and_all_listed(asked: Call, shop: Shop):
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy has it, its type does not
    made = [licenses.create(asked, spec()).id for _ in range(8)]

    def revoke(license_id: str) -> None:
        with app.app_context():
            licenses.revoke(asked, license_id, "fraud")

    with ThreadPoolExecutor(len(made)) as pool:
        list(pool.map(revoke, made))
    shown = revocations.show(asked)
    assert (shown.seq, shown.licenses) == (8, tuple(sorted(made)))
