"""Server and SDK together: the SDK speaks to the real application, in process and once over TCP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
from dateutil.relativedelta import relativedelta
from flask import Flask

import prolong
from prolong.refusals import BY_CODE
from prolong_server import clock
from prolong_server.call import Call
from prolong_server.config import Settings
from prolong_server.rules import errors
from prolong_server.rules.actors import SYSTEM
from prolong_server.rules.errors import Refusal
from prolong_server.rules.vocabulary import CodeKind
from tests import scenes, vendor
from tests.cli import console
from tests.scenes import Scene, Stage

CUSTOMER = prolong.Customer("Olena", "UA", "olena@example.com")


@pytest.fixture
def stage(app: Flask, call: Callable[..., Call]) -> Stage:
    """A vendor in the application's database, at the present instant."""
    present = call(now=clock.now(), actor=SYSTEM)
    with app.app_context():
        return Stage(vendor.found(), present)


@contextmanager
def speaking(transport: httpx.BaseTransport | None, base: str = "https://renew.example", **changes: str):
    """A client of the SDK for the vendor's product on its machine."""
    named = {"product": vendor.PRODUCT, "product_version": "9.10", "machine": vendor.MACHINE.fingerprint}
    told: dict[str, Any] = {**named, "store": prolong.MemoryStore(), **changes}
    with prolong.Client(base, **told, transport=transport, timeout=20) as client:
        yield client


@pytest.fixture
def client(app: Flask) -> Iterator[prolong.Client]:
    with speaking(httpx.WSGITransport(app)) as made:
        yield made


@pytest.fixture
def scene(app: Flask, stage: Stage) -> Scene:
    """A code and a license in good order."""
    with app.app_context():
        return scenes.plain()(stage)


@pytest.fixture
def activation_code(app: Flask, stage: Stage) -> str:
    with app.app_context():
        return stage.code(kind=CodeKind.ACTIVATION)


def one_more(day: date | None) -> date:
    assert day is not None
    return day + relativedelta(years=1)


def walk_through(client: prolong.Client, code: str, key: str) -> None:
    """Check, redeem, redeem again, and validate with a document that can be verified."""
    checked = client.check(code, key)
    assert (checked.kind, checked.renewable, checked.problem) == ("renewal", True, None)
    receipt = client.redeem(code, key)
    assert receipt.expires_on == checked.expires_on_after == one_more(receipt.previous_expires_on)
    assert (receipt.replayed, receipt.license.license_key) == (False, key)
    again = client.redeem(code.lower(), f" {key.lower()} ")
    assert again.replayed
    assert (again.id, again.redeemed_at, again.expires_on) == (receipt.id, receipt.redeemed_at, receipt.expires_on)
    validated = client.validate(key)
    assert (validated.valid, validated.code, validated.license) == (True, "VALID", receipt.license)
    document = prolong.documents.verify(validated.license_document or "", client.keys(), clock.now())
    assert document.license == receipt.license
    assert document.machine == prolong.Machine(vendor.MACHINE.fingerprint)


def test_a_product_checks_redeems_repeats_and_validates(client, scene):
    walk_through(client, scene.code, scene.key)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_same_over_tcp(settings: Settings, scene, tmp_path: Path):
    keys = {
        "PROLONG_DATABASE_URL": settings.database_url,
        "PROLONG_CODE_KEYS": settings.code_keys[0],
        "PROLONG_SIGNING_KEYS": settings.signing_keys[0],
        "PROLONG_SECRET_KEYS": settings.secret_keys[0],
    }
    served = console.serving(tmp_path / "data", "serve", "--workers", "1", **keys)
    with served as (base, _process), speaking(None, base) as client:
        walk_through(client, scene.code, scene.key)
        with pytest.raises(prolong.refusals.RenewalCodeCannotActivate):
            client.activate(scene.code, CUSTOMER)


