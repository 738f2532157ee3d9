"""A dealer's order is placed once, and a list of codes is whole, whatever becomes of the wire."""

import copy
import json
import pickle
import shutil

import httpx
import pytest

import prolong
from prolong import Dealer, Unreachable, refusals
from tests.sdk import dealing
from tests.sdk.dealing import ORDER, Cutting, Losing
from tests.sdk.script import problem

MADE = {
    **ORDER,
    "id": "ord_1",
    "unit_price": "24.50",
    "total": "73.50",
    "currency": "EUR",
    "status": "issued",
    "counts": {"issued": 3, "redeemed": 0, "voided": 0},
    "created_at": "2026-04-01T10:00:00Z",
    "novel": [1],
}
LIST = b"code\r\nAAAAA\r\n"
CSV = {"Content-Type": "text/csv; charset=utf-8"}


@pytest.fixture
def database_url(sqlite_template, tmp_path):
    """Of the server, one database is enough here."""
    shutil.copy(sqlite_template, tmp_path / "prolong.db")
    return f"sqlite:///{tmp_path / 'prolong.db'}"


@pytest.fixture
def token(shop):
    return shop.token(shop.dealer())


def keys(asked):
    return {request.headers["idempotency-key"] for request in asked}


def test_an_order_whose_answer_is_lost_after_the_server_has_committed_is_placed_once(shop, token):
    wire = Losing(httpx.WSGITransport(shop.app), 2)
    with dealing.dealer(shop, token, wire) as dealer:
        made = dealer.order(**ORDER)
        assert (made.replayed, len(wire.asked), len(keys(wire.asked))) == (True, 3, 1)
        assert list(dealer.orders()) == [dealer.show(made)]
        assert str(dealer.account().balance) == "-73.50"


def test_an_order_that_stays_in_doubt_carries_the_key_that_settles_it(shop, token):
    wire = Losing(httpx.WSGITransport(shop.app), 5)
    with dealing.dealer(shop, token, wire) as dealer:
        with pytest.raises(prolong.OutcomeUnknown) as caught:
            dealer.order(**ORDER)
        key = caught.value.idempotency_key
        assert keys(wire.asked) == {key}
        assert key
        assert key not in str(caught.value)
        assert "idempotency_key" in caught.value.advice
        made = dealer.order(**ORDER, idempotency_key=key)
        assert made.replayed
        assert [one.id for one in dealer.orders()] == [made.id]
        with pytest.raises(refusals.IdempotencyKeyReused):
            dealer.order(**{**ORDER, "quantity": 4}, idempotency_key=key)


def test_two_orders_without_a_key_are_two_orders(shop, token):
    with dealing.dealer(shop, token) as dealer:
        assert dealer.order(**ORDER).id != dealer.order(**ORDER).id


def test_the_key_in_doubt_survives_copying_and_pickling():
    first = prolong.OutcomeUnknown("lost", "key-1")
    for twin in (copy.copy(first), pickle.loads(pickle.dumps(first))):
        assert (str(twin), twin.idempotency_key) == ("lost", "key-1")


def test_an_order_that_is_still_being_carried_out_is_waited_for():
    dealer, asked = dealing.scripted(problem(409, "still_running"), httpx.Response(201, json=MADE))
    assert dealer.order(**ORDER).id == "ord_1"
    assert len(keys(asked)) == 1


@pytest.mark.parametrize(
    "then", [problem(429, "rate_limited"), httpx.ConnectError("away"), problem(401, "unauthenticated")]
)
def test_what_stops_a_repetition_says_nothing_of_the_attempt_before(then):
    dealer, _ = dealing.scripted(httpx.ReadError("reset"), then)
    with pytest.raises(prolong.OutcomeUnknown) as caught:
        dealer.order(**ORDER)
    assert caught.value.idempotency_key


def test_an_order_that_is_still_running_at_the_deadline_is_unknown():
    dealer, _ = dealing.scripted(problem(409, "still_running"), timeout=0.3)
    with pytest.raises(prolong.OutcomeUnknown):
        dealer.order(**ORDER)


def test_an_order_that_was_never_sent_is_no_doubt():
    dealer, _ = dealing.scripted(httpx.ConnectError("away"))
    with pytest.raises(prolong.Unreachable):
        dealer.order(**ORDER)


@pytest.mark.parametrize("answer", [{}, {**MADE, "total": "NaN"}, {**MADE, "total": 73.5}, {**MADE, "total": "much"}])
def test_an_answer_that_cannot_be_read_leaves_an_order_unknown(answer):
    dealer, _ = dealing.scripted(httpx.Response(201, json=answer))
    with pytest.raises(prolong.OutcomeUnknown) as caught:
        dealer.order(**ORDER)
    assert caught.value.idempotency_key


@pytest.mark.parametrize("key", ["", "x" * 256, "line\nbreak", "ключ"])
def test_a_key_that_is_none_is_refused_before_anything_is_sent(key):
    dealer, asked = dealing.scripted(httpx.Response(201, json=MADE))
    with pytest.raises(ValueError, match="idempotency key"):
        dealer.order(**ORDER, idempotency_key=key)
    assert asked == []


def test_an_endpoint_whose_secret_was_lost_on_the_way_is_told_to_be_made_again(shop, token):
    wire = Losing(httpx.WSGITransport(shop.app), 1)
    with dealing.dealer(shop, token, wire) as dealer:
        with pytest.raises(refusals.IdempotencyResultSecret) as caught:
            dealer.create_endpoint("https://hooks.example/prolong", ["order.issued"])
        assert "Delete" in caught.value.advice
        [made] = dealer.endpoints()
        wire.times, wire.chosen = 1, lambda request: request.method == "DELETE"
        dealer.delete_endpoint(made.id)
        assert list(dealer.endpoints()) == []


