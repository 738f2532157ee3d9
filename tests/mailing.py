"""A way out for letters that keeps them, or answers as a test wants."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage

from prolong_server.operations.mail_transports import LineDown


@dataclass
class Way:
    """A way out that takes letters, or answers each with the next of `answers`."""

    sender: Address = field(default_factory=lambda: Address("Soft", "renewal", "soft.example"))
    answers: list[Exception | None] = field(default_factory=list)
    is_up: bool = True
    taken: list[EmailMessage] = field(default_factory=list)

    @contextmanager
    def opened(self) -> Iterator["Way"]:
        if not self.is_up:
            raise LineDown("ConnectionRefusedError")
        yield self

    def deliver(self, message: EmailMessage) -> None:
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.taken.append(message)
