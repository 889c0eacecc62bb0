"""Limits: what one calculation may cost, over all readings, rows and months; and how long its figures may be.

These are found without evaluating anything, before any proof begins.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Final

from ...catalogue.positions import Path
from .. import program as p
from ..bounds import MONTHS_LIMIT
from ..places import formulas
from ..proof import DIGITS_LIMIT, ENTRIES, is_too_long
from ..work import Work

SIZE_LIMIT: Final = 100_000  # parts of formulas, under all readings together
WORK_LIMIT: Final = 1_000_000  # evaluations of such parts in one calculation with every reading left open


def limits(work: Work) -> None:
    """Adds the problems; with one of them, no proof is begun."""
    if work.program is None:
        return
    if _has_long_figures(work):
        work.folded = []
        return
    size, steps = Cost(work, 1, 1), Cost(work, None, MONTHS_LIMIT)
    for code, cost, limit in (("P0623", size, SIZE_LIMIT), ("P0621", steps, WORK_LIMIT)):
        if cost.total > limit:
            most = max(cost.by_path, key=lambda path: cost.by_path[path])
            here = cost.by_path[most]
            work.problem(code, most, given=f"{cost.total:,}", limit=f"{limit:,}", here=f"{here:,}")
            work.folded = []
            return


def _has_long_figures(work: Work) -> bool:
    """Whether the figures of a table have no common denominator that is short enough."""
    found = False
    for name, parameter in work.parameters.items():
        tables = [parameter.values or {}]
        tables += [
            table for item in work.interpretations.values() if item.presumes == name for table in item.values.values()
        ]
        common = 1
        for value in (value for table in tables for value in table.values() if isinstance(value, Fraction)):
            common = lcm(common, value.denominator)
            if is_too_long(Fraction(common)):
                work.problem("P0620", ("parameters", name), limit=str(DIGITS_LIMIT))
                found = True
                break
    return found


class Cost:
    """How many evaluations the formulas take, and what has to hold for them to have a meaning, each row and month
    counted; `rows` stands for the rows that there may be."""

    def __init__(self, work: Work, rows: int | None, months: int) -> None:
        assert work.program is not None
        self.facts, self.rows, self.months = work.program.known, rows, months
        self.parameters = work.program.parameters
        self.known: dict[int, int] = {}  # by the identity of a node, which readings may share
        self.by_path: dict[Path, int] = {}
        self.total = 0
        for folded in work.folded:
            for path, node in formulas(work.document, folded):
                self.by_path[path] = self.by_path.get(path, 0) + self.of(node)
            self.total += sum(self.of(guard.test) for guard in folded.guards)
        self.total += sum(self.by_path.values())

    def of(self, node: p.Node) -> int:
        """The evaluations that a node takes."""
        found = self.known.get(id(node))
        if found is None:
            found = 1 + sum(map(self.of, p.children(node))) * self.times(node)
            if isinstance(node, p.ParameterValue) and node.keys:
                found += len(self.parameters[node.name].values or ()) // ENTRIES
            self.known[id(node)] = found
        return found

    def times(self, node: p.Node) -> int:
        """How often what is within a node is evaluated, at most."""
        match node:
            case p.Aggregate(months=(p.Constant(value=int() as first), p.Constant(value=int() as last))):
                return max(1, min(last - first + 1, self.months))
            case p.Aggregate(months=(_, _)):
                return self.months
            case p.Aggregate(rows=rows):
                return max(1, self.facts[rows].rows[1] if self.rows is None else self.rows)
            case p.Position(rows=rows):  # of the rows before the one at hand, which are half of them in the mean
                return max(1, self.facts[rows].rows[1] // 2 if self.rows is None else self.rows)
        return 1
