"""What is kept of a case, and for how long; and what a case looks like in the archive."""

import hashlib
import io
import json
import os
import zipfile

import pytest
from sqlalchemy import text

from prolong_server import db
from prolong_server.modules import (
    archive,
    attachments,
    request_links,
    retention,
    review,
    scan_store,
    submission,
    transfer_requests,
)
from prolong_server.modules.scan_jobs import MediaType
from prolong_server.modules.scans import Scan
from prolong_server.operations import audit_chain, audit_verification
from prolong_server.rules import errors
from prolong_server.rules.actors import ANYBODY
from prolong_server.rules.module_words import AttachmentKind, RequestState
from tests.modules.stage import CONTACT, line

PERSONS = (CONTACT, "Company", "INV-7", "Who signed?", "Kanarienvogel")


@pytest.fixture
def held(context, stage):
    stage.modules("M-1", "M-2")
    made = stage.license(4)
    stage.bind(made, "M-1", 4)
    return made


def keep(stage, ref, folder, content: bytes) -> str:
    """Attach a letter that is really kept; its SHA-256."""
    kept = scan_store.keep(folder, io.BytesIO(content))
    os.utime(scan_store.path(folder, kept.sha256), (stage.call.now.timestamp(),) * 2)
    scan = Scan(kept.sha256, kept.size, MediaType.PDF, 1)
    attachments.add_scan(stage.customer(ref), ref, AttachmentKind.LETTER, lambda: scan)
    return kept.sha256


def ended(stage, held) -> str:
    """A request that was asked about and rejected, with all that people write."""
    ref = stage.draft("transfer", [line(held, {"M-1": 4}, {"M-2": 4})])
    submission.submit(stage.customer(ref), ref)
    review.begin(stage.as_(), ref)
    review.request_information(stage.as_(), ref, "Who signed?")
    review.record_payment(stage.as_(), ref, "INV-7")
    return str(ref)


def everything(table: str) -> str:
    with db.db.engine.connect() as connection:
        return repr(connection.execute(text(f"SELECT * FROM {table}")).all())


def test_what_has_ended_is_erased_after_its_days_and_the_chain_still_verifies(stage, held, tmp_path):
    ref = ended(stage, held)
    digest = keep(stage, ref, tmp_path, b"a letter")
    review.reject(stage.as_(), ref, "Kanarienvogel")
    audit_chain.seal(stage.call)
    assert [retention.purge(stage.as_(days=days), kept_days=30) for days in (30, 31, 32)] == [0, 1, 0]
    seen = transfer_requests.show(stage.as_(), ref)
    assert (seen.company, seen.contact_email, seen.question, seen.reason, seen.order_reference) == (None,) * 5
    assert (seen.state, seen.attachments, seen.missing) == (RequestState.REJECTED, (), ())
    kept = everything("transfer_requests") + everything("attachments")
    assert [word for word in PERSONS if word in kept] == []
    assert retention.sweep(stage.as_(days=31), tmp_path) == 1
    assert not scan_store.verify(tmp_path, digest)
    audit_chain.seal(stage.as_(days=31))
    assert audit_verification.verify(stage.as_(days=31)).unsealed == 0


def test_a_link_of_an_erased_request_never_comes_back(stage, held):
    ref = ended(stage, held)
    old = transfer_requests.renew_link(stage.as_(), ref).token
    review.reject(stage.as_(), ref, "no")
    retention.purge(stage.as_(days=2), kept_days=1)
    transfer_requests.renew_link(stage.as_(days=2), ref)
    transfer_requests.renew_link(stage.as_(days=2), ref)
    with pytest.raises(errors.Unauthenticated):
        request_links.identify(stage.as_(ANYBODY, days=2), old or "")


def test_a_scan_that_two_requests_name_goes_with_the_last_of_them(stage, held, tmp_path):
    refs = [ended(stage, held), ended(stage, held)]
    digest = {keep(stage, ref, tmp_path, b"the same letter") for ref in refs}.pop()
    for days, ref in ((0, refs[0]), (20, refs[1])):
        review.reject(stage.as_(days=days), ref, "no")
    stays = []
    for days in (31, 51):
        retention.purge(stage.as_(days=days), kept_days=30)
        retention.sweep(stage.as_(days=days), tmp_path)
        stays.append(scan_store.verify(tmp_path, digest))
    assert stays == [True, False]


def test_what_was_uploaded_today_is_left_alone(stage, held, tmp_path):
    kept = scan_store.keep(tmp_path, io.BytesIO(b"under way"))
    os.utime(scan_store.path(tmp_path, kept.sha256), (stage.call.now.timestamp(),) * 2)
    assert [retention.sweep(stage.as_(days=days), tmp_path) for days in (0, 1, 2)] == [0, 0, 1]


def test_a_draft_that_nobody_submits_is_withdrawn_after_three_months(stage, held):
    ref = stage.draft("transfer", [])
    assert [retention.withdraw_abandoned(stage.as_(days=days)) for days in (90, 91, 92)] == [0, 1, 0]
    assert transfer_requests.show(stage.as_(), ref).state is RequestState.WITHDRAWN
    assert retention.purge(stage.as_(days=122), kept_days=30) == 1


def test_the_archive_holds_data_decisions_scans_and_files_each_with_its_digest(stage, held, tmp_path):
    ref = stage.draft("transfer", [line(held, {"M-1": 4}, {"M-2": 4})])
    with db.transaction() as connection:
        connection.execute(text("DELETE FROM attachments"))
    digest = keep(stage, ref, tmp_path, b"a letter")
    stage.approve(ref)
    stage.execute(ref)
    target = io.BytesIO()
    archive.write(archive.of(stage.as_(), ref), tmp_path, target)
    with zipfile.ZipFile(target) as zipped:
        parts = {name: zipped.read(name) for name in zipped.namelist()}
    manifest = json.loads(parts.pop("manifest.json"))
    assert manifest == {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    assert digest in manifest.values()
    assert [name.split("/")[0] for name in parts] == [
        "request.json",
        "decisions.json",
        "license-files",
        "attachments",
    ]
    data = json.loads(parts["request.json"])
    assert (data["id"], data["state"], data["licenses"][0]["license"]) == (ref, "completed", held.id)
    steps = [one["action"].removeprefix("transfer_request.") for one in json.loads(parts["decisions.json"])]
    assert [step for step in steps if step in set(RequestState)] == [
        "submitted",
        "in_review",
        "approved",
        "executed",
        "completed",
    ]
