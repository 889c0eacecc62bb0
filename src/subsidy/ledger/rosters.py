"""Rosters: many claims of one policy under one batch id. Each is one request, named by what makes it one claim.

A request id stands in its entry for ever, so it is made of what stands for the identifiers, never of them: those that
the ledger does not know yet are named first, in an entry of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from ..calculation.policy import Policy
from ..catalogue.digest import canonical_texts
from ..errors import Problem, RequestError, SubsidyError
from ..language import program as p
from ..language.types import Date, Id, Month
from ..policies import Catalogue
from .batch import Batch, Entry
from .determining import Claim, Prepared, decide, fingerprint_again, prepare, recorded
from .fitting import fitting
from .jobs import Job, place_of
from .reasons import problem_of
from .requests import Asked, asked
from .subjects import first_named, identifiers_of, new_subject

CHUNK: Final = 512  # claims that are determined in one transaction
_DIGITS: Final = 50  # of a request id, behind the name of the roster: at most a place and a digest
_FITTED: Final = 8_192  # claims that are looked at in columns at once
_CHECKED: Final = 256  # claims that are looked at in one transaction, so that no writer waits long

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

    def check_name(self, scope: str) -> None:
        """Refuse a name of which no request id can be made.

        Raises:
            RequestError: it is none.
        """
        asked(scope, "determine", f"{self.batch}/{'0' * _DIGITS}")

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The facts by which its claims are told apart."""
        return natural_key(self.policy)

    @cached_property
    def _ids(self) -> tuple[int, ...]:
        """Which of them are identifiers."""
        facts = self.policy.program.facts
        return tuple(index for index, name in enumerate(self.key) if isinstance(facts[name].type, Id))

    @cached_property
    def _facts(self) -> tuple[p.Fact, ...]:
        return tuple(self.policy.program.facts.values())

    def values(self, claim: Claim) -> tuple[str, ...]:
        """What makes a claim the one that it is, in clear."""
        return tuple([str(claim.facts.get(name, "")) for name in self.key])

    def request(self, claim: Claim, subject: Callable[[str], str | None]) -> str | None:
        """The request id of a claim; None where one of its identifiers is new to the ledger."""
        values = list(self.values(claim))
        for index in self._ids:
            found = subject(values[index]) if values[index] else ""
            if found is None:
                return None
            values[index] = found
        digest = hashlib.sha256(canonical_texts([self.policy.id, *values])).hexdigest()
        return f"{self.batch}/{first_named(values)}{digest[:40]}"

    def asked(self, claim: Claim, scope: str, batch: Batch) -> Asked | None:
        """The request of a claim; None where one of its identifiers is new to the ledger."""
        found = self.request(claim, batch.subject)
        return asked(scope, "determine", found) if found is not None else None

    def identifiers(self, claims: Iterable[Claim]) -> list[str]:
        """Every identifier in some claims, once."""
        return list(dict.fromkeys(each for claim in claims for each in identifiers_of(self._facts, claim.facts)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a row: its entry, the decision, the amount in CNY, and why it was refused."""

    position: int
    decision: str
    amount: str
    why: tuple[Problem, ...]


class Row(NamedTuple):
    """A claim of a roster, before it is decided.

    Attributes:
        asked: its request; None where one of its identifiers is new to the ledger.
        prepared: what it is decided by, or why it cannot be decided; None where it was determined before.
    """

    claim: Claim
    asked: Asked | None
    prepared: Prepared | SubsidyError | None


def looked_up(batch: Batch, catalogue: Catalogue, scope: str, roster: Roster, claims: Sequence[Claim]) -> list[Row]:
    """Claims with all that deciding them asks for, looked up at once and not one by one."""
    asked = [roster.asked(claim, scope, batch) for claim in claims]
    batch.expect_requests(each for each in asked if each is not None)
    batch.expect_entries([batch.requests[each][1] for each in asked if each in batch.requests])
    rows = [
        Row(claim, request, None if request in batch.requests else _prepared(batch, catalogue, scope, claim))
        for claim, request in zip(claims, asked, strict=True)
    ]
    said = [row.prepared.said for row in rows if isinstance(row.prepared, Prepared)]
    batch.expect_buckets(key for each in said for key in each.buckets())
    return rows


def _prepared(batch: Batch, catalogue: Catalogue, scope: str, claim: Claim) -> Prepared | SubsidyError:
    try:
        return prepare(batch, catalogue, scope, claim)
    except SubsidyError as error:
        return error


class Rows(Job[list[Outcome | SubsidyError]]):
    """Some claims of a roster, in order: in one transaction, each a request of its own."""

    def __init__(self, catalogue: Catalogue, scope: str, roster: Roster, claims: Sequence[Claim]) -> None:
        super().__init__()
        self.catalogue, self.scope, self.roster, self.claims = catalogue, scope, roster, claims
        self.size = len(claims)

    def decide(self, batch: Batch) -> list[int | SubsidyError]:
        identifiers = self.roster.identifiers(self.claims)
        batch.expect_identifiers(identifiers)
        naming = _naming(batch, self.roster, self.scope, identifiers)
        if naming is not None:
            batch.add(naming)
        rows = looked_up(batch, self.catalogue, self.scope, self.roster, self.claims)
        return [self._place(batch, row) for row in rows]

    def _place(self, batch: Batch, row: Row) -> int | SubsidyError:
        def entries(_: Batch) -> list[Entry]:
            if isinstance(row.prepared, SubsidyError):
                raise row.prepared
            prepared = row.prepared
            assert prepared is not None
            if prepared.named.new:  # of another version's facts: a row before this one may have named them by now
                prepared = prepare(batch, self.catalogue, self.scope, row.claim)
            found = recorded(batch, self.catalogue, self.scope, prepared, row.asked)
            if row.asked is None:  # without an id it would be determined again with each retry
                raise RequestError(Problem.of("R0520", "request", given="–"))
            return found

        try:
            return place_of(batch, row.asked, entries, lambda batch, at: fingerprint_again(batch, row.claim, at))
        except SubsidyError as error:
            return error

    def answer(self, batch: Batch, decided: list[int | SubsidyError], note: str) -> list[Outcome | SubsidyError]:  # noqa: ARG002 — proofs are asked for one by one
        return [_outcome(batch, each) if isinstance(each, int) else each for each in decided]

    def find(self, batch: Batch) -> list[Outcome | SubsidyError] | None:
        """Whole or not at all, as the transaction was; a row that was refused without a trace is asked again."""
        found: list[Outcome | SubsidyError] = []
        for claim in self.claims:
            request = self.roster.asked(claim, self.scope, batch)
            there = batch.answered(request) if request is not None else None
            if there is None or there[0] != fingerprint_again(batch, claim, there[1]):
                return None
            found.append(_outcome(batch, there[1]))
        return found


def _outcome(batch: Batch, position: int) -> Outcome:
    body = batch.head(position)  # its amount and reasons stand outside of its receipt
    return Outcome(position, body["decision"], body["amount"], tuple(map(problem_of, body["why"])))


def _naming(batch: Batch, roster: Roster, scope: str, identifiers: Sequence[str]) -> Entry | None:
    """The entry that names every identifier that is new; None where all are known."""
    new = [each for each in identifiers if batch.subject(each) is None]
    if not new:
        return None
    named = tuple((subject, clear, salt) for clear in new for subject, salt in [new_subject(clear, batch.next)])
    body = {
        "kind": "roster",
        "scope": scope,
        "batch": roster.batch,
        "policy": roster.policy.id,
        "subjects": [subject for subject, _, _ in named],
    }
    return Entry("roster", body, named=named)


def checked(roster: Roster, catalogue: Catalogue, scope: str, reading: Reading) -> Iterator[int | SubsidyError | None]:
    """What would come of each claim: its entry where it has one, or why nothing can be determined; None if all is well.

    Nothing is recorded.
    """
    for begin in range(0, len(roster.claims), _FITTED):
        claims = roster.claims[begin : begin + _FITTED]
        fits = fitting(catalogue, scope, claims)
        for first in range(0, len(claims), _CHECKED):
            places = range(first, min(first + _CHECKED, len(claims)))
            with reading() as batch:
                batch.expect_identifiers(roster.identifiers(claims[place] for place in places))
                asked = {place: roster.asked(claims[place], scope, batch) for place in places}
                batch.expect_requests(each for each in asked.values() if each is not None)
                rest = [place for place in places if place not in fits or asked[place] in batch.requests]
                rows = looked_up(batch, catalogue, scope, roster, [claims[place] for place in rest])
                found = {place: _checked(batch, row) for place, row in zip(rest, rows, strict=True)}
            yield from (
                found.get(place) for place in places
            )  # when the transaction is over: who takes them may take long


def _checked(batch: Batch, row: Row) -> int | SubsidyError | None:
    """The entry of a claim, or why it can have none; None where it has none yet."""
    if isinstance(row.prepared, SubsidyError):
        return row.prepared
    if row.prepared is not None:
        try:
            decide(batch, row.prepared)
        except SubsidyError as error:
            return error
        return None
    assert row.asked is not None
    fingerprint, position = batch.requests[row.asked]
    if fingerprint != fingerprint_again(batch, row.claim, position):
        return RequestError(Problem.of("R0707", "request", entry=str(position)))
    return position
