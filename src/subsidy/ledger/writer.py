"""The one writer: requests wait in a bounded queue, and a batch of them is one transaction, synced before any answer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from ..errors import Problem, ServiceError, SubsidyError
from . import tables as t
from .batch import Batch, Entry, Request
from .notes import Checkpoint, Signer
from .stores import Store
from .tree import Tiles

BATCH: Final = 64
WAITING: Final = 1024
Decide = Callable[[Batch], list[Entry]]


@dataclass(slots=True)
class Job:
    """One request: how it is decided, and who waits for where its entry stands."""

    request: Request | None
    decide: Decide
    done: Future[int] = field(default_factory=Future)
    signers: tuple[Signer, ...] = ()  # in the place of the writer's own, from this batch on


class Writer:
    """A thread that decides and commits. `submit` may be called from any thread.

    Args:
        mark: who writes, as the ledger's head has it; found replaced, it stops.
    """

    def __init__(self, store: Store, origin: str, signer: Signer, mark: str) -> None:
        self.store, self.origin, self.mark = store, origin, mark
        self.signer = signer
        self._queue: queue.Queue[Job | None] = queue.Queue(WAITING)
        self._fault: SubsidyError | None = None
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> Future[int]:
        """Queue a request.

        Raises:
            ServiceError: too many wait already, or the writer has stopped.
        """
        if self._fault is not None or not self._thread.is_alive():
            raise self._fault or ServiceError(Problem.of("S0304", self.store.shown, detail="closed"))
        try:
            self._queue.put_nowait(job)
        except queue.Full:
            raise ServiceError(Problem.of("S0201", "ledger", limit=str(WAITING), seconds="1")) from None
        return job.done

    def close(self) -> None:
        """Decide what is queued, and stop."""
        self._queue.put(None)
        self._thread.join()

    @property
    def is_alive(self) -> bool:
        """Whether requests are still decided."""
        return self._thread.is_alive() and self._fault is None

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            jobs = [first]
            stop = False
            while len(jobs) < BATCH:
                try:
                    job = self._queue.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    stop = True
                    break
                jobs.append(job)
            self._commit(jobs)
            if stop:
                return

    def _commit(self, jobs: list[Job]) -> None:
        """Decide a batch and commit it; each job is told only when its entry is on disk."""
        answers: dict[int, int | SubsidyError] = {}
        try:
            with self.store.writing() as connection:
                size, mark = connection.execute(select(t.HEAD.c.size, t.HEAD.c.writer).with_for_update()).one()
                if mark != self.mark:
                    self._fault = ServiceError(Problem.of("S0303", self.store.shown))
                    raise self._fault
                batch = Batch(connection, size, Tiles(connection, size))
                for index, job in enumerate(jobs):
                    try:
                        answers[index] = _decided(batch, job)
                    except SubsidyError as error:
                        answers[index] = error
                if batch.entries:
                    signers = next((job.signers for job in jobs if job.signers), (self.signer,))
                    note = Checkpoint(self.origin, batch.next, batch.tiles.root).signed(signers)
                    batch.write()
                    connection.execute(t.CHECKPOINTS.insert().values(size=batch.next, note=note))
        except DBAPIError as error:
            self._resolve(jobs, error)
            return
        except Exception as error:  # noqa: BLE001 — whatever it is, nobody waits for ever, and nothing is acknowledged
            for job in jobs:
                job.done.set_exception(error)
            return
        for index, job in enumerate(jobs):
            found = answers[index]
            if isinstance(found, int):
                job.done.set_result(found)
            else:
                job.done.set_exception(found)

    def _resolve(self, jobs: list[Job], error: DBAPIError) -> None:
        """A commit whose end is not known: what is there was committed, the rest was not, and is for its caller to retry."""
        fault = ServiceError(Problem.of("S0304", self.store.shown, detail=type(error.orig).__name__))
        found: dict[int, int] = {}
        try:
            with self.store.reading() as connection:
                size = connection.scalar(select(t.HEAD.c.size)) or 0
                batch = Batch(connection, size, Tiles(connection, size))
                for index, job in enumerate(jobs):
                    there = batch.answered(job.request) if job.request else None
                    if job.request and there and there[0] == job.request.fingerprint:
                        found[index] = there[1]
        except DBAPIError:
            found = {}
        for index, job in enumerate(jobs):
            if index in found:
                job.done.set_result(found[index])
            else:
                job.done.set_exception(fault)


def _decided(batch: Batch, job: Job) -> int:
    """Where the entry of a request stands: that of an earlier one with the same id and content, or a new one.

    Raises:
        RequestError, FactsError: it is refused, and leaves no trace.
    """
    from ..errors import RequestError

    if job.request is not None:
        there = batch.answered(job.request)
        if there is not None:
            if there[0] != job.request.fingerprint:
                raise RequestError(Problem.of("R0512", "request", given=job.request.id, entry=str(there[1])))
            return there[1]
    position = -1
    for entry in job.decide(batch):
        position = batch.add(entry)
    return position


def become_writer(store: Store, mark: str) -> None:
    """Write into the head who writes from now on."""
    with store.writing() as connection:
        connection.execute(update(t.HEAD).values(writer=mark))
