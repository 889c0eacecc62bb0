"""Work that is shared out to several processes, and taken back in order."""

from __future__ import annotations

import gc
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, Final, Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")
_AHEAD: Final = 3  # chunks for each process that wait, so that none is idle and few are in memory
_ALONE: Final = 8_000  # entries, below which it is done before other processes have begun


def jobs_for(size: int, wanted: int | None = None) -> int:
    """How many processes are worth it."""
    return wanted or (1 if size < _ALONE else os.cpu_count() or 1)


class Crew:
    """Processes that work; with one job all is done in this one.

    Args:
        begin: called in each process, with `given`, before anything else.
    """

    def __init__(self, jobs: int, begin: Callable[..., None] | None = None, *given: Any) -> None:
        self.jobs = jobs
        self._pool = ProcessPoolExecutor(jobs, get_context("spawn"), _begun, (begin, given)) if jobs > 1 else None
        if self._pool is None and begin is not None:
            begin(*given)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def submit(self, work: Callable[..., R], *given: Any) -> Future[R]:
        """Begin something; what comes of it."""
        if self._pool is not None:
            return self._pool.submit(work, *given)
        done = Future[R]()
        try:
            done.set_result(work(*given))
        except Exception as error:  # noqa: BLE001 — it is raised where the result is asked for, as of a process
            done.set_exception(error)
        return done

    def in_order(self, work: Callable[..., R], tasks: Iterable[tuple[Any, ...]]) -> Iterator[R]:
        """What comes of each task, in their order; few of them are begun before they are asked for."""
        waiting = deque[Future[R]]()
        for task in tasks:
            waiting.append(self.submit(work, *task))
            if len(waiting) > self.jobs * _AHEAD * (self._pool is not None):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _begun(begin: Callable[..., None] | None, given: tuple[Any, ...]) -> None:
    gc.disable()  # what it makes holds no cycles, and is let go of with each task
    if begin is not None:
        begin(*given)
