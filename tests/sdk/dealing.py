"""A dealer's client at the real server in process, and wires that lose what comes back."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx

from prolong import Dealer
from tests.api.shop import Shop

ORDER: dict[str, Any] = {
    "kind": "renewal",
    "product": "shield",
    "edition": "home",
    "period_years": 1,
    "seats": 1,
    "quantity": 3,
}
TOKEN = "plt_test_canary0000000000000000000000"
Spoil = Callable[[httpx.Response], httpx.Response]


def dealer(shop: Shop, token: str, transport: httpx.BaseTransport | None = None, **changes: Any) -> Dealer:
    """A client of the shop with this token."""
    wire = transport or httpx.WSGITransport(shop.app)
    return Dealer("https://renew.example", token, transport=wire, **{"timeout": 20.0, **changes})


def scripted(*answers: httpx.Response | Exception, **changes: Any) -> tuple[Dealer, list[httpx.Request]]:
    """A client whose server gives these answers in turn, the last one again and again, and what it was asked."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        told = answers[min(len(asked), len(answers)) - 1]
        if isinstance(told, Exception):
            raise told
        return httpx.Response(told.status_code, headers=told.headers, content=told.content)

    made = Dealer("https://server.test", TOKEN, transport=httpx.MockTransport(answer), **{"timeout": 20.0, **changes})
    return made, asked


class Losing(httpx.BaseTransport):
    """Hands every request on; the first `times` answers to those that `chosen` picks are lost on the way back."""

    def __init__(self, through: httpx.BaseTransport, times: int) -> None:
        self.through, self.times = through, times
        self.chosen: Callable[[httpx.Request], bool] = lambda _: True
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        answer = self.through.handle_request(request)
        self.asked.append(request)
        if self.chosen(request) and self.times > 0:
            self.times -= 1
            answer.read()
            raise httpx.ReadError("reset by peer", request=request)
        return answer


class Stream(httpx.SyncByteStream):
    """So many bytes of a body, and then nothing more."""

    def __init__(self, parts: Iterable[bytes], most: int) -> None:
        self.parts, self.most = parts, most

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            yield part[: self.most]
            self.most -= len(part)
            if self.most <= 0:
                return

    def close(self) -> None:
        if isinstance(self.parts, httpx.SyncByteStream):
            self.parts.close()


class Cutting(httpx.BaseTransport):
    """Ends the first `times` lists of codes after so many bytes, as a wire that does not notice would."""

    def __init__(self, shop: Shop, times: int, most: int) -> None:
        self.through, self.times, self.most = httpx.WSGITransport(shop.app), times, most
        self.downloads = itertools.count()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.through.handle_request(request)
        if not request.url.path.endswith("/codes") or next(self.downloads) >= self.times:
            return answer
        assert isinstance(answer.stream, httpx.SyncByteStream)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=Stream(answer.stream, self.most))
