"""The background jobs: what is done, and how often a worker looks whether there is something to do.

Each job does one bounded batch per call, and is safe beside any number of others by the rows that it takes. Whoever
makes work for another job stands before it, so that one round in this order leaves nothing behind.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from prolong_server.call import Call
from prolong_server.channel import postings, reminders, sealed_codes
from prolong_server.cli import job_log
from prolong_server.config import Settings
from prolong_server.modules import retention, returns
from prolong_server.operations import (
    audit_chain,
    idempotency,
    mail,
    mail_transports,
    outbound,
    webhook_secrets,
    webhooks,
)

MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE
# For a job whose one batch is all that there is.
WHOLE: Final = sys.maxsize


@dataclass(frozen=True, slots=True)
class Job:
    """`run(call)` does one batch and tells how many things it did; from `full` on it is asked again at once.

    `every` is the pause in seconds when a batch was not full.
    """

    name: str
    every: float
    run: Callable[[Call], int]
    full: int = 1


def of(settings: Settings) -> tuple[Job, ...]:
    """All jobs, in the order in which one round does them; letters are sent only where the settings name a way out."""
    transport = mail_transports.of(settings)
    by_mail = transport is not None
    deliver = partial(
        webhooks.deliver,
        post=outbound.client(settings.webhook_networks),
        mails=by_mail,
        report=partial(job_log.failed, "webhooks.deliver"),
    )
    letters = () if transport is None else (Job("mail.send", 5.0, partial(mail.send, transport=transport)),)
    return (
        Job("sealed_codes.destroy_overdue", HOUR, sealed_codes.destroy_overdue),
        Job("idempotency.purge", HOUR, idempotency.purge),
        Job("postings.post", 5 * MINUTE, postings.post),
        Job("reminders.remind", HOUR, partial(reminders.remind, by_mail=by_mail)),
        Job("reminders.purge", HOUR, reminders.purge),
        Job("transfer_requests.remind_of_returns", HOUR, returns.remind),
        Job("transfer_requests.withdraw_abandoned", HOUR, retention.withdraw_abandoned),
        Job("transfer_requests.purge", HOUR, partial(retention.purge, kept_days=settings.requests_kept_days)),
        Job("scans.sweep", HOUR, partial(retention.sweep, directory=settings.scans), full=WHOLE),
        Job("webhooks.dispatch", 1.0, webhooks.dispatch),
        Job("webhooks.deliver", 1.0, deliver),
        Job("webhooks.purge", HOUR, webhooks.purge),
        Job("webhook_secrets.reseal", HOUR, webhook_secrets.reseal),
        *letters,
        Job("mail.purge", HOUR, mail.purge),
        Job("audit_chain.seal", 5.0, audit_chain.seal, full=audit_chain.BATCH),
    )
