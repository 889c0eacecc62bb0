"""Read: every formula of the document becomes a syntax tree, or a problem with a caret."""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue.documents import Module
from ...catalogue.positions import Path
from ...text import Text
from ..grammar import FormulaError, parse_formula
from ..syntax import Span, moved
from ..work import Work


def read(work: Work) -> None:
    for path, text in formulas(work.document):
        if work.is_broken(path):
            work.texts[path] = ""
            continue
        work.texts[path] = text
        try:
            formula = parse_formula(text)
            work.formulas[path] = moved(formula, path) if _is_rung(path) else formula
        except FormulaError as error:
            values = {name: value for name, value in error.values.items() if value != Text("", "")}
            work.formula_problem(error.code, path, Span(error.start, error.start + error.width), **values)


def formulas(document: Module) -> Iterator[tuple[Path, str]]:
    """Every formula with the path of its key, in the order of the file."""
    for name, fact in document.facts.items():
        if fact.when is not None:
            yield ("facts", name, "when"), fact.when
    for index, condition in enumerate(document.conditions):
        yield ("conditions", index, "test"), condition.test
    for index, step in enumerate(document.steps):
        if step.value is not None:
            yield ("steps", index, "value"), step.value
        for number, rung in enumerate(step.rows):
            yield ("steps", index, "rows", number, "if"), rung.if_
            yield ("steps", index, "rows", number, "value"), rung.value
        if step.otherwise is not None:
            yield ("steps", index, "otherwise"), step.otherwise
    for index, part in enumerate(document.outcome.parts):
        yield ("outcome", "parts", index, "value"), part.value
        for number, share in enumerate(part.shares):
            for key in ("percent", "value"):
                text = getattr(share, key)
                if text is not None:
                    yield ("outcome", "parts", index, "shares", number, key), text


def _is_rung(path: Path) -> bool:
    """Whether a formula is part of a ladder, which is known by the key of its step and not by its own."""
    return path[0] == "steps" and path[2] in {"rows", "otherwise"}
