"""When a message that was not taken is sent again: sooner at first, then seldom, for three days."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

_SECONDS: Final = (5, 30, 120, 600, 1800)
_HOURS: Final = (1, 2, 4, 8, 12, 12, 12, 12, 9)
DELAYS: Final = (*(timedelta(seconds=n) for n in _SECONDS), *(timedelta(hours=n) for n in _HOURS))
LONGEST_WAIT: Final = timedelta(hours=12)
GIVE_UP: Final = timedelta(days=3)
_SPREAD: Final = 0.1


def wait(attempts: int, jitter: float, retry_after: timedelta | None = None) -> timedelta | None:
    """How long to wait after the `attempts`-th attempt failed, or None when it was the last.

    `jitter` from 0 to 1 lengthens the wait by up to a tenth, so that what failed together does not come back together;
    never shortens it, so that the last attempt is later than GIVE_UP after the first. A receiver may ask for longer.
    """
    if attempts > len(DELAYS):
        return None
    planned = DELAYS[attempts - 1] * (1 + _SPREAD * jitter)
    return max(planned, min(retry_after or planned, LONGEST_WAIT))


def retry_after(text: str | None, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for (RFC 9110, 10.2.3: seconds or a date); None for anything else."""
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) < 10:
        return timedelta(seconds=int(text))
    try:
        date = parsedate_to_datetime(text)
        return max((date if date.tzinfo else date.replace(tzinfo=UTC)) - now, timedelta())
    except (ValueError, OverflowError):
        return None
