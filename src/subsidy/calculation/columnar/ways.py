"""One way to read a policy, over columns: what `Runner` does with one claim, for all claims of a piece of a table."""

from __future__ import annotations

from collections.abc import Mapping
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
from .spaces import Column, Held, Rows, Space
from .splits import Split, split_of

Mask = NDArray[np.bool_]


def way_of(runner: Runner) -> Way:
    """The formulas of a runner over columns, made the first time that a table asks for them."""
    if runner.columns is None:
        runner.columns = Way(runner)
    found: Way = runner.columns
    return found


@dataclass(frozen=True)
class Found:
    """What one way answers for so many claims.

    Attributes:
        tests: of each condition, whether it holds.
        parts: of each part, its sum in fen.
        shares: of each part, those of its payers in fen.
        steps: the values of steps, over their denominators.
        is_plain: whether the claim is answered here; what a guard refuses, or nobody decided, is not.
    """

    tests: list[Mask]
    parts: list[Column]
    shares: list[list[Column]]
    steps: Mapping[str, Column]
    is_plain: Mask


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
        emitter = Emitter(program.known, lacking, self.book, is_wide=self.is_wide)

        def formula(node: p.Node) -> Formula:
            return emitter.formula(runner.lowered(node))

        self.when = {name: formula(node) for name, node in folded.when.items() if node is not None}
        self.steps = [(step.name, emitter.step(step, runner.ops[step.name])) for step in folded.steps]
        self._guards = [formula(guard.test) for guard in folded.guards]
        self._tests = [formula(test.test) for test in folded.conditions]
        self._admissible = [index for index, test in enumerate(folded.conditions) if test.kind == "admissible"]
        self._parts: list[Formula] = []
        self._decided: list[tuple[str, Formula]] = []
        for part in folded.parts:
            self._parts.append(self._sum(part, emitter))
        self._splits: list[Split] = [split_of(part, (runner.lowered, emitter.formula)) for part in folded.parts]
        self.used = frozenset(emitter.used)

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

    def run(self, space: Space) -> Found:
        """Steps, tests, parts and shares of every place."""
        size = space.size
        is_plain = np.ones(size, bool)
        for name, formula in self.steps:
            space.steps[name] = formula(space)
        for guard in self._guards:
            is_plain &= guard(space)
        tests = [np.broadcast_to(test(space), size) for test in self._tests]
        for index in self._admissible:
            is_plain &= tests[index]
        for name, within in self._decided:
            is_plain &= space.fact_given(name) & within(space)
        parts, shares = list[Column](), list[list[Column]]()
        for index, part in enumerate(self.folded.parts):
            total = np.broadcast_to(self._parts[index](space), size)
            needed = [tests[i] for i, test in enumerate(self.folded.conditions) if test.concerns(part.name)]
            if needed:
                total = np.where(reduce(np.logical_and, needed), total, 0)
            parts.append(total)
            shares.append(self._splits[index](total, space))
        return Found(tests, parts, shares, space.steps, is_plain)


def _wide(fact: p.Fact, held: Held) -> Held:
    return Held(held.values.astype(object), held.given, held.lacking) if isinstance(fact.type, Number) else held
