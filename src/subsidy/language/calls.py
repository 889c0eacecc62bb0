"""Typing of what is called: functions of the calendar, ``min max round given left class``, and aggregates over rows."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from ..errors import Hint, hint
from ..rounding import MODES
from ..text import Text
from . import program as p
from . import syntax as s
from .advice import instead
from .beside import FIRST, OTHER_SIDE, STATED, at, stated, within, written
from .functions import AGGREGATES, CALENDAR, NAMES, SHIFTS, Function, overloads
from .suggest import type_hint
from .types import FLAG, MONTH, Choice, Division, Id, Number, Records, Type, describe
from .units import CNY, RATIO, Unit
from .work import KINDS

if TYPE_CHECKING:
    from .typed import Typer

_NUMBER: Final = Number(None)
_LEFT_LIMIT: Final = Fraction(10**12)
_OVER_ROWS: Final = (
    "count(r in rows if …) · sum any all (… for r in rows if …) · min max (… for r in rows if …, else …)"
)


_POSITIONS: Final = "position(r), position(r, r.kind), position(r, r.kind, test) … for r in rows"


def call(typer: Typer, e: s.FunctionCall) -> p.Node | None:
    """The typed node of a call."""
    first = e.arguments[0]
    if isinstance(first, s.Generator | s.RowTest):
        return _aggregate(typer, e, first)
    match e.function:
        case "min" | "max":
            return _extreme(typer, e)
        case "round":
            return _round(typer, e)
        case "given":
            return _given(typer, e)
        case "left":
            return _left(typer, e)
        case "class":
            return _class_of(typer, e)
        case "reading":
            return typer.refuse("P0406", e)
        case "sum" | "count" | "any" | "all":
            return typer.refuse("P0404", e, function=e.function, allowed=_OVER_ROWS)
        case "position":
            return _position(typer, e)
    if e.function in typer.work.brackets:
        return _classified(typer, e)
    ways = overloads(e.function)
    if not ways:
        near = hint(e.function, [*NAMES, *typer.work.brackets])
        if (other := instead(e.function)) is not None:
            near = {"hint": other}
        elif e.function in typer.work.parameters:
            by = ", ".join(typer.work.parameters[e.function].by) or "…"
            near = {
                "hint": Text(f"查表用方括号：{e.function}[{by}]", f"a table takes square brackets: {e.function}[{by}]")
            }
        return typer.refuse("P0320", e, given=e.function, **near)
    nodes = [typer.node(argument) for argument in e.arguments]
    if not all(nodes):
        return None
    given = [node for node in nodes if node]
    for way in ways:
        if len(way.arguments) == len(given) and all(
            _accepts(want, node.type) for want, node in zip(way.arguments, given, strict=True)
        ):
            return p.Call(way.result, e.span, "years_between" if e.function == "age" else e.function, tuple(given))
    near = _other_way(typer, e, ways, [node.type for node in given])
    return typer.refuse("P0404", e, function=e.function, allowed=_signatures(ways), **near)


def _other_way(typer: Typer, e: s.FunctionCall, ways: list[Function], given: list[Type]) -> Hint:
    """Another function that takes what was given, or what makes one argument fit."""
    for way in CALENDAR:
        if way.arguments == tuple(given) and len(given) == len(ways[0].arguments) and way.name in SHIFTS - {"birthday"}:
            return {"hint": Text(f"是否想写 {way.name}？", f"did you mean {way.name}?")}
    for way in ways:
        odd = [n for n, (want, have) in enumerate(zip(way.arguments, given, strict=False)) if not _accepts(want, have)]
        if len(way.arguments) == len(given) and len(odd) == 1:
            text = typer.written(e.arguments[odd[0]])
            advice = type_hint(typer.work, text, given[odd[0]], way.arguments[odd[0]])
            if advice:
                return advice
    return {}


def _extreme(typer: Typer, e: s.FunctionCall) -> p.Node | None:
    from .typed import has_order

    first = next((argument for argument in e.arguments if not typer.is_bare(argument)), e.arguments[0])
    leader = typer.node(first)
    if leader is None:
        return None
    found = [leader if argument is first else typer.node(argument, leader.type) for argument in e.arguments]
    nodes = [node for node in found if node]
    if len(nodes) < len(found):
        return None
    if len(nodes) < 2:
        return typer.refuse("P0404", e, function=e.function, allowed=f"{e.function}(a, b)")
    wanted = _NUMBER if isinstance(nodes[0].type, Number) else nodes[0].type
    because = within(typer.work, typer.path, leader, OTHER_SIDE)
    if any(typer.fits(n, wanted, argument, because) is None for n, argument in zip(nodes, e.arguments, strict=True)):
        return None
    if isinstance(wanted, Number):
        same = typer.same(nodes)
        return p.Extreme(same[0].type, e.span, e.function, tuple(same)) if same else None  # type: ignore[arg-type]
    if not has_order(wanted):
        return typer.no_order(e, wanted, e.function)
    return p.Extreme(wanted, e.span, e.function, tuple(nodes))  # type: ignore[arg-type]


def _round(typer: Typer, e: s.FunctionCall) -> p.Node | None:
    match e.arguments:
        case (operand, s.NumberLiteral(value=quantum, unit=None), s.Name(name=mode)) if quantum > 0 and mode in MODES:
            node = typer.number(operand)
            return node and p.Round(node.type, e.span, node, quantum, mode)
    advice: Hint = {}
    x = typer.written(e.arguments[0])
    match e.arguments[1:]:
        case (s.NumberLiteral(value=places, unit=None), *_) if places in range(7) and not (
            places == 1 and e.arguments[2:]
        ):
            quantum_ = "1" if places == 0 else f"0.{'0' * (int(places) - 1)}1"
            advice = {"hint": Text(f"写成 round({x}, {quantum_}, half_up)", f"write round({x}, {quantum_}, half_up)")}
        case (s.NumberLiteral(), s.Name(name=mode)):
            advice = hint(mode, MODES)
    return typer.refuse("P0404", e, function="round", allowed=f"round(x, 0.01, {' | '.join(MODES)})", **advice)


def _given(typer: Typer, e: s.FunctionCall) -> p.Node | None:
    of = typer.node(e.arguments[0])
    if of is None:
        return None
    if len(e.arguments) != 1:
        return typer.refuse("P0404", e, function="given", allowed="given(x)")
    optional = False
    if isinstance(of, p.FactValue):
        fact = typer.work.document.facts.get(of.name)  # what is left of a cap is not in the document
        last = fact is not None and fact.from_ledger is not None and fact.from_ledger.last is not None
        optional = fact is not None and (fact.optional or fact.when is not None or last)
    elif isinstance(of, p.FieldValue):
        optional = next(field.optional for field in typer.work.facts[of.rows].fields if field.name == of.name)
    if not optional or not isinstance(of, p.FactValue | p.FieldValue):
        return typer.refuse("P0408", e, also=written(typer.work, of))
    return p.Given(FLAG, e.span, of)


def _left(typer: Typer, e: s.FunctionCall) -> p.Node | None:
    """What is left of a cap: a fact of the ledger, stated by the caller where there is no ledger."""
    work, argument = typer.work, e.arguments[0]
    caps = {cap.name: cap for cap in work.caps}
    cap = caps.get(argument.name) if isinstance(argument, s.Name) else None
    if cap is None or len(e.arguments) != 1:
        if "cap" in work.nameless:
            return None
        given = argument.name if isinstance(argument, s.Name) else "…"
        return typer.refuse("P0301", argument, given=given, **hint(given, caps))
    name = f"left_{cap.name}"
    if name in work.kinds:
        return typer.refuse("P0302", e, also=stated(work, name, FIRST), given=name, other=KINDS[work.kinds[name]])
    type_: Type = Number(CNY)
    resolution, high = Fraction(1, 100), _LEFT_LIMIT
    if cap.times and not cap.limit:
        type_, resolution, high = Number(RATIO), Fraction(1), Fraction(cap.times)
    elif limit := work.parameters.get(cap.limit):
        type_, high = Number(limit.unit), max((limit.values or {}).values(), default=_LEFT_LIMIT)
    elif isinstance(step := work.types.get(cap.limit), Number):
        type_ = step
    label = Text(f"{cap.label.zh}的剩余额度", f"what is left of: {cap.label.en}")
    symbol, one = work.symbols(type_.unit if isinstance(type_, Number) else None)
    work.facts[name] = p.Fact(
        name, type_, label, cap.clause, resolution, Fraction(0), high, left_of=cap.name, symbol=symbol, one=one
    )
    return p.FactValue(type_, e.span, name)


def _class_of(typer: Typer, e: s.FunctionCall) -> p.Node | None:
    place = typer.node(e.arguments[0])
    if place is None:
        return None
    if len(e.arguments) != 1 or not isinstance(place.type, Division):
        return typer.refuse("P0404", e, function="class", allowed="class(division)")
    classes = typer.work.vocabulary.choices["division_class"]
    choice = Choice("division_class", tuple(classes.values), classes.ordered, dict(classes.values))
    return p.Call(choice, e.span, "class", (place,))


def _aggregate(typer: Typer, e: s.FunctionCall, inner: s.Generator | s.RowTest) -> p.Node | None:
    from .typed import ASKED, Row, has_order

    work = typer.work
    row = inner.row if isinstance(inner, s.Generator) else inner.row.name if isinstance(inner.row, s.Name) else None
    if row is None or e.function not in AGGREGATES or (e.function == "count") != isinstance(inner, s.RowTest):
        return typer.refuse("P0404", e, function=e.function, allowed=_OVER_ROWS)
    if inner.rows and not isinstance(work.types.get(inner.rows), Records):
        records = [name for name, type_ in work.types.items() if isinstance(type_, Records)]
        return typer.refuse("P0301", inner, given=inner.rows, **hint(inner.rows, records))
    work.used.add(inner.rows)
    if work.facts and inner.rows and work.facts[inner.rows].asked and inner.rows not in typer.seen:
        return typer.refuse("P0334", inner, also=stated(work, inner.rows, ASKED, "asked"), given=inner.rows)
    if any(bool(other.rows) is bool(inner.rows) for other in typer.rows):  # rows within months, or months within rows
        return typer.refuse("P0409", inner)
    if row in work.kinds or row in {other.name for other in typer.rows}:
        kind = KINDS[work.kinds.get(row, "fact")]
        return typer.refuse("P0302", inner, also=stated(work, row, FIRST), given=row, other=kind)
    months = _months(typer, inner)
    if months is None:
        return None
    typer.rows.append(Row(row, inner.rows))
    wanted: Type | None = FLAG if e.function in {"any", "all"} else None
    body = typer.node(inner.body, wanted) if isinstance(inner, s.Generator) else None
    test = typer.flag(inner.test) if inner.test is not None else None
    typer.rows.pop()
    if inner.test is not None and test is None:
        return None
    if isinstance(inner, s.RowTest):
        unit = Unit((("month", 1),)) if inner.months else RATIO
        return p.Aggregate(Number(unit), e.span, "count", inner.rows, row, None, test, None, months)
    if body is None:
        return None
    if e.function in {"min", "max"} and not isinstance(body.type, Number):
        if not has_order(body.type):
            return typer.no_order(inner.body, body.type, e.function)
        wanted = body.type
    if typer.fits(body, wanted or _NUMBER, inner.body) is None:
        return None
    if (e.function in {"min", "max"}) != (inner.otherwise is not None):
        return typer.refuse("P0410", e)
    otherwise = None
    if inner.otherwise is not None:
        otherwise = typer.node(inner.otherwise, body.type)
        otherwise = otherwise and typer.fits(otherwise, wanted or _NUMBER, inner.otherwise)
        if otherwise is None:
            return None
        if wanted is None:
            pair = typer.same([body, otherwise])
            if not pair:
                return None
            body, otherwise = pair
    return p.Aggregate(body.type, e.span, e.function, inner.rows, row, body, test, otherwise, months)  # type: ignore[arg-type]


def _months(typer: Typer, inner: s.Generator | s.RowTest) -> tuple[p.Node, ...] | None:
    """The first and the last month that an aggregate goes through; none of rows, None where they are wrong."""
    found = [typer.node(end, MONTH) for end in inner.months]
    ends = [node for node, end in zip(found, inner.months, strict=True) if node and typer.fits(node, MONTH, end)]
    if len(ends) < len(found):
        return None
    if inner.months and len(ends) != 2:
        typer.refuse("P0404", inner, function="months", allowed="for m in months(a, b)")
        return None
    return tuple(ends)


def _position(typer: Typer, e: s.FunctionCall) -> p.Node | None:
    """``position(r, r.category)``: the place of the row at hand among those with the same key."""
    row = next((row for row in typer.rows if row.rows), None)
    match e.arguments:
        case (s.Name(name=name), *given) if row is not None and row.name == name and len(given) <= 2:
            key = typer.node(given[0]) if given else None
            test = typer.flag(given[1]) if len(given) == 2 else None
            if (given and key is None) or (len(given) == 2 and test is None):
                return None
            return p.Position(Number(RATIO), e.span, row.rows, row.name, key, test)
    return typer.refuse("P0404", e, function="position", allowed=_POSITIONS)


def _classified(typer: Typer, e: s.FunctionCall) -> p.Node | None:
    """``size(beds)``: the class of a number within a bracket."""
    bracket = typer.work.brackets[e.function]
    typer.work.used.add(e.function)
    if len(e.arguments) != 1:
        return typer.refuse("P0404", e, function=e.function, allowed=f"{e.function}(x)")
    node = typer.node(e.arguments[0])
    because = at(typer.work, ("brackets", bracket.name), STATED, "of")
    node = node and typer.fits(node, Number(bracket.unit), e.arguments[0], because)
    return node and p.Classified(bracket.type, e.span, bracket, node)


def _accepts(wanted: Type, have: Type) -> bool:
    if isinstance(wanted, Number) and isinstance(have, Number):
        return have.unit is None or have.unit == wanted.unit
    return wanted == have and not isinstance(have, Id)


def _signatures(ways: Iterable[Function]) -> Text:
    def one(way: Function, language: str) -> str:
        kinds = [describe(type_).zh if language == "zh" else describe(type_).en for type_ in way.arguments]
        return f"{way.name}({', '.join(kinds)})"

    ways = list(ways)
    return Text("；".join(one(way, "zh") for way in ways), "; ".join(one(way, "en") for way in ways))
