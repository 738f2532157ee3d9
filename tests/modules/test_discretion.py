"""A case with recognizable values: none of them is in the audit trail, in a log or in a refusal."""

import io
import json
import logging

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.models.operations import AuditEvent
from prolong_server.modules import (
    attachments,
    reports,
    request_links,
    review,
    submission,
    transfer_requests,
    verification,
)
from prolong_server.modules.request_specs import RequestSpec
from prolong_server.rules import errors
from prolong_server.rules.actors import ANYBODY
from prolong_server.rules.languages import Language
from prolong_server.rules.module_words import FilesHeld, ModuleEvent, MoveKind
from tests.modules.stage import line

COMPANY, EMAIL, KEY = "Kanarienvogel GmbH", "kanarienvogel@goldfeder.example", "CANARY-LICENSE-KEY-4711"
QUESTION = "Is Goldfeder still with you?"


@pytest.fixture
def heard():
    """All that is logged."""
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    logging.getLogger().addHandler(handler)
    yield told
    logging.getLogger().removeHandler(handler)


def trail() -> str:
    with Session(db.db.engine) as session:
        events = session.scalars(select(AuditEvent)).all()
        return json.dumps(
            [[one.action, one.actor, one.object_id, one.before, one.after] for one in events], default=str
        )


def refusal_of(deed) -> str:
    with pytest.raises(errors.Refusal) as refused:
        deed()
    told = refused.value
    return f"{told!r} {told} {told.fields}"


def test_no_key_no_token_and_no_person_is_told_to_those_who_need_not_know(context, stage, heard):
    stage.modules("M-1", "M-2")
    held = stage.license(4, license_key=KEY)
    file = stage.bind(held, "M-1", 4)
    stage.call = stage.as_(stage.call.actor)
    made = transfer_requests.create(stage.as_(), RequestSpec(MoveKind.TRANSFER, EMAIL, COMPANY, language=Language.RU))
    transfer_requests.create(stage.as_(ANYBODY), RequestSpec(MoveKind.TRANSFER, EMAIL))
    own = stage.customer(made.id)
    refused = [refusal_of(lambda: submission.submit(own, made.id))]
    lines = [line(held, {"M-1": 4}, {"M-2": 5})]
    ref = stage.draft("transfer", lines, company=COMPANY, files_held=FilesHeld.ALL)
    refused.append(refusal_of(lambda: attachments.add_license_file(stage.customer(ref), ref, f"{file.file}x")))
    attachments.add_license_file(stage.customer(ref), ref, file.file)
    refused.append(refusal_of(lambda: submission.submit(stage.customer(ref), ref)))
    moved = stage.draft("transfer", [line(held, {"M-1": 4}, {"M-2": 4})], company=COMPANY)
    submission.submit(stage.customer(moved), moved)
    review.begin(stage.as_(), moved)
    review.request_information(stage.as_(), moved, QUESTION)
    submission.submit(stage.customer(moved), moved)
    refused.append(refusal_of(lambda: review.approve(stage.as_(), moved, return_required=False, checklist=())))
    reports.report(stage.as_(), "M-1", ModuleEvent.LOST)
    refused.append(refusal_of(lambda: stage.bind(held, "M-1", 1)))
    refused.append(refusal_of(lambda: request_links.identify(stage.as_(ANYBODY), f"{made.token}x")))
    verification.verify(stage.call, f"{file.file}x")
    secrets = [KEY, EMAIL, COMPANY, QUESTION, "Goldfeder", made.token or "", file.file]
    for told in (trail(), heard.getvalue(), "\n".join(refused), repr(made)):
        assert [secret for secret in secrets if secret.lower() in told.lower()] == []
