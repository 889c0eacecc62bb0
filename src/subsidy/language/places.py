"""Where each part of a program stands in its file, so that later passes can point at it."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalogue.documents import Module
from ..catalogue.positions import Path
from . import program as p
from .folding import Folded


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
    for part in folded.parts:
        path: Path = ("outcome", "parts", parts[part.name])
        yield (*path, "value"), part.value
        for number, share in enumerate(part.shares):
            for key, node in (("percent", share.percent), ("value", share.value)):
                if node is not None:
                    yield (*path, "shares", number, key), node


def path_of_step(document: Module, index: int) -> Path:
    """The key that a step is known by: its formula, or how a ladder picks."""
    return ("steps", index, "value" if document.steps[index].pick is None else "pick")
