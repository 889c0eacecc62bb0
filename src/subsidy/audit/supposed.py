"""A supposed ledger: claims decided one after another as the ledger would, in memory, and nothing is recorded.

It is what payments should have been: those that were made before there was a ledger, and those of a ledger under texts
that were published since. What the ledger would refuse to pay because nobody adopted it, or because something is open
or a draft, is computed all the same, and marked as such: a budget is asked for before there is an adoption.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, cast

from sqlalchemy import Connection

from ..calculation.result import Result
from ..errors import Problem, RequestError
from ..language.intervals import Interval
from ..ledger.batch import Batch, Key, Raised
from ..ledger.claims import Given
from ..ledger.determining import Claim, Decision, Named, Prepared, check_payable, decide
from ..ledger.earlier import DETERMINED
from ..ledger.subjects import subjects_of
from ..ledger.tree import Tiles
from ..policies import Catalogue

OPEN: Final = "open"
Asked = tuple[str, str | None]  # of a policy, the claims in which an identifier occurs, or all of them


@dataclass(frozen=True, slots=True)
class Supposed:
    """What would have come of a claim.

    Attributes:
        decision: its result, the caps that it was held against, and why it is refused.
        paid: what is payable, as bounds in fen; both are the same unless something is open. Behind an open claim that
            used some of the same caps it may be less than it would be without, down to nothing.
        marks: why the ledger would not pay it as it is: no adoption, a draft, something open or presumed.
        after: the open claims before it that used some of the same caps, so that what is left of them is not sure.
        touched: the caps that it was held against, what it asked of earlier claims, and by what later ones find it.
    """

    decision: Decision
    paid: Interval
    marks: tuple[Problem, ...]
    after: tuple[int, ...]
    touched: tuple[Key | Asked, ...]

    @property
    def result(self) -> Result:
        """The calculation."""
        return self.decision.result

    @property
    def outcome(self) -> str:
        """determined, nothing, refused or open."""
        return OPEN if not self.paid.is_point or self.after else self.decision.outcome

    @property
    def low(self) -> int:
        """What is payable at least, in fen."""
        return int(self.paid.low)

    @property
    def high(self) -> int:
        """What is payable at most, in fen."""
        return int(self.paid.high)


class SupposedLedger:
    """A ledger in memory. It grows with the buckets of caps, and with the claims that later ones are asked about.

    Args:
        catalogue: the policies, with the bureau's adoptions.
        known: only what was published by that day.
    """

    def __init__(self, catalogue: Catalogue, known: dt.date | None = None) -> None:
        self.catalogue, self.known = catalogue, known
        self._batch = _Memory()
        self._kept: set[str] = set()
        self._seen: set[str] = set()
        self._open: dict[Key | Asked, list[int]] = {}  # what open claims used, or would be asked about

    def expect(self, policies: Iterable[str]) -> None:
        """Be told of policies before any of their claims is put, so that what they ask of earlier ones is kept."""
        for policy in policies:
            if policy not in self._seen:
                self._seen.add(policy)
                self._kept.update(consulted(self.catalogue, policy))

    def put(self, claim: Claim, number: int) -> Supposed:
        """Decide a claim, which is then an earlier one for those after it.

        Args:
            number: what the caller knows it by; each is higher than the one before.

        Raises:
            FactsError: the facts do not fit; all problems.
            RequestError: no version applies on its day, or how much a cap allows is open.
        """
        self.expect([claim.policy])
        batch, marks = self._batch, list[Problem]()
        version = self.catalogue.dated(claim.policy, claim.facts, claim.on, claim.readings, self.known)
        said = Given(version.standing_for(claim.facts, claim.readings), claim.facts)
        if not said.policy.pays:
            raise RequestError(Problem.of("R0115", "amount", given=said.policy.id))

        def noted(result: Result) -> None:
            try:
                check_payable(result)
            except RequestError as error:
                marks.extend(error.problems)

        batch.asked.clear()
        decision = decide(batch, Prepared(claim, said, Named(batch)), noted)
        paid = Interval(0, 0) if decision.why else decision.result.payable_in_fen()
        keys = [Key(said.policy.id, each["cap"], bytes.fromhex(each["key"])) for each in decision.touched]
        after = sorted({place for each in chain[Key | Asked](keys, batch.asked) for place in self._open.get(each, ())})
        is_kept = claim.policy in self._kept
        subjects: list[Asked] = []
        if is_kept:
            subjects = [(claim.policy, who) for who in (None, *subjects_of(decision.result))]
        if not paid.is_point or not all(sum_.is_point for sum_, _ in decision.result.in_fen()):
            for each in chain[Key | Asked](keys, subjects):
                self._open.setdefault(each, []).append(number)
            is_kept = False
        if after:
            paid = Interval(min(paid.low, 0), paid.high)
        touched = tuple(chain[Key | Asked](keys, batch.asked, subjects))
        batch.take(decision, number, is_kept=is_kept)
        return Supposed(decision, paid, tuple(marks), tuple(after), touched)

    def keep(self, body: Mapping[str, Any]) -> tuple[Key | Asked, ...]:
        """Let a recorded claim that cannot be put again use of every cap what it used; what it touches by that.

        Args:
            body: its entry, in whose identifiers the claims that are put have theirs.
        """
        keys = [Key(body["policy"], each["cap"], bytes.fromhex(each["key"])) for each in body["caps"]]
        for key, each in zip(keys, body["caps"], strict=True):
            bucket = self._batch.bucket(key)
            used = (bucket.used if bucket else 0) + each["after"] - each["before"]
            if each["after"] != each["before"]:
                self._batch.buckets[key] = Raised(key, used, max(each["most"], used))
        return (*keys, (body["policy"], None))


def consulted(catalogue: Catalogue, policy: str) -> set[str]:
    """The policies whose earlier claims some version of a policy asks the ledger about."""
    return {
        fact.from_ledger.policy or policy
        for version in catalogue.versions(policy)
        for fact in version.program.facts.values()
        if fact.from_ledger is not None
    }


class _Memory(Batch):
    """A batch over nothing: all that there is before a claim is what was put before it."""

    def __init__(self) -> None:
        super().__init__(connection=cast(Connection, None), size=0, tiles=cast(Tiles, None))
        self.asked: list[Asked] = []
        self._bodies: dict[int, bytes] = {}

    def take(self, decision: Decision, number: int, *, is_kept: bool) -> None:
        """A claim that was decided is an earlier one from now on."""
        for raised in decision.raised:
            self.buckets[raised.key] = raised
        if not is_kept or decision.outcome != DETERMINED:
            return
        receipt = json.loads(decision.result.receipt())
        result = {name: receipt["result"][name] for name in ("amount", "parts", "steps")}
        policy = decision.result.policy
        body = {
            "decision": DETERMINED,
            "dated": str(decision.result.fact(policy.program.dated_by)),
            "receipt": {"facts": receipt["facts"], "result": result},
        }
        self._bodies[number] = json.dumps(body, ensure_ascii=False).encode()
        for subject in subjects_of(decision.result) or [""]:
            self.subjects.setdefault((policy.id, subject), []).append(number)

    # — what the ledger would look up —

    def subject(self, clear: str) -> str | None:
        """An identifier stands for itself: nothing is recorded."""
        return clear

    def bucket(self, key: Key, *, is_new: bool = False) -> Raised | None:  # noqa: ARG002 — nobody is known to be new
        """What is used of a cap; None where nothing is."""
        return self.buckets.get(key)

    def body(self, position: int) -> dict[str, Any] | None:
        """What later claims may ask of an earlier one."""
        found = self._bodies.get(position)
        return None if found is None else json.loads(found)

    def claims(self, policy: str, subject: str | None) -> list[int]:
        """The claims that were put of a policy and in which an identifier occurs, or all of them, in order."""
        self.asked.append((policy, subject))
        if subject is not None:
            return self.subjects.get((policy, subject), [])
        return sorted({each for (of, _), places in self.subjects.items() if of == policy for each in places})

    def reversed_by(self, position: int) -> int | None:  # noqa: ARG002 — nothing is reversed in it
        """None: nothing is reversed."""
        return None


def all_consulted(catalogue: Catalogue, policies: Collection[str]) -> set[str]:
    """Some policies with all whose earlier claims they ask about, directly or by way of others."""
    found, rest = set[str](), set(policies)
    while rest:
        found |= rest
        rest = {other for each in rest for other in consulted(catalogue, each)} - found
    return found
