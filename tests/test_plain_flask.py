"""A request finds the same route as with Flask itself."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.test import create_environ

from prolong_server.plain_flask import PlainFlask

BAD_HOST = "a" * 64 + ".example"
HOSTS = st.sampled_from(
    ["localhost", "LOCALHOST:80", "renew.example:8443", "[::1]:80", "bücher.example", "", "a b", BAD_HOST]
)
PATHS = st.sampled_from(["/", "/v1/one", "/v1/one/", "/v1/two/ж", "/v1/two/%2F", "/v1/no", "/v1/two/a/b"])


def founded(kind: type[Flask]) -> Flask:
    """An application with some routes."""
    app = kind(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    app.add_url_rule("/v1/one", "one", methods=["POST"])
    app.add_url_rule("/v1/two/<name>", "two", methods=["GET", "PUT"])
    return app


PLAIN, USUAL = founded(PlainFlask), founded(Flask)


def found(app: Flask, environ: dict[str, Any]) -> tuple[object, ...]:
    """The route, what was read of the address, and the host; or what was refused."""
    with app.request_context(environ) as context:
        asked = context.request
        refused = type(asked.routing_exception).__name__ if asked.routing_exception else None
        adapter = context.url_adapter
        url = adapter.build("two", {"name": "x"}, force_external=True) if adapter else None
        return asked.endpoint, asked.view_args, asked.host, refused, url


@given(HOSTS, PATHS, st.sampled_from(["GET", "POST", "OPTIONS"]), st.sampled_from(["http", "https"]))
@example("localhost", "/v1/one", "POST", "http")
@example(BAD_HOST, "/v1/one", "POST", "http")
def test_route_host_and_refusal_are_those_of_flask(host, path, method, scheme):
    environ = create_environ(path, method=method) | {"wsgi.url_scheme": scheme, "HTTP_HOST": host}
    assert found(PLAIN, dict(environ)) == found(USUAL, dict(environ))


@pytest.mark.parametrize("environ", [{"SERVER_NAME": "::1", "SERVER_PORT": "8000"}, {"SCRIPT_NAME": "/prefix"}])
def test_without_a_host_and_below_a_prefix_it_is_the_same_too(environ):
    asked = create_environ("/v1/two/x") | environ
    if "SERVER_NAME" in environ:
        del asked["HTTP_HOST"]
    assert found(PLAIN, dict(asked)) == found(USUAL, dict(asked))


def test_who_asks_for_a_web_socket_is_answered_plainly():
    environ = create_environ("/v1/two/x") | {"HTTP_CONNECTION": "Upgrade", "HTTP_UPGRADE": "websocket"}
    assert found(PLAIN, dict(environ))[:2] == ("two", {"name": "x"})
    with USUAL.request_context(dict(environ)) as usual:
        assert isinstance(usual.request.routing_exception, HTTPException)


@pytest.mark.parametrize("path", ["//v1/one", "///v1/two/x", "//"])
def test_what_begins_with_more_than_one_slash_is_not_found(path):
    with PLAIN.request_context(create_environ("/v1/one") | {"PATH_INFO": path}) as context:
        assert context.request.endpoint is None
        assert isinstance(context.request.routing_exception, NotFound)
