"""The registration form leads a person from a typed code to a new last day, or to somebody who can help."""

import datetime as dt

import httpx
import pytest

from prolong import form_view
from prolong.errors import DocumentError
from prolong.form import RegistrationForm
from prolong.form_view import State
from tests.sdk.script import CODE, LICENSE, LICENSE_KEY, REDEMPTION, SUPPORT, problem

ALONE = {"kind": "renewal", "product": "lab", "edition": "business", "period_years": 1, "seats": 5, "problem": None}
RENEWABLE = {**ALONE, "renewable": True, "expires_on": "2026-04-30", "expires_on_after": "2027-04-30"}
FOR_ACTIVATION = {**ALONE, "kind": "activation", "problem": problem(409, "not_a_renewal_code").json()}
ACTIVATION = {"license": LICENSE, "license_document": "a.b.c"}
MISTYPED = CODE[:-1] + "H"
LOST = httpx.ReadTimeout("late")
DOWN = httpx.ConnectError("no route")


def ok(body, status=200):
    return httpx.Response(status, json=body)


@pytest.fixture
def fill(connect):
    """A form with a code in it, at a scripted server."""

    def make(*answers, code=CODE, key="", language="en"):
        client, script = connect(*answers)
        form = RegistrationForm(client, language=language, license_key=key)
        form.type(code)
        return form, script

    return make


@pytest.mark.parametrize(
    ("code", "state", "says"),
    [
        ("", State.TYPING, "Type or paste"),
        (CODE[:8], State.INCOMPLETE, "missing: 18"),
        (MISTYPED, State.MISTYPED, "one letter or digit is wrong"),
        ("WXWCB-YВ6", State.MISTYPED, "Group 2 holds letters of another alphabet. Switch the keyboard"),
        (CODE, State.COMPLETE, "Nothing is spent"),
    ],
)
def test_a_code_is_judged_as_it_is_typed_without_the_network(fill, code, state, says):
    form, script = fill(ok(ALONE), code=code)
    assert form.view.state is state
    assert says in form.view.advice
    assert bool(form.view.action) == (state is State.COMPLETE)
    assert script.asked == []


def test_a_mistyped_code_never_travels(fill):
    form, script = fill(ok(ALONE), code=MISTYPED)
    assert (form.act().state, script.asked) == (State.MISTYPED, [])


def test_a_renewal_is_led_from_the_code_over_the_key_to_the_new_last_day(fill):
    form, script = fill(ok(ALONE), ok(RENEWABLE), ok(REDEMPTION, 201))
    asked = form.act()
    assert (asked.state, asked.needs) == (State.ASKING, ("license_key",))
    assert "license_key" not in script.body
    form.fill(license_key=f" {LICENSE_KEY} ")
    ready = form.act()
    assert (ready.state, ready.action) == (State.READY, "Renew the license")
    assert "through 30 April 2026; after the renewal, through 30 April 2027" in ready.text
    done = form.act()
    assert (done.state, done.title) == (State.DONE, "Renewed. The license runs through 30 April 2027")
    assert LICENSE_KEY in done.text
    assert form.outcome.expires_on == dt.date(2027, 4, 30)
    assert script.body["license_key"] == LICENSE_KEY


def test_whoever_holds_a_license_is_not_asked_for_its_key(fill):
    form, script = fill(ok(RENEWABLE), ok(REDEMPTION, 201), key=LICENSE_KEY)
    assert form.act().state is State.READY
    assert form.act().state is State.DONE
    assert len(script.asked) == 2


@pytest.mark.parametrize("key", ["", LICENSE_KEY])
def test_an_activation_is_found_out_and_asks_for_whom(fill, key):
    form, script = fill(ok(FOR_ACTIVATION), ok(ACTIVATION, 201), key=key)
    asked = form.act()
    assert (asked.state, asked.needs) == (State.ASKING, ("name", "country", "email", "reminders"))
    form.fill(name="Olena", country="ua", email="olena@example.com", reminders=True)
    assert form.act().action == "Activate the license"
    done = form.act()
    assert (done.state, LICENSE_KEY in done.text) == (State.DONE, True)
    given = {"name": "Olena", "country": "UA", "email": "olena@example.com", "reminders": True}
    assert script.body["customer"] == given
    assert [asked.url.path for asked in script.asked][:2] == ["/v1/redemptions/check", "/v1/activations"]


def test_a_code_of_a_kind_that_is_new_is_said_in_words_and_leaves_the_form_usable(fill):
    form, _ = fill(ok({**ALONE, "kind": "upgrade"}), ok(ALONE))
    told = form.act()
    assert (told.state, "Update the product" in told.text) == (State.FAILED, True)
    assert form.act().state is State.ASKING


