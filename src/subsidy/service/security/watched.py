"""Files that are read again once they change; where the new ones are no good, the old ones stay."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Final, Generic, TypeVar

from ...errors import Problem
from ..calls import LOG
from ..rereading import Mark, Refused, mark

_TURN: Final = 0.2  # seconds between two looks: a look at a file takes as long as the rest of a check
T = TypeVar("T")


class Watched(Generic[T]):
    """What some files say, as of the last time that they could be read.

    Args:
        paths: the files.
        read: reads them all.
        told: is told whenever they were read again, and whether they were taken.

    Raises:
        SubsidyError: as `read` does, the first time.
    """

    def __init__(
        self, paths: Sequence[Path], read: Callable[[], T], told: Callable[[bool], None] = lambda _: None
    ) -> None:
        self._paths, self._read, self._refused = tuple(paths), read, Refused(_words, told)
        self._lock, self._again = Lock(), 0.0
        self._seen = self._marks()
        self._value = read()

    def now(self) -> T:
        """What they say now, or did a moment ago. Those that cannot be read are told to the log, and change nothing."""
        if (at := time.monotonic()) >= self._again:
            self._again = at + _TURN
            return self.look()
        return self._value

    def look(self, *, is_told: bool = False) -> T:
        """What they say now.

        Args:
            is_told: what was refused is tried again at once.
        """
        with self._lock:
            marks = self._marks()
            if marks != self._seen or self._refused.is_due(is_told):
                self._seen = marks
                self._read_again()
            return self._value

    def _read_again(self) -> None:
        try:
            self._value = self._read()
        except Exception as error:  # noqa: BLE001 – whoever asks goes on with what was read before, whatever it is
            self._refused.add(error)
        else:
            self._refused.clear()
            LOG.warning("read again: %s", ", ".join(path.name for path in self._paths))

    def _marks(self) -> tuple[Mark | None, ...]:
        return tuple(map(_mark, self._paths))


def _mark(path: Path) -> Mark | None:
    try:
        return mark(path)
    except OSError:
        return None


def _words(problem: Problem) -> str:
    return f"{problem.where}; what was read before stays: {problem.message('en')}"
