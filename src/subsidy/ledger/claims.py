"""What earlier claims say of a new one: what is left of a cap, and what a policy takes from the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Final

from ..calculation.facts import plain
from ..calculation.outcomes import shown_value
from ..calculation.policy import Policy
from ..calculation.result import Result
from ..catalogue.digest import canonical_texts
from ..errors import FactsError, Problem, RequestError
from ..exact import show
from ..language import program as p
from ..language.types import Id
from .batch import Batch, Key
from .earlier import Question, answer
from .subjects import first_named

ONCE: Final = "once_per"  # the bucket of a claim that is paid once; no cap of a policy has this name


def from_ledger(batch: Batch, said: Given, readings: Mapping[str, str], new: frozenset[str]) -> dict[str, str | bool]:
    """The facts that the ledger states for a claim.

    Args:
        said: the policy as it stands for the claim, and the facts that the caller states.
        new: what stands for identifiers that never occurred before, and so have no earlier claims.

    Raises:
        FactsError: the caller states one of them; or the others do not fit, all problems at once.
        RequestError: how much a cap allows is open.
    """
    policy, given = said.policy, said.given
    wanted = policy.from_ledger
    stated = [fact for fact in wanted if fact.name in given]
    if stated:
        raise FactsError(Problem.of("F0135", fact.name, fact=fact.label) for fact in stated)
    if not wanted:
        return {}
    probe = said if said.is_enough_for(wanted) else Said(_probe(policy, given, readings, wanted), policy)
    found: dict[str, str | bool] = {}
    for fact in wanted:
        value: str | bool | None = (
            left(batch, probe, fact, new) if fact.left_of else answer(batch, question(probe, fact))
        )
        if value is not None:
            found[fact.name] = value
    return found


def _probe(policy: Policy, given: Mapping[str, Any], readings: Mapping[str, str], wanted: tuple[p.Fact, ...]) -> Result:
    """The claim with something in the place of what the ledger will state.

    What picks the earlier claims rests on none of it, which the compiler has proved; so any value will do.
    """
    last: FactsError | None = None
    for end in ("high", "low"):
        stood_in = {fact.name: show(getattr(fact, end)) for fact in wanted if not fact.optional}
        try:
            return policy.calculate_alone({**given, **stood_in}, readings)
        except FactsError as error:
            last = error
    assert last is not None
    raise last


class Given:
    """What the facts of a claim say by name, as its receipt will have them; the claim is not calculated yet."""

    def __init__(self, policy: Policy, given: Mapping[str, Any]) -> None:
        self.policy, self.given = policy, given
        self._found: dict[str, Any] = {}
        self._keys: dict[str, Key] = {}

    def is_enough_for(self, wanted: tuple[p.Fact, ...]) -> bool:
        """Whether they say all that the ledger has to know in order to state some facts: no step is needed."""
        caps, steps = self.policy.caps, self.policy.steps
        left = [caps[fact.left_of] for fact in wanted if fact.left_of]
        return len(left) == len(wanted) and all(cap.limit not in steps and self.has(cap.over) for cap in left)

    def has(self, names: tuple[str, ...]) -> bool:
        """Whether all of these are facts that are stated."""
        return None not in [self.fact(name) for name in names]

    def buckets(self) -> Iterator[Key]:
        """The buckets of the claim, as far as facts say which they are."""
        program = self.policy.program
        for cap in program.caps:
            if self.has(cap.over):
                yield self.key(cap.name, cap.over)
        if program.once_per and self.has(program.once_per):
            yield self.key(ONCE, program.once_per)

    def key(self, cap: str, over: tuple[str, ...]) -> Key:
        """The bucket of the claim: the policy in all its versions, the cap, and the values of what it is over.

        Its key is the SHA-256 of those values, behind the place at which the identifier among them was first named.
        """
        if cap not in self._keys:
            values = [self.of(name) for name in over]
            hashed = hashlib.sha256(canonical_texts(values)).digest()
            self._keys[cap] = Key(self.policy.id, cap, bytes.fromhex(first_named(values)) + hashed)
        return self._keys[cap]

    def fact(self, name: str) -> Any:
        """A fact in canonical form; None where there is none, or it cannot be read."""
        if name not in self._found:
            fact = self.policy.program.facts.get(name)
            self._found[name] = None if fact is None else plain(self.policy.value_of(name, self.given), fact)
        return self._found[name]

    def of(self, name: str) -> str:
        """A fact that tells claims apart."""
        return str(self.fact(name))

    def is_of(self, names: tuple[str, ...], new: frozenset[str]) -> bool:
        """Whether one of some facts is an identifier that never occurred before."""
        return bool(new) and not new.isdisjoint([self.fact(name) for name in names])

    def possible(self, name: str) -> tuple[str, ...]:
        raise LookupError(name)


class Said(Given):
    """What a result says of facts and steps by name, as its receipt has them."""

    def __init__(self, result: Result, policy: Policy, before: Given | None = None) -> None:
        super().__init__(policy, {})
        self.result, self.before = result, before

    def fact(self, name: str) -> Any:
        return self.result.fact(name) if name in self.policy.program.facts else None

    def is_of(self, names: tuple[str, ...], new: frozenset[str]) -> bool:
        return self.before.is_of(names, new) if self.before else super().is_of(names, new)

    def key(self, cap: str, over: tuple[str, ...]) -> Key:
        return self.before.key(cap, over) if self.before and self.before.has(over) else super().key(cap, over)

    def of(self, name: str) -> str:
        """A fact or a step that tells claims apart: it has one value, and is always there."""
        if name in self.policy.program.facts:
            return str(self.fact(name))
        (value,) = self.possible(name)
        return value

    def possible(self, name: str) -> tuple[str, ...]:
        """The value of a step, or its bounds where it is open."""
        return tuple(map(shown_value, self.result.step(name).possible))


def limit_of(said: Given, cap: p.Cap) -> int | None:
    """How much a cap allows in all, in fen, or how often; None where that is open."""
    limit = said.policy.limits[cap.name]
    if limit is not None or cap.limit not in said.policy.steps:
        return limit
    found = said.possible(cap.limit)
    return int(Fraction(found[0]) * 100) if len(found) == 1 else None


def left(batch: Batch, probe: Given, fact: p.Fact, new: frozenset[str]) -> str:
    """What is left of the cap that a fact is about.

    Raises:
        RequestError: how much the cap allows is open.
    """
    cap = probe.policy.caps[fact.left_of]
    limit = limit_of(probe, cap)
    if limit is None:
        raise RequestError(Problem.of("R0505", cap.name, why=cap.label))
    bucket = batch.bucket(probe.key(cap.name, cap.over), is_new=probe.is_of(cap.over, new))
    used = bucket.used if bucket is not None else 0
    rest = max(0, limit - used)
    if cap.times:
        return str(min(rest, cap.times))
    return yuan(min(rest, int(100 * fact.high)))  # no more than can be stated


def question(probe: Given, fact: p.Fact) -> Question:
    """What a fact asks of the claims before the one that is probed."""
    said, facts = fact.from_ledger, probe.policy.program.facts
    assert said is not None
    over = {name: probe.of(name) for name in said.over}
    ids = [name for name in said.over if name in facts and isinstance(facts[name].type, Id)]
    return Question(
        said.kind,
        said.of,
        said.policy or probe.policy.id,
        over,
        over[ids[0]] if ids else None,
        probe.of(said.begin) if said.begin else "",
        probe.of(said.until) if said.until else "",
        fact.scale,
    )


def yuan(fen: int) -> str:
    """A sum in fen as yuan with two places."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
