"""What a rule can answer: nothing to say against it (None), a refusal unraised, or that it was done before."""

from collections.abc import Callable
from enum import Enum

from prolong_server.rules.errors import RedemptionRefusal
from prolong_server.rules.facts import Facts


class Replay(Enum):
    """The answer to something that was done before: the first answer again, and nothing changes."""

    RECEIPT = "receipt"
    ACTIVATION = "activation"
    ANOTHER_MACHINE = "another_machine"


Answer = RedemptionRefusal | Replay | None
Rule = Callable[[Facts], Answer]
