"""One way to read a policy in a query: where its facts, steps and tests stand."""

from __future__ import annotations

from typing import Final

from ...calculation.runner import Runner
from ...language import program as p
from . import words as w
from .dialects import Dialect
from .facts import given_of, value_of
from .formulas import Emitter
from .words import Sql

APPLIED: Final = " applied"  # of a fact that applies only where others say so


class Way:
    """One way to read the policy: its expressions, in columns of its own where there are several."""

    def __init__(self, runner: Runner, engine: Dialect, suffix: str) -> None:
        self.runner, self.engine, self.suffix = runner, engine, suffix
        program = runner.program
        self.conditional = {name for name, fact in program.facts.items() if fact.when is not None}
        lack = frozenset(name for name, fact in program.facts.items() if fact.optional or fact.when is not None)
        self.emitter = Emitter(program, engine, self.fact, self.given, self.step, lack)

    def fact(self, name: str) -> Sql:
        return w.column(value_of(name) + self._of(name))

    def given(self, name: str) -> Sql:
        return w.column(given_of(name) + self._of(name))

    def _of(self, name: str) -> str:
        return (self.suffix or APPLIED) if name in self.conditional else ""

    def step(self, name: str) -> Sql:
        return w.column(f"steps.{name}{self.suffix}")

    def formula(self, node: p.Node) -> Sql:
        return self.emitter.formula(self.runner.lowered(node))

    def column(self, name: str) -> Sql:
        return w.column(name + self.suffix)
