"""How a test waits for what is certain to come: on a busy machine that takes minutes, on a quiet one a blink."""

from collections.abc import Callable

import stamina

#: Seconds. Only a test that fails waits as long as this.
PATIENCE = 300


@stamina.retry(on=AssertionError, attempts=None, timeout=PATIENCE, wait_initial=0.1, wait_max=1)
def until(holds: Callable[[], bool]) -> None:
    """Ask again and again until it holds. Raises AssertionError when patience is at its end."""
    assert holds()