def test_a_key_that_cannot_travel_is_said_in_words_and_leaves_the_form_usable(fill):
    form, _ = fill(ok(RENEWABLE), key="key \ud800")
    assert (form.act().state, form.view.busy) == (State.FAILED, False)


def test_what_became_of_an_earlier_code_is_said_beside_the_next_one(fill):
    form, _ = fill(ok(RENEWABLE), *[LOST] * 5, ok(RENEWABLE), ok(REDEMPTION), ok(REDEMPTION, 201), key=LICENSE_KEY)
    form.act()
    assert form.act().state is State.UNKNOWN
    form.restart()
    form.type("KGXP8-VR30P-0G5SH-4FE0A-E664V")
    form.act()
    done = form.act()
    assert (done.state, f"license {LICENSE_KEY} runs through 30 April 2027" in done.text) == (State.DONE, True)


def test_each_field_that_is_not_right_is_named_before_anything_travels(fill):
    form, script = fill(ok(FOR_ACTIVATION))
    form.act()
    form.fill(country="Ukraine", email="nobody")
    assert form.act().faults.keys() == {"name", "country", "email"}
    assert len(script.asked) == 1


def test_a_missing_key_is_asked_for_again(fill):
    form, script = fill(ok(ALONE))
    form.act()
    assert form.act().faults == {"license_key": "Enter the license key."}
    assert len(script.asked) == 1


REFUSALS = [
    ("renewal_window_closed", {"expires_on": "2026-01-31", "renewable_until": "2026-02-28"}, "28 February 2026"),
    ("machine_not_registered", {"seats": 2}, "their number: 2"),
    ("product_outdated", {"latest_version": "9.11"}, "9.11"),
    ("seat_count_mismatch", {"seats_bought": 5, "seats_of_code": 10}, "license: 5; of the code: 10"),
    ("license_not_activated", {}, "nothing to renew yet"),
    ("promo_not_renewable", {}, "contains PRO"),
    ("nfr_not_renewable", {}, "contains NFR"),
    ("territory_mismatch", {"country": "UA"}, "(UA)"),
]


@pytest.mark.parametrize(("code", "facts", "says"), REFUSALS, ids=[code for code, *_ in REFUSALS])
def test_a_refusal_says_what_it_means_what_to_do_and_whom_to_call(fill, code, facts, says):
    pages = {"where_to_buy": "https://buy.example", "download_url": "https://get.example"}
    obstacle = problem(409, code, support=SUPPORT, **facts, **pages).json()
    form, _ = fill(ok({**RENEWABLE, "renewable": False, "problem": obstacle}), key=LICENSE_KEY)
    view = form.act()
    assert (view.state, says in view.text) == (State.REFUSED, True)
    assert view.advice.endswith(".")
    assert view.contact == tuple(SUPPORT.values())
    assert [link.url for link in view.links] == ["https://buy.example", "https://get.example"]
    assert (view.request_id, form.outcome.code) == ("req-1", code)


def test_a_page_that_is_not_on_the_web_is_no_link(fill):
    obstacle = problem(409, "promo_not_renewable", where_to_buy="javascript:alert(1)").json()
    form, _ = fill(ok({**RENEWABLE, "problem": obstacle}), key=LICENSE_KEY)
    assert form.act().links == ()


def test_a_key_that_is_unknown_can_be_corrected_without_typing_the_code_again(fill):
    form, _ = fill(ok(ALONE), ok({**ALONE, "problem": problem(409, "license_not_found").json()}), ok(RENEWABLE))
    form.act()
    form.fill(license_key="LAB-CANARY-KEY-0024")
    assert form.act().state is State.REFUSED
    form.fill(license_key=LICENSE_KEY)
    assert (form.view.state, form.act().state) == (State.ASKING, State.READY)


def test_a_code_that_had_renewed_this_license_says_so_and_brings_the_receipt(fill):
    replay = {**RENEWABLE, "expires_on": "2027-04-30"}
    receipt = httpx.Response(200, json=REDEMPTION, headers={"Idempotent-Replayed": "true"})
    form, _ = fill(ok(replay), receipt, key=LICENSE_KEY)
    assert "already renewed" in form.act().title
    assert "already renewed" in form.act().title
    assert form.view.state is State.DONE


def test_a_lost_answer_is_told_as_unknown_and_the_same_pair_is_sent_again(fill):
    form, script = fill(ok(RENEWABLE), *[LOST] * 5, ok(REDEMPTION), key=LICENSE_KEY)
    form.act()
    lost = form.act()
    assert (lost.state, lost.action) == (State.UNKNOWN, "Try again")
    assert "Nothing is lost" in lost.text
    assert form.act().state is State.DONE
    assert script.asked[1].content == script.asked[-1].content


