"""The one registry of runners: whatever is to give the same answers as the others has a line here.

A runner is a function of a policy, facts as a caller gives them, and readings. It answers what a receipt says under
``result``, or ``{"refused": codes}`` with the codes of every problem, each once, in the order of the codes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ..errors import Problem, RequestError
from ..record import replace
from . import reference
from .facts import plain
from .policy import Policy
from .receipt import read_receipt
from .replay import Difference, compare, replay
from .result import Result

Facts = Mapping[str, Any]
Readings = Mapping[str, str]
Run = Callable[[Policy, Facts, Readings], dict[str, Any]]

# What only the calculation itself can find wrong. All else is found when facts are read, which is done once for all.
JUDGED: Final = frozenset({"F0117", "F0119", "F0120", "F0132"})


def refused(problems: Sequence[Problem]) -> dict[str, Any]:
    """The answer that is none."""
    return {"refused": sorted({problem.code for problem in problems if not problem.is_warning})}


def calculated(policy: Policy, facts: Facts, readings: Readings) -> Result | dict[str, Any]:
    """The result, or the answer that is none."""
    try:
        return policy.calculate(facts, readings=readings)
    except RequestError as error:
        return refused(error.problems)


def by_the_runner(policy: Policy, facts: Facts, readings: Readings) -> dict[str, Any]:
    """The scalar runner, which answers every caller."""
    found = calculated(policy, facts, readings)
    if not isinstance(found, Result):
        return found
    result: dict[str, Any] = found.to_dict()["result"]
    return result


def by_replay(policy: Policy, facts: Facts, readings: Readings) -> dict[str, Any]:
    """From the receipt of a calculation, written out, read back and calculated again."""
    found = calculated(policy, facts, readings)
    if not isinstance(found, Result):
        return found
    again = replay(read_receipt(json.dumps(found.to_dict())), lambda _: policy, lambda found, _: found)
    if not again.is_same:
        return {"differs": [each.key for each in again.differences]}
    result: dict[str, Any] = again.result.to_dict()["result"]
    return result


def by_the_reference(policy: Policy, facts: Facts, readings: Readings) -> dict[str, Any]:
    """The slow runner on fractions, which shares no arithmetic with the others."""
    found = calculated(policy, facts, readings)
    if isinstance(found, Result):
        facts = found.facts  # as they were read
    elif not JUDGED.issuperset(found["refused"]):
        return found
    else:
        facts = _as_read(policy, facts)
    program = policy.program
    chosen = {name: item.recommended or "open" for name, item in policy.interpretations.items()} | dict(readings)
    codes = {
        guard.code
        for guard in program.guards
        if reference.contradicts(replace(program, guards=(guard,)), facts, chosen)
    }
    if codes:
        return {"refused": sorted(codes)}
    if reference.beyond(program, facts, chosen):
        return {"refused": ["F0132"]}
    result = reference.calculate(program, facts, chosen)
    admissible = [test.name for test in program.conditions if test.kind == "admissible"]
    if any(result["conditions"][name] is False for name in admissible):
        return {"refused": ["F0117"]}
    return result


def by_columns(policy: Policy, facts: Facts, readings: Readings) -> dict[str, Any]:
    """A table of one row. What its columns do not say is as the runner has it."""
    try:
        from .columnar.single import of_one_row
    except ModuleNotFoundError:  # without the extra [tables] there are no columns
        return by_the_runner(policy, facts, readings)
    found = calculated(policy, facts, readings)
    if isinstance(found, Result):
        return of_one_row(policy, found.facts, readings, found.to_dict()["result"])
    if not JUDGED.issuperset(found["refused"]):
        return found
    return of_one_row(policy, _as_read(policy, facts), readings, {})


def _as_read(policy: Policy, facts: Facts) -> dict[str, Any]:
    """Facts that can be read, in canonical form."""
    stated = policy.program.facts.items()
    return {n: plain(policy.value_of(n, facts), fact) for n, fact in stated if facts.get(n) is not None}


RUNNERS: Final[dict[str, Run]] = {
    "scalar": by_the_runner,
    "reference": by_the_reference,
    "replay": by_replay,
    "columns": by_columns,
}


def disagreements(policy: Policy, facts: Facts, readings: Readings) -> dict[str, list[Difference]]:
    """Where runners differ from the first one, which answers every caller: what it gave, and what they give.

    A runner that says less than the first is held to what it says.
    """
    first, *others = RUNNERS
    answer = RUNNERS[first](policy, facts, readings)
    found: dict[str, list[Difference]] = {name: [] for name in others}
    for name in others:
        other = RUNNERS[name](policy, facts, readings)
        compare("result", {key: answer.get(key) for key in other}, other, found[name])
    return {name: differences for name, differences in found.items() if differences}
