"""How a letter leaves the house: to a mail server (RFC 5321), or as a file into a folder, for demos and tests."""

import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Protocol

from prolong_server.config import MailSecurity, MailServer, Settings

SECONDS: Final = 20.0
_PERMANENT: Final = 500


class Undeliverable(Exception):
    """This letter will never go out; the text is a word or an SMTP status for operators, never an address."""


class NotTaken(Exception):
    """The mail server does not take this letter now; the text is its SMTP status."""


class LineDown(Exception):
    """The mail server cannot be spoken to now, for this letter or any other; the text names the failure."""


class Line(Protocol):
    """An open way out."""

    def deliver(self, message: EmailMessage) -> None:
        """Hand over one message to the one whom it names. Raises Undeliverable, NotTaken or LineDown."""


class Transport(Protocol):
    """A way out: whose name letters bear, and a line for a number of them."""

    @property
    def sender(self) -> Address:
        """Whom letters come from."""

    def opened(self) -> AbstractContextManager[Line]:
        """A line, closed at the end. Raises LineDown."""


def of(settings: Settings) -> Transport | None:
    """The way out that the settings name; None where no mail is to be sent."""
    if settings.mail_to is None or settings.mail_from is None:
        return None
    if isinstance(settings.mail_to, Path):
        return Folder(settings.mail_from, settings.mail_to)
    return Smtp(settings.mail_from, settings.mail_to)


@dataclass(frozen=True, slots=True)
class Folder:
    """Each letter becomes a file named by its Message-ID, for this user alone; sent again it is the same file."""

    sender: Address
    directory: Path

    @contextmanager
    def opened(self) -> Iterator[Line]:
        """The folder, made if it is not there. Raises LineDown."""
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as failure:
            raise LineDown(type(failure).__name__) from failure
        yield self

    def deliver(self, message: EmailMessage) -> None:
        """Write the message. Raises LineDown."""
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        half = self.directory / f".{name}"
        try:
            with open(half, "wb", opener=_privately) as file:
                file.write(message.as_bytes())
            half.replace(self.directory / f"{name}.eml")
        except OSError as failure:
            raise LineDown(type(failure).__name__) from failure


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server, as `PROLONG_SMTP_URL` names it; certificates are verified by those that the system trusts."""

    sender: Address
    server: MailServer
    trust: ssl.SSLContext | None = None

    @contextmanager
    def opened(self) -> Iterator[Line]:
        """A line on which we are known to the server. Raises LineDown."""
        try:
            client = _connected(self.server, self.trust or ssl.create_default_context())
        except (smtplib.SMTPException, OSError, ValueError) as failure:
            raise LineDown(_told(failure)) from failure
        try:
            yield SmtpLine(client, self.sender.addr_spec)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                client.quit()


@dataclass(frozen=True, slots=True)
class SmtpLine:
    """An open line to a mail server."""

    client: smtplib.SMTP
    sender: str

    def deliver(self, message: EmailMessage) -> None:
        """Hand over one message. Raises Undeliverable, NotTaken or LineDown."""
        to = message["To"].addresses[0].addr_spec
        try:
            self.client.send_message(message, self.sender, [to])
        except smtplib.SMTPRecipientsRefused as refused:
            raise _refusal(refused.recipients[to][0]) from refused
        except smtplib.SMTPSenderRefused as refused:
            # That we may not write is for the operator to mend, and no fault of the letter.
            raise NotTaken(str(refused.smtp_code)) from refused
        except smtplib.SMTPResponseException as refused:
            raise _refusal(refused.smtp_code) from refused
        except (smtplib.SMTPException, OSError) as failure:
            raise LineDown(_told(failure)) from failure


def _connected(server: MailServer, trust: ssl.SSLContext) -> smtplib.SMTP:
    if server.security is MailSecurity.TLS:
        client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=trust)
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    try:
        if server.security is MailSecurity.STARTTLS:
            client.starttls(context=trust)
        if server.user is not None:
            client.login(server.user, server.password or "")
    except BaseException:
        client.close()
        raise
    return client


def _refusal(status: int) -> Undeliverable | NotTaken:
    return Undeliverable(str(status)) if status >= _PERMANENT else NotTaken(str(status))


def _told(failure: Exception) -> str:
    status = getattr(failure, "smtp_code", None)
    return type(failure).__name__ if status is None else f"{type(failure).__name__} {status}"
