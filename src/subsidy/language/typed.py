"""From a syntax tree to a typed node: every name found, every type and unit checked, or a problem at its span.

A part that could not be typed is None and reports once; what contains it stays silent.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ..catalogue.positions import Path
from ..record import replace
from ..text import Text, plain
from . import calls
from . import program as p
from . import syntax as s
from .types import DATE, FLAG, MONTH, Choice, Number, Records, Type, describe
from .units import RATIO, Unit, UnitError, parse_unit, unscaled
from .work import Work, hint

ZERO: Final = Number(None)


class Row(NamedTuple):
    """The name in force within an aggregate, and the records it runs over; no records where it is a month."""

    name: str
    rows: str


def typed(work: Work, path: Path, wanted: Type, seen: set[str], *, any_unit: bool = False) -> p.Node | None:
    """The typed node of the formula at `path`, or None with the problems added.

    Args:
        seen: the names computed before this formula.
        any_unit: whether a number of another unit than that of `wanted` will do.
    """
    expression = work.formulas.get(path)
    if expression is None:
        work.use_all(path)
        return None
    typer = Typer(work, path, seen)
    node = typer.node(expression, wanted)
    if node is not None and not (any_unit and isinstance(node.type, Number)):
        node = typer.fits(node, wanted, expression)
    if node is None:
        work.use_all(path)
    return node


def described(unit: Unit | None) -> Text:
    """A unit in words."""
    return Text("无单位", "none") if unit == RATIO else plain(str(unit))


def has_order(type_: Type) -> bool:
    """Whether ``<``, ``min`` and ``max`` have a meaning for values that are no numbers."""
    return type_ in {DATE, MONTH} or (isinstance(type_, Choice) and type_.ordered)


class Typer:
    """Types one formula."""

    def __init__(self, work: Work, path: Path, seen: set[str]) -> None:
        self.work, self.path, self.seen = work, path, seen
        self.rows: list[Row] = []

    def refuse(self, code: str, where: s.Expression | p.Node, **values: str | Text) -> p.Node | None:
        """Adds the problem, and gives None for the node that cannot be."""
        self.work.formula_problem(code, self.path, where.span, **values)
        return None

    def fits(self, node: p.Node, wanted: Type, where: s.Expression) -> p.Node | None:
        """The node, if its type is the wanted one; a literal zero takes any unit."""
        have = node.type
        if isinstance(wanted, Number) and isinstance(have, Number):
            if have.unit is None:
                return replace(node, type=wanted)
            if wanted.unit is None or have.unit == wanted.unit:
                return node
            return self.unit_problem(node, have.unit, wanted.unit)
        if have == wanted:
            return node
        return self.refuse("P0401", where, given=describe(have), wanted=describe(wanted))

    def unit_problem(self, node: p.Node, have: Unit | None, wanted: Unit) -> p.Node | None:
        """A number has another unit; a literal most likely lacks it."""
        hints = {}
        if isinstance(node, p.Constant) and have == RATIO:
            written = self.work.texts[node.span.path or self.path][node.span.start : node.span.end]
            unit = f"{written}[{wanted}]"
            hints["hint"] = Text(f"写明单位：{unit}", f"write its unit: {unit}")
        return self.refuse("P0402", node, given=described(have), wanted=described(wanted), **hints)

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
                return calls.call(self, e)
            case _:
                raise AssertionError(e)  # the grammar has rows only as an argument

    def flag(self, e: s.Expression) -> p.Node | None:
        node = self.node(e, FLAG)
        return node and self.fits(node, FLAG, e)

    def number(self, e: s.Expression) -> p.Node | None:
        node = self.node(e)
        return node and self.fits(node, ZERO, e)

    def literal(self, e: s.NumberLiteral) -> p.Node | None:
        if e.unit is None:
            return p.Constant(ZERO if e.value == 0 else Number(RATIO), e.span, e.value, e.percent)
        try:
            unit, factor = unscaled(parse_unit(e.unit, self.work.vocabulary.units), self.work.vocabulary.scaled)
            return p.Constant(Number(unit), e.span, e.value * factor)
        except UnitError as error:
            return self.refuse(
                "P0307", e, given=error.name or f"[{e.unit}]", **hint(error.name, self.work.vocabulary.units)
            )

    def name(self, e: s.Name, wanted: Type | None) -> p.Node | None:
        name = e.name
        kind = self.work.kinds.get(name)
        if any(row.name == name and not row.rows for row in self.rows):
            return p.MonthValue(MONTH, e.span, name)
        if isinstance(wanted, Choice) and name in wanted.values:
            return p.Constant(wanted, e.span, name)  # a fact of the same name was reported
        if name in self.work.unreadable:
            return None
        if kind in {"fact", "parameter", "step"}:
            self.work.used.add(name)
            if kind == "fact" and self.work.facts[name].asked and name not in self.seen:
                return self.refuse("P0334", e, given=name)
            if name not in self.seen:
                return self.refuse("P0303", e, given=name)
        if kind == "fact":
            return p.FactValue(self.work.types[name], e.span, name)
        if kind == "step":
            return p.StepValue(self.work.types[name], e.span, name)
        if kind == "parameter":
            parameter = self.work.parameters[name]
            if parameter.by:
                return self.refuse("P0403", e, table=name, given="0", wanted=str(len(parameter.keys)))
            return p.ParameterValue(parameter.type, e.span, name, ())
        if isinstance(wanted, Choice):
            if not wanted.values:
                return None  # the list is unknown, and was reported
            return self.refuse("P0305", e, given=name, list=wanted.list, **hint(name, wanted.values))
        known = [known for known, kind in self.work.kinds.items() if kind in {"fact", "parameter", "step"}]
        return self.refuse("P0301", e, given=name, **hint(name, known))

    def qualified(self, e: s.QualifiedChoice) -> p.Node | None:
        known = self.work.choices | self.work.vocabulary.choices
        if e.list not in known:
            return self.refuse("P0308", e, given=e.list, **hint(e.list, known))
        choice = self.work.listed(self.path, e.list)
        if e.name not in choice.values:
            return self.refuse("P0305", e, given=e.name, list=e.list, **hint(e.name, choice.values))
        return p.Constant(choice, e.span, e.name)

    def field(self, e: s.FieldOf) -> p.Node | None:
        rows = [row for row in self.rows if row.rows]
        row = next((row for row in reversed(rows) if row.name == e.row), None)
        if row is None:
            return self.refuse("P0301", e, given=e.row, **hint(e.row, [row.name for row in rows]))
        records = self.work.types[row.rows]
        assert isinstance(records, Records)
        if e.field not in records.fields:
            return self.refuse("P0301", e, given=e.field, **hint(e.field, records.fields))
        return p.FieldValue(records.fields[e.field], e.span, row.rows, e.field, e.row)

    def lookup(self, e: s.TableLookup) -> p.Node | None:
        parameter = self.work.parameters.get(e.table)
        if parameter is None:
            return self.refuse("P0301", e, given=e.table, **hint(e.table, self.work.parameters))
        self.work.used.add(e.table)
        if len(parameter.keys) < len(parameter.by):
            return None  # a key of the table was reported
        if len(e.keys) != len(parameter.keys):
            return self.refuse("P0403", e, table=e.table, given=str(len(e.keys)), wanted=str(len(parameter.keys)))
        keys = []
        for expression, type_ in zip(e.keys, parameter.keys, strict=True):
            key = self.node(expression, type_)
            keys.append(key and self.fits(key, type_, expression))
        if not all(keys):
            return None
        return p.ParameterValue(parameter.type, e.span, e.table, tuple(key for key in keys if key))

    def arithmetic(self, e: s.Arithmetic) -> p.Node | None:
        left, right = self.number(e.left), self.number(e.right)
        if left is None or right is None:
            return None
        assert isinstance(left.type, Number) and isinstance(right.type, Number)
        if e.operator in "+-":
            pair = self.same([left, right])
            return p.Operation(pair[0].type, e.span, e.operator, *pair) if pair else None  # type: ignore[arg-type]
        one, two = left.type.unit or RATIO, right.type.unit or RATIO
        unit = one * two if e.operator == "*" else one / two
        return p.Operation(Number(unit), e.span, e.operator, left, right)  # type: ignore[arg-type]

    def same(self, nodes: list[p.Node]) -> list[p.Node] | None:
        """The numbers with one unit for all; a literal zero takes the unit of the others."""
        units = [node.type.unit for node in nodes if isinstance(node.type, Number) and node.type.unit is not None]
        for node in nodes:
            if isinstance(node.type, Number) and node.type.unit not in {None, units[0] if units else None}:
                self.unit_problem(node, node.type.unit, units[0])
                return None
        type_ = Number(units[0]) if units else ZERO
        return [replace(node, type=type_) for node in nodes]

    def sides(self, left: s.Expression, right: s.Expression) -> tuple[p.Node | None, p.Node | None]:
        """Both sides typed; a bare choice value is found by the type of the other side."""
        if self.is_bare(left) and not self.is_bare(right):
            two = self.node(right)
            return (two and self.node(left, two.type)), two
        one = self.node(left)
        return one, one and self.node(right, one.type)

    def is_bare(self, e: s.Expression) -> bool:
        return isinstance(e, s.Name) and e.name not in self.work.kinds and all(row.name != e.name for row in self.rows)

    def comparison(self, e: s.Comparison) -> p.Node | None:
        if isinstance(e.left, s.FunctionCall) and e.left.function == "reading":
            return self.reading(e, e.left)
        left, right = self.sides(e.left, e.right)
        if left is None or right is None:
            return None
        if isinstance(left.type, Number) and isinstance(right.type, Number):
            pair = self.same([left, right])
            return p.Compare(FLAG, e.span, e.operator, *pair) if pair else None  # type: ignore[arg-type]
        if left.type != right.type:
            return self.refuse("P0401", e.right, given=describe(right.type), wanted=describe(left.type))
        if isinstance(left.type, Records) or (e.operator not in {"==", "!="} and not has_order(left.type)):
            return self.refuse("P0405", e, given=describe(left.type), operator=e.operator)
        return p.Compare(FLAG, e.span, e.operator, left, right)  # type: ignore[arg-type]

    def reading(self, e: s.Comparison, call: s.FunctionCall) -> p.Node | None:
        """``reading(name) == value``, the one way to ask which reading was chosen."""
        name = call.arguments[0]
        if not (
            isinstance(name, s.Name)
            and isinstance(e.right, s.Name)
            and e.operator in {"==", "!="}
            and len(call.arguments) == 1
        ):
            return self.refuse("P0406", e)
        item = self.work.interpretations.get(name.name)
        if item is None and "interpretation" in self.work.nameless:
            return None
        if item is None:
            return self.refuse("P0301", name, given=name.name, **hint(name.name, self.work.interpretations))
        self.work.used.add(name.name)
        if e.right.name not in item.readings:
            return self.refuse(
                "P0309", e.right, given=e.right.name, name=name.name, **hint(e.right.name, item.readings)
            )
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
                return self.refuse("P0407", member)
            members.append(node)
        return p.In(FLAG, e.span, element, tuple(members))

    def conditional(self, e: s.Conditional, wanted: Type | None) -> p.Node | None:
        test, then, otherwise = self.flag(e.test), self.node(e.then, wanted), self.node(e.otherwise, wanted)
        if test is None or then is None or otherwise is None:
            return None
        if isinstance(then.type, Number) and isinstance(otherwise.type, Number):
            pair = self.same([then, otherwise])
            return p.If(pair[0].type, e.span, test, *pair) if pair else None
        if then.type != otherwise.type:
            return self.refuse("P0401", e.otherwise, given=describe(otherwise.type), wanted=describe(then.type))
        return p.If(then.type, e.span, test, then, otherwise)
