"""The reference runner: slow, obvious, and the judge of every other runner.

It interprets the typed program node by node on `fractions.Fraction`, with readings looked up where they stand, and
shares no arithmetic, rounding, calendar or splitting with the runners that it judges. It answers in the words of a
receipt, so that agreement is equality. Only tests and `subsidy.testing` use it.

A value is `Between` two ends, both in (numbers, days, months), or a set of alternatives (flags, choices, divisions,
ids). What is certain has equal ends, or one alternative. A number that the text leaves open is between the bounds
that the text gives; a test that is not decided gives the hull of both branches.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import ceil, floor
from operator import add, mul, sub, truediv
from typing import Any, NamedTuple

from ..language import program as p
from ..language.types import Choice, Date, Month, Number, Records
from . import by_hand

# — values —


class Between(NamedTuple):
    """From `low` to `high`, both in: numbers, days or months."""

    low: Any
    high: Any


Possible = Between | frozenset[Any]
FLAGS = frozenset({False, True})


def _sure(value: Any) -> Possible:
    return frozenset({value}) if isinstance(value, str | bool) else Between(value, value)


def _hull(values: Sequence[Any]) -> Any:
    if isinstance(values[0], frozenset):
        return frozenset().union(*values)
    return Between(min(value.low for value in values), max(value.high for value in values))


def _day(day: dt.date) -> by_hand.Day:
    return day.year, day.month, day.day


def _fact(fact: p.Fact, given: Any) -> Any:
    """A fact in canonical form as a value; rows as a list of dicts; None where it is absent."""
    if given is None:
        return None
    match fact.type:
        case Number():
            return _sure(fact.scale * Fraction(given))
        case Date():
            year, month, day = given.split("-")
            return _sure((int(year), int(month), int(day)))
        case Month():
            year, month = given.split("-")
            return _sure(12 * int(year) + int(month) - 1)
        case Records():
            return [{field.name: _fact(field, row.get(field.name)) for field in fact.fields} for row in given]
        case _:
            return _sure(given)


# — formulas —


class _Formulas:
    """What formulas can be under one choice of readings; a fact that does not apply under it is absent."""

    def __init__(self, program: p.Program, facts: Mapping[str, Any], readings: Mapping[str, str]) -> None:
        self.program, self.readings = program, readings
        self.row: Mapping[str, Any] = {}
        self.month: Any = None
        self.steps: dict[str, Possible] = {}
        self.facts = {name: _fact(fact, facts.get(name)) for name, fact in program.facts.items()}
        for name in program.facts:
            if not self.applies(name):
                self.facts[name] = None

    def applies(self, name: str) -> bool:
        when = self.program.facts[name].when
        return when is None or self.value(when) != {False}

    def value(self, node: p.Node) -> Any:
        """What a node can be."""
        match node:
            case p.Constant(value=value):
                return _sure(_day(value) if isinstance(value, dt.date) else value)
            case p.FactValue(name=name):
                return self.facts[name]
            case p.FieldValue(name=name):
                return self.row[name]
            case p.StepValue(name=name):
                return self.steps[name]
            case p.MonthValue():
                return self.month
            case p.Position():
                return self.position(node)
            case p.Classified(bracket=bracket, operand=operand):
                low, high = self.value(operand)
                return frozenset(each.name for each in bracket.classes if _meets(each, low, high))
            case p.Ladder():
                return self.ladder(node)
            case p.Given(of=of):
                return frozenset({self.value(of) is not None})
            case p.ReadingIs(interpretation=name, reading=reading):
                return frozenset({self.readings[name] == reading})
            case p.ParameterValue():
                return self.parameter(node)
            case p.Opposite(operand=operand):
                low, high = self.value(operand)
                return Between(-high, -low)
            case p.Operation(operator=operator, left=left, right=right):
                return _calculated(operator, self.value(left), self.value(right))
            case p.Extreme(which=which, operands=operands):
                return self.extreme(which, operands)
            case p.Compare():
                return self.compared(node)
            case p.Logic(operator=operator, operands=operands):
                return self.joined(operator, operands)
            case p.Not(operand=operand):
                return frozenset(not flag for flag in self.value(operand))
            case p.In(element=element, members=members):
                return self.among(self.value(element), [self.value(member) for member in members])
            case p.If(test=test, then=then, otherwise=otherwise):
                decided = self.value(test)
                return _hull([self.value(then if flag else otherwise) for flag in decided])
            case p.Round(operand=operand, quantum=quantum, mode=mode):
                low, high = self.value(operand)
                return Between(by_hand.rounded(low, quantum, mode), by_hand.rounded(high, quantum, mode))
            case p.Call(function=function, arguments=arguments):
                return self.called(function, [self.value(argument) for argument in arguments])
            case p.Aggregate():
                return self.gathered(node)
            case _:
                raise AssertionError(node)

    def parameter(self, node: p.ParameterValue) -> Possible:
        parameter = self.program.parameters[node.name]
        table = parameter.values
        for name, item in self.program.interpretations.items():
            if item.presumes == node.name:
                table = item.values.get(self.readings[name])
        if table is None:
            return Between(parameter.low, parameter.high)
        found = [table[keys] for keys in product(*(self.value(key) for key in node.keys))]
        if isinstance(found[0], str):
            return frozenset(found)
        return Between(min(found), max(found))

    def ladder(self, node: p.Ladder) -> Any:
        """Every outcome of the tests in turn, and what counts under it; too many, and their hull is the same."""
        if node.pick in {"first", "only"}:
            counts = []
            for test, value in zip(node.tests, node.values, strict=True):
                outcome = self.value(test)
                if True in outcome:
                    counts.append(self.value(value))
                if False not in outcome:
                    return _hull(counts)
            return _hull([*counts, self.value(node.otherwise)])
        tests = [self.value(test) for test in node.tests]
        sure = [self.value(value) for test, value in zip(tests, node.values, strict=True) if test == {True}]
        maybe = [self.value(value) for test, value in zip(tests, node.values, strict=True) if test == FLAGS]
        if not sure and not maybe:
            return self.value(node.otherwise)
        if node.pick == "sum":
            terms = sure + [_hull([term, _sure(Fraction(0))]) for term in maybe]
            found: Any = Between(sum(term.low for term in terms), sum(term.high for term in terms))
        elif isinstance(node.type, Choice):
            order = node.type.values
            least = max((min(order.index(one) for one in value) for value in sure), default=0)
            kept = {one for value in sure + maybe for one in value}
            most = max(order.index(one) for one in kept)
            if not sure:
                return _hull([*maybe, self.value(node.otherwise)])
            found = frozenset(order[least : most + 1])
        elif sure:
            found = Between(max(value.low for value in sure), max(value.high for value in sure + maybe))
        else:
            found = _hull(maybe)
        return found if sure else _hull([found, self.value(node.otherwise)])

    def position(self, node: p.Position) -> Between:
        """Counted from the first row to the one at hand."""
        here, key = self.row, self.value(node.key)
        surely = possibly = 1
        for row in self.facts[node.rows]:
            if row is here:
                break
            self.row = row
            same = _equal(self.value(node.key), key)
            surely, possibly = surely + (False not in same), possibly + (True in same)
        self.row = here
        return Between(Fraction(surely), Fraction(possibly))

    def places(self, node: p.Node) -> Between:
        """A value with an order; of an ordered choice, its places in the list."""
        value = self.value(node)
        if isinstance(value, Between):
            return value
        assert isinstance(node.type, Choice)
        places = [node.type.values.index(name) for name in value]
        return Between(min(places), max(places))

    def extreme(self, which: str, operands: Sequence[p.Node]) -> Possible:
        pick = min if which == "min" else max
        found = [self.places(operand) for operand in operands]
        low, high = pick(each.low for each in found), pick(each.high for each in found)
        type_ = operands[0].type
        return frozenset(type_.values[low : high + 1]) if isinstance(type_, Choice) else Between(low, high)

    def compared(self, node: p.Compare) -> frozenset[bool]:
        if node.operator in {"==", "!="}:
            same = _equal(self.value(node.left), self.value(node.right))
            return same if node.operator == "==" else frozenset(not flag for flag in same)
        one, two = self.places(node.left), self.places(node.right)
        if node.operator in {">", ">="}:
            one, two = two, one
        if node.operator in {"<", ">"}:
            return frozenset({one.low < two.high, one.high < two.low})
        return frozenset({one.low <= two.high, one.high <= two.low})

    def joined(self, operator: str, operands: Sequence[p.Node]) -> frozenset[bool]:
        """``and`` is decided by the first operand that is surely false, ``or`` by the first that is surely true."""
        decides = operator == "or"
        found: set[bool] = {not decides}
        for operand in operands:
            value = self.value(operand)
            if value == {decides}:
                return frozenset({decides})
            found |= value & {decides}
        return frozenset(found)

    def among(self, element: Possible, members: Sequence[Possible]) -> frozenset[bool]:
        if isinstance(element, frozenset):
            return frozenset(frozenset({value}) in members for value in element)
        found = [_equal(element, member) for member in members]
        return next((flags for flags in found if flags == {True}), frozenset({False}).union(*found))

    def called(self, function: str, values: list[Any]) -> Possible:
        match function, values:
            case "class", [places]:
                return frozenset(self.program.class_of[code] for code in places)
            case "days_in", [month]:
                days = [Fraction(by_hand.days_in(each)) for each in range(month.low, month.high + 1)]
                return Between(min(days), max(days))
            case "in_month", [day, month]:
                return _equal(Between(by_hand.month_of(day.low), by_hand.month_of(day.high)), month)
            case (("first_day" | "last_day" | "month_of" | "year_start"), [one]):
                rises: Callable[[Any], Any] = getattr(by_hand, function)
                return Between(rises(one.low), rises(one.high))
            case (("add_months" | "birthday"), [day, number]):
                times = 12 if function == "birthday" else 1
                assert number.low.denominator == number.high.denominator == 1
                return Between(*(by_hand.add_months(day[end], times * int(number[end])) for end in (0, 1)))
            case "policy_year", [day, starts]:
                if starts.low == starts.high:
                    return Between(*(by_hand.policy_year(end, starts.low) for end in day))
                return Between(by_hand.add_months(day.low, -12), day.high)
            case "overlap_days", [begin, end, month] if all(value.low == value.high for value in values):
                return _sure(Fraction(by_hand.overlap_days(begin.low, end.low, month.low)))
            case "overlap_days", _:
                return Between(Fraction(0), Fraction(31))
        apart: Callable[[Any, Any], int] = getattr(by_hand, function)
        begin, end = values
        return Between(Fraction(apart(begin.high, end.low)), Fraction(apart(begin.low, end.high)))

    def each(self, node: p.Aggregate) -> Iterator[bool]:
        """Puts one row, or one month, after the other at hand, and says whether it is surely there.

        Between ends that are not certain, there is any month from the first to the last, as often as may be.
        """
        if not node.months:
            for row in self.facts[node.rows]:
                self.row = row
                yield True
            return
        first, last = (self.value(month) for month in node.months)
        if first.low == first.high and last.low == last.high:
            for month in range(first.low, last.low + 1):
                self.month = _sure(month)
                yield True
            return
        least, most = last.low - first.high + 1, last.high - first.low + 1
        for number in range(min(most, 600)):
            self.month = Between(first.low, last.high)
            yield number < least

    def gathered(self, node: p.Aggregate) -> Any:
        """A total over the rows; a row whose test is not decided may count or not."""
        sure: list[Any] = []
        maybe: list[Any] = []
        for is_there in self.each(node):
            kept = self.value(node.test) if node.test is not None else frozenset({True})
            if True in kept:
                body = self.value(node.body) if node.body is not None else _sure(Fraction(1))
                (sure if kept == {True} and is_there else maybe).append(body)
        match node.kind:
            case "sum" | "count":
                terms = sure + [_hull([term, _sure(Fraction(0))]) for term in maybe]
                return Between(sum((t.low for t in terms), Fraction(0)), sum((t.high for t in terms), Fraction(0)))
            case "any" | "all":
                decides = node.kind == "any"
                if frozenset({decides}) in sure:
                    return frozenset({decides})
                return frozenset({not decides, *(decides for flags in sure + maybe if decides in flags)})
            case "min" | "max":
                assert node.otherwise is not None
                if not sure:
                    return _hull([*maybe, self.value(node.otherwise)])
                low, high = _hull(sure + maybe)
                if node.kind == "min":
                    return Between(low, min(value.high for value in sure))
                return Between(max(value.low for value in sure), high)


def _meets(each: p.Class, low: Fraction, high: Fraction) -> bool:
    """Whether a number from `low` to `high` may be in a class."""
    begins = each.low is None or high > each.low or (high == each.low and each.low_in)
    ends = each.high is None or low < each.high or (low == each.high and each.high_in)
    return begins and ends


def _calculated(operator: str, one: Between, two: Between) -> Between:
    of_two = {"+": add, "-": sub, "*": mul, "/": truediv}[operator]
    ends = [of_two(a, b) for a in one for b in two]
    return Between(min(ends), max(ends))


def _equal(one: Possible, two: Possible) -> frozenset[bool]:
    if isinstance(one, frozenset) and isinstance(two, frozenset):
        may, must = bool(one & two), len(one | two) == 1
    else:
        assert isinstance(one, Between) and isinstance(two, Between)
        may = one.low <= two.high and two.low <= one.high
        must = one.low == one.high == two.low == two.high
    return frozenset({True} if must else FLAGS if may else {False})


# — running —


def calculate(program: p.Program, facts: Mapping[str, Any], readings: Mapping[str, str]) -> dict[str, Any]:
    """What a receipt says under ``result``: eligible, amount, parts, steps and conditions.

    Args:
        facts: in canonical form, as `Result.facts` gives them.
        readings: the reading of every interpretation, or ``open``.
    """
    answers = [_Answer(program, facts, choice) for choice in _choices(program, readings)]
    eligible = frozenset().union(*(answer.eligible for answer in answers))
    return {
        "eligible": _test(eligible),
        "amount": _money(_hull([answer.amount for answer in answers])),
        "parts": {
            part.name: {
                "amount": _money(_hull([answer.parts[part.name] for answer in answers])),
                "counted": part.counted,
                "shares": [
                    {"payer": share.payer, "amount": _money(_hull([a.shares[part.name][n] for a in answers]))}
                    for n, share in enumerate(part.shares)
                ],
            }
            for part in program.parts
        },
        "steps": {step.name: _step(step, _hull([a.steps[step.name] for a in answers])) for step in program.steps},
        "conditions": {
            test.name: _test(_hull([answer.tests[test.name] for answer in answers])) for test in program.conditions
        },
    }


def contradicts(program: p.Program, facts: Mapping[str, Any], readings: Mapping[str, str]) -> bool:
    """Whether facts are refused because an end is before its beginning, or a span has too many months."""
    answers = (_Answer(program, facts, choice) for choice in _choices(program, readings))
    return any(answer.value(guard.test) == {False} for answer in answers for guard in program.guards)


def applies(program: p.Program, name: str, facts: Mapping[str, Any], readings: Mapping[str, str]) -> bool:
    """Whether a fact applies under any of the readings, other facts being as given."""
    is_always = program.facts[name].when is None
    return is_always or any(_Formulas(program, facts, way).applies(name) for way in _choices(program, readings))


def _choices(program: p.Program, readings: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Every way to read what is left open; a table that nobody filled stays open, and is a number between bounds."""
    ways: list[list[str]] = []
    for name, item in program.interpretations.items():
        is_enumerated = readings[name] == "open" and not item.presumes
        ways.append(list(item.readings) if is_enumerated else [readings[name]])
    for way in product(*ways):
        yield dict(zip(program.interpretations, way, strict=True))


