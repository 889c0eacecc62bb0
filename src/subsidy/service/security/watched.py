"""Files that are read again once they change; where the new ones are no good, the old ones stay."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from ...errors import SubsidyError

_LOG = logging.getLogger("subsidy.service")
_TURN = 0.2  # seconds between two looks: a look at a file takes as long as the rest of a check
T = TypeVar("T")
_Marks = tuple[tuple[int, int, int] | None, ...]


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
        self._paths, self._read, self._told = tuple(paths), read, told
        self._lock, self._again = Lock(), 0.0
        self._seen = self._marks()
        self._value = read()

    def now(self) -> T:
        """What they say now, or did a moment ago. Those that cannot be read are told to the log, and change nothing."""
        if (at := time.monotonic()) >= self._again:
            self._again = at + _TURN
            self.changed()
        return self._value

    def changed(self) -> T | None:
        """What they say, if it is something new; None where nothing changed, or what is there is no good."""
        if self._marks() == self._seen:
            return None
        with self._lock:
            marks = self._marks()
            if marks == self._seen:
                return None
            self._seen = marks
            try:
                self._value = self._read()
            except SubsidyError as error:
                for problem in error.problems:
                    _LOG.error("%s; what was read before stays: %s", problem.where, problem.message("en"))
                self._told(False)
                return None
        self._told(True)
        _LOG.warning("read again: %s", ", ".join(path.name for path in self._paths))
        return self._value

    def _marks(self) -> _Marks:
        return tuple(map(_mark, self._paths))


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
