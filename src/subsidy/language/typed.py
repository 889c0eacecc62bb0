"""From a syntax tree to a typed node: every name found, every type and unit checked, or a problem at its span.

A part that could not be typed is None and reports once; what contains it stays silent.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from ..catalogue.positions import Path
from ..errors import Also, Hint, hint, nearest
from ..record import replace
from ..text import Text, plain
from . import calls
from . import program as p
from . import syntax as s
from .beside import OTHER_SIDE, STATED, at, stated, within, written
from .meant import other_unit, unit_near
from .suggest import added, claim_hint, element_hint, type_hint, unit_hint
from .types import DATE, FLAG, MONTH, Choice, Number, Records, Type, describe
from .units import CNY, RATIO, Unit, UnitError, parse_unit, unscaled
from .work import PROBLEMS_LIMIT, Work

ZERO: Final = Number(None)
ASKED: Final = Text("拨付时才填报", "stated when an instalment is released")
COMPUTED: Final = Text("在这里计算", "computed here")
KEYS: Final = Text("表的键", "the keys of the table")


class Row(NamedTuple):
    """The name in force within an aggregate, and the records it runs over; no records where it is a month."""

    name: str
    rows: str


def typed(
    work: Work,
    path: Path,
    wanted: Type,
    seen: set[str],
    *,
    any_unit: bool = False,
    because: tuple[Also, ...] = (),
) -> p.Node | None:
    """The typed node of the formula at `path`, or None with the problems added.

    Args:
        seen: the names computed before this formula.
        any_unit: whether a number of another unit than that of `wanted` will do.
        because: where it is said that this is wanted.
    """
    expression = work.formulas.get(path)
    if expression is None:
        work.use_all(path)
        return None
    if len(work.problems.found) > PROBLEMS_LIMIT:
        work.lacks_uses = True
        return None
    typer = Typer(work, path, seen)
    node = typer.node(expression, wanted)
    if node is not None and not (any_unit and isinstance(node.type, Number)):
        node = typer.fits(node, wanted, expression, because)
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

    def refuse(
        self, code: str, where: s.Expression | p.Node, *, also: tuple[Also, ...] = (), **values: str | Text
    ) -> p.Node | None:
        """Adds the problem, and gives None for the node that cannot be."""
        self.work.formula_problem(code, self.path, where.span, also=also, **values)
        return None

    def written(self, where: s.Expression | p.Node) -> str:
        """A part of the formula as it stands there."""
        return self.work.texts[where.span.path or self.path][where.span.start : where.span.end]

    def fits(self, node: p.Node, wanted: Type, where: s.Expression, because: tuple[Also, ...] = ()) -> p.Node | None:
        """The node, if its type is the wanted one; a literal zero takes any unit."""
        have = node.type
        if isinstance(wanted, Number) and isinstance(have, Number):
            if have.unit is None:
                return replace(node, type=wanted)
            if wanted.unit is None or have.unit == wanted.unit:
                return node
            return self.unit_problem(node, have.unit, wanted.unit, because)
        if have == wanted:
            return node
        if isinstance(have, Choice) and isinstance(wanted, Choice) and not (have.values and wanted.values):
            return None  # a list that is not known, which was reported
        return self.type_problem(node, wanted, where, because)

    def type_problem(
        self, node: p.Node, wanted: Type, where: s.Expression | p.Node, because: tuple[Also, ...] = ()
    ) -> p.Node | None:
        """A value of another type, with where the wanted one is said and how to come to it."""
        advice = type_hint(self.work, self.written(where), node.type, wanted, element_hint(node))
        also = (*because, *written(self.work, node))
        return self.refuse("P0401", where, also=also, given=describe(node.type), wanted=describe(wanted), **advice)

    def unit_problem(
        self, node: p.Node, have: Unit | None, wanted: Unit, because: tuple[Also, ...] = (), advice: Hint | None = None
    ) -> p.Node | None:
        """A number has another unit; a literal most likely lacks it."""
        if isinstance(node, p.Constant) and have == RATIO:
            unit = f"{self.written(node)}[{wanted}]"
            advice = {"hint": Text(f"写明单位：{unit}", f"write its unit: {unit}")}
        elif isinstance(node, p.Constant) and "[" in self.written(node):
            advice = other_unit(self.written(node), have, wanted)
        elif have is not None and wanted == CNY and self.path[0] == "outcome" and (rate := claim_hint(self.work, have)):
            advice = rate
        elif have is not None and not advice:
            advice = unit_hint(self.work, self.written(node), have, wanted, self.seen)
        also = (*because, *written(self.work, node))
        return self.refuse("P0402", node, also=also, given=described(have), wanted=described(wanted), **(advice or {}))

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
            near = unit_near(error.name, e.unit, self.work.vocabulary.units)
            return self.refuse("P0307", e, given=error.name or f"[{e.unit}]", **near)

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
                return self.refuse("P0334", e, also=stated(self.work, name, ASKED, "asked"), given=name)
            if name not in self.seen:
                return self.too_early(e, name, kind)
        if kind == "fact":
            return p.FactValue(self.work.types[name], e.span, name)
        if kind == "step":
            return p.StepValue(self.work.types[name], e.span, name)
        if kind == "parameter":
            parameter = self.work.parameters[name]
            if parameter.by:
                return self.wrong_keys(e, name, parameter, 0)
            return p.ParameterValue(parameter.type, e.span, name, ())
        if isinstance(wanted, Choice):
            if not wanted.values:
                return None  # the list is unknown, and was reported
            alike = [each for each, type_ in self.work.types.items() if type_ == wanted]
            meant = nearest(name, [*wanted.values, *alike])  # a value of the list, or a name that has one
            self.work.used |= {each for each in alike if each == meant}
            return self.refuse(
                "P0305", e, given=name, list=wanted.list, **hint(name, [meant] if meant else wanted.values)
            )
        if kind == "bracket":
            return self.refuse("P0404", e, also=stated(self.work, name), function=name, allowed=f"{name}(x)")
        lists = [choice.list for choice in self.work.choices.values() if name in choice.values]
        if lists:
            zh, en = (
                f"{name} 是 {lists[0]} 的选项，这里不用选项",
                f"{name} is a choice of {lists[0]}, and none stands here",
            )
            return self.refuse("P0301", e, also=stated(self.work, lists[0]), given=name, hint=Text(zh, en))
        known = [known for known, kind in self.work.kinds.items() if kind in {"fact", "parameter", "step"}]
        return self.refuse("P0301", e, given=name, **hint(name, known))

    def too_early(self, e: s.Name, name: str, kind: str) -> p.Node | None:
        """A name that is not yet known where it stands."""
        own = self.work.paths[name] == self.path[:2]
        advice: Hint = {}
        if own and kind == "fact":
            advice = {"hint": Text("是否适用不能取决于它自己", "whether it applies cannot rest on itself")}
        elif own:
            advice = {"hint": Text("步骤不能取决于自己", "a step cannot rest on itself")}
        elif kind == "fact":
            advice = {"hint": Text(f"把 [facts.{name}] 移到前面", f"move [facts.{name}] before this fact")}
        also = () if own else stated(self.work, name, COMPUTED, "value", "pick")
        return self.refuse("P0303", e, also=also, given=name, **advice)

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
            return self.wrong_keys(e, e.table, parameter, len(e.keys))
        keys: list[p.Node | None] = []
        if (order := self.in_order(e, parameter)) is not None:
            form = f"{e.table}[{', '.join(order)}]"
            also = at(self.work, ("parameters", e.table), KEYS, "by")
            values = {"given": Text("次序不同的键", "keys in another order"), "wanted": plain(form)}
            return self.refuse("P0401", e, also=also, hint=Text(f"写成 {form}", f"write {form}"), **values)
        for expression, type_ in zip(e.keys, parameter.keys, strict=True):
            key = self.node(expression, type_)
            keys.append(key and self.fits(key, type_, expression, at(self.work, ("parameters", e.table), KEYS, "by")))
        if not all(keys):
            return None
        return p.ParameterValue(parameter.type, e.span, e.table, tuple(key for key in keys if key))

    def in_order(self, e: s.TableLookup, parameter: p.Parameter) -> list[str] | None:
        """The keys of a look-up in the order of the table, where they are all there in another order."""
        names = {key: number for number, key in enumerate(parameter.by)}
        given = [getattr(key, "name", getattr(key, "function", "")) for key in e.keys]
        if given == list(parameter.by) or sorted(given) != sorted(names):
            return None
        return [self.written(key) for _, key in sorted(zip(given, e.keys, strict=True), key=lambda one: names[one[0]])]

    def wrong_keys(self, e: s.Expression, name: str, parameter: p.Parameter, given: int) -> p.Node | None:
        """A look-up in a table with too few keys or too many."""
        keys = [f"{key}(…)" if key in self.work.brackets else key for key in parameter.by]
        form = f"{name}[{', '.join(keys)}]" if keys else name
        advice = Text(f"写成 {form}", f"write {form}")
        also = at(self.work, ("parameters", name), KEYS, "by")
        wanted = str(len(parameter.keys))
        return self.refuse("P0403", e, also=also, table=name, given=str(given), wanted=wanted, hint=advice)

    def arithmetic(self, e: s.Arithmetic) -> p.Node | None:
        left, right = self.number(e.left), self.number(e.right)
        if left is None or right is None:
            return None
        assert isinstance(left.type, Number) and isinstance(right.type, Number)
        if e.operator in "+-":
            pair = self.same([left, right], adds=True)
            return p.Operation(pair[0].type, e.span, e.operator, *pair) if pair else None  # type: ignore[arg-type]
        one, two = left.type.unit or RATIO, right.type.unit or RATIO
        unit = one * two if e.operator == "*" else one / two
        return p.Operation(Number(unit), e.span, e.operator, left, right)  # type: ignore[arg-type]

    def same(self, nodes: list[p.Node], *, adds: bool = False) -> list[p.Node] | None:
        """The numbers with one unit for all; a literal zero takes the unit of the others."""
        units = [node.type.unit for node in nodes if isinstance(node.type, Number) and node.type.unit is not None]
        leader = self.leader(nodes)
        wanted = leader.type.unit if leader is not None and isinstance(leader.type, Number) else None
        for node in nodes:
            have = node.type.unit if isinstance(node.type, Number) else None
            if leader is not None and wanted is not None and have not in {None, wanted}:
                advice = added(wanted, have) if adds and have is not None else None
                self.unit_problem(node, have, wanted, within(self.work, self.path, leader, OTHER_SIDE), advice)
                return None
        type_ = Number(units[0]) if units else ZERO
        return [replace(node, type=type_) for node in nodes]

    @staticmethod
    def leader(nodes: list[p.Node]) -> p.Node | None:
        """The number whose unit the others are to have: the first, but no literal that lacks its own."""
        known = [node for node in nodes if isinstance(node.type, Number) and node.type.unit is not None]
        others = [node for node in known if not (isinstance(node, p.Constant) and node.type == Number(RATIO))]
        return next(iter([*others, *known]), None)

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
            return self.type_problem(right, left.type, e.right, within(self.work, self.path, left, OTHER_SIDE))
        if isinstance(left.type, Records) or (e.operator not in {"==", "!="} and not has_order(left.type)):
            return self.no_order(e, left.type, e.operator)
        return p.Compare(FLAG, e.span, e.operator, left, right)  # type: ignore[arg-type]

    def no_order(self, e: s.Expression, type_: Type, operator: str) -> p.Node | None:
        """A comparison of what has no order; a list of the module can be given one."""
        advice: Hint = {}
        also: tuple[Also, ...] = ()
        if isinstance(type_, Choice) and type_.list in self.work.paths:
            zh, en = "在选项表写 ordered = true，由低到高列出", "write ordered = true at the list, from the least up"
            advice = {"hint": Text(f"确有高低的，{zh}", f"if it has one, {en}")}
            also = stated(self.work, type_.list, STATED, "ordered", "of", "values")
        return self.refuse("P0405", e, also=also, given=describe(type_), operator=operator, **advice)

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
            because = within(self.work, self.path, element, OTHER_SIDE)
            if node is None or self.fits(node, element.type, member, because) is None:
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
        if then.type != otherwise.type and otherwise.type == wanted:
            return self.type_problem(then, otherwise.type, e.then, within(self.work, self.path, otherwise, OTHER_SIDE))
        if then.type != otherwise.type:
            return self.type_problem(otherwise, then.type, e.otherwise, within(self.work, self.path, then, OTHER_SIDE))
        return p.If(then.type, e.span, test, then, otherwise)