def test_a_product_activates_and_the_same_machine_again_gets_the_same_license(client, activation_code):
    made = client.activate(activation_code, CUSTOMER)
    again = client.activate(activation_code, CUSTOMER)
    assert (made.replayed, again.replayed) == (False, True)
    assert made.license == again.license
    assert client.validate(made.license.license_key).valid


def test_a_code_can_be_checked_alone(client, scene):
    told = client.check(scene.code)
    assert (told.edition, told.period_years, told.seats, told.renewable) == ("home", 1, 1, None)


def attempted(client: prolong.Client, scene: Scene) -> prolong.Refused:
    """The refusal of what the scene does."""
    with pytest.raises(prolong.Refused) as refused:
        client.redeem(scene.code, scene.key) if scene.key else client.activate(scene.code, CUSTOMER)
    return refused.value


def foretold(client: prolong.Client, scene: Scene) -> prolong.Refused | None:
    """The refusal that a check tells of, raised or as the problem."""
    try:
        return client.check(scene.code, scene.key).problem
    except prolong.Refused as refused:
        return refused


def test_each_refusal_is_raised_as_its_own_class_says_whom_to_call_and_is_foretold_by_a_check(app, stage):
    by_purchase = {kind.code for kind in refusals() if kind.solved_by_purchase}
    with app.app_context():
        plays = scenes.played(stage)
    for name in scenes.SCENES:
        with app.app_context():
            _, scene = next(plays)
        with speaking(httpx.WSGITransport(app), **scene.client) as client:
            refused = attempted(client, scene)
            assert (refused.code, type(refused)) == (name, BY_CODE[name])
            assert scene.key is None or type(foretold(client, scene)) is BY_CODE[name]
        assert refused.support is not None
        assert refused.support.phone == "+1 555 0100"
        assert bool(refused.where_to_buy) == (name in by_purchase)
        assert refused.detail
        assert refused.request_id


def refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Every kind of refusal that has a code."""
    for one in kind.__subclasses__():
        if hasattr(one, "code"):
            yield one
        yield from refusals(one)


def test_the_sdk_has_a_class_for_each_refusal_of_the_server_and_for_nothing_else():
    of_server = {kind.code for kind in refusals()}
    assert of_server == set(BY_CODE)


def test_there_is_a_scene_for_every_rule_about_redemption():
    assert {kind.code for kind in refusals(errors.RedemptionRefusal)} <= set(scenes.SCENES)


class Losing(httpx.BaseTransport):
    """Carries each request to the application, and loses every answer on the way back until the line is mended."""

    def __init__(self, app: Flask) -> None:
        self.within = httpx.WSGITransport(app)
        self.mended = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.within.handle_request(request)
        if self.mended:
            return answer
        raise httpx.ReadError("the line is dead", request=request)


@pytest.fixture
def line(app: Flask) -> Iterator[Losing]:
    """A line that is dead at first; who asks there does not pause between the attempts."""
    with stamina.set_testing(True, attempts=2):
        yield Losing(app)


def test_a_lost_answer_is_of_unknown_outcome_and_the_repetition_gets_the_receipt(line, scene):
    with speaking(line) as client:
        with pytest.raises(prolong.OutcomeUnknown):
            client.redeem(scene.code, scene.key or "")
        line.mended = True
        caught_up = client.validate(scene.key or "")
        receipt = client.redeem(scene.code, scene.key or "")
    assert receipt.replayed
    assert caught_up.license == receipt.license
    assert receipt.expires_on == one_more(receipt.previous_expires_on)


def test_a_lost_activation_is_of_unknown_outcome_and_the_repetition_gets_the_license(line, activation_code):
    with speaking(line) as client:
        with pytest.raises(prolong.OutcomeUnknown):
            client.activate(activation_code, CUSTOMER)
        line.mended = True
        assert client.activate(activation_code, CUSTOMER).replayed


def test_a_lost_answer_to_a_question_leaves_no_doubt(line, scene):
    with speaking(line) as client:
        with pytest.raises(prolong.Unreachable):
            client.check(scene.code, scene.key)
        line.mended = True
        assert client.check(scene.code, scene.key).renewable
