"""Type and unit: every formula becomes a typed node, or a problem at the span that does not fit.

A part that could not be typed is None and reports once; what contains it stays silent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Final, NamedTuple

from ...catalogue.positions import Path
from ...exact import parse
from ...rounding import MODES
from ...text import Text
from .. import program as p
from .. import syntax as s
from ..functions import AGGREGATES, NAMES, Function, overloads
from ..types import DATE, FLAG, MONTH, Choice, Division, Id, Number, Records, Type, describe
from ..units import CNY, RATIO, UnitError, parse_unit
from ..work import Work, hint

_ZERO: Final = Number(None)
_LEFT_LIMIT: Final = Fraction(10**12)


class Row(NamedTuple):
    """The row name in force within an aggregate, and the records it runs over."""

    name: str
    rows: str


def check(work: Work) -> None:
    document = work.document
    seen: set[str] = set(document.facts) | set(document.parameters)
    for name, fact in document.facts.items():
        if fact.when is not None and (when := typed(work, ("facts", name, "when"), FLAG, seen)):
            work.facts[name] = replace(work.facts[name], when=when)
    for index, step in enumerate(document.steps):
        path: Path = ("steps", index, "value")
        node = typed(work, path, work.types[step.name], seen)
        seen.add(step.name)
        if node is None:
            continue
        if step.round is not None:
            node = _rounded(work, ("steps", index, "round"), step.round, node)
        work.steps.append(p.Step(step.name, step.label, work.types[step.name], node, step.clause or "", step.value))
    for index, test in enumerate(document.conditions):
        if node := typed(work, ("conditions", index, "test"), FLAG, seen):
            work.conditions.append(p.Condition(test.name, test.label, test.kind, node, test.clause, test.test))
    amount = Number(CNY) if work.claim == RATIO else None
    for index, part in enumerate(document.outcome.parts):
        path = ("outcome", "parts", index)
        node = typed(work, (*path, "value"), amount or Number(None), seen, any_unit=amount is None)
        if node is not None and amount is None:
            _amount_unit(work, (*path, "value"), node)
        shares = []
        for number, share in enumerate(part.shares):
            here = (*path, "shares", number)
            percent = typed(work, (*here, "percent"), Number(RATIO), seen) if share.percent is not None else None
            value = typed(work, (*here, "value"), Number(CNY), seen) if share.value is not None else None
            payer = work.vocabulary.payers.get(share.payer)
            label = payer.label if payer else Text(share.payer, share.payer)
            shares.append(p.Share(share.payer, label, percent, value, share.residual, share.own))
        if node is not None:
            work.parts.append(
                p.Part(
                    part.name, part.label, node, part.payee, part.form, part.counted, part.clause or "", tuple(shares)
                )
            )
    _unused(work)


def typed(work: Work, path: Path, wanted: Type, seen: set[str], *, any_unit: bool = False) -> p.Node | None:
    """The typed node of a formula, or None with the problems added."""
    expression = work.formulas.get(path)
    if expression is None:
        return None
    typer = _Typer(work, path, seen)
    node = typer.node(expression, wanted)
    if node is None or (any_unit and isinstance(node.type, Number)):
        return node
    return typer.fits(node, wanted, expression)


def _rounded(work: Work, path: Path, text: str, node: p.Node) -> p.Node:
    quantum_text, _, mode = text.partition(" ")
    quantum = parse(quantum_text)
    if quantum is None or quantum <= 0 or mode not in MODES:
        work.problem("P0319", path, given=text, allowed=" ".join(MODES))
        return node
    return p.Round(node.type, node.span, node, quantum, mode)  # type: ignore[arg-type]


def _amount_unit(work: Work, path: Path, node: p.Node) -> None:
    assert isinstance(node.type, Number)
    if node.type.unit not in {None, CNY, CNY / work.claim}:
        work.formula_problem("P0402", path, node.span, given=str(node.type.unit), wanted=f"CNY / {CNY / work.claim}")


def _unused(work: Work) -> None:
    for name, kind in work.kinds.items():
        if kind not in {"fact", "parameter", "step", "interpretation"} or name in work.used:
            continue
        if kind == "step":
            index = next(i for i, step in enumerate(work.document.steps) if step.name == name)
            work.problem("P0304", ("steps", index, "name"), given=name)
        elif kind == "interpretation":
            index = next(i for i, item in enumerate(work.document.interpretations) if item.name == name)
            work.problem("P0304", ("interpretations", index, "name"), given=name)
        else:
            work.problem("P0304", ("facts" if kind == "fact" else "parameters", name), given=name)


class _Typer:
    """Types one formula."""

    def __init__(self, work: Work, path: Path, seen: set[str]) -> None:
        self.work, self.path, self.seen = work, path, seen
        self.rows: list[Row] = []

    def problem(self, code: str, where: s.Expression | p.Node, **values: str | Text) -> None:
        self.work.formula_problem(code, self.path, where.span, **values)

    def fits(self, node: p.Node, wanted: Type, where: s.Expression) -> p.Node | None:
        """The node, if its type is the wanted one; a literal zero takes any unit."""
        have = node.type
        if isinstance(wanted, Number) and isinstance(have, Number):
            if have.unit is None:
                return replace(node, type=wanted)
            if wanted.unit is None or have.unit == wanted.unit:
                return node
            self.problem("P0402", where, given=str(have.unit), wanted=str(wanted.unit))
            return None
        if have == wanted:
            return node
        self.problem("P0401", where, given=describe(have), wanted=describe(wanted))
        return None

    def node(self, e: s.Expression, wanted: Type | None = None) -> p.Node | None:
        """The typed node of an expression; `wanted` says which list a bare choice value belongs to."""
        match e:
            case s.NumberLiteral():
                return self.literal(e)
            case s.DateLiteral(value=day):
                return p.Constant(DATE, e.span, day)
            case s.MonthLiteral(year=year, month=month):
                return p.Constant(MONTH, e.span, year * 12 + month - 1)
            case s.FlagLiteral(value=value):
                return p.Constant(FLAG, e.span, value)
            case s.Name():
                return self.name(e, wanted)
            case s.QualifiedChoice():
                return self.qualified(e)
            case s.FieldOf():
                return self.field(e)
            case s.TableLookup():
                return self.lookup(e)
            case s.Minus(operand=operand):
                inner = self.number(operand)
                return inner and p.Opposite(inner.type, e.span, inner)
            case s.Arithmetic():
                return self.arithmetic(e)
            case s.Comparison():
                return self.comparison(e)
            case s.Junction(operator=operator, operands=operands):
                tests = [self.flag(operand) for operand in operands]
                return p.Logic(FLAG, e.span, operator, tuple(t for t in tests if t)) if all(tests) else None  # type: ignore[arg-type]
            case s.Negation(operand=operand):
                test = self.flag(operand)
                return test and p.Not(FLAG, e.span, test)
            case s.Membership():
                return self.membership(e)
            case s.Conditional():
                return self.conditional(e, wanted)
            case s.FunctionCall():
                return self.call(e)
            case s.RowTest() | s.Generator():
                self.problem("P0404", e, function="for / in", allowed=", ".join(AGGREGATES))
                return None
            case _:
                raise AssertionError(e)

    def flag(self, e: s.Expression) -> p.Node | None:
        node = self.node(e, FLAG)
        return node and self.fits(node, FLAG, e)

    def number(self, e: s.Expression) -> p.Node | None:
        node = self.node(e)
        return node and self.fits(node, _ZERO, e)

    def literal(self, e: s.NumberLiteral) -> p.Node | None:
        if e.unit is None:
            return p.Constant(_ZERO if e.value == 0 else Number(RATIO), e.span, e.value)
        try:
            return p.Constant(Number(parse_unit(e.unit, self.work.vocabulary.units)), e.span, e.value)
        except UnitError as error:
            self.problem("P0307", e, given=error.name or e.unit, **hint(error.name, self.work.vocabulary.units))
            return None

    def name(self, e: s.Name, wanted: Type | None) -> p.Node | None:
        name = e.name
        kind = self.work.kinds.get(name)
        if kind in {"fact", "parameter", "step"}:
            self.work.used.add(name)
            if name not in self.seen:
                self.problem("P0303", e, given=name)
                return None
        if kind == "fact":
            return p.FactValue(self.work.types[name], e.span, name)
        if kind == "step":
            return p.StepValue(self.work.types[name], e.span, name)
        if kind == "parameter":
            parameter = self.work.parameters[name]
            if parameter.keys:
                self.problem("P0403", e, table=name, given="0", wanted=str(len(parameter.keys)))
                return None
            return p.ParameterValue(Number(parameter.unit), e.span, name, ())
        if isinstance(wanted, Choice):
            if name in wanted.values:
                return p.Constant(wanted, e.span, name)
            self.problem("P0305", e, given=name, list=wanted.list, **hint(name, wanted.values))
            return None
        known = [known for known, kind in self.work.kinds.items() if kind in {"fact", "parameter", "step"}]
        self.problem("P0301", e, given=name, **hint(name, known))
        return None

    def qualified(self, e: s.QualifiedChoice) -> p.Node | None:
        choice = self.work.choices.get(e.list)
        if choice is None:
            self.problem("P0308", e, given=e.list, **hint(e.list, self.work.choices))
            return None
        if e.name not in choice.values:
            self.problem("P0305", e, given=e.name, list=e.list, **hint(e.name, choice.values))
            return None
        return p.Constant(choice, e.span, e.name)

    def field(self, e: s.FieldOf) -> p.Node | None:
        row = next((row for row in reversed(self.rows) if row.name == e.row), None)
        if row is None:
            self.problem("P0301", e, given=e.row, **hint(e.row, [row.name for row in self.rows]))
            return None
        records = self.work.types[row.rows]
        assert isinstance(records, Records)
        if e.field not in records.fields:
            self.problem("P0301", e, given=e.field, **hint(e.field, records.fields))
            return None
        return p.FieldValue(records.fields[e.field], e.span, row.rows, e.field, e.row)

    def lookup(self, e: s.TableLookup) -> p.Node | None:
        parameter = self.work.parameters.get(e.table)
        if parameter is None:
            self.problem("P0301", e, given=e.table, **hint(e.table, self.work.parameters))
            return None
        self.work.used.add(e.table)
        if len(e.keys) != len(parameter.keys):
            self.problem("P0403", e, table=e.table, given=str(len(e.keys)), wanted=str(len(parameter.keys)))
            return None
        keys = []
        for expression, type_ in zip(e.keys, parameter.keys, strict=True):
            key = self.node(expression, type_)
            keys.append(key and self.fits(key, type_, expression))
        if not all(keys):
            return None
        return p.ParameterValue(Number(parameter.unit), e.span, e.table, tuple(key for key in keys if key))

    def arithmetic(self, e: s.Arithmetic) -> p.Node | None:
        left, right = self.number(e.left), self.number(e.right)
        if left is None or right is None:
            return None
        assert isinstance(left.type, Number) and isinstance(right.type, Number)
        if e.operator in "+-":
            pair = self.same([left, right], e)
            return pair and p.Operation(pair[0].type, e.span, e.operator, pair[0], pair[1])  # type: ignore[arg-type]
        one, two = left.type.unit or RATIO, right.type.unit or RATIO
        unit = one * two if e.operator == "*" else one / two
        return p.Operation(Number(unit), e.span, e.operator, left, right)  # type: ignore[arg-type]

    def same(self, nodes: list[p.Node], e: s.Expression) -> list[p.Node] | None:
        """The numbers with one unit for all; a literal zero takes the unit of the others."""
        units = [node.type.unit for node in nodes if isinstance(node.type, Number) and node.type.unit is not None]
        for node in nodes:
            if isinstance(node.type, Number) and node.type.unit not in {None, units[0] if units else None}:
                self.problem("P0402", node, given=str(node.type.unit), wanted=str(units[0]))
                return None
        type_ = Number(units[0]) if units else _ZERO
        return [replace(node, type=type_) for node in nodes]

    def sides(self, left: s.Expression, right: s.Expression) -> tuple[p.Node | None, p.Node | None]:
        """Both sides typed; a bare choice value is found by the type of the other side."""
        if self.is_bare(left) and not self.is_bare(right):
            two = self.node(right)
            return (two and self.node(left, two.type)), two
        one = self.node(left)
        return one, one and self.node(right, one.type)

    def is_bare(self, e: s.Expression) -> bool:
        return isinstance(e, s.Name) and e.name not in self.work.kinds

    def comparison(self, e: s.Comparison) -> p.Node | None:
        if isinstance(e.left, s.FunctionCall) and e.left.function == "reading":
            return self.reading(e)
        left, right = self.sides(e.left, e.right)
        if left is None or right is None:
            return None
        if isinstance(left.type, Number) and isinstance(right.type, Number):
            pair = self.same([left, right], e)
            return pair and p.Compare(FLAG, e.span, e.operator, pair[0], pair[1])  # type: ignore[arg-type]
        if left.type != right.type:
            self.problem("P0401", e.right, given=describe(right.type), wanted=describe(left.type))
            return None
        if e.operator not in {"==", "!="} and not (
            left.type in {DATE, MONTH} or (isinstance(left.type, Choice) and left.type.ordered)
        ):
            self.problem("P0405", e, given=describe(left.type), operator=e.operator)
            return None
        return p.Compare(FLAG, e.span, e.operator, left, right)  # type: ignore[arg-type]

    def reading(self, e: s.Comparison) -> p.Node | None:
        assert isinstance(e.left, s.FunctionCall)
        name = e.left.arguments[0]
        if not (
            isinstance(name, s.Name)
            and isinstance(e.right, s.Name)
            and e.operator in {"==", "!="}
            and len(e.left.arguments) == 1
        ):
            self.problem("P0406", e)
            return None
        item = self.work.interpretations.get(name.name)
        if item is None:
            self.problem("P0301", name, given=name.name, **hint(name.name, self.work.interpretations))
            return None
        self.work.used.add(name.name)
        if e.right.name not in item.readings:
            self.problem("P0309", e.right, given=e.right.name, name=name.name, **hint(e.right.name, item.readings))
            return None
        node = p.ReadingIs(FLAG, e.span, name.name, e.right.name)
        return node if e.operator == "==" else p.Not(FLAG, e.span, node)

    def membership(self, e: s.Membership) -> p.Node | None:
        element = self.node(e.element)
        if element is None:
            return None
        members = []
        for member in e.members:
            node = self.node(member, element.type)
            if node is None or self.fits(node, element.type, member) is None:
                return None
            if not isinstance(node, p.Constant):
                self.problem("P0407", member)
                return None
            members.append(node)
        return p.In(FLAG, e.span, element, tuple(members))

    def conditional(self, e: s.Conditional, wanted: Type | None) -> p.Node | None:
        test, then, otherwise = self.flag(e.test), self.node(e.then, wanted), self.node(e.otherwise, wanted)
        if test is None or then is None or otherwise is None:
            return None
        if isinstance(then.type, Number) and isinstance(otherwise.type, Number):
            pair = self.same([then, otherwise], e)
            return pair and p.If(pair[0].type, e.span, test, pair[0], pair[1])
        if then.type != otherwise.type:
            self.problem("P0401", e.otherwise, given=describe(otherwise.type), wanted=describe(then.type))
            return None
        return p.If(then.type, e.span, test, then, otherwise)

    def call(self, e: s.FunctionCall) -> p.Node | None:
        first = e.arguments[0]
        if isinstance(first, s.Generator | s.RowTest):
            return self.aggregate(e, first)
        match e.function:
            case "min" | "max":
                return self.extreme(e)
            case "round":
                return self.round(e)
            case "given":
                return self.given(e)
            case "left":
                return self.left(e)
            case "class":
                return self.class_of(e)
            case "reading":
                self.problem("P0406", e)
                return None
        ways = overloads(e.function)
        if not ways:
            self.problem("P0320", e, given=e.function, **hint(e.function, NAMES))
            return None
        nodes = [self.node(argument) for argument in e.arguments]
        if not all(nodes):
            return None
        given = [node for node in nodes if node]
        for way in ways:
            if len(way.arguments) == len(given) and all(
                _accepts(want, node.type) for want, node in zip(way.arguments, given, strict=True)
            ):
                return p.Call(way.result, e.span, "years_between" if e.function == "age" else e.function, tuple(given))
        self.problem("P0404", e, function=e.function, allowed=_signatures(ways))
        return None

    def extreme(self, e: s.FunctionCall) -> p.Node | None:
        found = [self.node(argument) for argument in e.arguments]
        nodes = [node for node in found if node]
        if len(nodes) < len(found):
            return None
        if len(nodes) < 2:
            self.problem("P0404", e, function=e.function, allowed=f"{e.function}(a, b)")
            return None
        if isinstance(nodes[0].type, Number):
            for node, argument in zip(nodes, e.arguments, strict=True):
                if self.fits(node, _ZERO, argument) is None:
                    return None
            same = self.same(nodes, e)
            return same and p.Extreme(same[0].type, e.span, e.function, tuple(same))  # type: ignore[arg-type]
        if any(
            self.fits(node, nodes[0].type, argument) is None for node, argument in zip(nodes, e.arguments, strict=True)
        ):
            return None
        if not (nodes[0].type in {DATE, MONTH} or (isinstance(nodes[0].type, Choice) and nodes[0].type.ordered)):
            self.problem("P0405", e, given=describe(nodes[0].type), operator=e.function)
            return None
        return p.Extreme(nodes[0].type, e.span, e.function, tuple(nodes))  # type: ignore[arg-type]

    def round(self, e: s.FunctionCall) -> p.Node | None:
        match e.arguments:
            case (operand, s.NumberLiteral(value=quantum, unit=None), s.Name(name=mode)) if (
                quantum > 0 and mode in MODES
            ):
                node = self.number(operand)
                return node and p.Round(node.type, e.span, node, quantum, mode)  # type: ignore[arg-type]
        self.problem("P0404", e, function="round", allowed=f"round(x, 0.01, {' | '.join(MODES)})")
        return None

    def given(self, e: s.FunctionCall) -> p.Node | None:
        of = self.node(e.arguments[0])
        if of is None:
            return None
        optional = False
        if isinstance(of, p.FactValue):
            fact = self.work.document.facts[of.name]
            optional = fact.optional or fact.when is not None
        elif isinstance(of, p.FieldValue):
            optional = next(field.optional for field in self.work.facts[of.rows].fields if field.name == of.name)
        if not optional or not isinstance(of, p.FactValue | p.FieldValue):
            self.problem("P0408", e)
            return None
        return p.Given(FLAG, e.span, of)

    def left(self, e: s.FunctionCall) -> p.Node | None:
        """What is left of a cap: a fact of the ledger, stated by the caller where there is no ledger."""
        caps = {cap.name: cap for cap in self.work.caps}
        argument = e.arguments[0]
        cap = caps.get(argument.name) if isinstance(argument, s.Name) else None
        if cap is None or len(e.arguments) != 1:
            given = argument.name if isinstance(argument, s.Name) else "?"
            self.problem("P0301", e, given=given, **hint(given, caps))
            return None
        name = f"left_{cap.name}"
        limit = self.work.parameters.get(cap.limit)
        if cap.times:
            type_: Type = Number(RATIO)
            resolution, high = Fraction(1), Fraction(cap.times)
        elif limit is not None and limit.values:
            type_, resolution, high = Number(limit.unit), Fraction(1, 100), max(limit.values.values())
        else:
            type_, resolution, high = self.work.types.get(cap.limit, Number(CNY)), Fraction(1, 100), _LEFT_LIMIT
        label = Text(f"{cap.label.zh}的剩余额度", f"what is left of: {cap.label.en}")
        self.work.facts[name] = p.Fact(name, type_, label, cap.clause, resolution, Fraction(0), high, left_of=cap.name)
        return p.FactValue(type_, e.span, name)

    def class_of(self, e: s.FunctionCall) -> p.Node | None:
        place = self.node(e.arguments[0])
        if place is None:
            return None
        if len(e.arguments) != 1 or not isinstance(place.type, Division):
            self.problem("P0404", e, function="class", allowed="class(division)")
            return None
        classes = self.work.vocabulary.choices["division_class"]
        values = tuple(classes.values)
        return p.Call(
            Choice("division_class", values, classes.ordered, dict(classes.values)), e.span, "class", (place,)
        )

    def aggregate(self, e: s.FunctionCall, inner: s.Generator | s.RowTest) -> p.Node | None:
        if e.function not in AGGREGATES or (e.function == "count") != isinstance(inner, s.RowTest):
            self.problem(
                "P0404",
                e,
                function=e.function,
                allowed="count(r in rows if …) · sum any all min max (… for r in rows if …)",
            )
            return None
        records = self.work.types.get(inner.rows)
        row = inner.row.name if isinstance(inner, s.RowTest) and isinstance(inner.row, s.Name) else inner.row
        if not isinstance(records, Records) or not isinstance(row, str):
            self.problem(
                "P0301",
                inner,
                given=inner.rows,
                **hint(inner.rows, [n for n, t in self.work.types.items() if isinstance(t, Records)]),
            )
            return None
        if self.rows or row in self.work.kinds:
            self.problem("P0409" if self.rows else "P0302", inner, given=row, other="row")
            return None
        self.work.used.add(inner.rows)
        self.rows.append(Row(row, inner.rows))
        body = (
            None
            if isinstance(inner, s.RowTest)
            else self.node(inner.body, FLAG if e.function in {"any", "all"} else None)
        )
        test = self.flag(inner.test) if inner.test is not None else None
        self.rows.pop()
        if (inner.test is not None and test is None) or (body is None and isinstance(inner, s.Generator)):
            return None
        if e.function == "count":
            return p.Aggregate(Number(RATIO), e.span, "count", inner.rows, row, None, test, None)
        assert isinstance(inner, s.Generator) and body is not None
        if e.function in {"any", "all"}:
            fitted = self.fits(body, FLAG, inner.body)
            return fitted and p.Aggregate(FLAG, e.span, e.function, inner.rows, row, fitted, test, None)  # type: ignore[arg-type]
        if self.fits(body, _ZERO, inner.body) is None:
            return None
        otherwise = self.number(inner.otherwise) if inner.otherwise is not None else None
        if (e.function in {"min", "max"}) != (otherwise is not None):
            self.problem("P0410", e, function=e.function)
            return None
        if otherwise is not None and (pair := self.same([body, otherwise], e)) is not None:
            body, otherwise = pair
        return p.Aggregate(body.type, e.span, e.function, inner.rows, row, body, test, otherwise)  # type: ignore[arg-type]


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