def test_a_change_in_doubt_says_to_look_before_it_is_repeated():
    dealer, _ = dealing.scripted(httpx.ReadError("reset"))
    for work in (lambda: dealer.void("ord_1", "all"), lambda: dealer.confirm("ord_1")):
        with pytest.raises(prolong.OutcomeUnknown, match="Look at how things stand"):
            work()


@pytest.mark.parametrize("suffix", ["csv", "json", "xlsx"])
def test_a_list_that_was_cut_off_is_fetched_again(shop, token, tmp_path, suffix):
    wire = Cutting(shop, 2, 20)
    with dealing.dealer(shop, token, wire) as dealer:
        order = dealer.order(**ORDER)
        told = []
        path = dealer.download(order, tmp_path / f"codes.{suffix}", lambda done, _: told.append(done))
        assert (next(wire.downloads), told[-1]) == (3, path.stat().st_size)
        assert (
            path.read_bytes() == dealer.download(order, tmp_path / f"again.{suffix}").read_bytes() or suffix == "xlsx"
        )


def test_a_list_that_is_never_whole_leaves_no_file(shop, token, tmp_path):
    folder = tmp_path / "lists"
    folder.mkdir()
    with dealing.dealer(shop, token, Cutting(shop, 99, 20)) as dealer:
        order = dealer.order(**ORDER)
        with pytest.raises(prolong.Unreachable):
            dealer.download(order, folder / "codes.csv")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, headers={"Content-Type": "text/html"}, content=b"<h1>Welcome to the hotel</h1>"),
        httpx.Response(200, json={"codes": []}),
        httpx.Response(302, headers={"Location": "https://elsewhere.test"}),
        httpx.Response(200, headers={**CSV, "Content-Length": "99"}, content=LIST),
    ],
)
def test_what_is_no_list_is_never_kept_as_one(tmp_path, answer):
    dealer, _ = dealing.scripted(answer)
    with pytest.raises(prolong.Unreachable):
        dealer.download("ord_1", tmp_path / "codes.csv")
    assert list(tmp_path.glob("*codes*")) == []


class Unmeasured(httpx.BaseTransport):
    """Answers with a list whose end is told by nothing but the end of the connection, or by its last chunk."""

    def __init__(self, **headers):
        self.headers = headers

    def handle_request(self, _):
        told = [("Content-Type", "text/csv"), *((name.replace("_", "-"), text) for name, text in self.headers.items())]
        return httpx.Response(200, headers=told, stream=dealing.Stream([LIST], 99))


def test_a_list_of_unknown_length_is_taken_only_if_its_end_is_told(tmp_path):
    told = []
    with Dealer("https://server.test", dealing.TOKEN, transport=Unmeasured(transfer_encoding="chunked")) as dealer:
        path = dealer.download("ord_1", tmp_path / "codes.csv", lambda *numbers: told.append(numbers))
    assert (path.read_bytes(), told) == (LIST, [(len(LIST), None)])
    with Dealer("https://server.test", dealing.TOKEN, transport=Unmeasured()) as dealer, pytest.raises(Unreachable):
        dealer.download("ord_1", tmp_path / "others.csv")
    assert not (tmp_path / "others.csv").exists()


def test_a_server_that_is_busy_is_asked_again_for_a_list(tmp_path):
    good = httpx.Response(200, headers=CSV, content=LIST)
    dealer, asked = dealing.scripted(problem(503, "try_again"), problem(429, "rate_limited"), good)
    assert dealer.download("ord_1", tmp_path / "codes.csv").read_bytes() == LIST
    assert len(asked) == 3


def test_a_refused_list_is_refused_at_once(tmp_path):
    dealer, asked = dealing.scripted(problem(410, "codes_no_longer_available"))
    with pytest.raises(refusals.CodesNoLongerAvailable):
        dealer.download("ord_1", tmp_path / "codes.csv")
    dealer, _ = dealing.scripted(problem(429, "rate_limited"))
    with pytest.raises(refusals.RateLimited):
        dealer.download("ord_1", tmp_path / "codes.csv")
    assert len(asked) == 1


def test_a_file_that_cannot_be_written_is_told_before_codes_are_asked_for(tmp_path):
    dealer, asked = dealing.scripted(httpx.Response(200, headers=CSV, content=LIST))
    with pytest.raises(FileNotFoundError):
        dealer.download("ord_1", tmp_path / "nowhere" / "codes.csv")
    with pytest.raises(ValueError, match=r"\.csv"):
        dealer.download("ord_1", tmp_path / "codes.txt")
    assert asked == []


def test_whoever_watches_may_stop_a_download_and_nothing_is_left(tmp_path):
    dealer, _ = dealing.scripted(httpx.Response(200, headers=CSV, content=LIST))

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dealer.download("ord_1", tmp_path / "codes.csv", stop)
    assert list(tmp_path.glob("*codes*")) == []


@pytest.mark.parametrize("page", [{}, {"items": {}}, {"items": [{"id": 1}]}, {"items": [], "next_cursor": "same"}])
def test_a_list_that_cannot_be_read_or_never_ends_is_no_list(page):
    dealer, _ = dealing.scripted(httpx.Response(200, json=page))
    with pytest.raises(prolong.Unreachable):
        list(dealer.orders())


def test_every_attempt_of_an_order_is_the_same_to_the_byte():
    dealer, asked = dealing.scripted(httpx.ReadError("reset"), httpx.Response(201, json=MADE))
    assert dealer.order(**ORDER, reference="ПО-7").quantity == 3
    assert len({request.content for request in asked}) == 1
    assert json.loads(asked[0].content)["reference"] == "ПО-7"
