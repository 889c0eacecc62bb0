"""What earlier claims say of a new one: what is left of a cap, and what a policy takes from the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from ..calculation.edition import Edition
from ..calculation.outcomes import shown_value
from ..calculation.policy import Policy
from ..calculation.result import Result
from ..catalogue.digest import canonical
from ..errors import FactsError, Problem, RequestError
from ..exact import show
from ..language import program as p
from ..language.types import Id
from .batch import Batch, Key

DETERMINED = "determined"


def from_ledger(
    batch: Batch, policy: Policy, given: Mapping[str, Any], readings: Mapping[str, str], new: frozenset[str]
) -> dict[str, str | bool]:
    """The facts that the ledger states for a claim.

    Args:
        new: what stands for identifiers that never occurred before, and so have no earlier claims.

    Raises:
        FactsError: the caller states one of them; or the others do not fit, all problems at once.
        RequestError: how much a cap allows is open.
    """
    wanted = [fact for fact in policy.program.facts.values() if fact.left_of or fact.from_ledger is not None]
    stated = [fact for fact in wanted if fact.name in given]
    if stated:
        raise FactsError(Problem.of("F0135", fact.name, fact=fact.label) for fact in stated)
    if not wanted:
        return {}
    probe = Said(_probe(policy, given, readings, wanted))
    found: dict[str, str | bool] = {}
    for fact in wanted:
        value: str | bool | None = _left(batch, probe, fact, new) if fact.left_of else _of_earlier(batch, probe, fact)
        if value is not None:
            found[fact.name] = value
    return found


def _probe(policy: Policy, given: Mapping[str, Any], readings: Mapping[str, str], wanted: list[p.Fact]) -> Result:
    """The claim with something in the place of what the ledger will state.

    What picks the earlier claims rests on none of it, which the compiler has proved; so any value will do.
    """
    last: FactsError | None = None
    for end in ("high", "low"):
        stood_in = {fact.name: show(getattr(fact, end) / fact.scale) for fact in wanted if not fact.optional}
        try:
            return policy.calculate({**given, **stood_in}, readings=readings)
        except FactsError as error:
            last = error
    assert last is not None
    raise last


class Said:
    """What a result says of facts and steps by name, as its receipt has them; each is worked out once."""

    def __init__(self, result: Result) -> None:
        self.result, self.policy = result, result.policy
        self.facts = result.facts
        self._steps: dict[str, tuple[str, ...]] = {}

    def of(self, name: str) -> str:
        """A fact or a step that tells claims apart: it has one value, and is always there."""
        if name in self.policy.program.facts:
            return str(self.facts[name])
        (value,) = self.possible(name)
        return value

    def is_of(self, names: tuple[str, ...], new: frozenset[str]) -> bool:
        """Whether one of some facts is an identifier that never occurred before."""
        return any(self.facts.get(name) in new for name in names)

    def possible(self, name: str) -> tuple[str, ...]:
        """The value of a step, or its bounds where it is open."""
        if not self._steps:
            self._steps = {step.name: tuple(map(shown_value, step.possible)) for step in self.result.steps}
        return self._steps[name]


def key_of(said: Said, cap: str, over: tuple[str, ...]) -> Key:
    """The bucket of a claim: the policy in all its versions, the cap, and the values of what it is over."""
    content = canonical([said.of(name) for name in over])
    return Key(said.policy.id, cap, hashlib.sha256(content).digest())


def limit_of(said: Said, cap: p.Cap) -> int | None:
    """How much a cap allows in all, in fen, or how often; None where that is open."""
    if cap.times:
        return cap.times
    parameter = said.policy.program.parameters.get(cap.limit)
    if parameter is not None:
        return None if parameter.values is None else int(parameter.values[()] * 100)
    found = said.possible(cap.limit)
    return int(Fraction(found[0]) * 100) if len(found) == 1 else None


def _left(batch: Batch, probe: Said, fact: p.Fact, new: frozenset[str]) -> str:
    cap = next(each for each in probe.policy.program.caps if each.name == fact.left_of)
    limit = limit_of(probe, cap)
    if limit is None:
        raise RequestError(Problem.of("R0505", cap.name, why=cap.label))
    bucket = batch.bucket(key_of(probe, cap.name, cap.over), is_new=probe.is_of(cap.over, new))
    used = bucket.used if bucket is not None else 0
    left = Fraction(max(0, limit - used), 1 if cap.times else 100)
    return show(min(left, fact.high) / fact.scale)


def _of_earlier(batch: Batch, probe: Said, fact: p.Fact) -> str | bool | None:
    """What a fact takes from the earlier claims; None where there is no last one."""
    said = fact.from_ledger
    assert said is not None
    earlier = list(_earlier(batch, probe, said))
    if said.kind == "last":
        if not earlier:
            return None
        value = recorded(max(earlier, key=lambda body: body["dated"]), said.of)
        return value == "true" if value in ("true", "false") else value
    if said.kind == "count":
        return show(Fraction(len(earlier)) / fact.scale)
    total = sum((Fraction(_sum_of(body, said.of)) for body in earlier), Fraction(0))
    return show(total / fact.scale)


def _earlier(batch: Batch, probe: Said, said: p.LedgerValue) -> Iterator[dict[str, Any]]:
    """The claims that were paid and stand, with the same values, within the time that is meant; the oldest first."""
    wanted = {name: probe.of(name) for name in said.over}
    facts = probe.policy.program.facts
    ids = [name for name in said.over if name in facts and isinstance(facts[name].type, Id)]
    first = probe.of(said.begin) if said.begin else ""
    last = probe.of(said.until) if said.until else ""
    for position in batch.claims(said.policy or probe.policy.id, wanted[ids[0]] if ids else None):
        body = batch.body(position)
        if body is None or body["decision"] != DETERMINED or batch.reversed_by(position) is not None:
            continue
        if any(recorded(body, name) != value for name, value in wanted.items()):
            continue
        if (first and not _not_before(body["dated"], first)) or (last and not _not_before(last, body["dated"])):
            continue
        yield body


def _not_before(later: str, earlier: str) -> bool:
    """Whether a day or month is not before another; a month is compared with the month of a day."""
    length = min(len(later), len(earlier))
    return later[:length] >= earlier[:length]


def recorded(body: dict[str, Any], name: str) -> str | None:
    """A fact or a step of an earlier claim; None where it had none."""
    receipt = body["receipt"]
    value = receipt["facts"].get(name, receipt["result"]["steps"].get(name))
    return None if value is None or isinstance(value, dict | list) else _text(value)


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _sum_of(body: dict[str, Any], name: str) -> str:
    """The amount, a part or a step of an earlier claim."""
    result = body["receipt"]["result"]
    if name == "amount":
        return str(result["amount"])
    part = result["parts"].get(name)
    return str(part["amount"] if part is not None else result["steps"][name])


def dated(policy: Edition, facts: Mapping[str, Any]) -> str:
    """The day or month by which a claim is told to be earlier or later, as its receipt has it."""
    return str(facts[policy.program.dated_by])
