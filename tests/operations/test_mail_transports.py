"""Letters over real sockets: servers that take, refuse, put off, hang up; with TLS, with passwords; into a folder."""

import asyncio
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd import smtp
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from prolong_server.config import MailSecurity, MailServer
from prolong_server.operations import mail_messages
from prolong_server.operations.mail_messages import Letter, Parcel
from prolong_server.operations.mail_transports import Folder, LineDown, NotTaken, Smtp, Undeliverable
from tests import certificates
from tests.room import NOW
from tests.waiting import PATIENCE

SENDER = Address("Soft", "renewal", "soft.example")
TO = "olena@example.org"


class Taking:
    """A mail server's mind: it keeps what comes, or answers as it was told."""

    def __init__(self, sender: str = "250 OK", recipient: str = "250 OK", data: str = "250 OK") -> None:
        self.answers = (sender, recipient, data)
        self.taken: list[tuple[str, list[str], bytes]] = []
        self.hangs_up = 0

    async def handle_MAIL(  # noqa: N802 - as the library calls it
        self, server: Any, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if self.answers[0].startswith("250"):
            envelope.mail_from = address
        return self.answers[0]

    async def handle_RCPT(  # noqa: N802 - as the library calls it
        self, server: Any, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if self.answers[1].startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answers[1]

    async def handle_DATA(  # noqa: N802 - as the library calls it
        self, server: Any, session: Session, envelope: Envelope
    ) -> str:
        if self.answers[2].startswith("250"):
            self.taken.append((envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b""))
        if self.hangs_up:
            self.hangs_up -= 1
            server.transport.close()
        return self.answers[2]


@contextmanager
def serving(mind: Taking, ssl_context: ssl.SSLContext | None = None, **told: Any) -> Iterator[MailServer]:
    """A mail server on a port of its own, which ends when the block does."""
    loop = asyncio.new_event_loop()
    making = loop.create_server(lambda: smtp.SMTP(mind, loop=loop, **told), "127.0.0.1", 0, ssl=ssl_context)
    server = loop.run_until_complete(making)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield MailServer("localhost", server.sockets[0].getsockname()[1], MailSecurity.PLAIN)
    finally:
        asyncio.run_coroutine_threadsafe(closed(server), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def closed(server: asyncio.Server) -> None:
    """Stop listening, and end the conversations that are still going on."""
    server.close()
    talking = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in talking:
        task.cancel()
    await asyncio.gather(*talking, return_exceptions=True)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost with its key, signed by itself."""
    return certificates.written(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def message(to: str = TO, number: int = 7) -> EmailMessage:
    letter = Letter("Ваша ліцензія", "Добрий день!\n.\nthe end\n")
    return mail_messages.written(Parcel(to, "uk", letter), number, NOW, SENDER)


def send(server: MailServer, to: str = TO, trust: ssl.SSLContext | None = None) -> None:
    with Smtp(SENDER, server, trust).opened() as line:
        line.deliver(message(to))


def test_a_server_gets_the_letter_whole_with_its_envelope():
    mind = Taking()
    with serving(mind) as server:
        send(server)
    ((sender, to, content),) = mind.taken
    assert (sender, to) == ("renewal@soft.example", [TO])
    read = message_from_bytes(content, policy=SMTP)
    assert read["Subject"].replace("\N{NO-BREAK SPACE}", " ") == "Ваша ліцензія"
    assert read.get_content().splitlines() == ["Добрий день!", ".", "the end"]


def test_many_letters_go_over_one_line():
    mind = Taking()
    with serving(mind) as server, Smtp(SENDER, server).opened() as line:
        for _ in range(3):
            line.deliver(message())
    assert len(mind.taken) == 3


@pytest.mark.parametrize(
    ("mind", "failure", "told"),
    [
        (Taking(recipient="550 no such user olena@example.org"), Undeliverable, "550"),
        (Taking(recipient="450 greylisted"), NotTaken, "450"),
        (Taking(data="554 no thanks"), Undeliverable, "554"),
        (Taking(data="452 full"), NotTaken, "452"),
        (Taking(sender="550 who are you"), NotTaken, "550"),
        (Taking(recipient="421 closing"), NotTaken, "421"),
    ],
)
def test_a_refusal_is_for_good_or_for_now_and_tells_no_address(mind, failure, told):
    with serving(mind) as server, pytest.raises(failure) as refused:
        send(server)
    assert str(refused.value) == told


def test_after_a_refusal_the_line_takes_the_next_letter():
    mind = Taking(recipient="550 no")
    with serving(mind) as server, Smtp(SENDER, server).opened() as line:
        with pytest.raises(Undeliverable):
            line.deliver(message())
        mind.answers = ("250 OK",) * 3
        line.deliver(message())
    assert len(mind.taken) == 1


def test_a_server_that_is_not_there_is_a_line_that_is_down():
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        server = MailServer("127.0.0.1", unheard.getsockname()[1], MailSecurity.PLAIN)
        with pytest.raises(LineDown, match="ConnectionRefusedError"):
            send(server)


def test_a_server_that_hangs_up_before_its_answer_leaves_the_outcome_open_and_the_second_copy_bears_the_same_id():
    mind = Taking()
    mind.hangs_up = 1
    with serving(mind) as server:
        with pytest.raises(LineDown):
            send(server)
        send(server)
    first, second = (message_from_bytes(content, policy=SMTP) for _, _, content in mind.taken)
    assert first["Message-ID"] == second["Message-ID"]


def test_starttls_carries_the_password_and_the_letter(tls, trust):
    mind = Taking()
    seen = []

    def admit(_server: Any, _session: Any, _envelope: Any, _mechanism: str, told: LoginPassword) -> AuthResult:
        seen.append((told.login, told.password))
        return AuthResult(success=True)

    with serving(mind, tls_context=tls, require_starttls=True, authenticator=admit) as server:
        send(MailServer("localhost", server.port, MailSecurity.STARTTLS, "us", "secret"), trust=trust)
    assert seen == [(b"us", b"secret")]
    assert len(mind.taken) == 1


def test_without_starttls_where_it_is_needed_no_password_and_no_letter_is_sent():
    mind = Taking()
    with serving(mind) as server, pytest.raises(LineDown, match="SMTPNotSupportedError"):
        send(MailServer("localhost", server.port, MailSecurity.STARTTLS, "us", "secret"))
    assert mind.taken == []


def test_a_server_that_nobody_vouches_for_gets_nothing(tls):
    mind = Taking()
    with serving(mind, tls_context=tls) as server, pytest.raises(LineDown, match="SSLCertVerificationError"):
        send(MailServer("localhost", server.port, MailSecurity.STARTTLS))
    assert mind.taken == []


def test_tls_from_the_first_byte(tls, trust):
    mind = Taking()
    with serving(mind, ssl_context=tls) as server:
        send(MailServer("localhost", server.port, MailSecurity.TLS), trust=trust)
    assert len(mind.taken) == 1


def test_a_wrong_password_is_a_line_that_is_down():
    deny = lambda *_: AuthResult(success=False, handled=False)  # noqa: E731 - said where it is used
    mind = Taking()
    admitting = serving(mind, auth_require_tls=False, authenticator=deny)
    with admitting as server, pytest.raises(LineDown, match="SMTPAuthenticationError 535"):
        send(MailServer("localhost", server.port, MailSecurity.PLAIN, "us", "wrong"))


def test_a_domain_of_other_letters_is_written_in_ascii():
    mind = Taking()
    with serving(mind) as server:
        send(server, "olena@приклад.укр")
    assert mind.taken[0][1] == ["olena@xn--80aikifvh.xn--j1amh"]


def test_a_folder_keeps_each_letter_in_a_file_of_its_own_for_this_user_alone(tmp_path):
    folder = Folder(SENDER, tmp_path / "data" / "mail")
    with folder.opened() as line:
        line.deliver(message(number=7))
        line.deliver(message(number=7))
        line.deliver(message(number=8))
    files = sorted((tmp_path / "data" / "mail").iterdir())
    assert [file.name for file in files] == ["0000000000000007.eml", "0000000000000008.eml"]
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 2
    assert message_from_bytes(files[0].read_bytes(), policy=SMTP)["To"] == TO


def test_a_folder_that_cannot_be_is_a_line_that_is_down(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LineDown), Folder(SENDER, tmp_path / "file").opened():
        pass
