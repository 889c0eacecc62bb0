"""What the writer is asked: decided in its turn, and answered once that is on disk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, Generic, TypeVar

from ..errors import Problem, RequestError
from .answers import Answer, answer_at
from .batch import Batch, Entry
from .merkle import inclusion_proof
from .notes import Signer
from .requests import Asked

T = TypeVar("T")
Decide = Callable[[Batch], list[Entry]]
Fingerprint = Callable[[Batch, int], bytes]  # of a request, in the form of an entry that it may be a retry of


class Job(ABC, Generic[T]):
    """Something to be decided, and who waits for what comes of it.

    Attributes:
        asked: a request that is looked up together with those of other jobs.
        identifiers: texts that may be identifiers, looked up likewise.
        signers: they sign in the place of the writer's own key, from this batch on.
        size: how many requests it is.
    """

    asked: Asked | None = None
    identifiers: tuple[str, ...] = ()
    signers: tuple[Signer, ...] = ()
    size = 1

    def __init__(self) -> None:
        self.done: Final = Future[T]()

    @abstractmethod
    def decide(self, batch: Batch) -> Any:
        """Add entries to a batch; what `answer` takes.

        Raises:
            SubsidyError: it is refused, and leaves no trace.
        """

    @abstractmethod
    def answer(self, batch: Batch, decided: Any, note: str) -> T:
        """What is told, once the batch is on disk under a signed note."""

    @abstractmethod
    def find(self, batch: Batch) -> T | None:
        """What is told where nobody knows whether the batch was committed; None where it was not."""


class One(Job[Answer]):
    """One request.

    Args:
        asked: its id; None for what the ledger does for itself, which is never retried.
        entries: what records it.
        fingerprint: how a retry of it is known.
    """

    def __init__(
        self,
        asked: Asked | None,
        entries: Decide,
        fingerprint: Fingerprint = lambda _, __: b"",
        *,
        identifiers: tuple[str, ...] = (),
        signers: tuple[Signer, ...] = (),
    ) -> None:
        super().__init__()
        self.asked, self.identifiers, self.signers = asked, identifiers, signers
        self._entries, self._fingerprint = entries, fingerprint

    def decide(self, batch: Batch) -> int:
        return place_of(batch, self.asked, self._entries, self._fingerprint)

    def answer(self, batch: Batch, decided: int, note: str) -> Answer:
        if decided < batch.size:
            found = answer_at(batch.connection, decided)
            assert found is not None
            return found
        proof = inclusion_proof(decided, batch.next, batch.tiles.node, batch.hashes)
        entry, content = batch.entries[decided - batch.size]
        return Answer(decided, content, note, tuple(proof), entry.body)

    def find(self, batch: Batch) -> Answer | None:
        there = batch.answered(self.asked) if self.asked else None
        is_same = there is not None and there[0] == self._fingerprint(batch, there[1])
        return answer_at(batch.connection, there[1]) if there is not None and is_same else None


def place_of(batch: Batch, asked: Asked | None, entries: Decide, fingerprint: Fingerprint) -> int:
    """Where the entry of a request stands: that of an earlier one with the same id and content, or a new one.

    Raises:
        RequestError, FactsError: it is refused, and leaves no trace.
    """
    there = batch.answered(asked) if asked is not None else None
    if asked is not None and there is not None:
        if there[0] != fingerprint(batch, there[1]):
            raise RequestError(Problem.of("R0512", "request", given=asked.id, entry=str(there[1])))
        return there[1]
    position = -1
    for entry in entries(batch):
        position = batch.add(entry)
    return position
