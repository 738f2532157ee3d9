"""How a license stands is known without the network, and a clock turned back gains nothing."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from prolong import Client, MemoryStore, Store, errors, refusals
from tests.sdk import signing
from tests.sdk.script import CODE, LICENSE, LICENSE_KEY, REDEMPTION, Connect, problem

START = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
LOST = httpx.ReadTimeout("late")


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> dt.datetime:
        return self.now


def document(
    license_: dict[str, Any] = LICENSE, at: dt.datetime = START, key: Any = signing.PRIVATE, **more: Any
) -> str:
    return signing.sign(signing.claims(license_, at.timestamp(), **more), key=key)


def told(text: str | None, date: Any = None, code: Any = "VALID", **license_: Any) -> httpx.Response:
    """The answer of a validation."""
    body = {"valid": code == "VALID", "code": code, "license": {**LICENSE, **license_}, "license_document": text}
    headers = {} if date is None else {"Date": date.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    return httpx.Response(200, json=body, headers=headers)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def validated(connect: Connect, watch: Watch) -> Callable[..., Client]:
    """A client that has validated with these answers, one after the other."""

    def make(*answers: httpx.Response, **settings: Any) -> Client:
        known = {"trusted_keys": signing.KEYS, "now": watch, **settings}
        client, _ = connect(*answers, **known)
        for _ in answers:
            client.validate(LICENSE_KEY)
        return client

    return make


def test_without_a_document_the_state_is_unknown_and_the_product_does_not_work(validated) -> None:
    state = validated().license
    assert (state.state, state.works, state.license, state.problem) == ("unknown", False, None, None)


@pytest.mark.parametrize(
    ("after", "state", "works", "left"),
    [
        (0, "valid", True, 395),
        (20, "valid", True, 375),
        (21, "stale", True, 374),
        (50, "stale", True, 345),
        (51, "stale", False, 0),
        (395, "expired", False, 0),
    ],
)
def test_the_state_follows_the_time_without_the_network(validated, watch, after, state, works, left) -> None:
    client = validated(told(document()))
    watch.now = START + after * DAY
    found = client.license
    assert (found.state, found.works, found.days_left) == (state, works, left)
    assert found.expires_on == dt.date(2027, 4, 30)
    assert found.renewable_until == dt.date(2027, 5, 30)


def test_how_long_a_stale_license_works_is_the_products_policy(validated, watch) -> None:
    client = validated(told(document()), offline_days=0)
    watch.now = START + 21 * DAY
    assert (client.license.state, client.license.works) == ("stale", False)


def test_the_last_day_is_the_last_whole_day_and_is_counted(validated, watch) -> None:
    client = validated(told(document(at=START + 390 * DAY), START))
    watch.now = dt.datetime(2027, 4, 30, 23, 59, 59, tzinfo=dt.UTC)
    assert (client.license.works, client.license.days_left) == (True, 1)
    watch.now += dt.timedelta(seconds=1)
    assert (client.license.state, client.license.works, client.license.days_left) == ("expired", False, 0)


@pytest.mark.parametrize(("status", "state"), [("suspended", "suspended"), ("revoked", "revoked")])
def test_a_document_of_a_license_that_was_taken_away_says_so(validated, status, state) -> None:
    taken = {**LICENSE, "status": status}
    client = validated(told(document(taken), code=status.upper(), status=status))
    assert (client.license.state, client.license.works) == (state, False)


def test_a_license_that_has_not_begun_is_kept_until_its_day(validated, watch) -> None:
    begins = {**LICENSE, "starts_on": "2026-05-01"}
    client = validated(told(document(begins, nbf=int((START + 30 * DAY).timestamp())), code="NOT_STARTED", **begins))
    assert (client.license.state, client.license.works) == ("not_started", False)
    watch.now = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    assert client.license.works


def test_a_document_is_never_replaced_by_one_of_lower_seq(validated) -> None:
    later = {**LICENSE, "expires_on": "2028-04-30", "ends_at": "2028-05-01T00:00:00Z"}
    client = validated(told(document(later, seq=4), **later), told(document(seq=3)))
    assert client.license.expires_on == dt.date(2028, 4, 30)


def test_a_document_of_another_license_takes_the_place_whatever_its_seq(validated, connect, watch) -> None:
    other = {**LICENSE, "id": "lic_2", "license_key": "ANOTHER"}
    client = validated(told(document(seq=4)))
    next_one, _ = connect(told(document(other, seq=1), **other), store=client._desk.store, now=watch)
    next_one.validate("another")
    assert client.license.license.license_key == "ANOTHER"


def test_an_answer_about_another_license_or_against_itself_is_not_believed(validated) -> None:
    against_itself = httpx.Response(200, json={**told(document()).json(), "code": "EXPIRED"})
    for answer in (told(None, license_key="ANOTHER"), against_itself):
        with pytest.raises(errors.Unreachable):
            validated(answer)


def test_a_computer_that_was_released_forgets_its_document(validated) -> None:
    client = validated(told(document()), told(None, code="MACHINE_NOT_REGISTERED"))
    assert client.license.state == "unknown"


@pytest.mark.parametrize("code", ["EXPIRED", "SUSPENDED", "REVOKED"])
def test_a_computer_that_was_never_registered_is_told_why_nobody_may_work(connect, watch, code) -> None:
    gone = {**LICENSE, "status": "active" if code == "EXPIRED" else code.lower()}
    answer = told(document(gone, machine=None), code=code, status=gone["status"])
    client, _ = connect(answer, trusted_keys=signing.KEYS, now=watch)
    found = client.validate(LICENSE_KEY)
    assert (found.valid, found.code, found.license.renewable_until) == (False, code, dt.date(2027, 5, 30))
    assert client.license.state == "unknown"


BAD = {
    errors.MalformedDocument: document()[:-90],
    errors.BadSignature: document(key=signing.STRANGER),
    errors.WrongMachine: document(machine={"fingerprint": "fingerprint-0002"}),
    errors.WrongProduct: document({**LICENSE, "product": "studio"}),
    errors.WrongType: signing.revocations(),
    errors.UnknownKey: signing.sign(signing.claims(LICENSE), {**signing.HEADER, "kid": "k9"}),
    errors.WrongAlgorithm: signing.sign(signing.claims(LICENSE), {**signing.HEADER, "alg": "HS256"}),
}


@pytest.mark.parametrize("error", BAD, ids=lambda error: error.__name__)
def test_what_is_not_genuine_is_refused_by_name_and_touches_nothing_that_is_kept(
    validated, connect, watch, error
) -> None:
    client = validated(told(document()))
    bad, _ = connect(told(BAD[error]), trusted_keys=signing.KEYS, store=client._desk.store, now=watch)
    with pytest.raises(error):
        bad.validate(LICENSE_KEY)
    assert client.license.works


@pytest.mark.parametrize("error", BAD, ids=lambda error: error.__name__)
def test_a_kept_document_that_was_tampered_with_or_copied_from_elsewhere_is_not_believed(validated, error) -> None:
    client = validated(told(document()))
    client._desk.store.write("document", BAD[error])
    assert (client.license.state, client.license.works, type(client.license.problem)) == ("unknown", False, error)


def test_with_keys_built_in_a_yes_that_is_not_signed_is_not_believed(validated) -> None:
    with pytest.raises(errors.MalformedDocument):
        validated(told(None))
    assert validated(told(None), trusted_keys=None).license.state == "unknown"


def test_an_answer_that_says_other_than_its_signed_document_is_not_believed(validated) -> None:
    with pytest.raises(errors.Unreachable):
        validated(told(document(), expires_on="2037-04-30"))


def test_without_keys_built_in_those_that_signed_at_the_first_use_are_pinned(validated, connect) -> None:
    client = validated(told(document()), trusted_keys=None)
    assert client.license.works
    usurped = {"keys": [signing.jwk(signing.STRANGER)]}
    forged = document(key=signing.STRANGER)
    answers = (httpx.Response(200, json=usurped), told(forged))
    other, _ = connect(*answers, store=client._desk.store)
    other.keys()
    other.validate(LICENSE_KEY)
    assert client._desk.store.read("document") != forged


def test_a_key_that_is_new_is_asked_for_and_the_old_one_stays(validated, connect) -> None:
    client = validated(told(document()), trusted_keys=None)
    rotated = signing.sign(signing.claims(LICENSE, seq=9), {**signing.HEADER, "kid": "k2"}, signing.STRANGER)
    keys = {"keys": [signing.jwk(signing.PRIVATE, kid="k1"), signing.jwk(signing.STRANGER, kid="k2")]}
    other, _ = connect(told(rotated), httpx.Response(200, json=keys), store=client._desk.store)
    other.validate(LICENSE_KEY)
    assert client._desk.store.read("document") == rotated
    assert [key["kid"] for key in json.loads(client._desk.store.read("keys"))["keys"]] == ["k0", "k1", "k2"]


# The clock.


def test_a_clock_turned_back_is_noticed_and_right_again_when_it_is_set_right(validated, watch) -> None:
    client = validated(told(document()))
    watch.now = START + 10 * DAY
    assert client.license.works
    watch.now = START + 8 * DAY
    assert (client.license.state, client.license.works) == ("clock_turned_back", False)
    watch.now = START + 10 * DAY
    assert client.license.works


def test_a_clock_that_lags_a_little_is_tolerated_and_gains_nothing(validated, watch) -> None:
    client = validated(told(document()))
    watch.now = START + 21 * DAY
    assert client.license.state == "stale"
    watch.now -= dt.timedelta(hours=12)
    assert (client.license.state, client.license.works) == ("stale", True)


@pytest.mark.parametrize("date", [START + 400 * DAY, None])
def test_the_servers_date_and_the_documents_age_count_too(validated, watch, date) -> None:
    text = document(at=START if date else START + 400 * DAY)
    client = validated(told(text, date))
    assert client.license.state == "clock_turned_back"


def test_a_clock_that_was_years_ahead_is_forgiven_when_the_server_has_told_the_date(validated, watch) -> None:
    client = validated(told(document(), START), told(document(), START))
    watch.now = START + 4000 * DAY
    assert client.license.state == "expired"
    watch.now = START
    assert client.license.state == "clock_turned_back"
    client.validate(LICENSE_KEY)
    assert client.license.works


def test_a_date_that_was_damaged_on_its_way_is_forgiven_at_the_next_answer_with_a_signed_document(
    validated, connect, watch
) -> None:
    client = validated(told(document(), START.replace(year=2826)))
    assert client.license.state == "clock_turned_back"
    again, _ = connect(told(document(), START), trusted_keys=signing.KEYS, store=client._desk.store, now=watch)
    again.validate(LICENSE_KEY)
    assert again.license.works


def test_a_date_that_does_not_fit_the_signed_document_turns_no_clock_back(validated, connect, watch) -> None:
    client = validated(told(document(), START))
    watch.now = START + 40 * DAY
    assert client.license.state == "stale"
    watch.now = START
    replayed, _ = connect(told(document(), START - DAY), trusted_keys=signing.KEYS, store=client._desk.store, now=watch)
    replayed.validate(LICENSE_KEY)
    assert replayed.license.state == "clock_turned_back"


def test_who_cannot_be_understood_is_not_believed_the_date_either(validated, connect, watch) -> None:
    client = validated(told(document(), START))
    late = {"Date": "Fri, 29 Jan 2100 12:00:00 GMT"}
    hotel, _ = connect(httpx.Response(200, json={"hello": 1}, headers=late), store=client._desk.store, now=watch)
    with pytest.raises(errors.Unreachable):
        hotel.check("code", LICENSE_KEY)
    assert client.license.works


def test_with_both_clocks_deleted_what_is_signed_still_tells_how_late_it_is(validated, watch) -> None:
    client = validated(told(document()))
    for name in ("clock", "clock_copy"):
        client._desk.store.delete(name)
    watch.now = START - 400 * DAY
    assert (client.license.state, client.license.works) == ("clock_turned_back", False)


@pytest.mark.parametrize("lost", ["one", "two"])
def test_deleting_one_of_the_two_places_does_not_turn_the_clock_back(validated, watch, tmp_path, lost) -> None:
    client = validated(told(document()), store=Store(tmp_path / "one", second=tmp_path / "two"))
    watch.now = START + 20 * DAY
    assert client.license.works
    for name in ("clock", "clock_copy"):
        (tmp_path / lost / name).unlink(missing_ok=True)
    watch.now = START
    assert client.license.state == "clock_turned_back"
    assert (tmp_path / lost / ("clock" if lost == "one" else "clock_copy")).is_file()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"seen": 7}', '{"seen": "yesterday"}'])
def test_a_damaged_clock_knows_nothing_and_the_other_still_does(validated, watch, text) -> None:
    client = validated(told(document()))
    watch.now = START + 20 * DAY
    assert client.license.works
    client._desk.store.write("clock", text)
    watch.now = START
    assert client.license.state == "clock_turned_back"


# Sync, and the revocation list.


def listed(text: str, etag: str = '"1"') -> httpx.Response:
    return httpx.Response(200, text=text, headers={"Content-Type": "application/jwt", "ETag": etag})


@pytest.fixture
def synced(connect: Connect, watch: Watch) -> Callable[..., tuple[Client, Any]]:
    """A client with a key in its store, and its script."""

    def make(*answers: httpx.Response, store: MemoryStore | None = None) -> tuple[Client, Any]:
        kept = store or MemoryStore()
        kept.write("license_key", LICENSE_KEY)
        return connect(*answers, trusted_keys=signing.KEYS, now=watch, store=kept)

    return make


def test_a_sync_validates_fetches_the_list_and_tells_the_state(synced) -> None:
    client, script = synced(told(document()), listed(signing.revocations("lic_9", at=START.timestamp())))
    found = client.sync()
    assert (found.settled, found.validation.code, found.license.state) == (None, "VALID", "valid")
    assert [request.url.path for request in script.asked] == ["/v1/licenses/validate", "/v1/revocations"]


def test_a_revoked_license_does_not_work_although_its_document_says_active(synced) -> None:
    client, _ = synced(told(document()), listed(signing.revocations("lic_9", "lic_1")))
    assert (client.sync().license.state, client.license.works) == ("revoked", False)


def test_what_a_sync_has_settled_is_told_also_when_the_rest_of_it_fails(synced) -> None:
    refusal = problem(409, "code_voided")
    client, _ = synced(*[LOST] * 5, refusal, httpx.Response(500))
    with pytest.raises(errors.OutcomeUnknown):
        client.redeem(CODE, LICENSE_KEY)
    found = client.sync()
    assert isinstance(found.settled, refusals.CodeVoided)
    assert (found.validation, type(found.problem)) == (None, errors.Unreachable)
    with pytest.raises(errors.Unreachable):
        client.sync()


def test_a_sync_settles_a_redemption_whose_answer_was_lost(synced) -> None:
    text = listed(signing.revocations(at=START.timestamp()))
    receipt = httpx.Response(200, json={**REDEMPTION, "license_document": document()})
    client, _ = synced(*[LOST] * 5, receipt, told(document()), text)
    with pytest.raises(errors.OutcomeUnknown):
        client.redeem(CODE, LICENSE_KEY)
    found = client.sync()
    assert (found.settled.id, found.problem, found.license.works) == ("rdm_1", None, True)
    assert client._desk.store.read("intent") is None


def test_a_list_that_is_not_newer_is_not_sent_again_and_still_holds(synced) -> None:
    client, script = synced(
        told(document()), listed(signing.revocations("lic_1"), '"7"'), told(document()), httpx.Response(304)
    )
    client.sync()
    assert client.sync().license.state == "revoked"
    assert [request.headers.get("If-None-Match") for request in script.asked] == [None, None, None, '"7"']


def test_a_list_of_lower_seq_never_replaces_a_later_one(synced) -> None:
    lists = [listed(signing.revocations("lic_1", seq=5)), listed(signing.revocations(seq=4))]
    client, _ = synced(told(document()), lists[0], told(document()), lists[1])
    client.sync()
    assert client.sync().license.state == "revoked"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (signing.revocations(key=signing.STRANGER), errors.BadSignature),
        (document(), errors.WrongType),
        ("a.b", errors.MalformedDocument),
        (signing.sign({"seq": 1}, {**signing.HEADER, "typ": "revocations+jwt"}), errors.MalformedDocument),
        (
            signing.sign(
                {"iss": "i", "iat": 1, "seq": 1, "next_update": 2, "licenses": "lic_1"},
                {**signing.HEADER, "typ": "revocations+jwt"},
            ),
            errors.MalformedDocument,
        ),
    ],
)
def test_a_list_that_is_not_genuine_is_refused_by_name(synced, text, error) -> None:
    client, _ = synced(told(document()), listed(text))
    with pytest.raises(error):
        client.sync()
    assert client.license.works


def test_a_page_of_somebody_elses_is_no_list(synced) -> None:
    client, _ = synced(told(document()), httpx.Response(200, html="<h1>Welcome</h1>"))
    with pytest.raises(errors.Unreachable):
        client.sync()


def test_a_sync_of_nothing_asks_nothing(connect: Connect) -> None:
    client, script = connect(told(None))
    found = client.sync()
    assert (found.settled, found.validation, found.license.state, script.asked) == (None, None, "unknown", [])
