"""Lowering: a formula as operations on whole numbers over denominators known when the policy is compiled.

Each number is an int over `denominator`; `content` is a number known to divide that int. With it denominators cancel
while the policy is compiled: an area in hundredths times 300 needs no division afterwards. What is left are sums,
products, comparisons, look-ups and the divisions that a rounding asks for, which every runner has.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from operator import add, mul, sub, truediv
from typing import Any, Final, Literal

from . import program as p
from .types import Choice, Month, Number

Kind = Literal[
    "constant", "fact", "field", "step", "given", "add", "subtract", "multiply", "scale", "negate", "min",
    "max", "first", "last", "table", "round", "quotient", "==", "!=", "<", "<=", ">", ">=", "and", "or", "not",
    "in", "if", "call", "sum", "count", "any", "all", "least", "greatest", "highest", "month", "position", "months",
    "class",
]  # fmt: skip


OPEN_ENDS: Final = ("<low>", "<high>")  # the keys under which an open number has its bounds, which no name can be


@dataclass(frozen=True, slots=True)
class Op:
    """One operation. `value` is its constant: a number, a name, a table, a factor, a rounding mode."""

    kind: Kind
    args: tuple[Op, ...] = ()
    value: Any = None
    denominator: int = 1
    content: int = 1


def lower(
    node: p.Node, facts: Mapping[str, p.Fact], parameters: Mapping[str, p.Parameter], steps: Mapping[str, Op]
) -> Op:
    """The operations of a node. `steps` has what earlier steps were lowered to."""
    return _Lowering(facts, parameters, steps).op(node)


def over(op: Op, denominator: int) -> Op:
    """The same number over a multiple of its denominator."""
    factor, rest = divmod(denominator, op.denominator)
    assert rest == 0
    return op if factor == 1 else _scaled(op, factor, denominator)


def _scaled(op: Op, factor: int, denominator: int) -> Op:
    content = op.content * factor
    match op.kind:
        case "constant":
            return Op("constant", (), op.value * factor, denominator, content)
        case "table":
            return Op("table", op.args, {key: value * factor for key, value in op.value.items()}, denominator, content)
        case "scale":
            return Op("scale", op.args, op.value * factor, denominator, content)
        case _:
            return Op("scale", (op,), factor, denominator, content)


def _known(op: Op) -> bool:
    return op.kind in {"constant", "table"}


def _divided(op: Op, divisor: int) -> Op:
    """A constant or a table with a common divisor of its entries taken out; its denominator stays."""
    content = op.content // divisor
    if op.kind == "constant":
        return Op("constant", (), op.value // divisor, op.denominator, content)
    return Op("table", op.args, {key: value // divisor for key, value in op.value.items()}, op.denominator, content)


def _exact(value: Fraction) -> Op:
    return Op("constant", (), value.numerator, value.denominator, abs(value.numerator))


def _table(keys: tuple[Op, ...], values: Mapping[Any, Fraction]) -> Op:
    denominator = lcm(*(value.denominator for value in values.values()))
    whole = {key: int(value * denominator) for key, value in values.items()}
    return Op("table", keys, whole, denominator, gcd(*whole.values()))


def _multiplied(one: Op, two: Op) -> Op:
    """A product, with what divides a known side taken from the denominator of the other."""
    if _known(one) and not _known(two):
        one, two = two, one
    denominator = one.denominator
    if _known(two) and (common := gcd(two.content, denominator)) > 1:
        two, denominator = _divided(two, common), denominator // common
    denominator *= two.denominator
    if two.kind == "constant":
        if two.value == 1 or one.kind == "constant":
            value = one.value * two.value if one.kind == "constant" else one.value
            return Op(one.kind, one.args, value, denominator, one.content * two.content)
        return _scaled(Op(one.kind, one.args, one.value, one.denominator, one.content), two.value, denominator)
    return Op("multiply", (one, two), None, denominator, one.content * two.content)


def is_static(node: p.Node) -> bool:
    """Whether a divisor is known when the policy is compiled: a literal, a parameter, the days in a month."""
    if isinstance(node, p.ParameterValue) or (isinstance(node, p.Call) and node.function == "days_in"):
        return True
    return constant(node) is not None


def constant(node: p.Node) -> Fraction | None:
    """The value of a number that is made of literals alone, such as 12 * 30; None for any other."""
    match node:
        case p.Constant(value=Fraction() as literal):
            return literal
        case p.Opposite(operand=operand):
            inner = constant(operand)
            return None if inner is None else -inner
        case p.Operation(operator=operator, left=left, right=right):
            one, two = constant(left), constant(right)
            if one is None or two is None or (operator == "/" and two == 0):
                return None
            found: Fraction = {"+": add, "-": sub, "*": mul, "/": truediv}[operator](one, two)
            return found
    return None


def is_month(op: Op, facts: Mapping[str, p.Fact], months: Collection[str]) -> bool:
    """Whether an operation gives a month, where it gives a month or a day: in a runner both may be whole numbers.

    Args:
        months: the steps that are months.
    """
    match op.kind:
        case "fact":
            return isinstance(facts[op.value].type, Month)
        case "field":
            rows, place = op.value
            return isinstance(facts[rows].fields[place].type, Month)
        case "step":
            return op.value in months
        case "month":
            return True
        case "call":
            return bool(op.value == "month_of")
        case "if" | "least" | "greatest":
            return is_month(op.args[1], facts, months)
        case "months":
            return is_month(op.args[3], facts, months)
        case "highest":
            return is_month(op.args[-1], facts, months)
        case "constant":
            return isinstance(op.value, int)
        case _:
            return bool(op.args) and is_month(op.args[0], facts, months)


def members(op: Op) -> list[Any]:
    """What an ``in`` looks for: texts, days, and the whole numbers; a number is no other one over its denominator."""
    found = (each.numerator if isinstance(each, Fraction) and each.denominator == 1 else each for each in op.value)
    return sorted((each for each in found if not isinstance(each, Fraction)), key=str)


class _Lowering:
    def __init__(
        self, facts: Mapping[str, p.Fact], parameters: Mapping[str, p.Parameter], steps: Mapping[str, Op]
    ) -> None:
        self.facts, self.parameters, self.steps = facts, parameters, steps

    def op(self, node: p.Node) -> Op:
        match node:
            case p.Constant(value=Fraction() as value):
                return _exact(value)
            case p.Constant(value=value):
                return Op("constant", (), value)
            case p.FactValue(name=name):
                return self.fact("fact", name, self.facts[name])
            case p.FieldValue(rows=rows, name=name):
                fields = self.facts[rows].fields
                index = next(i for i, field in enumerate(fields) if field.name == name)
                return self.fact("field", (rows, index), fields[index])
            case p.MonthValue():
                return Op("month")
            case p.Position(rows=rows, key=key, test=test):
                always = Op("constant", (), True)
                return Op("position", tuple(always if each is None else self.op(each) for each in (key, test)), rows)
            case p.Classified():
                return self.classified(node)
            case p.Ladder():
                return self.ladder(node)
            case p.StepValue(name=name):
                step = self.steps[name]
                return Op("step", (), name, step.denominator, step.content)
            case p.ParameterValue(name=name, keys=keys):
                return self.parameter(self.parameters[name], tuple(self.op(key) for key in keys))
            case p.Given(of=of):
                return Op("given", (self.op(of),))
            case p.Opposite(operand=operand):
                inner = self.op(operand)
                return Op("negate", (inner,), None, inner.denominator, inner.content)
            case p.Operation(operator="/"):
                return self.divided(node)
            case p.Operation(operator="*"):
                return _multiplied(self.op(node.left), self.op(node.right))
            case p.Operation(operator=operator):
                one, two = self.alike(node.left, node.right)
                kind: Kind = "add" if operator == "+" else "subtract"
                return Op(kind, (one, two), None, one.denominator, gcd(one.content, two.content))
            case p.Extreme(which=which, operands=operands):
                return self.extreme(node, which, operands)
            case p.Compare():
                return self.compare(node)
            case p.Logic(operator=operator, operands=operands):
                return Op(operator, tuple(self.op(operand) for operand in operands))
            case p.Not(operand=operand):
                return Op("not", (self.op(operand),))
            case p.In(element=element, members=members):
                one = self.op(element)
                scale = one.denominator
                values = frozenset(m.value * scale if isinstance(m.value, Fraction) else m.value for m in members)
                return Op("in", (one,), values)
            case p.If(test=test, then=then, otherwise=otherwise):
                one, two = self.alike(then, otherwise)
                return Op("if", (self.op(test), one, two), None, one.denominator, gcd(one.content, two.content))
            case p.Round():
                return self.round(node)
            case p.Call():
                return self.call(node)
            case p.Aggregate():
                return self.aggregate(node)
            case _:
                raise AssertionError(node)

    def fact(self, kind: Kind, value: Any, fact: p.Fact) -> Op:
        if not isinstance(fact.type, Number):
            return Op(kind, (), value)
        op = Op(kind, (), value, fact.resolution.denominator, fact.resolution.numerator)
        return op if fact.scale == 1 else _multiplied(op, _exact(fact.scale))

    def parameter(self, parameter: p.Parameter, keys: tuple[Op, ...]) -> Op:
        values = parameter.values
        if values is not None and not isinstance(parameter.type, Number):
            names = {key[0]: value for key, value in values.items()} if len(keys) == 1 else values
            return Op("table", keys, names) if keys else Op("constant", (), values[()])
        if values is None:  # open: hundredths, or as fine as its bounds, which are what matters of it here
            denominator = lcm(100, parameter.low.denominator, parameter.high.denominator)
            ends = {
                key: int(end * denominator) for key, end in zip(OPEN_ENDS, (parameter.low, parameter.high), strict=True)
            }
            return Op("table", keys, ends, denominator, 1)
        if not keys:
            return _exact(values[()])
        return _table(keys, {key[0]: value for key, value in values.items()} if len(keys) == 1 else values)

    def alike(self, *nodes: p.Node) -> list[Op]:
        """Several numbers over one denominator."""
        ops = [self.op(node) for node in nodes]
        denominator = lcm(*(op.denominator for op in ops))
        return [over(op, denominator) for op in ops]

    def extreme(self, node: p.Extreme, which: Literal["min", "max"], operands: tuple[p.Node, ...]) -> Op:
        ops = self.alike(*operands)
        values = getattr(node.type, "values", None)
        if values is not None:
            return Op("first" if which == "min" else "last", tuple(ops), {value: i for i, value in enumerate(values)})
        return Op(which, tuple(ops), None, ops[0].denominator, gcd(*(op.content for op in ops)))

    def classified(self, node: p.Classified) -> Op:
        """The first class whose end the number does not pass: `value` has the ends, each the first number beyond its
        class, and the names."""
        number = self.op(node.operand)
        ends = [(each.high, each.high_in) for each in node.bracket.classes[:-1] if each.high is not None]
        denominator = lcm(number.denominator, *(high.denominator for high, _ in ends))
        beyond = tuple(int(high * denominator) + high_in for high, high_in in ends)
        names = tuple(each.name for each in node.bracket.classes)
        return Op("class", (over(number, denominator),), (beyond, names))

    def ladder(self, node: p.Ladder) -> Op:
        """One branch after the other; for ``highest``, pairs of test and value, and what counts if no test holds."""
        tests = [self.op(test) for test in node.tests]
        *values, otherwise = self.alike(*node.values, node.otherwise)
        denominator, content = otherwise.denominator, gcd(otherwise.content, *(value.content for value in values))
        if node.pick == "highest":
            pairs = [op for pair in zip(tests, values, strict=True) for op in pair]
            names = getattr(node.type, "values", None)
            order = {name: place for place, name in enumerate(names)} if names is not None else None
            return Op("highest", (*pairs, otherwise), order, denominator, content)
        if node.pick == "sum":
            nothing = Op("constant", (), 0, denominator, content)
            terms = [Op("if", (*pair, nothing), None, denominator, content) for pair in zip(tests, values, strict=True)]
            total = terms[0]
            for term in terms[1:]:
                total = Op("add", (total, term), None, denominator, gcd(total.content, term.content))
            if otherwise.kind == "constant" and otherwise.value == 0:
                return total
            any_holds = tests[0] if len(tests) == 1 else Op("or", tuple(tests))
            return Op("if", (any_holds, total, otherwise), None, denominator, content)
        found = otherwise
        for test, value in zip(reversed(tests), reversed(values), strict=True):
            found = Op("if", (test, value, found), None, denominator, content)
        return found

    def divided(self, node: p.Operation) -> Op:
        """Division by something known when the policy is compiled: multiplication by its inverse."""
        return _multiplied(self.op(node.left), self.inverse(node.right))

    def inverse(self, node: p.Node) -> Op:
        """One over a divisor that `is_static`."""
        value = constant(node)
        if value is not None:
            return _exact(1 / value)
        match node:
            case p.ParameterValue():
                op = self.parameter(self.parameters[node.name], tuple(self.op(key) for key in node.keys))
                if op.kind == "constant":
                    return _exact(Fraction(op.denominator, op.value))
                # A zero stands only under a key that was proved not to come up.
                inverses = {key: Fraction(op.denominator, value) for key, value in op.value.items() if value}
                return _table(op.args, inverses)
            case p.Call(function="days_in"):
                return _table((self.op(node),), {days: Fraction(1, days) for days in (28, 29, 30, 31)})
            case _:
                raise AssertionError("a division by a fact stands only under a rounding or in a comparison")

    def round(self, node: p.Round) -> Op:
        """`value` is (factor, divisor, mode): args[0] × factor ÷ divisor, or ÷ (divisor × args[1]), rounded."""
        quantum, operand = node.quantum, node.operand
        if isinstance(operand, p.Operation) and operand.operator == "/" and not is_static(operand.right):
            one, two = self.op(operand.left), self.op(operand.right)
            factor, divisor = two.denominator * quantum.denominator, one.denominator * quantum.numerator
            common = gcd(factor, divisor)
            counted = Op("quotient", (one, two), (factor // common, divisor // common, node.mode))
        else:
            one = self.op(operand)
            factor, divisor = quantum.denominator, one.denominator * quantum.numerator
            common = gcd(factor, divisor)
            factor, divisor = factor // common, divisor // common
            if divisor == 1:
                return over(one, lcm(one.denominator, quantum.denominator))
            counted = Op("round", (one,), (factor, divisor, node.mode))
        scaled = counted if quantum.numerator == 1 else Op("scale", (counted,), quantum.numerator)
        return Op(scaled.kind, scaled.args, scaled.value, quantum.denominator, quantum.numerator)

    def compare(self, node: p.Compare) -> Op:
        if not isinstance(node.left.type, Number):
            values = node.left.type.values if getattr(node.left.type, "ordered", False) else None  # type: ignore[attr-defined]
            order = (
                {value: i for i, value in enumerate(values)} if values and node.operator not in {"==", "!="} else None
            )
            return Op(node.operator, (self.op(node.left), self.op(node.right)), order)
        left, right = self.crossed(node.left), self.crossed(node.right)
        one = left[0] if right[1] is None else _multiplied(left[0], right[1])
        two = right[0] if left[1] is None else _multiplied(right[0], left[1])
        denominator = lcm(one.denominator, two.denominator)
        return Op(node.operator, (over(one, denominator), over(two, denominator)))

    def crossed(self, node: p.Node) -> tuple[Op, Op | None]:
        """A number, or a quotient by a fact (proved positive) as its two sides."""
        if isinstance(node, p.Operation) and node.operator == "/" and not is_static(node.right):
            return self.op(node.left), self.op(node.right)
        return self.op(node), None

    def call(self, node: p.Call) -> Op:
        args = tuple(self.op(argument) for argument in node.arguments)
        return Op("call", args, node.function)

    def aggregate(self, node: p.Aggregate) -> Op:
        test = self.op(node.test) if node.test is not None else Op("constant", (), True)
        found = self.gathered(node, test)
        if node.months:
            ends = tuple(self.op(month) for month in node.months)
            found = Op("months", ends + found.args, found.kind, found.denominator, found.content)
        if isinstance(node.type, Choice):  # the places in the list were compared
            return Op("table", (found,), dict(enumerate(node.type.values)))
        return found

    def gathered(self, node: p.Aggregate, test: Op) -> Op:
        if node.kind == "count":
            return Op("count", (test,), node.rows)
        assert node.body is not None
        if node.kind in {"min", "max"}:
            assert node.otherwise is not None
            body, otherwise = self.alike(node.body, node.otherwise)
            if isinstance(node.type, Choice):
                places = {name: place for place, name in enumerate(node.type.values)}
                body, otherwise = Op("table", (body,), places), Op("table", (otherwise,), places)
            kind: Kind = "least" if node.kind == "min" else "greatest"
            return Op(kind, (test, body, otherwise), node.rows, body.denominator, gcd(body.content, otherwise.content))
        body = self.op(node.body)
        return Op(node.kind, (test, body), node.rows, body.denominator, body.content)
