"""The columns of a result as a sheet shows them: words in one language, figures as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..language import program as p
from ..language.types import Choice, Type
from ..text import Language, Text
from .layout import Column
from .outcome import SIMULATION, Outcome
from .pieces import Answered, words
from .texts import texts
from .under import NOBODY

YES, NO, OPEN = Text("是", "yes"), Text("否", "no"), Text("未定", "open")
ADOPTED: Final = Text("依采用文件", "under an adoption")


class Shown:
    """Makes the cells of a column, in one language."""

    def __init__(self, outcome: Outcome, language: Language) -> None:
        self.language = language
        self._between = {"zh": "；", "en": "; "}[language]
        programs = [each.program for each in outcome.versions]
        self._labels = [{test.name: test.label.in_(language) for test in each.conditions} for each in programs]
        self._choices = [self._choices_of(each) for each in programs]
        self._choices.append(  # of rows that fall under no version
            {("facts", name): self._said(fact.type) for name, fact in outcome.roster.facts.items()}
        )

    def _choices_of(self, program: p.Program) -> dict[tuple[str, str], dict[str, str]]:
        """The labels of the values of each column, in a version."""
        types = {("facts", name): fact.type for name, fact in program.facts.items()}
        types |= {("answers", f"steps.{step.name}"): step.type for step in program.steps}
        return {column: self._said(of) for column, of in types.items()}

    def _said(self, of: Type) -> dict[str, str]:
        labels = of.labels if isinstance(of, Choice) else {}
        return {value: label.in_(self.language) for value, label in labels.items()}

    def column(self, answered: Answered, column: Column) -> pa.Array:
        """The cells of a column: texts, whole numbers or sums; null where there is nothing."""
        if column.source == "row":
            return answered.piece.rows
        if column.kind == "problems":
            return self._problems(answered)
        batch = getattr(answered.piece, column.source) if column.source != "answers" else answered.answers
        found = batch.column(batch.schema.get_field_index(column.key))
        match column.kind:
            case "sum":
                return found
            case "flag":
                return self._flags(answered, found, is_answer=column.source == "answers")
            case "choice":
                where = (column.source, column.key)
                return self._mapped(answered, texts(found), lambda of, value: self._choice(of, where, value))
            case "reasons":
                return self._mapped(answered, found, self._reasons)
            case "basis":
                return self._either(found, SIMULATION, ADOPTED)
            case "records":
                return pa.array([None if each is None else _json(each) for each in found.to_pylist()], pa.string())
            case _:
                return found if pa.types.is_string(found.type) else texts(found)

    def _either(self, column: pa.Array, yes: Text, no: Text) -> pa.Array:
        return pc.if_else(column, yes.in_(self.language), no.in_(self.language))

    def _flags(self, answered: Answered, column: pa.Array, *, is_answer: bool) -> pa.Array:
        if not pa.types.is_boolean(column.type):
            return texts(column)
        said = self._either(column, YES, NO)
        if not is_answer:
            return said
        computed = answered.answers.column("simulation").is_valid()
        return pc.if_else(pc.and_(computed, pc.is_null(column)), OPEN.in_(self.language), said)

    def _choice(self, of: int, where: tuple[str, str], value: str) -> str:
        """The label of a choice, in a version or in any."""
        return self._choices[of].get(where, {}).get(value) or self._choices[NOBODY].get(where, {}).get(value, value)

    def _reasons(self, of: int, names: str) -> str | None:
        """The labels of conditions by their names, in a version."""
        return self._between.join(self._labels[of].get(each, each) for each in names.split(", ")) if names else None

    @staticmethod
    def _mapped(answered: Answered, column: pa.Array, say: Callable[[int, str], str | None]) -> pa.Array:
        """A column of few different texts as other texts, as each version has them, each made once."""
        encoded, found = column.dictionary_encode(), column
        for version in np.unique(answered.of).tolist():
            said = [None if each is None else say(version, each) for each in encoded.dictionary.to_pylist()]
            mapped = pa.array(said, pa.string()).take(encoded.indices)
            found = pc.if_else(pa.array(answered.of == version), mapped, found)
        return found

    def _problems(self, answered: Answered) -> pa.Array:
        if not answered.problems:
            return pa.nulls(len(answered), pa.string())
        found: list[str | None] = [None] * len(answered)
        for row, problems in answered.problems.items():
            found[row] = words(problems, self.language)
        return pa.array(found, pa.string())


def _json(records: Any) -> str:
    """Records as a roster in CSV states them; what a record does not state is left out."""
    stated = [{name: value for name, value in each.items() if value is not None} if each else each for each in records]
    return json.dumps(stated, ensure_ascii=False, default=str)
