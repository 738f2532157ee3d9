"""What does not fit is turned away at once, in words and unread; health and whoever comes later are answered."""

import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import pytest
from flask import Flask

from prolong_server.api.admission import FLAG, Admission, admission_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
REDEEM = "/v1/redemptions"


class Busy:
    """An application with one place of each kind, one of which a request for `path` holds until it is let go."""

    def __init__(self, app: Flask, path: str = "/v1/licenses/validate") -> None:
        self.app, self._path = app, path
        self.held, self.go = threading.Event(), threading.Event()
        self._inside = app.wsgi_app
        app.wsgi_app = self._slowly  # type: ignore[method-assign]  # as a middleware does
        app.wsgi_app = Admission(app, 1, 1)  # type: ignore[method-assign]
        self._thread = threading.Thread(target=app.test_client().post, args=(path,))

    def _slowly(self, environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] == self._path:
            self.held.set()
            assert self.go.wait(20)
        return self._inside(environ, start_response)

    def __enter__(self) -> Flask:
        self._thread.start()
        assert self.held.wait(20)
        return self.app

    def __exit__(self, *_: object) -> None:
        self.go.set()
        self._thread.join(20)


def test_who_does_not_fit_is_told_when_to_come_back_as_by_any_other_503(app: Flask):
    asked = {"X-Request-Id": "mine", "Accept-Language": "uk"}
    usual = app.test_client().post(REDEEM, headers=asked, environ_overrides={FLAG: True})
    with Busy(app) as full:
        answer = full.test_client().post(REDEEM, data=b"not read", headers=asked)
    assert answer.status_code == usual.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.get_json() == usual.get_json()
    assert answer.get_json()["code"] == "try_again"
    assert dict(answer.headers) == dict(usual.headers)


@pytest.mark.parametrize(("language", "word"), [("ru", "Служба"), ("uk", "Служба"), ("fr", "The service")])
def test_who_does_not_fit_is_told_in_its_language_under_a_name_of_its_own(app: Flask, language, word):
    with Busy(app) as full:
        answers = [full.test_client().post(REDEEM, headers={"Accept-Language": language}) for _ in range(2)]
    assert all(answer.get_json()["detail"].startswith(word) for answer in answers)
    names = [answer.get_json()["request_id"] for answer in answers]
    assert names == [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(names)) == 2


def test_health_is_answered_while_nobody_fits_and_the_place_is_free_afterwards(app: Flask):
    with Busy(app, "/v1/slow") as full:
        assert full.test_client().get("/healthz").status_code == HTTPStatus.OK
        assert full.test_client().get("/v1/support").status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert app.test_client().get("/v1/support").status_code != HTTPStatus.SERVICE_UNAVAILABLE


@pytest.mark.parametrize(
    ("full_of", "turned_away", "let_in"),
    [("/v1/slow", "/v1/activations", REDEEM), ("/v1/licenses/validate", REDEEM, "/v1/activations")],
)
def test_a_storm_on_the_hot_paths_takes_no_place_from_others_nor_they_from_it(app: Flask, full_of, turned_away, let_in):
    with Busy(app, full_of) as full:
        assert full.test_client().post(turned_away).status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert full.test_client().post(let_in).status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def test_a_page_that_does_not_fit_is_turned_away_by_the_entrance_with_the_headers_of_its_answers(app: Flask):
    with Busy(app) as full:
        answer = full.test_client().post(REDEEM, data=b"x", headers={"Origin": "https://shop.example"})
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.headers["Vary"] == "Origin"
    assert answer.get_json()["code"] == "try_again"


def test_who_was_turned_away_is_counted(app: Flask):
    token = {"Authorization": "Bearer metrics-token-of-the-tests"}

    def turned_away() -> float:
        told = app.test_client().get("/metrics", headers=token).get_data(as_text=True).splitlines()
        return float(next(line for line in told if line.startswith("prolong_turned_away_total ")).split()[1])

    with Busy(app) as full:
        before = turned_away()
        full.test_client().post(REDEEM)
        assert turned_away() == before + 1


@dataclass(slots=True)
class Head:
    """The head of a request as the server's protocol gives it."""

    path: str
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"


def test_before_anything_of_it_is_read_only_what_finds_no_place_and_is_no_page_is_turned_away(app: Flask):
    def early(full: Flask, path: str, method: str = "POST", **headers: str) -> int | None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        refusal = admission_of(full).refusal(Head(path, named, method))
        return None if refusal is None else refusal.status

    with Busy(app) as full:
        assert early(full, REDEEM) is None, "what is said is not known yet, and the database may be asked for it"
        assert full.test_client().post(REDEEM).status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert early(full, REDEEM) == HTTPStatus.SERVICE_UNAVAILABLE
        assert early(full, REDEEM, content_length="70000") is None, "it is for a thread, and those have places"
        assert early(full, REDEEM, method="GET") is None, "it is a list, for a thread"
        assert early(full, REDEEM, transfer_encoding="chunked") is None
        assert early(full, REDEEM, origin="https://shop.example") is None
        assert early(full, "/v1/activations") is None
        assert early(full, "/healthz") is None
    assert early(app, REDEEM) is None


@pytest.mark.parametrize("language", ["en", "uk"])
def test_who_is_turned_away_unread_is_told_what_everybody_is_told(app: Flask, language):
    asked = {"X-Request-Id": "mine", "Accept-Language": language}
    with Busy(app) as full:
        late = full.test_client().post(REDEEM, headers=asked)
        early = admission_of(full).refusal(Head(REDEEM, {name.lower(): value for name, value in asked.items()}))
    assert early == (late.status_code, list(late.headers), late.data)
