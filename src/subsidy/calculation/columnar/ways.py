"""One way to read a policy, over columns: what `Runner` does with one claim, for all claims of a piece of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from math import lcm

import numpy as np
from numpy.typing import NDArray

from ...language import program as p
from ...language.lowering import Op, over
from ...language.passes.width import wide_under
from ...language.types import Choice, Division, Number, options
from ..runner import FEN, Runner
from .kernel import Book, Emitter, Formula
from .numbers import chosen
from .spaces import Column, Held, Rows, Space, whole
from .splits import Split, split_of

Mask = NDArray[np.bool_]


def way_of(runner: Runner) -> Way:
    """The formulas of a runner over columns, made the first time that a table asks for them."""
    if runner.columns is None:
        runner.columns = Way(runner)
    found: Way = runner.columns
    return found


@dataclass(frozen=True)
class Wanted:
    """What of a program is to be computed: conditions, parts, and parts whose shares are, by their places; steps."""

    tests: frozenset[int]
    parts: frozenset[int]
    shares: frozenset[int]
    steps: frozenset[str]


@dataclass(frozen=True)
class Found:
    """What one way answers for so many claims.

    Attributes:
        tests: of each condition that is wanted, whether it holds.
        parts: of each part that is wanted, its sum in fen.
        shares: of each part whose shares are wanted, those of its payers in fen.
        steps: the values of steps, over their denominators.
        is_plain: whether the claim is answered here; what a guard refuses, or nobody decided, is not.
    """

    tests: Mapping[int, Mask]
    parts: Mapping[int, Column]
    shares: Mapping[int, list[Column]]
    steps: Mapping[str, Column]
    is_plain: Mask | np.bool_


def book_of(program: p.Program) -> Book:
    """A book that begins with the texts that facts may have; so they stand in the same places in each of a program."""
    book = Book()
    for fact in program.facts.values():
        for each in (fact, *fact.fields):
            if isinstance(each.type, Choice | Division):
                for text in options(each.type):
                    book.place(text)
    return book


class Way:
    """A program under one choice of readings, made into formulas over columns once."""

    def __init__(self, runner: Runner) -> None:
        program, folded = runner.program, runner.folded
        self.runner, self.program, self.folded = runner, program, folded
        self.is_wide = any(wide_under(program, folded))
        self.book = book_of(program)
        lacking = frozenset(name for name, fact in program.facts.items() if fact.optional or fact.when is not None)
        emitter = Emitter(program, lacking, self.book, is_wide=self.is_wide)

        def formula(node: p.Node) -> Formula:
            return emitter.formula(runner.lowered(node))

        self.when = {name: formula(node) for name, node in folded.when.items() if node is not None}
        self._steps = [(step.name, emitter.step(step, runner.ops[step.name])) for step in folded.steps]
        self._guards = [formula(guard.test) for guard in folded.guards]
        self._tests = [formula(test.test) for test in folded.conditions]
        self._admissible = [index for index, test in enumerate(folded.conditions) if test.kind == "admissible"]
        self._parts: list[Formula] = []
        self._needed = [
            [i for i, test in enumerate(folded.conditions) if test.concerns(part.name)] for part in folded.parts
        ]
        self._decided: list[tuple[str, Formula]] = []
        for part in folded.parts:
            self._parts.append(self._sum(part, emitter))
        self._splits: list[Split] = [split_of(part, (runner.lowered, emitter.formula)) for part in folded.parts]
        self.used = frozenset(emitter.used) | {part.decided for part in folded.parts if part.decided}

    def _sum(self, part: p.Part, emitter: Emitter) -> Formula:
        """The sum of a part in fen; of one up to a ceiling what was decided, which is looked at beside it."""
        total = self.runner.lowered(part.value)
        if not part.decided:
            return emitter.formula(over(total, FEN))
        fact = self.program.facts[part.decided]
        decided = self.runner.lowered(p.FactValue(fact.type, part.value.span, part.decided))
        common = lcm(decided.denominator, total.denominator)
        within = Op("<=", (over(decided, common), over(total, common)))
        self._decided.append((part.decided, emitter.formula(within)))
        return emitter.formula(over(decided, FEN))

    def facts(self, read: Mapping[str, Held | Rows]) -> dict[str, Held | Rows]:
        """Facts as this way computes with them: numbers without limit where 64 bits may not hold them."""
        if not self.is_wide:
            return dict(read)
        found: dict[str, Held | Rows] = {}
        for name, held in read.items():
            fact = self.program.facts[name]
            if isinstance(held, Rows):
                fields = tuple(_wide(field, each) for field, each in zip(fact.fields, held.fields, strict=True))
                found[name] = Rows(held.counts, fields, held.given)
            else:
                found[name] = _wide(fact, held)
        return found

    def with_what_it_needs(self, wanted: Wanted) -> Wanted:
        """What is wanted, with all that this rests on and that says whether a claim is answered here."""
        folded, parts = self.folded, wanted.parts | wanted.shares
        names = [folded.parts[index].name for index in parts]
        tests = {i for i, test in enumerate(folded.conditions) if any(map(test.concerns, names))}
        tests |= wanted.tests | set(self._admissible)
        of = {step.name: step.value for step in folded.steps}
        nodes = [folded.conditions[index].test for index in tests] + [guard.test for guard in folded.guards]
        nodes += [node for index in parts for node in _nodes(folded.parts[index], is_split=index in wanted.shares)]
        nodes += [of[name] for name in wanted.steps]
        steps = set(wanted.steps)
        while nodes:
            for each in p.walk(nodes.pop()):
                if isinstance(each, p.StepValue) and each.name not in steps:
                    steps.add(each.name)
                    nodes.append(of[each.name])
        return Wanted(frozenset(tests), frozenset(parts), wanted.shares, frozenset(steps))

    def run(self, space: Space, wanted: Wanted) -> Found:
        """Steps, tests, parts and shares of every place, as far as they are wanted."""
        size = space.size
        is_plain: Mask | np.bool_ = np.True_
        for name, formula in self._steps:
            if name in wanted.steps:
                space.steps[name] = formula(space)
        for guard in self._guards:
            is_plain = is_plain & guard(space)
        tests = {index: whole(self._tests[index](space), size) for index in sorted(wanted.tests)}
        for index in self._admissible:
            is_plain = is_plain & tests[index]
        for name, within in self._decided:
            is_plain = is_plain & space.fact_given(name) & within(space)
        parts, shares = dict[int, Column](), dict[int, list[Column]]()
        for index in sorted(wanted.parts):
            total = whole(self._parts[index](space), size)
            if self._needed[index]:
                total = chosen(reduce(np.logical_and, [tests[i] for i in self._needed[index]]), total, 0)
            parts[index] = total
            if index in wanted.shares:
                shares[index] = self._splits[index](total, space)
        return Found(tests, parts, shares, space.steps, is_plain)


def _nodes(part: p.Part, *, is_split: bool) -> Iterator[p.Node]:
    """The formulas of a part, and those by which it is split."""
    yield part.value
    if is_split:
        stated = [node for each in part.shares for node in (each.percent, each.value)]
        stated += [node for each in part.instalments for node in (each.share, each.value, each.when)]
        yield from (node for node in stated if node is not None)


def _wide(fact: p.Fact, held: Held) -> Held:
    if not isinstance(fact.type, Number):
        return held
    return Held(held.values.astype(object), held.given, held.lacking)
