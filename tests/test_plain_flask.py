"""A request finds the same route as with Flask itself."""

from functools import partial
from typing import Any

import pytest
from flask import Blueprint, Flask, Response
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
    """The route, what was read of the address, and the host; or what was refused. The second time it is the same."""
    first, second = (_found(app, dict(environ)) for _ in range(2))
    assert first == second
    return first


def _found(app: Flask, environ: dict[str, Any]) -> tuple[object, ...]:
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


def told(kind: type[Flask], path: str, answers: str | None) -> tuple[list[str], bytes]:
    """What was done around a request, in its order, and its answer; one of those before it may answer itself."""
    done: list[str] = []

    def before(name: str) -> str | None:
        done.append(f"before {name}")
        return f"by {name}" if name == answers else None

    def after(name: str, response: Response) -> Response:
        done.append(f"after {name}")
        return response

    app, pages = kind(__name__, static_folder=None), Blueprint("pages", __name__)
    for one, name in [(app, "first"), (pages, "own"), (app, "second"), (pages, "own too")]:
        one.before_request(partial(before, name))
        one.after_request(partial(after, name))
    app.add_url_rule("/plain", "plain", lambda: "plain")
    pages.add_url_rule("/page", "page", lambda: "page")
    app.register_blueprint(pages)
    return done, app.test_client().get(path).data


@pytest.mark.parametrize("path", ["/plain", "/page", "/nowhere"])
@pytest.mark.parametrize("answers", [None, "first", "second", "own"])
def test_what_is_done_before_and_after_a_request_is_done_in_the_order_of_flask(path, answers):
    assert told(PlainFlask, path, answers) == told(Flask, path, answers)
