"""What the language has, and what of it a policy uses: so that no construct goes without a case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from subsidy import Policy
from subsidy.language import program as p
from subsidy.language.functions import AGGREGATES, CALENDAR
from subsidy.language.lowering import is_static
from subsidy.language.types import Choice, Division, Records
from subsidy.rounding import MODES

LANGUAGE: Final = frozenset(
    {
        *(f"fact {name}" for name in ["number", "choice", "flag", "date", "month", "id", "division", "records"]),
        *[
            "optional",
            "when",
            "division within",
            "rows unique",
            "rows periods",
            "scaled fact",
            "ordered choice",
            "resolution",
        ],
        *["parameter", "table of 1 key", "table of 2 keys", "table of 3 keys", "table by division", "table by bracket"],
        *["crosswalk", "delegated", "unknown", "presumes", "bracket", "bracket step"],
        *(f"ladder {pick}" for pick in ("first", "highest", "sum", "only")),
        *[
            "constant",
            "+",
            "-",
            "*",
            "/",
            "/ by a fact",
            "minus in front",
            "min",
            "max",
            "==",
            "!=",
            "<",
            "<=",
            ">",
            ">=",
            "and",
            "or",
            "not",
            "in",
            "if",
            "given",
            "reading",
        ],
        *(f"round {mode}" for mode in MODES),
        *(function.name for function in CALENDAR if function.name != "age"),  # age is years_between
        *(f"{kind} over {what}" for kind in AGGREGATES for what in ("rows", "months")),
        *["class", "position", "rows in months", "months in rows"],
        *(f"condition {kind}" for kind in ("required", "advisory", "admissible")),
        *["share percent", "share value", "share residual", "share own", "not counted", "several parts"],
        *["cap limit", "cap times", "left", "recommended", "no recommendation"],
        *(f"guard {code}" for code in ("F0119", "F0120")),
    }
)


def used(policy: Policy) -> set[str]:
    """Every construct of the language that a policy uses."""
    program = policy.program
    found = {f"guard {guard.code}" for guard in program.guards}
    for fact in program.facts.values():
        found.update(_of_fact(fact))
    for parameter in program.parameters.values():
        found.update(_of_parameter(parameter))
    for bracket in program.brackets:
        found.add("bracket" if bracket.step is None else "bracket step")
    for item in program.interpretations.values():
        found.add("recommended" if item.recommended else "no recommendation")
        found.update({"presumes"} if item.presumes else ())
    for cap in program.caps:
        found.add("cap limit" if cap.limit else "cap times")
    found.update({"several parts"} if len(program.parts) > 1 else ())
    for node in _nodes(program):
        found.update(_of_node(node))
    found.update(f"condition {test.kind}" for test in program.conditions)
    for part in program.parts:
        found.update(() if part.counted else {"not counted"})
        for share in part.shares:
            found.add("share residual" if share.residual else "share percent" if share.percent else "share value")
            found.update({"share own"} if share.own else ())
    return found


def _nodes(program: p.Program) -> Iterator[p.Node]:
    tops = [step.value for step in program.steps] + [test.test for test in program.conditions]
    tops += [fact.when for fact in program.facts.values() if fact.when is not None]
    for part in program.parts:
        tops += [part.value, *(node for share in part.shares if (node := share.percent or share.value) is not None)]
    for top in tops:
        yield from p.walk(top)


def _of_fact(fact: p.Fact) -> Iterator[str]:
    yield f"fact {type(fact.type).__name__.lower()}"
    yield from (name for name in ("optional", "when") if getattr(fact, name))
    yield from (f"rows {name}" for name in ("unique", "periods") if getattr(fact, name))
    if fact.left_of:
        yield "left"
    if fact.within:
        yield "division within"
    if fact.scale != 1:
        yield "scaled fact"
    if fact.resolution != 1:
        yield "resolution"
    if isinstance(fact.type, Choice) and fact.type.ordered:
        yield "ordered choice"
    if isinstance(fact.type, Records):
        for field in fact.fields:
            yield from _of_fact(field)


def _of_parameter(parameter: p.Parameter) -> Iterator[str]:
    if isinstance(parameter.type, Choice):
        yield "crosswalk"
    if not parameter.keys:
        yield "parameter"
    else:
        yield f"table of {len(parameter.keys)} key" + "s" * (len(parameter.keys) > 1)
    if any(isinstance(key, Division) for key in parameter.keys):
        yield "table by division"
    if parameter.delegated:
        yield "delegated"
    if parameter.why is not None:
        yield "unknown"


def _of_node(node: p.Node) -> Iterator[str]:
    match node:
        case p.Constant():
            yield "constant"
        case p.Operation(operator="/", right=right) if not is_static(right):
            yield "/ by a fact"
        case p.Operation() | p.Compare() | p.Logic():
            yield node.operator
        case p.Opposite():
            yield "minus in front"
        case p.Extreme(which=which):
            yield which
        case p.Not() | p.In() | p.If() | p.Given() | p.Position():
            yield type(node).__name__.lower()
        case p.ReadingIs():
            yield "reading"
        case p.Round(mode=mode):
            yield f"round {mode}"
        case p.Ladder(pick=pick):
            yield f"ladder {pick}"
        case p.Call(function=function):
            yield function
        case p.Aggregate(kind=kind):
            yield f"{kind} over {'months' if node.months else 'rows'}"
            inner = {bool(each.months) for each in p.walk(node) if isinstance(each, p.Aggregate) and each is not node}
            if (not node.months) in inner:
                yield "rows in months" if node.months else "months in rows"
        case p.ParameterValue(keys=keys) if any(isinstance(key, p.Classified) for key in keys):
            yield "table by bracket"
