"""The second place of a problem: where a name was used first, what is wanted and why, where a range comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from ..catalogue.positions import Path
from ..errors import Also
from ..text import Text
from . import program as p
from .places import path_of_step
from .types import Number
from .work import Work

FIRST: Final = Text("先用在这里", "used here first")
STATED: Final = Text("写在这里", "stated here")
WANTED: Final = Text("所要的由此而定", "what is wanted follows from this")
OTHER_SIDE: Final = Text("另一边", "the other side")
_RANGE: Final = Text("其范围", "its range")
_LIMIT: Final = 3  # places beside the first; more would hide what they are to show


def stated(work: Work, name: str, what: Text = STATED, *keys: str) -> tuple[Also, ...]:
    """Where a name is stated, or the first of some keys there; nothing where it is no name of the module."""
    path = work.paths.get(name)
    return () if path is None else (work.entry.origin.also(what, path, *keys, key=True),)


def at(work: Work, path: Path, what: Text = STATED, *keys: str) -> tuple[Also, ...]:
    """What stands at a path."""
    return (work.entry.origin.also(what, path, *keys),)


def within(work: Work, path: Path, node: p.Node, what: Text) -> tuple[Also, ...]:
    """A part of a formula."""
    return (Also(what, work.spot(path, node.span)),)


def written(work: Work, node: p.Node) -> tuple[Also, ...]:
    """Where the unit or the type of the value of a formula is stated, if it is a name or an entry of a table."""
    name = getattr(node, "name", "")
    match node:
        case p.FieldValue(rows=rows):
            return at(work, ("facts", rows, "fields", name), STATED, "unit", "of", "type")
        case p.FactValue() | p.StepValue() | p.ParameterValue():
            return stated(work, name, STATED, "unit", "of", "type")
        case p.Classified(bracket=bracket):
            return stated(work, bracket.name)
        case _:
            return ()


def absence(work: Work, name: str, rows: str = "") -> tuple[Also, ...]:
    """Where a fact, or a field of rows, is said to be absent at times."""
    path: Path = ("facts", rows, "fields", name) if rows else ("facts", name)
    return at(work, path, Text("可以不给", "it may be left out"), "when", "optional")


def sources(
    work: Work, steps: Mapping[str, p.Node], node: p.Node, *keys: str, only_ranges: bool = False
) -> tuple[Also, ...]:
    """Where the range of a value comes from: the ranges of the facts, and the steps that it rests on."""
    keys = keys or ("range",)
    found: dict[str, Also] = {}
    for each in _below(node, steps):
        match each:
            case p.FactValue(type=Number(), name=name) if name in work.document.facts:
                found.setdefault(name, work.entry.origin.also(_RANGE, ("facts", name), *keys))
            case p.FieldValue(type=Number(), rows=rows, name=name):
                found.setdefault(name, work.entry.origin.also(_RANGE, ("facts", rows, "fields", name), *keys))
            case p.StepValue(name=name) if not only_ranges:
                what = Text(f"{name} 的算法", f"how {name} is computed")
                found.setdefault(name, work.entry.origin.also(what, _step(work, name)))
            case p.ParameterValue(name=name):
                other = work.entry.origin.also(STATED, ("parameters", name), "value", "values", "within")
                found.setdefault(name, other)
    return tuple(found.values())[:_LIMIT]


def _below(node: p.Node, steps: Mapping[str, p.Node]) -> Iterator[p.Node]:
    """The parts of a formula, and of the steps that it rests on; a step comes before its own parts."""
    waiting, passed = [node], set[str]()
    while waiting:
        for each in p.walk(waiting.pop(0)):
            yield each
            if isinstance(each, p.StepValue) and each.name in steps.keys() - passed:
                passed.add(each.name)
                waiting.append(steps[each.name])


def culprits(
    work: Work, steps: Mapping[str, p.Node], node: p.Node, is_bad: Callable[[str], bool], what: Text
) -> tuple[Also, ...]:
    """The step that a formula takes a fault from, and the one that this takes it from, to where it begins."""
    found: list[Also] = []
    while name := next((x.name for x in p.walk(node) if isinstance(x, p.StepValue) and is_bad(x.name)), None):
        found.append(work.entry.origin.also(what, _step(work, name)))
        node = steps[name]
    return tuple(found[-_LIMIT:])


def _step(work: Work, name: str) -> Path:
    index = next(number for number, step in enumerate(work.document.steps) if step.name == name)
    return path_of_step(work.document, index)
