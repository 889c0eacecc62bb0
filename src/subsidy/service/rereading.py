"""What files that are read again have in common: whether one changed, and what was refused until it is mended."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ..errors import Problem, SubsidyError
from .calls import LOG, TRACE, told

AGAIN: Final = 60.0  # seconds after which it is tried once more: what is wrong need not be in the file, as a clock
Mark = tuple[int, int, int, int]


def mark(file: Path) -> Mark:
    """What is another once a file was written, replaced, or given to others.

    Raises:
        OSError: there is none.
    """
    found = file.stat()
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


class Refused:
    """Whether what was last read is no good. It is told to the log once, and tried again by and by.

    Args:
        words: a line of the log for one problem.
        counted: is told of every reading whether it was taken.
    """

    def __init__(self, words: Callable[[Problem], str], counted: Callable[[bool], None]) -> None:
        self._words, self._counted = words, counted
        self._said: list[str] | None = None
        self._again = 0.0

    def is_due(self, is_told: bool) -> bool:
        """Whether to try again what was refused: when told to, or once enough time is over."""
        return self._said is not None and (is_told or time.monotonic() >= self._again)

    def add(self, error: Exception) -> None:
        """It was read, and is no good, whatever the reason."""
        is_ours = isinstance(error, SubsidyError)
        said = [self._words(each) for each in error.problems] if isinstance(error, SubsidyError) else [told(error)]
        for line in said if said != self._said else ():
            LOG.error("%s", line) if is_ours else LOG.error("internal error", extra={TRACE: line})
        self._said, self._again = said, time.monotonic() + AGAIN
        self._counted(False)

    def clear(self) -> None:
        """It was read, and taken."""
        self._said = None
        self._counted(True)
