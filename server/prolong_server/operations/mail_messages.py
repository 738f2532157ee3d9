"""From a letter to a message as mail servers want it (RFC 5322, RFC 2045), and what of it waits sealed."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Self

from prolong_server.operations.mail_transports import Undeliverable


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says: its subject in one line, and its text, plain and if worthwhile as HTML."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A letter, to whom it goes, and its language."""

    to: str = field(repr=False)
    language: str
    letter: Letter

    def packed(self) -> bytes:
        """The parcel as it waits, still to be sealed."""
        letter = [self.letter.subject, self.letter.text, self.letter.html]
        return json.dumps([self.to, self.language, letter], ensure_ascii=False).encode()

    @classmethod
    def unpacked(cls, packed: bytes) -> Self:
        """The parcel that was packed so."""
        to, language, letter = json.loads(packed)
        return cls(to, language, Letter(*letter))


def written(parcel: Parcel, number: int, queued_at: datetime, sender: Address) -> EmailMessage:
    """The message of a parcel: each time the same, Message-ID and date too. Raises Undeliverable where none can be.

    A header with a line break in it is refused by the library, so no text can put a header of its own into the letter.
    """
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = sender
        message["To"] = _mailbox(parcel.to)
        message["Subject"] = _unbroken(parcel.letter.subject)
        message["Date"] = format_datetime(queued_at)
        message["Message-ID"] = f"<{number:016x}@{sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(parcel.letter.text)
        if parcel.letter.html is not None:
            message.add_alternative(parcel.letter.html, subtype="html")
        # Setting the content clears all headers that tell of it.
        message["Content-Language"] = parcel.language
    except (ValueError, IndexError, MessageError) as wrong:
        raise Undeliverable("not a mail address, or a subject of several lines") from wrong
    return message


def _unbroken(subject: str) -> str:
    """The subject with spaces that the library does not lose where it breaks an encoded line between two words."""
    return subject if subject.isascii() else subject.replace(" ", "\N{NO-BREAK SPACE}")


def _mailbox(to: str) -> Address:
    """The address as every mail server can read it: a domain of other letters in its ASCII form (RFC 3490)."""
    local, _, domain = to.rpartition("@")
    try:
        return Address(addr_spec=f"{local}@{domain.encode('idna').decode('ascii')}")
    except AttributeError:
        # The library trips over what looks like a literal address without an end, such as a@[x.
        raise ValueError("not a mail address") from None
