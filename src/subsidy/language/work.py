"""What the compiler's passes hand on: the document, what has been made of it so far, and every problem found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..catalogue.documents import Module
from ..catalogue.folder import Entry
from ..catalogue.positions import Path
from ..catalogue.vocabulary import Vocabulary
from ..errors import Problems, did_you_mean
from ..text import Text
from . import program as p
from . import syntax as s
from .folding import Folded
from .types import Choice, Type
from .units import RATIO, Unit, UnitError, parse_unit


@dataclass(slots=True)
class Work:
    """One module on its way through the passes."""

    entry: Entry
    vocabulary: Vocabulary
    problems: Problems = field(default_factory=Problems)
    texts: dict[Path, str] = field(default_factory=dict)
    formulas: dict[Path, s.Expression] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    types: dict[str, Type] = field(default_factory=dict)
    choices: dict[str, Choice] = field(default_factory=dict)
    facts: dict[str, p.Fact] = field(default_factory=dict)
    parameters: dict[str, p.Parameter] = field(default_factory=dict)
    interpretations: dict[str, p.Interpretation] = field(default_factory=dict)
    caps: tuple[p.Cap, ...] = ()
    claim: Unit = RATIO
    steps: list[p.Step] = field(default_factory=list)
    conditions: list[p.Condition] = field(default_factory=list)
    parts: list[p.Part] = field(default_factory=list)
    folded: list[Folded] = field(default_factory=list)
    program: p.Program | None = None

    @property
    def document(self) -> Module:
        return self.entry.document

    def problem(self, code: str, path: Path, **values: str | Text) -> None:
        """A problem at a key of the file."""
        place = self.entry.origin.place(path)
        self.problems.add(code, place.key, place=place, **values)

    def formula_problem(self, code: str, path: Path, span: s.Span, **values: str | Text) -> None:
        """A problem within a formula, with a caret under the span."""
        start, end = span
        place = self.entry.origin.formula(path, self.texts.get(path, ""), start, max(end - start, 1))
        self.problems.add(code, place.key, place=place, **values)

    def unit(self, text: str, path: Path) -> Unit:
        """The unit that a key says; ratio with the problem added where it says none."""
        try:
            return parse_unit(text, self.vocabulary.units)
        except UnitError as error:
            self.problem("P0307", path, given=error.name or text, **hint(error.name, self.vocabulary.units))
            return RATIO


def hint(name: str, known: Iterable[str]) -> dict[str, Text]:
    """The nearest known name, as a value of a problem; nothing where there is none."""
    found = did_you_mean(name, known)
    return {"hint": found} if found else {}
