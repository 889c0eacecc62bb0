"""What decides between two claims: the condition, class, row or branch that holds in one and not in the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ..language import program as p
from ..language.folding import Folded
from ..language.types import Number
from ..text import LANGUAGES, Language, Text
from .answers import Answer, Values, values
from .result import Result

Kind = Literal["condition", "bracket", "row", "branch", "step"]
_ARROW: Final = " → "
_NONE: Final = Text("均不符", "otherwise")


@dataclass(frozen=True, slots=True)
class Decider:
    """A condition, a bracket with both classes, a row of a ladder, a branch of a step or a step, with its clause."""

    kind: Kind
    name: str
    label: Text
    clause: str


def deciders(program: p.Program, before: Result | None, after: Result | None) -> tuple[Decider, ...]:
    """What decides between two claims, as far as it has a name: of the first choice of readings in which it shows."""
    if before is None or after is None:
        return ()
    for one, two in zip(before.answers, after.answers, strict=True):
        found = tuple(dict.fromkeys(_between(program, one, two)))
        if found:
            named = tuple(each for each in found if each.kind != "step")
            return named or found[:1]
    return ()


def _between(program: p.Program, one: Answer, two: Answer) -> Iterator[Decider]:
    folded = one.runner.folded
    counted = {part.name for part in program.parts if part.counted}
    for index, test in enumerate(folded.conditions):
        if any(test.concerns(name) for name in counted) and one.test(index) != two.test(index):
            yield Decider("condition", test.name, test.label, test.clause)
    at, then = values(one), values(two)
    needed = _needed(folded, counted)
    for step in folded.steps:
        if step.name in needed:
            yield from _within(step.name, step.label, step.clause, step.value, at, then)
    for part in folded.parts:
        if part.name in counted:
            yield from _within(part.name, part.label, part.clause, part.value, at, then)


def _needed(folded: Folded, counted: set[str]) -> set[str]:
    """The steps on which the amount rests."""
    steps = {step.name: step.value for step in folded.steps}
    waiting = [part.value for part in folded.parts if part.name in counted]
    found = set[str]()
    while waiting:
        for node in p.walk(waiting.pop()):
            if isinstance(node, p.StepValue) and node.name not in found:
                found.add(node.name)
                waiting.append(steps[node.name])
    return found


def _within(name: str, label: Text, clause: str, node: p.Node, at: Values, then: Values) -> Iterator[Decider]:
    """What decides within a formula, where both claims come to it; what is said of rows one by one has no name."""
    inside: Sequence[p.Node] = []
    match node:
        case p.Aggregate() | p.Position():
            pass
        case p.If(test=test):
            if _stands(test, at, then):
                if at.of(test) != then.of(test):
                    yield Decider("branch", name, label, clause)
                else:
                    inside = [test, node.then if at.of(test) else node.otherwise]
        case p.Ladder():
            rows, now = at.counted(node), then.counted(node)
            if rows is not None and now is not None:
                if rows != now:
                    zh, en = (
                        _ARROW.join(_rows(node, each, language) for each in (rows, now)) for language in LANGUAGES
                    )
                    row = node.clauses[(now or rows)[0]]
                    yield Decider("row", name, Text(f"{label.zh}：{zh}", f"{label.en}: {en}"), row or clause)
                else:
                    inside = [node.values[row] for row in now] or [node.otherwise]
        case p.Classified(bracket=bracket):
            if _stands(node, at, then) and (old := at.of(node)) != (new := then.of(node)):
                labels = bracket.type.labels
                zh = f"{bracket.label.zh}：{labels[old].zh}{_ARROW}{labels[new].zh}"
                en = f"{bracket.label.en}: {labels[old].en}{_ARROW}{labels[new].en}"
                yield Decider("bracket", bracket.name, Text(zh, en), bracket.clause or clause)
        case p.Call():
            if _stands(node, at, then) and at.of(node) != then.of(node):
                yield Decider("step", name, label, clause)
        case p.Round() if _stands(node, at, then) and _is_coarse(node) and at.of(node) != then.of(node):
            yield Decider("step", name, label, clause)
        case _:
            inside = p.children(node)
    for child in inside:
        yield from _within(name, label, clause, child, at, then)


def _is_coarse(node: p.Round) -> bool:
    """Whether it rounds something else than money, of which one multiple more may be worth much."""
    unit = node.type.unit if isinstance(node.type, Number) else None
    return unit is None or ("CNY", 1) not in unit.powers


def _stands(node: p.Node, *both: Values) -> bool:
    """Whether a formula has a value in both claims: nothing is open in it, and every fact of it was given."""
    facts = [each.name for each in p.walk(node) if isinstance(each, p.FactValue)]
    return all(at.knows(node) and all(at.env[at.runner.slots.facts[name]] is not None for name in facts) for at in both)


def _rows(node: p.Ladder, rows: list[int], language: Language) -> str:
    """The rows that count, by their labels, or by their numbers where they have none."""
    said = []
    for row in rows:
        label = node.labels[row]
        number = Text(f"第 {row + 1} 档", f"row {row + 1}")
        said.append((label or number).in_(language))
    return ("、" if language == "zh" else ", ").join(said) or _NONE.in_(language)
