"""From the text of a code to the digests under which it may be stored, and what to do when there is none."""

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from prolong_server.call import Call
from prolong_server.keyring import KeysBehind
from prolong_server.operations import keys
from prolong_server.rules import digests, errors
from prolong_server.rules.codes import Code
from prolong_server.rules.errors import Refusal
from prolong_server.rules.vocabulary import LicenseClass


def digests_of(call: Call, code: Code) -> tuple[bytes, ...]:
    """The code's digest under each key of this process, the newest first."""
    return tuple(digests.of_code(code.symbols, key.secret, key.scheme) for key in call.keys.codes)


def contradicts(code: Code, license_class: LicenseClass) -> bool:
    """Whether a mark in front of the code (PRO, NFR) says another class than the code has: such a code is unknown."""
    return code.mark is not None and code.mark is not license_class


def unknown(known: frozenset[int], call: Call) -> Refusal:
    """The refusal for a code that was not found, where the database knows the code keys `known`.

    While it knows one that this process does not hold yet, nobody can say that a code is unknown.
    """
    return errors.CodeNotFound() if _holds(call, known) else KeysBehind(known)


def stop_if_behind(connection: Connection | Session, call: Call) -> None:
    """Raise KeysBehind while the database knows a code key that this process does not hold yet."""
    known = keys.code_key_ids(connection)
    if not _holds(call, known):
        raise KeysBehind(known)


def _holds(call: Call, known: frozenset[int]) -> bool:
    return known <= {key.id for key in call.keys.codes}
