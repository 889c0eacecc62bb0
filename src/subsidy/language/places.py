"""Where each part of a program stands in its file, so that later passes can point at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..catalogue.documents import Module, Part
from ..catalogue.positions import Path
from . import program as p
from .folding import Folded

MEASURE_FORMULAS: Final = ("value", "required", "by", "before")
INSTALMENT_FORMULAS: Final = ("share", "value", "due", "when", "test")


def sum_path(path: Path, part: Part) -> Path:
    """Where the formula of a part stands."""
    return (*path, "value" if part.up_to is None else "up_to")


def formulas(document: Module, folded: Folded) -> Iterator[tuple[Path, p.Node]]:
    """Every formula of a folded program with its path in the file, steps first, in the order of evaluation."""
    steps = {step.name: index for index, step in enumerate(document.steps)}
    tests = {test.name: index for index, test in enumerate(document.conditions)}
    parts = {part.name: index for index, part in enumerate(document.outcome.parts)}
    for name, when in folded.when.items():
        if when is not None:
            yield ("facts", name, "when"), when
    for step in folded.steps:
        yield path_of_step(document, steps[step.name]), step.value
    for test in folded.conditions:
        yield ("conditions", tests[test.name], "test"), test.test
    for index, measure in enumerate(folded.measures):
        for key in MEASURE_FORMULAS:
            if (node := getattr(measure, key)) is not None:
                yield ("measures", index, key), node
    for part in folded.parts:
        path: Path = ("outcome", "parts", parts[part.name])
        yield sum_path(path, document.outcome.parts[parts[part.name]]), part.value
        for number, share in enumerate(part.shares):
            for key, node in (("percent", share.percent), ("value", share.value)):
                if node is not None:
                    yield (*path, "shares", number, key), node
        for number, each in enumerate(part.instalments):
            for key in INSTALMENT_FORMULAS:
                if (node := getattr(each, key)) is not None:
                    yield (*path, "instalments", number, key), node


def path_of_step(document: Module, index: int) -> Path:
    """The key that a step is known by: its formula, or how a ladder picks."""
    return ("steps", index, "value" if document.steps[index].pick is None else "pick")
