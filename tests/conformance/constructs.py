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
        "ladder without otherwise",
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
        *["class", "rows in months", "months in rows"],
        *(f"position {how}" for how in ("alone", "with key", "with test")),
        *(f"condition {kind}" for kind in ("required", "advisory", "admissible")),
        *["share percent", "share value", "share residual", "share own", "not counted", "several parts"],
        *["cap limit", "cap times", "left", "recommended", "no recommendation"],
        *(f"guard {code}" for code in ("F0119", "F0120")),
        *["condition for a part", "payer of a division", "may_recover", "ceiling"],
        *(
            f"instalment {key}"
            for key in ("share", "value", "rest", "remainder before others", "when", "due", "test", "lapses", "waits")
        ),
        *["asked fact", "measure at_least", "measure at_most", "measure by", "measure before"],
        *(f"from_ledger {key}" for key in ("sum", "count", "last", "from", "until", "policy")),
        *["once_per", "own list", "own list in a crosswalk"],
    }
)


def used(policy: Policy) -> set[str]:
    """Every construct of the language that a policy uses."""
    program = policy.program
    found = {f"guard {guard.code}" for guard in program.guards}
    for fact in program.known.values():
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
    found.update({"once_per"} if program.once_per else ())
    own = policy.document.choices
    found.update({"own list"} if own else ())
    types = [parameter.type for parameter in program.parameters.values()]
    found.update(
        {"own list in a crosswalk"} if any(isinstance(each, Choice) and each.list in own for each in types) else ()
    )
    for node in _nodes(program):
        found.update(_of_node(node))
    found.update(f"condition {test.kind}" for test in program.conditions)
    found.update({"condition for a part"} if any(test.parts for test in program.conditions) else ())
    for measure in program.measures:
        found.add(f"measure {measure.sense}")
        found.update(f"measure {key}" for key in ("by", "before") if getattr(measure, key))
    for part in program.parts:
        found.update(_of_part(part))
    return found


def _of_part(part: p.Part) -> Iterator[str]:
    if not part.counted:
        yield "not counted"
    if part.decided:
        yield "ceiling"
    if part.may_recover:
        yield "may_recover"
    for share in part.shares:
        yield "share residual" if share.residual else "share percent" if share.percent else "share value"
        if share.own:
            yield "share own"
        if share.of:
            yield "payer of a division"
    for number, each in enumerate(part.instalments):
        yield "instalment share" if each.share else "instalment value" if each.value else "instalment rest"
        yield from (f"instalment {key}" for key in ("when", "due", "test") if getattr(each, key))
        if each.remainder and number + 1 < len(part.instalments):
            yield "instalment remainder before others"
        if each.test:
            yield f"instalment {each.if_failed}"


def _nodes(program: p.Program) -> Iterator[p.Node]:
    tops = [step.value for step in program.steps] + [test.test for test in program.conditions]
    tops += [fact.when for fact in program.facts.values() if fact.when is not None]
    for part in program.parts:
        tops += [part.value, *(node for share in part.shares if (node := share.percent or share.value) is not None)]
        for each in part.instalments:
            tops += [node for node in (each.share, each.value, each.when, each.due, each.test) if node is not None]
    for measure in program.measures:
        tops += [node for node in (measure.value, measure.required, measure.by, measure.before) if node is not None]
    for top in tops:
        yield from p.walk(top)


def _of_fact(fact: p.Fact) -> Iterator[str]:
    yield f"fact {type(fact.type).__name__.lower()}"
    yield from (name for name in ("optional", "when") if getattr(fact, name))
    yield from (f"rows {name}" for name in ("unique", "periods") if getattr(fact, name))
    if fact.left_of:
        yield "left"
    if fact.asked:
        yield "asked fact"
    if fact.from_ledger is not None:
        yield f"from_ledger {fact.from_ledger.kind}"
        ledger = {"from": fact.from_ledger.begin, "until": fact.from_ledger.until, "policy": fact.from_ledger.policy}
        yield from (f"from_ledger {key}" for key, stated in ledger.items() if stated)
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
        case p.Not() | p.In() | p.If() | p.Given():
            yield type(node).__name__.lower()
        case p.Position():
            yield f"position {'with test' if node.test else 'with key' if node.key else 'alone'}"
        case p.ReadingIs():
            yield "reading"
        case p.Round(mode=mode):
            yield f"round {mode}"
        case p.Ladder(pick=pick):
            yield f"ladder {pick}"
            if isinstance(node.otherwise, p.Unreached):
                yield "ladder without otherwise"
        case p.Call(function=function):
            yield function
        case p.Aggregate(kind=kind):
            yield f"{kind} over {'months' if node.months else 'rows'}"
            inner = {bool(each.months) for each in p.walk(node) if isinstance(each, p.Aggregate) and each is not node}
            if (not node.months) in inner:
                yield "rows in months" if node.months else "months in rows"
        case p.ParameterValue(keys=keys) if any(isinstance(key, p.Classified) for key in keys):
            yield "table by bracket"
