"""What a reader must know before relying on an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..errors import Problem
from ..exact import show
from ..language.folding import OPEN
from ..text import Text

if TYPE_CHECKING:
    from .result import Result


def remarks(result: Result) -> Iterator[Problem]:
    """Every remark on a result, in a fixed order."""
    policy = result.policy
    program = policy.program
    yield Problem("W0101")
    if policy.status == "reported":
        yield Problem("W0102")
    if policy.status == "draft":
        yield Problem("W0103")
    if not policy.document.policy.valid.stated:
        yield Problem("W0104", "policy.valid", {"day": policy.document.policy.valid.from_.isoformat()})
    if not policy.is_released:
        yield Problem("W0110", policy.path)
    filled = {item.presumes for item in program.interpretations.values() if item.presumes}
    for item in result.interpretations:
        presumes = program.interpretations[item.name].presumes
        if presumes:
            parameter = program.parameters[presumes]
            common = {"label": parameter.label, "to": _level(parameter.delegated), "clause": parameter.clause}
            if item.reading == OPEN:
                yield Problem(
                    "W0111",
                    presumes,
                    {**common, "low": show(parameter.low), "high": f"{show(parameter.high)} {parameter.unit}"},
                )
            else:
                yield Problem("W0107", presumes, {**common, "reading": item.label})
        elif item.reading == OPEN:
            yield Problem("W0105", item.name, {"question": item.question, "clause": item.clause})
    for name, parameter in program.parameters.items():
        if parameter.values is None and name not in filled:
            low, high = show(parameter.low), f"{show(parameter.high)} {parameter.unit}"
            values = {
                "label": parameter.label,
                "to": _level(parameter.delegated),
                "clause": parameter.clause,
                "low": low,
                "high": high,
            }
            yield Problem("W0111", name, values)
    for test in result.conditions:
        if test.kind == "advisory" and test.holds is not True:
            yield Problem("W0106", test.name, {"label": test.label, "clause": test.clause, "figures": test.figures})
    facts = result.facts
    stated = {fact.left_of for fact in program.facts.values() if fact.left_of}
    for cap in program.caps:
        if cap.name not in stated:
            yield Problem("W0108", cap.name, {"label": cap.label, "clause": cap.clause})
    for fact in program.facts.values():
        if fact.left_of and fact.name in facts:
            yield Problem("W0109", fact.name, {"label": fact.label, "given": str(facts[fact.name])})


_LEVELS: Final = {
    "county": Text("县级", "county"),
    "city": Text("市级", "city"),
    "province": Text("省级", "province"),
}


def _level(name: str) -> Text:
    return _LEVELS.get(name, Text(name, name))
