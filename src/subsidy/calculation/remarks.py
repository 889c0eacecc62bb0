"""What a reader must know before relying on an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..errors import Problem
from ..exact import show
from ..language.folding import OPEN
from ..language.program import UNBOUNDED
from ..language.units import symbols
from ..text import Text
from .adopted import remarks_on_basis
from .findings import Findings


def remarks(result: Findings) -> Iterator[Problem]:
    """Every remark on a result, in a fixed order."""
    policy = result.policy
    program = policy.program
    yield from remarks_on_basis(result)
    if policy.status == "reported" and policy.basis.adoption is None:
        yield Problem("W0102")
    if policy.status == "draft":
        yield Problem("W0103")
    if not policy.document.policy.valid.stated:
        yield Problem.of("W0104", "policy.valid", day=policy.document.policy.valid.from_.isoformat())
    if not policy.is_released:
        yield Problem("W0110", policy.path)
    for item in result.interpretations:
        presumes = program.interpretations[item.name].presumes
        if presumes and item.reading != OPEN:
            parameter = program.parameters[presumes]
            to = _level(parameter.delegated)
            yield Problem.of(
                "W0107", presumes, label=parameter.label, to=to, clause=parameter.clause, reading=item.label
            )
    for item in result.open_questions:
        yield Problem.of("W0105", item.name, question=item.question, clause=item.clause)
    for name in sorted(result.open_parameters):
        parameter = program.parameters[name]
        unit = symbols(parameter.unit, policy.vocabulary.units, one=parameter.high == 1)
        low = show(parameter.low)
        high = Text(*(f"{show(parameter.high)} {each}".rstrip() for each in (unit.zh, unit.en)))
        if parameter.why is not None:
            yield Problem.of(
                "W0112", name, label=parameter.label, clause=parameter.clause, low=low, high=high, why=parameter.why
            )
            continue
        if parameter.high == UNBOUNDED:
            high = Text(f"未写明的上限 {unit.zh}", f"no stated limit, in {unit.en}")
        to = _level(parameter.delegated)
        yield Problem.of("W0111", name, label=parameter.label, to=to, clause=parameter.clause, low=low, high=high)
    advice = any(test.kind == "advisory" for test in program.conditions)
    for test in result.conditions if advice else ():  # whose figures take their time
        if test.kind == "advisory" and test.holds is not True:
            yield Problem.of("W0106", test.name, label=test.label, clause=test.clause, figures=test.figures)
    facts = result.facts
    stated = {fact.left_of for fact in program.facts.values() if fact.left_of}
    for cap in program.caps:
        if cap.name not in stated:
            yield Problem.of("W0108", cap.name, label=cap.label, clause=cap.clause)
    for fact in program.facts.values():
        if (fact.left_of or fact.from_ledger) and fact.name in facts:
            yield Problem.of("W0109", fact.name, label=fact.label, given=str(facts[fact.name]))


_LEVELS: Final = {
    "county": Text("县级", "county"),
    "city": Text("市级", "city"),
    "province": Text("省级", "province"),
}


def _level(name: str) -> Text:
    return _LEVELS.get(name, Text(name, name))
