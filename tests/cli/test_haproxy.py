"""HAProxy as `docs/haproxy` sets it up: whom it turns away, what they are told, and what it hands on of the others."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from flask import Flask

from prolong_server.api.admission import FLAG
from tests import certificates, proxies
from tests.cli import echoing

pytestmark = pytest.mark.skipif(not proxies.is_installed(), reason="There is no HAProxy here: apt install haproxy")
REDEEM = "/v1/redemptions"
FORM = {"code": "7K2QX"}


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    """The port of an application that tells what it is asked."""
    with echoing.served("rsgi", "bridged") as port:
        yield port


@pytest.fixture(scope="module")
def front(upstream: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the proxy as documented."""
    with proxies.proxied(upstream, tmp_path_factory.mktemp("front")) as (port, _):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def full(upstream: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one without places."""
    with proxies.proxied(upstream, tmp_path_factory.mktemp("full"), most=0) as (port, _):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("accepted", ["en", "uk", "ru", "fr, uk;q=0.5", "de", None])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_finds_no_place_is_told_by_the_proxy_what_the_server_tells(full: str, app: Flask, accepted: str | None):
    headers = {"X-Request-Id": "mine"} | ({"Accept-Language": accepted} if accepted else {})
    usual = app.test_client().post(REDEEM, headers=headers, environ_overrides={FLAG: True})
    answer = httpx.post(full + REDEEM, json=FORM, headers=headers)
    assert answer.status_code == usual.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json() == usual.get_json()
    told = {name.lower(): value for name, value in usual.headers.items() if name != "Content-Length"}
    assert {name: answer.headers[name] for name in told} == told


@pytest.mark.parametrize("given", [None, 'x"y', "x" * 65, ""])
def test_who_gives_its_request_no_sound_name_is_given_one(full: str, given: str | None):
    answer = httpx.post(full + REDEEM, json=FORM, headers={} if given is None else {"X-Request-Id": given})
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"] != given
    assert len(answer.headers["X-Request-Id"]) == 36


@pytest.mark.parametrize("path", [REDEEM, "/v1/redemptions/check", "/v1/licenses/validate"])
def test_all_hot_paths_are_turned_away_and_nothing_else(full: str, path: str):
    assert httpx.post(full + path, json=FORM).status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert httpx.get(full + path).status_code == HTTPStatus.OK
    assert httpx.post(f"{full}{path}/other", json=FORM).status_code == HTTPStatus.OK


def test_a_page_is_left_to_the_server_which_knows_what_a_browser_must_be_told(full: str):
    assert httpx.post(full + REDEEM, json=FORM, headers={"Origin": "https://shop.example"}).status_code == HTTPStatus.OK


def test_health_and_everything_else_are_let_through(full: str):
    for path in ("/healthz", "/v1/orders", "/"):
        assert httpx.get(full + path).status_code == HTTPStatus.OK


def test_while_there_are_places_nobody_is_turned_away(front: str):
    told = httpx.post(front + REDEEM, json=FORM).json()
    assert (told["PATH_INFO"], json.loads(told["body"])) == (REDEEM, FORM)


def test_what_a_client_says_of_its_own_address_counts_for_nothing(front: str):
    claimed = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "evil.example"}
    told = httpx.get(front + "/v1/support", headers=claimed | {"Host": "licenses.example"}).json()
    assert told["HTTP_X_FORWARDED_FOR"] == "127.0.0.1"
    assert told["HTTP_X_FORWARDED_PROTO"] == "https"
    assert told["HTTP_X_FORWARDED_HOST"] == told["HTTP_HOST"] == "licenses.example"


def test_metrics_and_readiness_stay_inside(front: str):
    for path in ("/metrics", "/readyz", "/%6Detrics", "/metrics?x"):
        assert httpx.get(front + path).status_code == HTTPStatus.NOT_FOUND


def test_the_file_is_valid_as_it_stands_with_tls(tmp_path: Path):
    folder = tmp_path / "certs"
    folder.mkdir()
    certificates.written(folder, "licenses.example")
    assert proxies.is_valid(folder)
