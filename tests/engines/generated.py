"""Policies and claims made by chance, put to an engine beside the library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random

from tests.soundness.claims import claims
from tests.soundness.seeds import compiled, made

from subsidy import Policy, PolicyError, RequestError
from subsidy.calculation.result import Result
from subsidy.calculation.runners import calculated

from .support import Ask, answers, canonical, over

CLAIMS = 8


def put(policy: Policy, random: Random, dialect: str, ask: Ask) -> tuple[str, int]:
    """What became of the claims of a policy in one query, and how many there were.

    Raises:
        AssertionError: a claim comes to something else than in the library.
    """
    by_reading: dict[tuple[tuple[str, str], ...], list[tuple[dict[str, object], Result]]] = {}
    for claim in claims(policy, random, CLAIMS):
        found = calculated(policy, claim.facts, claim.readings)
        if isinstance(found, Result):
            read = canonical(policy, claim.facts)
            by_reading.setdefault(tuple(claim.readings.items()), []).append((read, found))
    count = 0
    for readings, rows in by_reading.items():
        try:
            every = answers(policy, [facts for facts, _ in rows], dict(readings), dialect, ask)
        except RequestError as error:
            return ",".join(each.code for each in error.problems), 0
        for answer, (facts, result) in zip(every, rows, strict=True):
            said = result.to_dict()["result"]
            assert over(said, answer) == said, (policy.program.id, facts, readings)
            count += 1
    return "answered", count


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
