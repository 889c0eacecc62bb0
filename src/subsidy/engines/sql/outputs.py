"""What comes out of a query: sums in CNY with their bounds, verdicts, reasons, and what was asked for beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from ...calculation.policy import Policy
from . import words as w
from .facts import Column
from .way import Way
from .words import Sql

SUM: Final = "DECIMAL(21, 2)"
PROBLEMS: Final = "what is wrong"


@dataclass(frozen=True)
class Outputs:
    """The columns of `Policy.calculate_table`, of every way to read the policy.

    Attributes:
        steps: the steps and conditions that are wanted beside the others.
    """

    policy: Policy
    ways: Sequence[Way]
    steps: Sequence[str]
    is_simulated: bool

    def columns(self) -> Iterator[Column]:
        program, policy = self.policy.program, self.policy
        is_fine = w.absent(w.column(PROBLEMS))
        if policy.pays:
            counted = [program.parts[place].name for place in policy.counted]
            yield from self._sum("amount", [[f"fen.{name}" for name in counted]], is_fine)
        for part in program.parts:
            yield from self._sum(f"parts.{part.name}", [[f"fen.{part.name}"]], is_fine)
        for part in program.parts:
            for share in part.shares:
                yield from self._sum(f"shares.{part.name}.{share.name}", [[f"fen.{part.name}.{share.name}"]], is_fine)
        required = [program.conditions[place].name for place in policy.required]
        yield "eligible", self._masked(is_fine, self._verdict(required))
        yield "reasons", self._masked(is_fine, self._reasons())
        for name in self.steps:
            kind = "steps" if name in policy.steps else "conditions"
            yield f"{kind}.{name}", self._masked(is_fine, self._alike(f"{kind}.{name}"))
        yield "simulation", self._masked(is_fine, w.truth(self.is_simulated))
        yield "problems", w.column(PROBLEMS)

    @staticmethod
    def _masked(is_fine: Sql, value: Sql) -> Sql:
        return w.cases([(is_fine, value)])

    def _sum(self, name: str, addends: Sequence[Sequence[str]], is_fine: Sql) -> Iterator[Column]:
        (names,) = addends
        totals = []
        for way in self.ways:
            total: Sql = w.big(0) if not names else way.column(names[0])
            for each in names[1:]:
                total = w.plus(total, way.column(each))
            totals.append(total)
        if len(totals) == 1:
            yield name, self._masked(is_fine, _cny(totals[0]))
            return
        low, high = w.least(totals), w.greatest(totals)
        is_one = w.both([is_fine, w.compared("==", low, high)])
        yield name, w.cases([(is_one, _cny(low))])
        yield f"{name}.low", self._masked(is_fine, _cny(low))
        yield f"{name}.high", self._masked(is_fine, _cny(high))

    def _verdict(self, names: Sequence[str]) -> Sql:
        hold = [w.both(way.column(f"conditions.{name}") for name in names) for way in self.ways]
        if len(hold) == 1:
            return hold[0]
        pairs = [(w.both(hold), w.truth(True)), (w.denied(w.either(hold)), w.truth(False))]
        return w.cases(pairs)

    def _reasons(self) -> Sql:
        """The required conditions that fail in every way, by name."""
        names = [test.name for test in self.policy.program.conditions if test.kind == "required"]
        found = []
        for name in names:
            fails = w.both(w.denied(way.column(f"conditions.{name}")) for way in self.ways)
            found.append(w.cases([(fails, w.text(name))]))
        return joined(found, ", ")

    def _alike(self, name: str) -> Sql:
        """A value that all ways have; nothing where they differ."""
        first, *others = (way.column(name) for way in self.ways)
        if not others:
            return first
        return w.cases([(w.both(w.compared("==", first, each) for each in others), first)])


def _cny(fen: Sql) -> Sql:
    """A sum in fen as a decimal in CNY: times a hundredth, for a division may go through floats."""
    return w.cast(w.times(w.cast(fen, "DECIMAL(18, 0)"), w.cast(w.text("0.01"), "DECIMAL(3, 2)")), SUM)


def joined(texts: Sequence[Sql], between: str) -> Sql:
    """Texts that are there, one behind the other; of none an empty text."""
    if not texts:
        return w.text("")
    parts = [w.coalesced(exp.DPipe(this=w.text(between), expression=w.own(each)), w.text("")) for each in texts]
    joined = parts[0]
    for part in parts[1:]:
        joined = exp.DPipe(this=joined, expression=part)
    return w.called("SUBSTR", joined, w.small(len(between) + 1))
