"""Policies and claims made by chance, put to an engine beside the library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from tests.soundness.claims import claims
from tests.soundness.seeds import compiled, made

from subsidy import Policy, PolicyError, RequestError
from subsidy.exact import show
from subsidy.language import program as p
from subsidy.language.types import Choice, Date, Division, Id, Month, Number, Records

from .support import Ask, agreed, answers, held_to

CLAIMS = 8


def put(policy: Policy, random: Random, dialect: str, ask: Ask) -> tuple[str, int]:
    """What became of the claims of a policy in one query, and how many there were.

    Raises:
        AssertionError: a claim comes to something else than in the library.
    """
    by_reading: dict[tuple[tuple[str, str], ...], list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for claim in claims(policy, random, CLAIMS):
        for stated in (claim.facts, spoiled(policy, claim.facts, random)):
            facts, said = held_to(policy, stated, claim.readings)
            if facts is not None:
                by_reading.setdefault(tuple(claim.readings.items()), []).append((facts, said))
    count = 0
    for readings, rows in by_reading.items():
        try:
            every = answers(policy, [facts for facts, _ in rows], dict(readings), dialect, ask)
        except RequestError as error:
            return ",".join(each.code for each in error.problems), 0
        for answer, (facts, said) in zip(every, rows, strict=True):
            assert agreed(said, answer) == said, (policy.program.id, facts, readings)
            count += 1
    return "answered", count


def spoiled(policy: Policy, facts: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """The facts of a claim, of which one or two lack or are what they cannot be."""
    names = [name for name in policy.program.facts if name != policy.program.dated_by]
    found = dict(facts)
    for name in random.sample(names, min(len(names), random.choice([1, 1, 2]))):
        if name in found and random.random() < 0.2:
            del found[name]
        else:
            found[name] = _wrong(policy.program.facts[name], random, found.get(name))
    return found


def _wrong(fact: p.Fact, random: Random, given: Any) -> Any:
    """A value next to those that a fact can have."""
    match fact.type:
        case Number():
            step = fact.resolution
            return show(random.choice([fact.low - step, fact.high + step, fact.low + step / 2, fact.high - step / 5]))
        case Choice():
            return random.choice(["", "none"])
        case Division():
            return "659006"  # far from all that policies made by chance are for
        case Id():
            return random.choice(["", " A1", "A1 ", "A" * 129, "A\u200b1", "A\n", "A\u3000B", "\ue000"])
        case Month():
            return random.choice(["2024-13", "2024-1", "1899-12", "2201-01", "2024-02\n", ""])
        case Date():
            return random.choice(["1899-12-31", "2201-01-01"])
        case Records():
            rows = [dict(row) for row in given or ()]
            if not rows or random.random() < 0.3:
                return rows * random.choice([0, 2, 9])
            field = random.choice(fact.fields)
            random.choice(rows)[field.name] = _wrong(field, random, None)
            return rows
        case _:
            return random.random() < 0.5


def tally(seeds: Iterable[int], dialect: str, ask: Ask) -> tuple[Counter[str], int]:
    """What became of the policies of some seeds, and how many claims were answered alike."""
    outcomes, rows = Counter[str](), 0
    for seed in seeds:
        module, random = made(seed)
        try:
            policy = compiled(module.text)
        except PolicyError:
            continue
        what, count = put(policy, random, dialect, ask)
        outcomes[what] += 1
        rows += count
    return outcomes, rows
