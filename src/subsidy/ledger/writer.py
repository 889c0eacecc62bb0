"""The one writer: requests wait in a bounded queue; a batch of them is one transaction, synced before any answer."""

from __future__ import annotations

import datetime as dt
import json
import os
import queue
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ..errors import Problem, ServiceError, SubsidyError
from . import tables as t
from .answers import answer_at
from .batch import Batch, Known
from .jobs import Job
from .notes import Checkpoint, Signer
from .rows import insert_rows
from .stores import FAULTS, Store, name_of
from .tree import Tiles

BATCH: Final = 64
_PAUSE: Final = 0.001  # seconds
WAITING: Final = 1024
_PATIENCE: Final = 60.0  # seconds in which a request is decided; no call of the service may take longer
_STUCK: Final = 30.0  # of one batch, in which SQLite gives up too; then no more need wait behind it
_KEPT: Final = 200_000  # identifiers that are remembered
T = TypeVar("T")
_TRIED: Final = 256 * 1024  # bytes: no batch needs more room than a few of them
_NOBODY: Final = ""  # which is neither an identifier nor what stands for one
_HEAD: Final = select(t.HEAD.c.size, t.HEAD.c.writer).with_for_update()


class Writer:
    """A thread that decides and commits. `submit` may be called from any thread.

    Args:
        mark: who writes, as the ledger's head has it; found replaced, it stops.

    Attributes:
        failed: why the last commit failed; None where it did not.
    """

    def __init__(self, store: Store, origin: str, signer: Signer, mark: str) -> None:
        self.store, self.origin, self.mark = store, origin, mark
        self.signer = signer
        self._queue: queue.Queue[Job[Any] | None] = queue.Queue(WAITING)
        self._fault: SubsidyError | None = None
        self.failed: Problem | None = None
        self._began: float | None = None
        self._known = Known()
        self._tiles: Tiles | None = None
        self._unsure: Signer | None = None  # a key whose entry may be there, or may not
        self._gate, self._is_closed = threading.Lock(), False
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job[T]) -> Future[T]:
        """Queue a request.

        Raises:
            ServiceError: too many wait already, the database does not answer, or the writer has stopped.
        """
        if self.busy_for > _STUCK:
            raise self._unanswered(self.busy_for)
        with self._gate:
            if self._is_closed or self._fault is not None or not self._thread.is_alive():
                raise self._fault or ServiceError(Problem.of("S0304", self.store.shown, detail="closed"))
            try:
                self._queue.put_nowait(job)
            except queue.Full:
                raise ServiceError(Problem.of("S0201", "ledger", limit=str(WAITING), seconds="1")) from None
        return job.done

    def told(self, done: Future[T]) -> T:
        """What came of a request.

        Raises:
            SubsidyError: it is refused.
            ServiceError: nobody knows yet: it may be recorded still, so it is to be asked again under the same id.
        """
        try:
            return done.result(_PATIENCE)
        except TimeoutError:
            raise self._unanswered(_PATIENCE) from None

    def _unanswered(self, seconds: float) -> ServiceError:
        return ServiceError(Problem.of("S0304", self.store.shown, detail=f"{seconds:.0f} s"))

    def close(self) -> bool:
        """Decide what is queued, and stop; whether it came to its end, as it does where the database answers."""
        with self._gate:
            self._is_closed = True  # so that none comes behind the end, where nobody would decide it
        if self._thread.is_alive():
            with suppress(queue.Full):
                self._queue.put(None, timeout=_PATIENCE)
            self._thread.join(_PATIENCE)
        return not self._thread.is_alive()

    @property
    def is_alive(self) -> bool:
        """Whether requests are still decided."""
        return self._thread.is_alive() and self._fault is None

    @property
    def busy_for(self) -> float:
        """For how many seconds it has been at the same batch."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def try_again(self) -> Problem | None:
        """After a commit that failed, why another one would too: one without entries, in as much room.

        Without it, nobody would know that a fault has passed before somebody's claim is risked.
        """
        failed = self.failed
        if failed is None:
            return None
        try:
            with self.store.writing() as connection:
                connection.execute(_HEAD)
                connection.execute(insert(t.PERSONS).values(subject=_NOBODY, clear=_NOBODY, salt=os.urandom(_TRIED)))
                connection.execute(delete(t.PERSONS).where(t.PERSONS.c.subject == _NOBODY))
        except FAULTS as error:
            return Problem.of("S0304", self.store.shown, detail=name_of(error))
        if self.failed is failed:
            self.failed = None
        return None

    def _run(self) -> None:
        is_busy = False
        while (first := self._queue.get()) is not None:
            jobs = [first]
            stop = False
            if is_busy or self._queue.qsize():
                self._gather()
            while sum(job.size for job in jobs) < BATCH:
                try:
                    job = self._queue.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    stop = True
                    break
                jobs.append(job)
            self._began = time.monotonic()
            self._commit(jobs)
            self._began = None
            is_busy = len(jobs) > 1
            if stop:
                return

    def _gather(self) -> None:
        """Let callers hand in what they are about to: a commit takes as long for one request as for many."""
        before = -1
        while before < (before := self._queue.qsize()) < BATCH:
            time.sleep(_PAUSE)

    def _commit(self, jobs: list[Job[Any]]) -> None:
        """Decide a batch and commit it; each job is told only when its entry is on disk."""
        try:
            with self.store.writing() as connection:
                answers, tiles = self._answers(connection, jobs)
        except FAULTS as error:
            self._known.forget()
            self._resolve(jobs, error)
            return
        except Exception as error:  # noqa: BLE001 — whatever it is, nobody waits for ever, and nothing is acknowledged
            self._known.forget()
            for job in jobs:
                job.done.set_exception(error)
            return
        self._tiles, self.failed = tiles, None
        self.signer = next((job.signers[-1] for job in jobs if job.signers), self.signer)
        for job, found in zip(jobs, answers, strict=True):
            if isinstance(found, Exception):
                job.done.set_exception(found)
            else:
                job.done.set_result(found)

    def _answers(self, connection: Connection, jobs: list[Job[Any]]) -> tuple[list[Any], Tiles]:
        """What each job is told once the transaction is committed, and the tree as it is then."""
        size, mark = connection.execute(_HEAD).one()
        if mark != self.mark:
            self._fault = ServiceError(Problem.of("S0303", self.store.shown))
            raise self._fault
        if self._unsure is not None:
            self.signer = self._unsure if _signs_from(connection, self._unsure) is not None else self.signer
            self._unsure = None
        tiles = self._tiles if self._tiles is not None and self._tiles.size == size else Tiles(connection, size)
        tiles.connection, self._tiles = connection, None  # until it is committed, what it has is not known to be true
        batch = Batch(connection, size, tiles, self._known, now())
        if len(jobs) > 1:
            batch.expect_requests([job.asked for job in jobs if job.asked])
            batch.expect_identifiers([each for job in jobs for each in job.identifiers])
        decided: list[Any] = []
        for job in jobs:
            try:
                decided.append(job.decide(batch))
            except DBAPIError:
                raise
            except Exception as error:  # noqa: BLE001 — a fault of one claim is not a fault of the others
                decided.append(error)
        note = ""
        if batch.entries:
            signers = next((job.signers for job in jobs if job.signers), (self.signer,))
            note = Checkpoint(self.origin, batch.next, batch.tiles.root).signed(signers)
            batch.write()
            insert_rows(connection, t.CHECKPOINTS, [(batch.next, note)])
            if batch.erased or len(self._known.subjects) > _KEPT:
                self._known.forget()
        answers = [
            each if isinstance(each, Exception) else job.answer(batch, each, note)
            for job, each in zip(jobs, decided, strict=True)
        ]
        return answers, tiles

    def _resolve(self, jobs: list[Job[Any]], error: SQLAlchemyError) -> None:
        """A commit whose end is not known: what is there is committed; the rest is not, for its caller to retry."""
        self.failed = Problem.of("S0304", self.store.shown, detail=name_of(error))
        fault = ServiceError(self.failed)
        found: dict[int, Any] = {}
        self._unsure = next((job.signers[-1] for job in jobs if job.signers), self._unsure)
        try:
            with self.store.reading() as connection:
                size = connection.scalar(select(t.HEAD.c.size)) or 0
                batch = Batch(connection, size, Tiles(connection, size))
                for index, job in enumerate(jobs):
                    there = job.find(batch)
                    if there is not None:
                        found[index] = there
                    if job.signers and (at := _signs_from(connection, job.signers[-1])) is not None:
                        found[index], self.signer = answer_at(connection, at), job.signers[-1]
        except Exception:  # noqa: BLE001 — whatever it is, nobody waits for ever, and nothing is acknowledged
            found = {}
        for index, job in enumerate(jobs):
            if index in found:
                job.done.set_result(found[index])
            else:
                job.done.set_exception(fault)


def now() -> str:
    """The time in UTC, to the second."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _signs_from(connection: Connection, signer: Signer) -> int | None:
    """Where the entry of a key stands; None where it has none."""
    c = t.ENTRIES.c
    found = connection.execute(select(c.position, c.body).where(c.kind == "key"))
    return next((at for at, body in found if json.loads(body)["key"] == str(signer.verifier)), None)


def become_writer(store: Store, mark: str) -> None:
    """Write into the head who writes from now on."""
    with store.writing() as connection:
        connection.execute(update(t.HEAD).values(writer=mark))