@pytest.mark.parametrize("then", [DOWN, problem(429, "rate_limited"), problem(503, "try_again")])
def test_a_doubt_stays_a_doubt_until_the_answer_is_definite(fill, then):
    form, _ = fill(ok(RENEWABLE), *[LOST] * 5, *[then] * 5, ok(REDEMPTION), key=LICENSE_KEY)
    form.act()
    assert form.act().state is State.UNKNOWN
    while form.view.state is State.UNKNOWN:
        form.act()
    assert form.view.state is State.DONE


def test_a_server_that_cannot_be_reached_changes_nothing_and_is_tried_again(fill):
    form, _ = fill(*[DOWN] * 5, ok(RENEWABLE), key=LICENSE_KEY)
    view = form.act()
    assert (view.state, view.action) == (State.UNREACHABLE, "Try again")
    assert form.act().state is State.READY


def test_too_many_attempts_keep_the_code_and_go_on_where_they_stopped(fill):
    form, _ = fill(*[problem(429, "rate_limited")] * 5, ok(RENEWABLE), key=LICENSE_KEY)
    assert form.act().action == "Try again"
    assert form.act().state is State.READY


def test_another_code_starts_anew_and_keeps_the_key(fill):
    form, _ = fill(ok(RENEWABLE), ok(REDEMPTION, 201), key=LICENSE_KEY)
    form.act()
    assert form.act().action == "Enter another code"
    assert form.act().state is State.TYPING
    assert (form.reading.symbols, form.outcome, form.fields.license_key) == ("", None, LICENSE_KEY)


def test_what_an_earlier_form_left_open_is_settled_first(connect):
    client, _ = connect(ok(RENEWABLE), *[LOST] * 5, *[DOWN] * 5, ok(REDEMPTION))
    first = RegistrationForm(client, language="en", license_key=LICENSE_KEY)
    first.type(CODE)
    first.act()
    assert first.act().state is State.UNKNOWN
    second = RegistrationForm(client, language="en")
    assert second.resume().state is State.UNKNOWN
    assert second.act().state is State.DONE
    assert second.resume().state is State.TYPING


def test_what_a_face_writes_again_unchanged_does_not_undo_the_way_so_far(fill):
    form, _ = fill(ok(RENEWABLE), key=LICENSE_KEY)
    form.act()
    form.type(CODE.lower())
    form.fill(license_key=LICENSE_KEY)
    assert form.view.state is State.READY


def test_nothing_can_be_edited_while_an_answer_is_awaited():
    class Server:
        def check(self, code, license_key=None):
            assert form.view.state is State.CHECKING
            assert form.view.busy
            form.type("")
            form.fill(license_key="other")
            assert form.act().busy
            raise DocumentError("The disk is full.")

    form = RegistrationForm(Server(), language="en", license_key=LICENSE_KEY)  # type: ignore[arg-type]
    form.type(CODE)
    view = form.act()
    assert (view.state, view.text) == (State.FAILED, "The disk is full.")
    assert (form.reading.display, form.fields.license_key) == (CODE, LICENSE_KEY)


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_every_state_has_its_words_in_every_language(fill, language):
    form, _ = fill(ok(ALONE), ok(RENEWABLE), *[LOST] * 5, ok(REDEMPTION, 201), language=language, code="")
    seen = {form.view.state: form.view}
    steps = [lambda: form.type("A"), lambda: form.type(MISTYPED), lambda: form.type(CODE), form.act]
    for step in [*steps, lambda: form.fill(license_key=LICENSE_KEY), form.act, form.act, form.act]:
        seen[step().state] = form.view
    for state in (State.CHECKING, State.SENDING):
        seen[state] = form_view.waiting(form.texts, state)
    for state in (State.UNREACHABLE, State.FAILED):
        seen[state] = form_view.trouble(form.texts, state)
    assert seen.keys() == set(State) - {State.REFUSED}
    assert [view.state for view in seen.values() if not view.title or not view.advice or "{" in view.text] == []


def test_no_code_key_or_person_shows_in_a_repr(fill):
    form, _ = fill(ok(RENEWABLE), ok(REDEMPTION, 201), key=LICENSE_KEY)
    form.fill(name="Olena", email="olena@example.com")
    form.act()
    shown = repr(form.act()) + repr(form.fields) + repr(form.reading) + repr(form)
    assert [secret for secret in ("WXWCB", LICENSE_KEY, "Olena", "olena@") if secret in shown] == []
