"""Read: every formula of the document becomes a syntax tree, or a problem with a caret."""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue.documents import ChoiceFact, Module
from ...catalogue.positions import Path
from ...text import Text
from ..grammar import FormulaError, parse_formula
from ..meant import called
from ..places import INSTALMENT_FORMULAS, MEASURE_FORMULAS
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
            work.lacks_uses = True  # what was to stand there may have used any name
            if error.code == "P0205" and (meant := called(str(values["given"]), _labels(work))) is not None:
                values["hint"] = Text(f"是否想写 {meant}？", f"did you mean {meant}?")
            work.formula_problem(error.code, path, Span(error.start, error.start + error.width), also=(), **values)


def _labels(work: Work) -> dict[str, list[str]]:
    """What is called in Chinese what a formula may name."""
    document = work.document
    found = {name: each.label.zh for name, each in [*document.facts.items(), *document.parameters.items()]}
    found |= {step.name: step.label.zh for step in document.steps}
    for fact in document.facts.values():
        if isinstance(fact, ChoiceFact):
            listed = work.vocabulary.choices.get(fact.of) if isinstance(fact.of, str) else None
            found |= {name: text.zh for name, text in (listed.values if listed else fact.labels or {}).items()}
    found |= {row.name: row.label.zh for bracket in document.brackets.values() for row in bracket.rows}
    return {name: [label] for name, label in found.items()}


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
    for index, measure in enumerate(document.measures):
        for key in MEASURE_FORMULAS:
            if (text := getattr(measure, key)) is not None:
                yield ("measures", index, key), text
    for index, part in enumerate(document.outcome.parts):
        for key in ("value", "up_to"):
            if (text := getattr(part, key)) is not None:
                yield ("outcome", "parts", index, key), text
        for number, share in enumerate(part.shares):
            for key in ("percent", "value"):
                text = getattr(share, key)
                if text is not None:
                    yield ("outcome", "parts", index, "shares", number, key), text
        for number, instalment in enumerate(part.instalments):
            for key in INSTALMENT_FORMULAS:
                if (text := getattr(instalment, key)) is not None:
                    yield ("outcome", "parts", index, "instalments", number, key), text


def _is_rung(path: Path) -> bool:
    """Whether a formula is part of a ladder, which is known by the key of its step and not by its own."""
    return path[0] == "steps" and path[2] in {"rows", "otherwise"}
