"""What the compiler's passes hand on: the document, what has been made of it so far, and every problem found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from ..catalogue.documents import Module
from ..catalogue.entry import Entry
from ..catalogue.forms import missing_hint
from ..catalogue.mending import UNREADABLE
from ..catalogue.positions import Path, overlap
from ..catalogue.vocabulary import Vocabulary
from ..codes import CODES
from ..errors import Also, Place, Problems, hint, nearest
from ..text import Text
from . import program as p
from . import syntax as s
from .broken import resting_on, says_names
from .folding import Folded
from .grammar import KEYWORDS
from .meant import unit_near
from .proof import Proof
from .types import Choice, Type
from .units import RATIO, Unit, UnitError, parse_unit, symbols, unscaled

PROBLEMS_LIMIT: Final = 200  # more than anyone reads; no formula is looked at after so many
UNPROVABLE: Final = (
    "P0501",
    "P0601",
    "P0608",
    "P0611",
    "P0612",
    "P0620",
    "P0622",
)  # with one of these, a formula has no bounds
REVERSED: Final = Text("首端大于末端", "it ends before it begins")
NONE: Final = Text("（无）", "none")
KINDS: Final = {
    "fact": Text("事实", "fact"),
    "parameter": Text("参数", "parameter"),
    "bracket": Text("分档", "bracket"),
    "step": Text("计算步骤", "step"),
    "part": Text("结果", "part"),
    "share": Text("分担", "share"),
    "instalment": Text("分期", "instalment"),
    "condition": Text("条件", "condition"),
    "measure": Text("标准", "measure"),
    "cap": Text("封顶", "cap"),
    "interpretation": Text("口径", "interpretation"),
    "list": Text("选项表", "list of choices"),
}

# Problems of values side by side, with how far above their place all of these stand; and problems with what is named.
_ABOUT_SEVERAL: Final = {"P0313": 1, "P0314": 1, "P0317": 0, "P0322": 0}
_ABOUT_NAMES: Final = frozenset({"P0301", "P0305", "P0308", "P0309", "P0311", "P0316", "P0331", "P0335"})


@dataclass(slots=True)
class Work:
    """One module on its way through the passes."""

    entry: Entry
    vocabulary: Vocabulary
    problems: Problems = field(default_factory=Problems)
    texts: dict[Path, str] = field(default_factory=dict)
    formulas: dict[Path, s.Expression] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)  # of the table or entry that a name stands for
    used: set[str] = field(default_factory=set)
    types: dict[str, Type] = field(default_factory=dict)
    choices: dict[str, Choice] = field(default_factory=dict)
    facts: dict[str, p.Fact] = field(default_factory=dict)
    parameters: dict[str, p.Parameter] = field(default_factory=dict)
    brackets: dict[str, p.Bracket] = field(default_factory=dict)
    interpretations: dict[str, p.Interpretation] = field(default_factory=dict)
    caps: tuple[p.Cap, ...] = ()
    claim: Unit = RATIO
    steps: list[p.Step] = field(default_factory=list)
    conditions: list[p.Condition] = field(default_factory=list)
    parts: list[p.Part] = field(default_factory=list)
    measures: list[p.Measure] = field(default_factory=list)
    folded: list[Folded] = field(default_factory=list)
    program: p.Program | None = None
    proof: Proof = field(default_factory=Proof)
    said: set[tuple[str, Place]] = field(default_factory=set)
    broken: set[Path] = field(default_factory=set)  # values that could not be read
    unreadable: set[str] = field(default_factory=set)  # names of what could not be read
    nameless: set[str] = field(default_factory=set)  # kinds of things of which not every name could be read
    lacks_uses: bool = False  # whether something that could not be read may have used any name

    def __post_init__(self) -> None:
        for path in self.entry.origin.broken:
            self.give_up(path)

    def give_up(self, path: Path) -> None:
        """Stay silent about a value that could not be read, and about what rests on it; its problem was reported."""
        self.broken.add(path)
        name, kind = resting_on(self.document, path)
        self.unreadable |= {name, UNREADABLE} - {""}
        self.nameless |= {kind} - {""}
        self.lacks_uses |= says_names(path)

    @property
    def document(self) -> Module:
        return self.entry.module

    def problem(self, code: str, path: Path, *, also: Iterable[Also] = (), **values: str | Text) -> None:
        """A problem at a value of the file."""
        if self._is_silent(code, path, values, _kinds_at(path)):
            return
        if code == "P0301" and (meant := nearest(str(values["given"]), self.kinds)):
            self.used.add(meant)  # lest one mistake be said twice
        place = self.entry.origin.place(path)
        if code == "P0106":
            values.setdefault("hint", missing_hint(str(values["key"])).get("hint", CODES["P0106"].help))
        self.problems.add(code, place.key, place=place, also=also, **values)

    def key_problem(self, code: str, path: Path, *, also: Iterable[Also] = (), **values: str | Text) -> None:
        """A problem at a key of the file, not at its value."""
        if self._is_silent(code, path, values, set()):
            return
        place = self.entry.origin.place(path, key=True)
        self.problems.add(code, place.key, place=place, also=also, **values)

    def formula_problem(
        self, code: str, path: Path, span: s.Span, *, also: Iterable[Also] = (), **values: str | Text
    ) -> None:
        """A problem within a formula, with a caret under the span; once, under however many readings it is found."""
        path, place = span.path or path, self.spot(path, span)
        if self._is_silent(code, path, values, {"fact", "parameter", "step"}):
            return
        if (code, place) not in self.said:
            self.said.add((code, place))
            self.problems.add(code, place.key, place=place, also=also, **values)

    def spot(self, path: Path, span: s.Span) -> Place:
        """The place of a span within a formula."""
        path = span.path or path
        if not self.texts.get(path):  # an empty formula has no span: its quotes are shown
            return self.entry.origin.place(path)
        return self.entry.origin.formula(path, self.texts.get(path, ""), span.start, max(span.end - span.start, 1))

    def is_broken(self, *paths: Path) -> bool:
        """Whether something at these paths, around or within them could not be read."""
        return any(overlap(path, broken) for path in paths for broken in self.broken)

    def _is_silent(self, code: str, path: Path, values: Mapping[str, str | Text], kinds: set[str]) -> bool:
        """Whether a problem only follows from what could not be read, which was reported."""
        if any(path[: len(each)] == each for each in self.broken):
            return True
        if code in _ABOUT_SEVERAL and self.is_broken(path[: len(path) - _ABOUT_SEVERAL[code]]):
            return True
        return code in _ABOUT_NAMES and (
            not self.unreadable.isdisjoint({values.get("given"), values.get("name")})
            or not self.nameless.isdisjoint(kinds)
        )

    def use_all(self, path: Path) -> None:
        """Count every name in a formula that is wrong as used, also the one meant, lest one mistake be said twice."""
        for name in dict.fromkeys(re.findall(r"[a-z][a-z0-9_]*", self.texts.get(path, ""))):
            if name in self.kinds or name in KEYWORDS or len(self.problems.found) > PROBLEMS_LIMIT:
                self.used.add(name)
            else:
                self.used.add(nearest(name, self.kinds) or name)

    def has(self, *codes: str) -> bool:
        """Whether a problem with one of these codes was found."""
        return any(problem.code in codes for problem in self.problems.found)

    def listed(self, path: Path, name: str) -> Choice:
        """The list of choices that a key names: one of the module's own, or of the vocabulary."""
        known = self.vocabulary.choices
        self.used.add(name)
        if name in self.choices:
            return self.choices[name]
        if name not in known:
            self.problem("P0308", path, given=name, **hint(name, self.choices | known))
            return Choice(name, (), False, {})
        self.choices[name] = Choice(name, tuple(known[name].values), known[name].ordered, dict(known[name].values))
        return self.choices[name]

    def symbols(self, unit: Unit | None) -> tuple[Text, Text]:
        """A unit as people write it, and as they write it behind a one."""
        known = self.vocabulary.units
        return symbols(unit, known), symbols(unit, known, one=True)

    def unit(self, text: str, path: Path) -> Unit:
        """The unit that a key says, which is no scaled one; ratio with the problem added where it says none."""
        unit, factor = self.stated_unit(text, path)
        if factor != 1:
            self.problem("P0326", path, given=text, wanted=str(unit))
        return unit

    def stated_unit(self, text: str, path: Path) -> tuple[Unit, Fraction]:
        """The unit in which a key states figures, in base units, and how many of them one is; given up if none."""
        try:
            return unscaled(parse_unit(text, self.vocabulary.units), self.vocabulary.scaled)
        except UnitError as error:
            near = unit_near(error.name, text, self.vocabulary.units)
            self.problem("P0307", path, given=error.name or text[:60], **near)
            self.give_up(path)
            return RATIO, Fraction(1)

    def stated_symbols(self, text: str) -> tuple[Text, Text]:
        """The unit that a key states, as people write it, and behind a one."""
        try:
            return self.symbols(parse_unit(text, self.vocabulary.units))
        except UnitError:
            return Text("", ""), Text("", "")


def _kinds_at(path: Path) -> set[str]:
    """The kinds of things that a name at `path` may mean, where it stands alone."""
    match path:
        case ("gaps", *_):
            return {*KINDS}
        case ("caps", _, "of") | ("conditions", _, "for", *_):
            return {"part"}
        case ("facts", _, "unique" | "periods", *_):
            return {"field"}
        case _:
            return {"fact", "parameter", "step"}
