"""Filling: what a text of a lower level, or an adoption, puts in the place of a delegated parameter.

Every proof of the compiler holds for anything within the bounds that a text sets, but for how fine the number is: that
is seen only in the number itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any, Final

from ..catalogue.fillings import Filled
from ..catalogue.origin import Origin
from ..catalogue.positions import Path
from ..errors import Also, Problems, hint
from ..exact import parse_share, show
from ..record import replace
from ..text import Text
from . import program as p
from .folding import every_way
from .functions import SHIFTS
from .lowering import Op, lower
from .types import Choice, Division, Number, options

Table = Mapping[tuple[str, ...], Fraction]
_FEN: Final = 100


def table_of(
    program: p.Program, name: str, filled: Filled, origin: Origin, path: Path, problems: Problems, said: Also
) -> Table | None:
    """The table that `filled` gives a delegated parameter; None with the problems added where it does not fit.

    Args:
        said: what the policy says of the parameter, for the place of a problem.
    """
    parameter = program.parameters[name]
    before = len(problems.errors())
    wanted = "values" if parameter.by else "value"
    given = [key for key in ("value", "values") if getattr(filled, key) is not None]
    if given != [wanted]:
        place = origin.place(path)
        problems.add("P0317", place.key, place=place, given=", ".join(given) or "–", wanted=wanted)
        return None
    made = _Table(program, parameter, origin, problems, said)
    table = made.read((*path, wanted), getattr(filled, wanted), parameter.keys, parameter.by)
    if len(problems.errors()) > before:
        return None
    if not _is_carried(with_tables(program, {name: table})):
        place = origin.place((*path, wanted))
        problems.add("P0804", place.key, place=place, name=name)
        return None
    return table


def with_tables(program: p.Program, tables: Mapping[str, Table]) -> p.Program:
    """The program with delegated parameters filled; what was presumed in their place is gone."""
    parameters = {
        name: replace(parameter, values=dict(tables[name])) if name in tables else parameter
        for name, parameter in program.parameters.items()
    }
    tested = _tested(program)
    interpretations = {
        name: item if item.presumes not in tables else replace(item, presumes="", values={})
        for name, item in program.interpretations.items()
        if item.presumes not in tables or name in tested
    }
    return replace(program, parameters=parameters, interpretations=interpretations)


def _tested(program: p.Program) -> set[str]:
    """The interpretations that a formula asks about."""
    nodes = [
        *(fact.when for fact in program.facts.values()),
        *(step.value for step in program.steps),
        *(test.test for test in program.conditions),
        *(part.value for part in program.parts),
        *(node for part in program.parts for share in part.shares for node in (share.percent, share.value)),
        *(each for part in program.parts for item in part.instalments for each in (item.share, item.value, item.when)),
        *(each for item in program.measures for each in (item.value, item.required)),
    ]
    found = [each for node in nodes if node is not None for each in p.walk(node)]
    return {each.interpretation for each in found if isinstance(each, p.ReadingIs)}


class _Table:
    def __init__(
        self, program: p.Program, parameter: p.Parameter, origin: Origin, problems: Problems, said: Also
    ) -> None:
        self.program, self.parameter, self.origin, self.problems = program, parameter, origin, problems
        self.said = said

    def add(
        self, code: str, path: Path, *, key: bool = False, also: tuple[Also, ...] = (), **values: str | Text
    ) -> None:
        place = self.origin.place(path, key=key)
        self.problems.add(code, place.key, place=place, also=also, **values)

    def read(
        self, path: Path, raw: Any, keys: tuple[Choice | Division, ...], by: tuple[str, ...]
    ) -> dict[tuple[str, ...], Fraction]:
        if not keys:
            return {(): self.number(path, raw)}
        if not isinstance(raw, dict):
            self.add("P0107", path, given=str(raw), allowed=Text("按键列出的表", "a table by key"))
            return {}
        key, needed, values = keys[0], _needed(self.program, by[0], keys[0]), options(keys[0])
        missing = [value for value in values if value in needed and value not in raw]
        if missing:
            labels = key.labels if isinstance(key, Choice) else {}
            zh = "、".join(f"{value}（{labels[value].zh}）" if value in labels else value for value in missing)
            self.add("P0501", path, missing=Text(zh, ", ".join(missing)))
        for value in raw:
            if value not in values:
                name = key.list if isinstance(key, Choice) else by[0]
                near = hint(str(value), values)
                self.add("P0502", (*path, value), key=True, given=str(value), list=name, **near)
        return {
            (value, *below): number
            for value in values
            if value in raw
            for below, number in self.read((*path, value), raw[value], keys[1:], by[1:]).items()
        }

    def number(self, path: Path, raw: Any) -> Fraction:
        value = parse_share(raw) if isinstance(raw, str) else None
        low, high, name = self.parameter.low, self.parameter.high, self.parameter.name
        if value is None:
            self.add("P0108", path, given=str(raw))
        elif not low <= value * self.parameter.scale <= high:
            least, most = show(low / self.parameter.scale), show(high / self.parameter.scale)
            self.add("P0606", path, also=(self.said,), given=raw, name=name, low=least, high=most)
        return (value or Fraction(0)) * self.parameter.scale


def _needed(program: p.Program, name: str, key: Choice | Division) -> Collection[str]:
    """The values of a key that can occur: all of them, but of the class of a place only those that its places have."""
    step = next((step for step in program.steps if step.name == name), None)
    match step and step.value:
        case p.Call(function="class", arguments=(p.FactValue(type=Division(domain=domain)),)):
            return {program.class_of[code] for code in domain}
    return options(key)


def _is_carried(program: p.Program) -> bool:
    """Whether no amount becomes finer than a fen, and no number of months or years less than whole."""
    for folded in every_way(program):
        steps: dict[str, Op] = {}
        for step in folded.steps:
            steps[step.name] = lower(step.value, program.facts, folded.parameters, steps)
        nodes = [step.value for step in folded.steps] + [part.value for part in folded.parts]
        counts = [
            each.arguments[1]
            for node in nodes
            for each in p.walk(node)
            if isinstance(each, p.Call) and each.function in SHIFTS
        ]
        parts = [part.value for part in folded.parts if isinstance(part.value.type, Number)]
        for scale, numbers in ((1, counts), (_FEN, parts)):
            if any(scale % lower(node, program.facts, folded.parameters, steps).denominator for node in numbers):
                return False
    return True
