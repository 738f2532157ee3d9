"""`prolong orders`: what a dealer does from a terminal or a script, and that neither tells a token or a code."""

import contextlib
import io
import json
import shutil
import sys

import httpx
import pytest

from prolong import Dealer, OutcomeUnknown, cli
from prolong_server.access import dealer_tokens
from prolong_server.access.dealer_tokens import TokenSpec
from prolong_server.config import Settings
from prolong_server.rules.actors import Scope
from tests.conftest import key_text
from tests.sdk import dealing, proxy, served
from tests.sdk.dealing import Losing

PLACE = ["place", "--kind", "renewal", "--product", "shield", "--edition", "home", "--period-years", "1"]
PLACE = [*PLACE, "--seats", "1", "--quantity", "3"]


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """Of the server, one database is enough here."""
    shutil.copy(sqlite_template, tmp_path / "prolong.db")
    return f"sqlite:///{tmp_path / 'prolong.db'}"


@pytest.fixture
def token(shop, monkeypatch):
    made = shop.token(shop.dealer())
    monkeypatch.setenv("PROLONG_TOKEN", made)
    return made


@pytest.fixture(scope="module")
def house(sqlite_template, tmp_path_factory):
    """A server in a process of its own, started before the tests' retries go without pauses."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(sqlite_template, folder / "prolong.db")
    settings = Settings(
        database_url=f"sqlite:///{folder / 'prolong.db'}",
        data_dir=folder,
        base_url="https://renew.example",
        secret_keys=(key_text(b"s"),),
        code_keys=(key_text(b"c"),),
        signing_keys=(key_text(b"k"),),
    )
    with served.house(settings) as made:
        yield made


class Quiet(httpx.BaseTransport):
    """To the server in this process, whose log would else be printed among the answers."""

    def __init__(self, shop):
        self.through = httpx.WSGITransport(shop.app)

    def handle_request(self, request):
        with contextlib.redirect_stdout(io.StringIO()):
            answer = self.through.handle_request(request)
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.read())


@pytest.fixture
def orders(shop, token, capsys):
    """Run a command to its end: its exit code, what it answered and what it told the person."""

    def run(*words, transport=None, server="https://renew.example"):
        wire = transport or Quiet(shop)
        capsys.readouterr()
        done = cli.main(["orders", words[0], "--server", server, *map(str, words[1:])], transport=wire)
        shown = capsys.readouterr()
        assert token not in shown.out + shown.err
        return done, shown.out, shown.err

    return run


def as_json(orders, *words):
    done, out, err = orders(*words, "--json")
    assert err == "" or done
    return done, json.loads(out)


def test_a_dealer_places_lists_shows_downloads_confirms_and_voids(orders, tmp_path):
    done, made = as_json(orders, *PLACE, "--reference", "PO-7")
    assert (done, made["total"], made["counts"], made["reference"]) == (
        0,
        "73.50",
        {"issued": 3, "redeemed": 0, "voided": 0},
        "PO-7",
    )
    name, file = made["id"], tmp_path / "codes.csv"
    assert as_json(orders, "list") == (0, {"orders": [made]})
    assert as_json(orders, "list", "--limit", "0") == (0, {"orders": []})
    assert as_json(orders, "show", name) == (0, made)
    done, told = as_json(orders, "download", name, file)
    assert (done, told) == (0, {"order": name, "file": str(file), "bytes": file.stat().st_size})
    assert file.stat().st_mode & 0o777 == 0o600
    assert as_json(orders, "confirm", name)[1]["status"] == "confirmed"
    done, voided = as_json(orders, "void", name, "--all")
    assert (done, voided["voided"], voided["order"]["counts"]["voided"]) == (0, 3, 3)


def test_a_person_reads_lines(orders, tmp_path):
    done, out, err = orders(*PLACE, "--shelf-life-days", "30")
    assert (done, err) == (0, "")
    assert "3 x shield home renewal, 73.50 EUR" in out
    assert "good through" in out
    name = out.split()[0]
    assert orders("list")[1].startswith(name)
    assert f"prolong orders confirm {name}" in orders("download", name, tmp_path / "codes.xlsx")[1]
    assert orders("void", name, "--all")[1].startswith("Voided: 3\n")


def test_codes_go_in_by_a_pipe_or_a_file_and_come_out_by_their_first_group_only(orders, tmp_path, monkeypatch):
    name, file = as_json(orders, *PLACE)[1]["id"], tmp_path / "codes.csv"
    orders("download", name, file)
    codes = file.read_text().split()[1:]
    monkeypatch.setattr(sys, "stdin", io.StringIO(codes[0].lower() + "\n"))
    done, out, err = orders("status", "--json")
    assert (done, json.loads(out)["state"]) == (0, "issued")
    monkeypatch.setattr(sys, "stdin", io.StringIO(codes[0] + "\n"))
    assert orders("void", name, "--codes", "-")[0] == 0
    done, rest, errors = orders("void", name, "--codes", file)
    assert (done, rest.startswith(f"Voided: 2\n{codes[0][:5]}-…: voided\n")) == (1, True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(codes[0] + "\n"))
    assert orders("status")[1].startswith(f"voided, order {name}\nissued ")
    assert [code for code in codes if code in out + err + rest + errors] == []
    (tmp_path / "empty").write_text("code\n\n")
    assert orders("void", name, "--codes", tmp_path / "empty")[0] == 2


def test_a_refusal_exits_with_one_and_tells_its_code(orders):
    done, out, err = orders(*PLACE[:-1], "999", "--json")
    assert (done, json.loads(out)["code"]) == (1, "credit_exceeded")
    assert err
    assert orders("show", "ord_0000000000000")[0] == 1


def test_a_field_that_is_wrong_is_named_with_the_number_of_the_request(orders):
    words = [*PLACE[:-1], "0"]
    code, _, err = orders(*words)
    assert (code, "\n  quantity: " in err, "Number of this request: " in err) == (1, True, True)
    code, out, _ = orders(*words, "--json")
    told = json.loads(out)
    assert (code, told["code"], "quantity" in told["errors"]) == (1, "invalid_request", True)
    assert told["request_id"]
    assert told["advice"]


def test_an_order_in_doubt_tells_the_key_and_is_placed_once_when_it_is_repeated_with_it(shop, orders):
    done, out, err = orders(*PLACE, "--json", transport=Losing(Quiet(shop), 5))
    told = json.loads(out)
    assert (done, told["code"]) == (1, "OutcomeUnknown")
    key = told["idempotency_key"]
    assert f"--idempotency-key {key}" in err
    done, made = as_json(orders, *PLACE, "--idempotency-key", key)
    assert (done, made["replayed"]) == (0, True)
    assert len(as_json(orders, "list")[1]["orders"]) == 1


class Stopped(httpx.BaseTransport):
    """The person presses Ctrl-C while the order is on its way."""

    def handle_request(self, _):
        raise KeyboardInterrupt


def test_a_person_who_stops_an_order_is_told_its_key(orders):
    done, _, err = orders(*PLACE, transport=Stopped())
    assert (done, "--idempotency-key" in err, "not known" in err) == (1, True, True)


def test_the_token_may_be_in_a_file_and_is_never_an_argument(orders, token, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("PROLONG_TOKEN")
    assert orders("list")[0] == 2
    file = tmp_path / "token"
    file.write_text(f"{token}\n")
    assert orders("list", "--token-file", file)[0] == 0
    assert orders("list", "--token-file", tmp_path / "absent")[0] == 1
    for words in (["--token", token], [f"--token={token}"]):
        with pytest.raises(SystemExit) as caught:
            orders("list", *words)
        assert caught.value.code == 2
        assert token not in capsys.readouterr().err


def test_progress_is_for_a_terminal_alone(orders, tmp_path, monkeypatch):
    name = as_json(orders, *PLACE)[1]["id"]
    assert orders("download", name, tmp_path / "a.csv")[2] == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert orders("download", name, tmp_path / "b.csv")[2].endswith(" MB 100 %\n")


@pytest.mark.parametrize("words", [[], ["dance"], ["show"], ["void", "ord_1"], ["download", "ord_1"], ["place"]])
def test_wrong_usage_exits_with_two(words, monkeypatch):
    monkeypatch.setenv("PROLONG_BASE_URL", "https://server.test")
    with pytest.raises(SystemExit) as caught:
        cli.main(["orders", *words])
    assert caught.value.code == 2


def test_a_file_of_another_kind_is_wrong_usage(orders, tmp_path):
    assert orders("download", "ord_1", tmp_path / "codes.txt")[0] == 2


def test_over_tcp_a_dealer_orders_once_through_a_line_that_loses_answers_and_downloads(house, tmp_path):
    with house.app.app_context():
        spec = TokenSpec("shop", tuple(Scope))
        _, token = dealer_tokens.create(served.called(house.app), house.stage.shop.dealer, spec)
    asked = {**dealing.ORDER, "quantity": 5000}
    with proxy.running(house.port, {"drop": 1, "reset": 1, "cut": 1}, seed=1) as line:
        away = Dealer(f"http://127.0.0.1:{line.port}", token, timeout=30)
        with away as dealer, pytest.raises(OutcomeUnknown) as caught:
            dealer.order(**asked)
    with Dealer(f"http://127.0.0.1:{house.port}", token, timeout=30) as dealer:
        order = dealer.order(**asked, idempotency_key=caught.value.idempotency_key)
        assert order.replayed
        assert list(dealer.orders()) == [dealer.show(order)]
        told = []
        path = dealer.download(order, tmp_path / "codes.csv", lambda done, total: told.append((done, total)))
        codes = path.read_text().split()[1:]
        assert (len(set(codes)), told[-1]) == (5000, (path.stat().st_size, path.stat().st_size))
        assert len(told) > 1
        assert dealer.confirm(order).status == "confirmed"
        assert dealer.status(codes[0]).order == order.id
