"""Messages to addresses that others have named, so that nobody reaches into a private network by us.

A name is resolved once; every address that comes back is judged, and the connection goes to one of these very
addresses, so a name that changes its mind in between gains nothing. The certificate is verified against the name. There
are no redirections and no proxies, the answer's body is thrown away, and one limit holds for all of it.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpcore
import httpx

from prolong_server.rules import addresses, targets
from prolong_server.rules.addresses import Address, Network
from prolong_server.rules.events import DeliveryError
from prolong_server.rules.targets import Target

SECONDS: Final = 10.0
_LONGEST_BODY: Final = 64 * 1024
_MOST_ADDRESSES: Final = 4
_OK: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class Letter:
    """What to POST: the address, the headers, the body."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the HTTP status if there was an answer, `error` None for a success, its Retry-After header."""

    status: int | None = None
    error: DeliveryError | None = None
    retry_after: str | None = None


Post = Callable[[Letter], Outcome]
Resolve = Callable[[str, int], Iterable[str]]


class _Failed(Exception):
    def __init__(self, error: DeliveryError) -> None:
        super().__init__(error.value)
        self.error = error


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system's resolver gives them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


def client(networks: tuple[Network, ...] = (), resolve: Resolve = resolve, seconds: float = SECONDS) -> Post:
    """A way to post letters: to the public internet, and into the `networks` that the operator allows.

    It may be called by many threads at once, answers within `seconds` (a slow resolver may add to it), never raises for
    what the other side does.
    """
    tls = httpx.create_ssl_context()
    return lambda letter: _post(letter, networks, resolve, seconds, tls)


def _post(
    letter: Letter, networks: tuple[Network, ...], resolve: Resolve, seconds: float, tls: ssl.SSLContext
) -> Outcome:
    try:
        target = targets.read(letter.url, networks)
        return _exchange(letter, target, _Guard(target, networks, resolve, time.monotonic() + seconds), tls)
    except targets.Unfit:
        return Outcome(error=DeliveryError.ADDRESS_REFUSED)
    except _Failed as failure:
        return Outcome(error=failure.error)
    except httpcore.TimeoutException:
        return Outcome(error=DeliveryError.TIMEOUT)
    except httpcore.NetworkError:
        return Outcome(error=DeliveryError.CONNECTION_FAILED)
    except httpcore.ProtocolError:
        return Outcome(error=DeliveryError.BAD_ANSWER)


def _exchange(letter: Letter, target: Target, guard: "_Guard", tls: ssl.SSLContext) -> Outcome:
    url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
    headers = {"Host": target.authority, "Connection": "close", "Content-Length": str(len(letter.body))}
    connection = httpcore.HTTPConnection(url.origin, ssl_context=tls, network_backend=guard)
    # The limit is the guard's; the library only asks its streams for what it is given a timeout for.
    timeout = dict.fromkeys(("connect", "read", "write", "pool"), guard.left())
    sent = [*headers.items(), *letter.headers.items()]
    extensions = {"timeout": timeout}
    with (
        connection,
        connection.stream("POST", url, headers=sent, content=letter.body, extensions=extensions) as response,
    ):
        _throw_away(response)
        return _outcome(response)


def _throw_away(response: httpcore.Response) -> None:
    left = _LONGEST_BODY
    try:
        for chunk in response.iter_stream():
            left -= len(chunk)
            if left <= 0:
                break
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, _Failed):
        # The status has been said, and nothing else of the answer is of interest.
        return


def _outcome(response: httpcore.Response) -> Outcome:
    told = [value for name, value in response.headers if name.lower() == b"retry-after"]
    retry_after = told[0].decode("latin-1")[:40] if told else None
    return Outcome(response.status, _error(response.status), retry_after)


def _error(status: int) -> DeliveryError | None:
    if status in _OK:
        return None
    if status == httpx.codes.GONE:
        return DeliveryError.GONE
    by_family = {3: DeliveryError.REDIRECTED, 4: DeliveryError.REFUSED, 5: DeliveryError.SERVER_ERROR}
    return by_family.get(status // 100, DeliveryError.BAD_ANSWER)


class _Guard(httpcore.NetworkBackend):
    """The network of one exchange: it connects where the target may reach, and nothing lasts beyond its end."""

    def __init__(self, target: Target, networks: tuple[Network, ...], resolve: Resolve, end: float) -> None:
        self._target = target
        self._networks = networks
        self._resolve = resolve
        self._end = end

    def left(self) -> float:
        """The seconds that are left; a timeout when none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise _Failed(DeliveryError.TIMEOUT)
        return left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to one of the host's addresses, in the order of the resolver, if it may go to all of them."""
        failure: Exception = _Failed(DeliveryError.NAME_NOT_FOUND)
        for address in self._addresses(host, port)[:_MOST_ADDRESSES]:
            try:
                stream = httpcore.SyncBackend().connect_tcp(str(address), port, self.left())
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as refused:
                failure = refused
            else:
                return _Stream(stream, self)
        raise failure

    def _addresses(self, host: str, port: int) -> list[Address]:
        try:
            found = [addresses.parsed(text) for text in self._resolve(host, port)]
        except (OSError, UnicodeError):
            raise _Failed(DeliveryError.NAME_NOT_FOUND) from None
        except ValueError:
            raise _Failed(DeliveryError.ADDRESS_REFUSED) from None
        if not all(self._target.may_reach(address, self._networks) for address in found):
            raise _Failed(DeliveryError.ADDRESS_REFUSED)
        return found


class _Stream(httpcore.NetworkStream):
    """A connection whose every step has only what is left of the whole exchange's time."""

    def __init__(self, stream: httpcore.NetworkStream, guard: _Guard) -> None:
        self._stream = stream
        self._guard = guard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As the connection reads."""
        return self._stream.read(max_bytes, self._guard.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """As the connection writes."""
        self._stream.write(buffer, self._guard.left())

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The connection under TLS, its certificate verified against the name."""
        try:
            stream = self._stream.start_tls(ssl_context, server_hostname, self._guard.left())
        except httpcore.ConnectError:
            raise _Failed(DeliveryError.TLS_FAILED) from None
        return _Stream(stream, self._guard)

    def get_extra_info(self, info: str) -> object:
        """As the connection tells."""
        return self._stream.get_extra_info(info)
