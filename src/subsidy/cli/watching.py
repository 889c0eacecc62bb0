"""A bar for long work, with the rate and the time left; nothing where nobody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..text import Text


@contextmanager
def watching(what: Text, *, hidden: bool) -> Iterator[Callable[[int, int | None], None]]:
    """What is to be told how much is done, of how much; None where nobody knows."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.progress import TimeRemainingColumn as Left
    from rich.text import Text as Cell

    class Rate(ProgressColumn):
        """Rows a second."""

        def render(self, task: Task) -> Cell:
            return Cell(f"{task.speed:.0f}/s" if task.speed else "")

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), Left())
    with Progress(*columns, console=console, transient=True, disable=hidden or not console.is_terminal) as bar:
        task = bar.add_task(f"{what.zh} · {what.en}", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
