"""A bar on standard error for work that takes its time; standard output stays for what scripts read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

Step = Callable[[int, int], None]


@contextmanager
def bar(what: str) -> Iterator[Step]:
    """Show a bar while the block runs; it is told `step(done, total)`."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


@contextmanager
def counted(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar while the block runs; it is told how much each part has added to what is done of `total`."""
    with bar(what) as step:
        done = 0

        def add(part: int) -> None:
            nonlocal done
            done += part
            step(done, total)

        yield add
