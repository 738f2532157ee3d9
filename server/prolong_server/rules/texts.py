"""Short texts that people and programs hand in: names, reasons, addresses. What is kept can be shown on one line."""

import re
from typing import Final
from urllib.parse import urlsplit

# C0, C1, the separators of lines and paragraphs, and lone surrogates: PostgreSQL keeps no NUL, a log no line break.
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Neither comments nor literal addresses nor quoted parts (RFC 5322): no customer has them, and mail servers differ.
_EMAIL_SIGN: Final = r"[^@\s.()\[\]<>,;:\"\\]"
_EMAIL: Final = re.compile(rf"(?:{_EMAIL_SIGN}|\.){{1,64}}@{_EMAIL_SIGN}+(?:\.{_EMAIL_SIGN}+)*")
_CODE: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


def is_line(text: str, longest: int) -> bool:
    """Whether the text has 1 to `longest` characters, not only blanks, none of them a control character."""
    return 1 <= len(text) <= longest and not text.isspace() and not _UNPRINTABLE.search(text)


def is_email(text: str) -> bool:
    """Whether the text has the shape of a mail address; only a mail can tell whether there is one."""
    return is_line(text, 254) and _EMAIL.fullmatch(text) is not None


def is_web_address(text: str) -> bool:
    """Whether the text is an absolute http or https address without white space, of at most 2,000 characters."""
    if not is_line(text, 2000) or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_code_name(text: str) -> bool:
    """Whether the text can name a product or an edition: 1 to 64 ASCII letters, digits, and . _ - inside."""
    return _CODE.fullmatch(text) is not None


def origin(text: str) -> str | None:
    """A web origin (RFC 6454) in the spelling of browsers, such as https://shop.example; None for anything else."""
    lowered = text.lower()
    if not lowered.isascii() or not is_web_address(lowered):
        return None
    parts = urlsplit(lowered)
    return lowered if lowered == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc else None
