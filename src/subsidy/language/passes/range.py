"""Range: what every value can be, from the ranges of the facts. No divisor is zero, no amount is below zero."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any, Final

from ...catalogue.positions import Path
from ...dates import FIRST_DAY, LAST_DAY, month_of
from ...exact import show
from ...text import Text, plain
from .. import program as p
from ..beside import culprits, sources, within
from ..bounds import AnyRows, Bounds, Rows, Unprovable
from ..folding import Folded
from ..intervals import BOTH, Abstract, Interval
from ..places import formulas, path_of_step
from ..proof import Proof
from ..types import Choice, Date, Division, Flag, Month, Number
from ..work import Work

AMOUNT_LIMIT: Final = Fraction(10**15)
CASES_LIMIT: Final = 10_000
_BELOW: Final = Text("可能低于零", "it may fall below zero")


def range_(work: Work) -> None:
    if work.program is None:
        return
    for folded in work.folded:
        if not _prove(work, folded):
            return


def static_bounds(program: p.Program, folded: Folded, proof: Proof) -> Bounds:
    """Bounds in which every fact is anything that it may be.

    They raise Unprovable also where the proof would cost too much, or a number is too long.
    """
    facts: dict[str, Abstract | Rows] = {name: anything(fact) for name, fact in program.known.items()}
    given = {
        name: BOTH if fact.optional or folded.when[name] is not None else frozenset({True})
        for name, fact in program.known.items()
    }
    return Bounds(folded.parameters, program.class_of, facts, given, proof.step(folded.parameters))


def every_case(program: p.Program, folded: Folded, nodes: Sequence[p.Node], proof: Proof) -> Iterator[Bounds] | None:
    """Bounds under every combination of the choices, flags and places on which some nodes rest; None if too many.

    Numbers on the way from these to the nodes are computed anew for each, so that what a step says is not forgotten.
    """
    keys: dict[str, p.FactValue | p.StepValue] = {}
    numbers: dict[str, p.Node] = {}
    steps = {step.name: step.value for step in folded.steps}
    _rest_on(nodes, steps, keys, numbers)
    bounds = static_bounds(program, folded, proof)
    if numbers or any(isinstance(key, p.StepValue) for key in keys.values()):
        for name, value in steps.items():
            bounds.steps[name] = bounds.of(value)
    ways = [[(key, value) for value in sorted(bounds.of(key))] for key in keys.values()]
    if prod(len(way) for way in ways) > CASES_LIMIT:
        return None
    return _cases(bounds, ways, {name: steps[name] for name in steps if name in numbers})


def _rest_on(
    nodes: Iterable[p.Node],
    steps: Mapping[str, p.Node],
    keys: dict[str, p.FactValue | p.StepValue],
    numbers: dict[str, p.Node],
) -> None:
    """Gather what some nodes rest on: keys of which every value can be gone through, and steps that are numbers."""
    for node in (inner for each in nodes for inner in p.walk(each)):
        if isinstance(node, p.FactValue | p.StepValue) and isinstance(node.type, Choice | Flag | Division):
            keys[node.name] = node
        elif isinstance(node, p.StepValue) and node.name not in numbers and node.name in steps:
            numbers[node.name] = steps[node.name]
            _rest_on([steps[node.name]], steps, keys, numbers)


def _cases(
    bounds: Bounds, ways: list[list[tuple[p.FactValue | p.StepValue, Any]]], numbers: Mapping[str, p.Node]
) -> Iterator[Bounds]:
    facts = bounds.facts
    for chosen in product(*ways):
        bounds.facts = {**facts, **{key.name: frozenset({v}) for key, v in chosen if isinstance(key, p.FactValue)}}
        bounds.steps |= {key.name: frozenset({v}) for key, v in chosen if isinstance(key, p.StepValue)}
        for name, value in numbers.items():
            bounds.steps[name] = bounds.of(value)
        yield bounds


def anything(fact: p.Fact) -> Abstract | Rows:
    """All that a fact may be."""
    match fact.type:
        case Number():
            return Interval(fact.low * fact.scale, fact.high * fact.scale)
        case Choice(values=values):
            return frozenset(values)
        case Flag():
            return BOTH
        case Date():
            return Interval(FIRST_DAY, LAST_DAY)
        case Month():
            return Interval(month_of(FIRST_DAY), month_of(LAST_DAY))
        case Division(domain=domain):
            return frozenset(domain)
    if fact.fields:
        row: dict[str, Abstract] = {field.name: anything(field) for field in fact.fields}  # type: ignore[misc]
        row |= {f"given {field.name}": BOTH if field.optional else frozenset({True}) for field in fact.fields}
        return AnyRows(fact.rows[0], fact.rows[1], row)
    return None


def _prove(work: Work, folded: Folded) -> bool:
    """Adds what cannot be proved of a folded program; False where a proof of it would cost too much."""
    assert work.program is not None
    bounds = static_bounds(work.program, folded, work.proof)
    counted = {part.name: part for part in folded.parts}
    steps = {step.name: step.value for step in folded.steps}

    def below_zero(name: str) -> bool:
        assert work.program is not None
        return work.program.ranges.get(name, (0, 0))[0] < 0

    total = Interval(Fraction(0), Fraction(0))
    names = {path_of_step(work.document, index): step.name for index, step in enumerate(work.document.steps)}
    for path, node in formulas(work.document, folded):
        try:
            value = bounds.of(node)
        except Unprovable as error:
            _unprovable(work, steps, path, error)
            if error.code == "P0622":
                return False
            continue
        if path in names:
            bounds.steps[names[path]] = value
            _keep(work, names[path], value)
        if _is_shared(path) and value.low < 0:
            also = culprits(work, steps, node, below_zero, _BELOW)
            work.formula_problem("P0602", path, node.span, also=also, low=show(value.low), part=str(path[-1]))
        if path[:2] == ("outcome", "parts") and len(path) == 4:
            part = counted[work.document.outcome.parts[path[2]].name]  # type: ignore[index]
            if value.low < 0 and (part.decided or not part.may_recover):
                also = culprits(work, steps, node, below_zero, _BELOW)
                work.formula_problem("P0602", path, node.span, also=also, low=show(value.low), part=part.name)
            if (most := max(value.high, -value.low)) > AMOUNT_LIMIT:
                also = sources(work, steps, node, only_ranges=True)
                values = {"part": part.name, "high": show(most), "limit": show(AMOUNT_LIMIT)}
                work.formula_problem("P0609", path, node.span, also=also, **values)
            reach = value
            if part.decided or any(test.concerns(part.name) for test in folded.conditions):  # 0 where one fails
                reach = Interval(min(value.low, Fraction(0)), max(value.high, Fraction(0)))
            _keep(work, part.name, reach)
            if part.counted:
                total = Interval(total.low + reach.low, total.high + reach.high)
    _keep(work, "amount", total)
    return True


def _unprovable(work: Work, steps: Mapping[str, p.Node], path: Path, error: Unprovable) -> None:
    """Why a value has no bounds, where, and what its range comes from."""
    node = error.node
    match error.code, node:
        case "P0501", p.ParameterValue(name=name):
            also = within(work, path, node, Text("在这里查表", "looked up here"))
            work.problem("P0501", ("parameters", name, "values"), also=also, **error.values)
        case "P0612", _:
            bracket = work.brackets[error.values["bracket"]]
            rows: Path = ("brackets", bracket.name, "rows")
            ends = error.values.pop("ends")
            names = {"first": bracket.classes[0].name, "last": bracket.classes[-1].name}
            zh = {"first": "{} 去掉 from，或在其前加一档", "last": "{} 去掉 to，或在其后加一档"}
            en = {
                "first": "take from out of {} or add a class before it",
                "last": "take to out of {} or add one behind it",
            }
            said = [end for end in ("first", "last") if end in ends]
            advice = Text(
                "；".join(zh[end].format(names[end]) for end in said),
                "; ".join(en[end].format(names[end]) for end in said),
            )
            also = tuple(
                work.entry.origin.also(plain(names[end]), (*rows, 0 if end == "first" else len(bracket.classes) - 1))
                for end in said
            )
            also += sources(work, steps, node)
            work.formula_problem("P0612", path, node.span, also=also, hint=advice, **error.values)
        case "", _:
            return  # the step itself was reported
        case code, _:
            keys = ("resolution",) if code == "P0611" else ("range",)
            also = sources(work, steps, node, *keys)
            work.formula_problem(code, path, node.span, also=also, **error.values)


def _is_shared(path: Path) -> bool:
    """Whether the formula is a share of a part, or an instalment of it."""
    return "shares" in path or ("instalments" in path and path[-1] in {"share", "value"})


def _keep(work: Work, name: str, value: Abstract) -> None:
    """The proved range of a step or of the amount: the hull over all choices of readings."""
    assert work.program is not None
    if not isinstance(value, Interval) or not isinstance(value.low, Fraction):
        return
    low, high = work.program.ranges.get(name, value)
    work.program.ranges[name] = (min(low, value.low), max(high, value.high))