class _Answer(_Formulas):
    """The answer under one choice of readings. Parts and shares are in fen."""

    def __init__(self, program: p.Program, facts: Mapping[str, Any], readings: Mapping[str, str]) -> None:
        super().__init__(program, facts, readings)
        for step in program.steps:
            self.steps[step.name] = self.value(step.value)
        self.tests: dict[str, frozenset[bool]] = {test.name: self.value(test.test) for test in program.conditions}
        required = [self.tests[test.name] for test in program.conditions if test.kind == "required"]
        may, may_not = all(True in test for test in required), any(False in test for test in required)
        self.eligible = frozenset(flag for flag, possible in ((True, may), (False, may_not)) if possible)
        self.parts = {part.name: self.paid(part) for part in program.parts}
        self.shares = {part.name: self.split(part) for part in program.parts}
        counted = [self.parts[part.name] for part in program.parts if part.counted]
        self.amount = Between(sum(part.low for part in counted), sum(part.high for part in counted))

    def paid(self, part: p.Part) -> Between:
        if self.eligible == {False}:
            return Between(0, 0)
        value = self.value(part.value)
        paid = Between(floor(value.low * 100), ceil(value.high * 100))
        return paid if self.eligible == {True} else _hull([paid, Between(0, 0)])

    def split(self, part: p.Part) -> list[Between]:
        total = self.parts[part.name]
        stated = [self.value(node) if (node := share.percent or share.value) else None for share in part.shares]
        if all(found is None or found.low == found.high for found in (total, *stated)):
            return [Between(share, share) for share in self.split_exactly(part, total.low, stated)]
        bounds = []
        for share, found in zip(part.shares, stated, strict=True):
            ends = [total.low, total.high]
            if share.percent is not None and found is not None:
                ends = [end * percent for end in total for percent in found]
            if share.percent is None or any(other.value is not None for other in part.shares):
                ends.append(0)  # another share may leave it nothing
            bounds.append(Between(floor(min(ends)), ceil(max(ends))))
        return bounds if len(bounds) > 1 else [total]

    def split_exactly(self, part: p.Part, total: int, stated: list[Between | None]) -> list[int]:
        if any(share.residual for share in part.shares):
            return by_hand.with_residual(
                total,
                [
                    None if found is None else found.low * (100 if share.value is not None else abs(total))
                    for share, found in zip(part.shares, stated, strict=True)
                ],
            )
        return by_hand.largest_remainder(total, [found.low for found in stated if found is not None])


