"""The customer's link: one request, thirty days, void when it is revoked or renewed, and at most three a day."""

from dataclasses import replace

import pytest

from prolong_server.modules import request_links, review, submission, transfer_requests
from prolong_server.modules.request_specs import RequestSpec
from prolong_server.operations import mail
from prolong_server.rules import errors, identifiers
from prolong_server.rules.actors import ANYBODY
from prolong_server.rules.languages import Language
from prolong_server.rules.module_words import MoveKind
from tests.mailing import Way
from tests.modules.stage import line


@pytest.fixture
def made(context, stage):
    """A request with the link that staff got."""
    return transfer_requests.create(stage.as_(), RequestSpec(MoveKind.TRANSFER, "office@company.example"))


def begin(stage, to="office@company.example", days=0) -> str:
    """A request that its customer begins."""
    return transfer_requests.create(stage.as_(ANYBODY, days), RequestSpec(MoveKind.TRANSFER, to)).id


def letters(stage, days=0) -> list[str]:
    way = Way()
    mail.send(stage.as_(days=days), way)
    return [message.get_content() for message in way.taken]


def test_a_link_is_good_for_its_own_request_for_thirty_days(stage, made):
    for days in (0, 30):
        actor = request_links.identify(stage.as_(ANYBODY, days), made.token)
        assert actor.request_id == identifiers.read("trq", made.id)
        assert transfer_requests.show(stage.as_(actor), made.id).id == made.id
        with pytest.raises(errors.NotFound):
            transfer_requests.show(stage.as_(actor), begin(stage, f"{days}@company.example"))
    with pytest.raises(errors.Unauthenticated):
        request_links.identify(stage.as_(ANYBODY, 31), made.token)


def test_a_forged_link_is_nobodys(stage, made):
    signature = made.token.rsplit(".", 1)[1]
    for forged in ("", "plr_", made.token[:-2] + "AA", made.token.replace(signature, signature[::-1]), "plr_\u0430"):
        with pytest.raises(errors.Unauthenticated):
            request_links.identify(stage.as_(ANYBODY), forged)


def test_a_link_that_was_renewed_or_revoked_is_void_and_the_newest_is_good(stage, made):
    second = transfer_requests.renew_link(stage.as_(), made.id)
    with pytest.raises(errors.Unauthenticated):
        request_links.identify(stage.as_(ANYBODY), made.token)
    assert request_links.identify(stage.as_(ANYBODY), second.token or "").request_id
    transfer_requests.revoke_link(stage.as_(), made.id)
    transfer_requests.revoke_link(stage.as_(), made.id)
    third = transfer_requests.renew_link(stage.as_(), made.id)
    for old in (made, second):
        with pytest.raises(errors.Unauthenticated):
            request_links.identify(stage.as_(ANYBODY), old.token or "")
    assert request_links.identify(stage.as_(ANYBODY), third.token or "").request_id


def test_no_letter_brings_a_link_that_was_revoked_to_life(stage, made):
    stage.modules("M-1", "M-2")
    held = stage.license(4)
    stage.bind(held, "M-1", 4)
    ref = stage.draft("transfer", [line(held, {"M-1": 4}, {"M-2": 4})])
    submission.submit(stage.customer(ref), ref)
    transfer_requests.revoke_link(stage.as_(), ref)
    review.begin(stage.as_(), ref)
    review.request_information(stage.as_(), ref, "Who signed?")
    submitted, asked = letters(stage)
    assert ("plr_" in submitted, "plr_" in asked) == (True, False)


def test_an_address_gets_three_links_a_day_however_it_is_written(stage, made):
    addresses = ["Office@Company.example", "office@company.example", "OFFICE@COMPANY.EXAMPLE", "office@company.EXAMPLE"]
    for address in addresses[:3]:
        begin(stage, address)
    before = len(transfer_requests.list_all(stage.call).items)
    for address in addresses:
        with pytest.raises(errors.RateLimited) as refused:
            begin(stage, address)
    assert refused.value.fields["retry_after"] == 12 * 3600 + 1
    assert len(transfer_requests.list_all(stage.call).items) == before
    with pytest.raises(errors.RateLimited):
        transfer_requests.renew_link(stage.as_(), made.id)
    begin(stage, "other@company.example")
    begin(stage, days=1)
    assert len(letters(stage, days=1)) == 5


def test_the_answer_to_a_customer_holds_no_link_and_the_letter_does(context, stage):
    spec = RequestSpec(MoveKind.TRANSFER, "office@company.example", language=Language.UK)
    told = transfer_requests.create(replace(stage.call, actor=ANYBODY), spec)
    assert (told.link, told.token) == (None, None)
    (text,) = letters(stage)
    token = text.split("#", 1)[1].split()[0].split(".", 1)[1]
    assert request_links.identify(stage.as_(ANYBODY), token).request_id == identifiers.read("trq", told.id)
