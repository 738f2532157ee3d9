"""The machines of a license, listed and released."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import history, licenses, machines
from prolong_server.licensing.license_views import LicenseView
from prolong_server.models.licensing import License, Machine
from prolong_server.rules import errors, identifiers
from tests.licensing.conftest import NOW, Shop, spec


def _register(asked: Call, license_id: str, count: int) -> None:
    number = identifiers.read("lic", license_id)
    assert number is not None
    with Session(db.db.engine) as session, session.begin():
        session.get_one(License, number).machines = count
        for at in range(count):
            session.add(
                Machine(
                    id=asked.new_id(),
                    license_id=number,
                    fingerprint=f"fingerprint-{at:08}",
                    name=None,
                    registered_at=NOW,
                )
            )


def _row(license_id: str) -> License:
    with Session(db.db.engine) as session:
        return session.get_one(License, identifiers.read("lic", license_id))


def test_machines_are_listed_in_pages_by_id_or_key(asked: Call, held: LicenseView):
    _register(asked, held.id, 3)
    first = machines.list_all(asked, held.id, None, 2)
    rest = machines.list_all(asked, "OFFICE-1", first.next_cursor, 2)
    assert sorted(machine.fingerprint[-1] for machine in first.items + rest.items) == ["0", "1", "2"]
    assert all(machine.id.startswith("mch_") for machine in first.items)


def test_a_released_machine_is_gone_and_its_seat_is_free(asked: Call, held: LicenseView):
    _register(asked, held.id, 2)
    gone, stays = machines.list_all(asked, held.id).items
    before = _row(held.id)
    later = replace(asked, now=NOW + timedelta(hours=1))
    machines.release(later, held.id, gone.id)
    after = _row(held.id)
    assert machines.list_all(asked, held.id).items == (stays,)
    assert (after.machines, after.seq, after.changed_at) == (1, before.seq + 1, later.now)
    assert history.show(asked, held.id).items[-1].action == "machine.released"


def test_a_machine_is_released_once(asked: Call, held: LicenseView):
    _register(asked, held.id, 1)
    (machine,) = machines.list_all(asked, held.id).items
    machines.release(asked, held.id, machine.id)
    with pytest.raises(errors.NotFound):
        machines.release(asked, held.id, machine.id)
    assert _row(held.id).machines == 0


def test_a_machine_of_another_license_is_not_found(asked: Call, shop: Shop, held: LicenseView):
    other = licenses.create(asked, spec())
    _register(asked, held.id, 1)
    (machine,) = machines.list_all(asked, held.id).items
    for ref in (machine.id, "mch_0000000000000", "nothing"):
        with pytest.raises(errors.NotFound):
            machines.release(asked, other.id, ref)
    assert machines.list_all(asked, held.id).items == (machine,)


def test_an_unknown_license_has_no_machines(asked: Call):
    with pytest.raises(errors.LicenseNotFound):
        machines.list_all(asked, "lic_0000000000001")
    with pytest.raises(errors.LicenseNotFound):
        machines.release(asked, "no such key", "mch_0000000000001")
