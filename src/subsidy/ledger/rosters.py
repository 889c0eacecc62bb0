"""Rosters: many claims of one policy under one batch id. Each is one request, named by what makes it one claim.

A request id stands in its entry for ever, so it is made of what stands for the identifiers, never of them: those that
the ledger does not know yet are named first, in an entry of their own.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from ..calculation.policy import Policy
from ..catalogue.digest import canonical
from ..errors import Problem, RequestError, SubsidyError
from ..language.types import Date, Id, Month
from ..policies import Catalogue
from .answers import Answer
from .batch import Batch, Entry
from .determining import Claim, determine, fingerprint_again
from .requests import asked
from .subjects import new_subject

WINDOW: Final = 256  # claims that wait for the writer at once
_NAMED: Final = 1000  # identifiers in one entry
_CHUNK: Final = 64  # claims that are looked at in one transaction, so that no writer waits long

Reading = Callable[[], AbstractContextManager[Batch]]


def natural_key(policy: Policy) -> tuple[str, ...]:
    """The facts that make two claims of a policy the same one: those of `once_per`, or all ids, dates and months."""
    facts = policy.program.facts
    if policy.program.once_per and all(name in facts for name in policy.program.once_per):
        return policy.program.once_per
    return tuple(name for name, fact in facts.items() if isinstance(fact.type, Id | Date | Month) and _is_stated(fact))


def _is_stated(fact: Any) -> bool:
    return fact.from_ledger is None and not fact.left_of and not fact.asked


@dataclass(frozen=True)
class Roster:
    """Claims of one policy that are determined together.

    Attributes:
        batch: the name of the roster, which the caller gives; the same one for a second attempt.
    """

    batch: str
    policy: Policy
    claims: Sequence[Claim]

    @property
    def key(self) -> tuple[str, ...]:
        """The facts by which its claims are told apart."""
        return natural_key(self.policy)

    def values(self, claim: Claim) -> tuple[str, ...]:
        """What makes a claim the one that it is, in clear."""
        return tuple(str(claim.facts.get(name, "")) for name in self.key)

    def request(self, claim: Claim, subject: Callable[[str], str | None]) -> str | None:
        """The request id of a claim; None where one of its identifiers is new to the ledger."""
        values = []
        for name, value in zip(self.key, self.values(claim), strict=True):
            found = subject(value) if value and isinstance(self.policy.program.facts[name].type, Id) else value
            if found is None:
                return None
            values.append(found)
        digest = hashlib.sha256(canonical([self.policy.id, *values])).hexdigest()
        return f"{self.batch}/{digest[:40]}"

    def identifiers(self) -> list[str]:
        """Every identifier by which its claims are told apart, once."""
        ids = [name for name in self.key if isinstance(self.policy.program.facts[name].type, Id)]
        found = (str(claim.facts.get(name, "")) for claim in self.claims for name in ids)
        return [each for each in dict.fromkeys(found) if each]


def checked(roster: Roster, catalogue: Catalogue, scope: str, reading: Reading) -> Iterator[int | SubsidyError | None]:
    """What would come of each claim: its entry where it has one, or why nothing can be determined; None if all is well.

    Nothing is recorded.
    """
    claims = iter(roster.claims)
    while chunk := list(islice(claims, _CHUNK)):
        with reading() as batch:
            found = [_checked(roster, batch, catalogue, scope, claim) for claim in chunk]
        yield from found  # when the transaction is over: who takes them may take long


def _checked(roster: Roster, batch: Batch, catalogue: Catalogue, scope: str, claim: Claim) -> int | SubsidyError | None:
    """The entry of a claim, or why it can have none; None where it has none yet."""
    request = roster.request(claim, batch.subject)
    there = batch.answered(asked(scope, "determine", request)) if request else None
    if request is None or there is None:
        try:
            determine(batch, catalogue, scope, claim, None)
        except SubsidyError as error:
            return error
        return None
    if there[0] != fingerprint_again(batch, claim, there[1]):
        return RequestError(Problem.of("R0707", "request", entry=str(there[1])))
    return there[1]


def requests(roster: Roster, claims: Iterable[Claim], reading: Reading) -> Iterator[str]:
    """The request ids of claims, all of whose identifiers are known by now."""
    rest = iter(claims)
    while chunk := list(islice(rest, _CHUNK)):
        with reading() as batch:
            found = [roster.request(claim, batch.subject) for claim in chunk]
        for each in found:
            assert each is not None
            yield each


def naming(batch: Batch, roster: Roster, scope: str) -> list[Entry]:
    """The entries that name every identifier of a roster that is new; none where all are known."""
    new = iter([(clear, *new_subject(clear)) for clear in roster.identifiers() if batch.subject(clear) is None])
    entries = []
    while some := tuple((subject, clear, salt) for clear, subject, salt in islice(new, _NAMED)):
        body = {
            "kind": "roster",
            "scope": scope,
            "batch": roster.batch,
            "policy": roster.policy.id,
            "subjects": [subject for subject, _, _ in some],
        }
        entries.append(Entry("roster", body, named=some))
    return entries


def answered(submitted: Iterable[Future[Answer]]) -> Iterator[Answer | SubsidyError]:
    """What comes of each request, in order; so many are submitted ahead that the writer always has a whole batch."""
    waiting: deque[Future[Answer]] = deque()
    for future in submitted:
        waiting.append(future)
        if len(waiting) >= WINDOW:
            yield _outcome(waiting.popleft())
    while waiting:
        yield _outcome(waiting.popleft())


def _outcome(future: Future[Answer]) -> Answer | SubsidyError:
    try:
        return future.result()
    except SubsidyError as error:
        return error
