"""Policies and claims made by chance: DuckDB answers each as the library does, or refuses the policy by its code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

from tests.soundness.claims import claims
from tests.soundness.seeds import compiled, made

from subsidy import Policy, PolicyError, RequestError
from subsidy.calculation.result import Result
from subsidy.calculation.runners import calculated

from .support import answers, by_duckdb, canonical, over

SEEDS = 24
CLAIMS = 8


def put(policy: Policy, random: Random) -> tuple[str, int]:
    """What became of the claims of a policy in one query, and how many there were."""
    by_reading: dict[tuple[tuple[str, str], ...], list[tuple[dict[str, object], Result]]] = {}
    for claim in claims(policy, random, CLAIMS):
        found = calculated(policy, claim.facts, claim.readings)
        if isinstance(found, Result):
            read = canonical(policy, claim.facts)
            by_reading.setdefault(tuple(claim.readings.items()), []).append((read, found))
    count = 0
    for readings, rows in by_reading.items():
        try:
            every = answers(policy, [facts for facts, _ in rows], dict(readings), "duckdb", by_duckdb)
        except RequestError as error:
            return ",".join(each.code for each in error.problems), 0
        for answer, (facts, result) in zip(every, rows, strict=True):
            said = result.to_dict()["result"]
            assert over(said, answer) == said, (policy.program.id, facts, readings)
            count += 1
    return "answered", count


def test_generated_policies_on_duckdb(record_property: Callable[[str, object], None]) -> None:
    """Every claim that the library answers comes to the same: sums, bounds, verdicts, steps and conditions."""
    outcomes, rows = Counter[str](), 0
    for seed in range(SEEDS):
        module, random = made(seed)
        try:
            policy = compiled(module.text)
        except PolicyError:
            continue
        what, count = put(policy, random)
        outcomes[what] += 1
        rows += count
    record_property(
        "figure generated policies on DuckDB",
        f"{outcomes['answered']} answered, {outcomes['R0762']} refused, {rows} claims",
    )
    assert outcomes.keys() == {"answered", "R0762"}
    assert outcomes["answered"] > 8
    assert rows > 60