# — in the words of a receipt —


def _test(flags: frozenset[bool]) -> bool | str:
    return "undetermined" if flags == FLAGS else next(iter(flags))


def _money(fen: Between) -> str | dict[str, str]:
    low, high = (_number(Fraction(end, 100), 2) for end in fen)
    return low if low == high else {"low": low, "high": high}


def _step(step: p.Step, value: Possible) -> Any:
    if isinstance(value, frozenset):
        order = step.type.values if isinstance(step.type, Choice) else (False, True)
        texts = [str(each) if isinstance(step.type, Choice) else str(each).lower() for each in order if each in value]
    else:
        texts = [_text(step, end) for end in value[: 1 if value.low == value.high else 2]]
    return texts[0] if len(texts) == 1 else {"possible": texts}


def _text(step: p.Step, value: Any) -> str:
    match step.type:
        case Date():
            return "{:04d}-{:02d}-{:02d}".format(*value)
        case Month():
            return f"{value // 12:04d}-{value % 12 + 1:02d}"
        case _:
            return _number(value)


def _number(value: Fraction, places: int = 0) -> str:
    """A number with at least `places` digits after the point; as a fraction where it takes more than twelve."""
    while places <= 12 and (value * 10**places).denominator != 1:
        places += 1
    if places > 12:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign, whole = "-" if value < 0 else "", digits[: len(digits) - places]
    return sign + (f"{whole}.{digits[-places:]}" if places else whole)
