"""Reach: what is written and never comes into play, under no reading and for no facts.

A row that is never picked, an `otherwise` that is never reached, a condition that never fails: each is proved, never
guessed, and most likely not what its author meant. Where a ladder has no `otherwise`, its rows cover every case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ...catalogue.positions import Path
from ...text import Text
from .. import program as p
from ..bounds import Bounds, Unprovable
from ..cases import Cases, Limits
from ..folding import Folded
from ..intervals import Interval
from ..places import formulas, path_of_step
from ..syntax import Span
from ..types import Choice
from ..work import UNPROVABLE, Work
from .range import static_bounds

ROWS_LIMIT: Final = 40  # of a ladder of which the highest row counts, each row is held against each
NEVER: Final = Text("它的条件从不成立", "its test never holds")


def reach(work: Work) -> None:
    if work.program is None or work.has(*UNPROVABLE):
        return
    found = _Found()
    for folded in work.folded:
        _Reach(work, folded, found).look()
        if work.has(*UNPROVABLE):  # it took too much: then nothing is said, and no ladder counts as complete
            return
    _tests(work, found)
    _branches(work, found)
    _ladders(work, found)


@dataclass(slots=True)
class _Found:
    """What comes into play under one choice of readings or another."""

    tests: dict[Path, set[bool]] = field(default_factory=dict)  # how a condition, or the `when` of a fact, may come out
    branches: dict[tuple[Path, Span], list[set[bool]]] = field(default_factory=dict)  # one for each choice of readings
    picked: set[Path] = field(default_factory=set)  # values of rows, and otherwises
    taken: dict[Path, list[int]] = field(default_factory=dict)  # for a row that is not picked, rows that are instead
    open: set[int] = field(default_factory=set)  # steps with rows that were seen not to cover every case


class _Reach:
    """Looks at a program under one choice of readings."""

    def __init__(self, work: Work, folded: Folded, found: _Found) -> None:
        assert work.program is not None
        self.work, self.folded, self.found = work, folded, found
        self.bounds: Bounds = static_bounds(work.program, folded, work.proof)
        self.cases = Cases(self.bounds, work.program.known)

    def look(self) -> None:
        assert self.work.program is not None
        document = self.work.document
        steps = {path_of_step(document, index): index for index in range(len(document.steps))}
        for path, node in formulas(document, self.folded):
            try:
                value = self.evaluated(path, node)
            except Unprovable as error:
                if not error.code:  # what it rests on was reported
                    continue
                self.work.formula_problem(error.code, path, error.node.span, also=(), **error.values)
                return
            if path in steps:
                index = steps[path]
                self.bounds.steps[document.steps[index].name] = value
                if document.steps[index].pick is not None:
                    self.ladder(index, node)
            if path[0] in {"conditions", "facts"}:
                self.found.tests.setdefault(path, set()).update(self.outcomes(node, value))

    def evaluated(self, path: Path, node: p.Node) -> Any:
        """The bounds of a formula; on the way, how each test of a branch in it may come out."""
        tests = {id(each.test): each for each in p.walk(node) if isinstance(each, p.If)}
        seen: dict[int, set[bool]] = {}

        count = self.bounds.on_step

        def on_step(inner: p.Node, value: Any) -> None:
            if count is not None:
                count(inner, value)
            if id(inner) in tests:
                seen.setdefault(id(inner), set()).update(value)

        self.bounds.on_step = on_step
        try:
            return self.bounds.of(node)
        finally:
            self.bounds.on_step = count
            for key, outcomes in seen.items():
                branch = tests[key]
                place = (branch.test.span.path or path, branch.test.span)
                self.found.branches.setdefault(place, []).append(self.outcomes(branch.test, outcomes))

    def outcomes(self, test: p.Node, outcomes: Any) -> set[bool]:
        """How a test may come out, of what bounds alone would let it be."""
        if any(isinstance(each, p.FieldValue | p.MonthValue) for each in p.walk(test)):
            return set(outcomes)  # rows are not told apart
        return {holds for holds in outcomes if self.cases.may_be((test, holds))}

    def ladder(self, index: int, node: p.Node) -> None:
        own: Path = ("steps", index, "pick")
        if isinstance(node, p.Round) and node.span.path == own:
            node = node.operand
        if not isinstance(node, p.Ladder) or node.span.path != own:  # the readings leave one value alone
            if isinstance(node, p.Unreached):
                self.uncovered(index, [{}])
            self.found.picked.add(node.span.path)
            return
        left: list[Limits] | None = [{}]  # the cases in which no row holds that stands before
        for number, (test, value) in enumerate(zip(node.tests, node.values, strict=True)):
            place, is_taken = value.span.path, False
            if node.pick == "first":
                is_taken = self.cases.narrowed(left, test, True) == []
            elif node.pick == "highest":
                is_taken = not self.cases.may_be(
                    (test, True), *((node.tests[o], False) for o in self.above(node, number))
                )
            if not self.cases.may_be((test, True)):
                pass
            elif is_taken:
                others = range(number) if node.pick == "first" else self.above(node, number)
                takes = [other for other in others if self.cases.may_be((test, True), (node.tests[other], True))]
                self.found.taken[place] = [int(node.values[other].span.path[3]) for other in takes]
            else:
                self.found.picked.add(place)
            left = self.cases.narrowed(left, test, False)
        if left == []:
            return
        if isinstance(node.otherwise, p.Unreached):
            self.uncovered(index, left or [{}])
        else:
            self.found.picked.add(node.otherwise.span.path)

    def above(self, node: p.Ladder, number: int) -> list[int]:
        """The rows that always give more than one, or as much and stand before it; none in a long ladder."""
        if len(node.values) > ROWS_LIMIT:
            return []
        ends = [self.ordered(value) for value in node.values]
        most = ends[number][1]
        if most is None:
            return []
        lows = ((other, low) for other, (low, _) in enumerate(ends) if low is not None and other != number)
        return [other for other, low in lows if low > most or (low == most and other < number)]

    def ordered(self, node: p.Node) -> tuple[Any, Any]:
        """The ends of a value with an order; places in the list for an ordered choice."""
        try:
            value = self.bounds.of(node)
        except Unprovable:
            return None, None
        if isinstance(value, frozenset) and isinstance(node.type, Choice):
            places = [node.type.values.index(name) for name in value]
            return min(places), max(places)
        return (value.low, value.high) if isinstance(value, Interval) else (None, None)

    def uncovered(self, index: int, cases: list[Limits]) -> None:
        """A ladder without an `otherwise`, of which the rows may leave a case out."""
        if index in self.found.open:
            return
        self.found.open.add(index)
        step = self.work.document.steps[index]
        said = self.cases.said(cases[0], self.work.texts)
        what = Text(said, said) if said else Text("（不能确定）", "one that cannot be named")
        self.work.problem("P0619", ("steps", index, "pick"), step=step.name, case=what)


def _tests(work: Work, found: _Found) -> None:
    for index, test in enumerate(work.document.conditions):
        outcomes = found.tests.get(("conditions", index, "test"), set())
        if len(outcomes) == 1:
            code = "P0616" if True in outcomes else "P0617"
            work.problem(code, ("conditions", index, "test"), name=test.name)
    for name in work.document.facts:
        if found.tests.get(("facts", name, "when")) == {False}:
            work.problem("P0625", ("facts", name, "when"), name=name)


def _branches(work: Work, found: _Found) -> None:
    """Tests of branches that come out one way whatever is given, under every choice of readings."""
    for (path, span), outcomes in found.branches.items():
        seen = set[bool]().union(*outcomes)
        if len(outcomes) == len(work.folded) and len(seen) == 1:
            always = Text("总是成立", "always holds") if True in seen else Text("从不成立", "never holds")
            work.formula_problem("P0624", path, span, outcome=always)


def _ladders(work: Work, found: _Found) -> None:
    for index, step in enumerate(work.document.steps):
        if step.pick is None or not any(path[:2] == ("steps", index) for path in _reached(found)):
            continue
        for number in range(len(step.rows)):
            row: Path = ("steps", index, "rows", number)
            if (*row, "value") in found.picked:
                continue
            takes = found.taken.get((*row, "value"))
            why = NEVER
            if takes:
                rows = ", ".join(str(other + 1) for other in takes)
                why = Text(f"第 {rows} 行总在其先", f"row {rows} takes all of its cases")
                if len(takes) > 1:
                    why = Text(f"第 {rows} 行合起来总在其先", f"rows {rows} take all of its cases")
            work.problem("P0615", (*row, "if"), row=str(number + 1), why=why)
        if step.otherwise is not None and ("steps", index, "otherwise") not in found.picked:
            work.problem("P0618", ("steps", index, "otherwise"), step=step.name)


def _reached(found: _Found) -> Iterator[Path]:
    """What was looked at in ladders; of one that could not be, nothing is said."""
    yield from found.picked
    yield from found.taken
