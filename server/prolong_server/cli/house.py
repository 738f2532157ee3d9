"""The house as the command line opens it: settings read, database bound, keys at hand, in the system's own name."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prolong_server import clock, config, create_app
from prolong_server import db as databases
from prolong_server.call import Call
from prolong_server.config import Settings, WrongSetting
from prolong_server.operations import readiness
from prolong_server.operations.keys import Holder
from prolong_server.rules.actors import SYSTEM


@dataclass(frozen=True, slots=True)
class House:
    """An open house: its settings and the holder of its keys."""

    settings: Settings
    keys: Holder

    def call(self, kind: str = "cli") -> Call:
        """A call by the system itself, now, named after its `kind`. Raises WrongSetting when a key is missing."""
        return Call(
            actor=SYSTEM,
            now=clock.now(),
            zone=self.settings.zone,
            issuer=self.settings.base_url,
            keys=self.keys.current(),
            random=os.urandom,
            request_id=f"{kind}-{secrets.token_hex(8)}",
        )


@contextmanager
def bare(settings: Settings) -> Iterator[None]:
    """The database bound, whatever its tables; for commands that make them."""
    make_data_dir(settings.data_dir)
    with create_app(settings).app_context():
        try:
            yield
        finally:
            for engine in databases.db.engines.values():
                engine.dispose()


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[House]:
    """The house with its newest tables and its keys. Raises WrongSetting where one of them is missing."""
    chosen = settings or config.read()
    with bare(chosen):
        readiness.require()
        yield House(chosen, holder(chosen))


def holder(settings: Settings) -> Holder:
    """The holder of this process's keys."""
    return Holder(settings, clock.now, os.urandom)


def make_data_dir(directory: Path) -> None:
    """Make the data directory, for this user alone, unless it is there. Raises WrongSetting."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        raise WrongSetting(
            f"The data directory {directory} cannot be made; name another in PROLONG_DATA_DIR."
        ) from None
