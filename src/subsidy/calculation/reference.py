"""The reference runner: slow, obvious, and the judge of every other runner.

It interprets the typed program node by node on `fractions.Fraction`, with readings looked up where they stand, and
shares no arithmetic, rounding, calendar or splitting with the runners that it judges. It answers in the words of a
receipt, so that agreement is equality. Examples are put to it when a module is checked; nothing is paid by it.

A value is `Between` two ends, both in (numbers, days, months), or a set of alternatives (flags, choices, divisions,
ids). What is certain has equal ends, or one alternative. A number that the text leaves open is between the bounds
that the text gives; a test that is not decided gives the hull of both branches.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from operator import add, mul, sub, truediv
from typing import Any

from ..language import program as p
from ..language.types import Choice, Date, Month, Number, Records, Type
from . import by_hand
from .reference_outcome import Outcome, in_words, money_word, test_word
from .reference_values import FLAGS, Between, Possible
from .reference_values import hull as _hull

# — values —


def _sure(value: Any) -> Possible:
    return frozenset({value}) if isinstance(value, str | bool) else Between(value, value)


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
        self.facts = {name: _fact(fact, facts.get(name)) for name, fact in program.known.items()}
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
            return _hull([*counts, *self.otherwise(node)])
        tests = [self.value(test) for test in node.tests]
        sure = [self.value(value) for test, value in zip(tests, node.values, strict=True) if test == {True}]
        maybe = [self.value(value) for test, value in zip(tests, node.values, strict=True) if test == FLAGS]
        if not sure and not maybe:
            return _hull(self.otherwise(node))
        if node.pick == "sum":
            terms = sure + [_hull([term, _sure(Fraction(0))]) for term in maybe]
            found: Any = Between(sum(term.low for term in terms), sum(term.high for term in terms))
        elif isinstance(node.type, Choice):
            order = node.type.values
            least = max((min(order.index(one) for one in value) for value in sure), default=0)
            kept = {one for value in sure + maybe for one in value}
            most = max(order.index(one) for one in kept)
            if not sure:
                return _hull([*maybe, *self.otherwise(node)])
            found = frozenset(order[least : most + 1])
        elif sure:
            found = Between(max(value.low for value in sure), max(value.high for value in sure + maybe))
        else:
            found = _hull(maybe)
        return found if sure else _hull([found, *self.otherwise(node)])

    def otherwise(self, node: p.Ladder) -> list[Any]:
        """What counts if no test holds; nothing where some test always does."""
        return [] if isinstance(node.otherwise, p.Unreached) else [self.value(node.otherwise)]

    def position(self, node: p.Position) -> Between:
        """Counted from the first row to the one before the row at hand."""
        here, key = self.row, self.value(node.key) if node.key is not None else frozenset({True})
        surely = possibly = 1
        for row in self.facts[node.rows]:
            if row is here:
                break
            self.row = row
            counts = [self.value(node.test)] if node.test is not None else []
            if frozenset({False}) in counts:
                continue
            counts += [_equal(self.value(node.key), key)] if node.key is not None else []
            surely += all(False not in flags for flags in counts)
            possibly += all(True in flags for flags in counts)
        self.row = here
        return Between(Fraction(surely), Fraction(possibly))

    def places(self, node: p.Node) -> Between:
        """A value with an order; of an ordered choice, its places in the list."""
        return _places(node.type, self.value(node))

    def extreme(self, which: str, operands: Sequence[p.Node]) -> Possible:
        pick = min if which == "min" else max
        found = [self.places(operand) for operand in operands]
        low, high = pick(each.low for each in found), pick(each.high for each in found)
        return _with_places(operands[0].type, low, high)

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
            case "add_days", [day, number]:
                return Between(*(by_hand.add_days(day[end], int(number[end])) for end in (0, 1)))
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
                certain = [_places(node.type, value) for value in sure]
                low, high = _hull(certain + [_places(node.type, value) for value in maybe])
                if node.kind == "min":
                    high = min(value.high for value in certain)
                else:
                    low = max(value.low for value in certain)
                return _with_places(node.type, low, high)


def _places(type_: Type, value: Possible) -> Between:
    """A value with an order; of an ordered choice, its places in the list."""
    if isinstance(value, Between):
        return value
    assert isinstance(type_, Choice)
    places = [type_.values.index(name) for name in value]
    return Between(min(places), max(places))


def _with_places(type_: Type, low: Any, high: Any) -> Possible:
    """What has its place in an order between two others, both in."""
    return frozenset(type_.values[low : high + 1]) if isinstance(type_, Choice) else Between(low, high)


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
    return in_words(program, answers)


def release(
    program: p.Program, facts: Mapping[str, Any], readings: Mapping[str, str], name: str, asked: Mapping[str, Any]
) -> dict[str, Any]:
    """What a release says under ``result``: outcome, test and amount. `asked` has the facts of the release."""
    answers = [_Answer(program, {**facts, **asked}, choice) for choice in _choices(program, readings)]
    part, number = next(
        (part, number) for part in program.parts for number, each in enumerate(part.instalments) if each.name == name
    )
    node = part.instalments[number].test
    found = [answer.outcome.instalments(part)[number] for answer in answers]
    holds = frozenset().union(*(answer.value(node) for answer in answers)) if node else frozenset({True})
    if frozenset().union(*(each.exists for each in found)) == FLAGS:
        holds = FLAGS
    planned, nothing = _hull([each.sum for each in found]), Between(0, 0)
    paid = planned if holds == {True} else nothing if holds == {False} else _hull([planned, nothing])
    outcome = {True: "paid", False: part.instalments[number].if_failed, "undetermined": "undetermined"}[
        test_word(holds)
    ]
    return {"outcome": outcome, "test": test_word(holds), "amount": money_word(paid)}


def beyond(program: p.Program, facts: Mapping[str, Any], readings: Mapping[str, str]) -> list[str]:
    """The facts by which more was decided than the ceiling is, under every reading."""
    answers = [_Answer(program, facts, choice) for choice in _choices(program, readings)]
    return [
        part.decided
        for part in program.parts
        if facts.get(part.decided) is not None
        and Fraction(facts[part.decided]) > max(answer.value(part.value).high for answer in answers)
    ]


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
    """The answer under one choice of readings."""

    def __init__(self, program: p.Program, facts: Mapping[str, Any], readings: Mapping[str, str]) -> None:
        super().__init__(program, facts, readings)
        for step in program.steps:
            self.steps[step.name] = self.value(step.value)
        self.tests: dict[str, frozenset[bool]] = {test.name: self.value(test.test) for test in program.conditions}
        self.outcome = Outcome(program, self.value, self.facts, self.tests)
