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
            return _sure(Fraction(given))
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

    def parameter(self, node: p.ParameterValue) -> Between:
        parameter = self.program.parameters[node.name]
        table = parameter.values
        for name, item in self.program.interpretations.items():
            if item.presumes == node.name:
                table = item.values.get(self.readings[name])
        if table is None:
            return Between(parameter.low, parameter.high)
        found = [table[keys] for keys in product(*(self.value(key) for key in node.keys))]
        return Between(min(found), max(found))

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
            case "overlap_days", [begin, end, month] if all(value.low == value.high for value in values):
                return _sure(Fraction(by_hand.overlap_days(begin.low, end.low, month.low)))
            case "overlap_days", _:
                return Between(Fraction(0), Fraction(31))
        apart: Callable[[Any, Any], int] = getattr(by_hand, function)
        begin, end = values
        return Between(Fraction(apart(begin.high, end.low)), Fraction(apart(begin.low, end.high)))

    def gathered(self, node: p.Aggregate) -> Any:
        """A total over the rows; a row whose test is not decided may count or not."""
        sure: list[Any] = []
        maybe: list[Any] = []
        for row in self.facts[node.rows]:
            self.row = row
            kept = self.value(node.test) if node.test is not None else frozenset({True})
            if True in kept:
                body = self.value(node.body) if node.body is not None else _sure(Fraction(1))
                (sure if kept == {True} else maybe).append(body)
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
        **({"amount": _money(_hull([answer.amount for answer in answers]))} if program.parts else {}),
        "parts": {
            part.name: {
                "amount": _money(_hull([answer.parts[part.name] for answer in answers])),
                "counted": part.counted,
                "eligible": _test(frozenset().union(*(answer.eligible_for[part.name] for answer in answers))),
                "shares": [
                    {
                        "payer": share.payer,
                        "amount": _money(_hull([a.shares[part.name][n] for a in answers])),
                        **answers[0].share(part, n),
                    }
                    for n, share in enumerate(part.shares)
                ],
                **_instalments(part, answers),
            }
            for part in program.parts
        },
        "steps": {step.name: _step(step, _hull([a.steps[step.name] for a in answers])) for step in program.steps},
        "conditions": {
            test.name: _test(_hull([answer.tests[test.name] for answer in answers])) for test in program.conditions
        },
        **({"measures": {m.name: _measure(m, answers) for m in program.measures}} if program.measures else {}),
    }


def release(
    program: p.Program, facts: Mapping[str, Any], readings: Mapping[str, str], name: str, asked: Mapping[str, Any]
) -> dict[str, Any]:
    """What a release says under ``result``: outcome, test and amount. `asked` has the facts of the release."""
    answers = [_Answer(program, {**facts, **asked}, choice) for choice in _choices(program, readings)]
    part, number = next(
        (part, number) for part in program.parts for number, each in enumerate(part.instalments) if each.name == name
    )
    node = part.instalments[number].test
    found = [answer.instalments(part)[number] for answer in answers]
    holds = frozenset().union(*(answer.value(node) for answer in answers)) if node else frozenset({True})
    if frozenset().union(*(each.exists for each in found)) == FLAGS:
        holds = FLAGS
    planned, nothing = _hull([each.sum for each in found]), Between(0, 0)
    paid = planned if holds == {True} else nothing if holds == {False} else _hull([planned, nothing])
    outcome = {True: "paid", False: part.instalments[number].if_failed, "undetermined": "undetermined"}[_test(holds)]
    return {"outcome": outcome, "test": _test(holds), "amount": _money(paid)}


def beyond(program: p.Program, facts: Mapping[str, Any], readings: Mapping[str, str]) -> list[str]:
    """The facts by which more was decided than the ceiling is, under every reading."""
    answers = [_Answer(program, facts, choice) for choice in _choices(program, readings)]
    return [
        part.decided
        for part in program.parts
        if facts.get(part.decided) is not None
        and Fraction(facts[part.decided]) > max(answer.value(part.value).high for answer in answers)
    ]


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


class _Instalment(NamedTuple):
    """An instalment: whether it exists, its sum and its shares in fen, and when it falls due."""

    exists: frozenset[bool]
    sum: Between
    shares: list[Between]
    due: Between | None


class _Answer(_Formulas):
    """The answer under one choice of readings. Parts and shares are in fen."""

    def __init__(self, program: p.Program, facts: Mapping[str, Any], readings: Mapping[str, str]) -> None:
        super().__init__(program, facts, readings)
        for step in program.steps:
            self.steps[step.name] = self.value(step.value)
        self.tests: dict[str, frozenset[bool]] = {test.name: self.value(test.test) for test in program.conditions}
        self.eligible = self.holding("")
        self.eligible_for = {part.name: self.holding(part.name) for part in program.parts}
        self.parts = {part.name: self.paid(part) for part in program.parts}
        self.shares = {part.name: self.split(part) for part in program.parts}
        counted = [self.parts[part.name] for part in program.parts if part.counted]
        self.amount = Between(sum(part.low for part in counted), sum(part.high for part in counted))

    def holding(self, part: str) -> frozenset[bool]:
        """Whether the required conditions hold: those for everything, and those for one part."""
        required = [
            self.tests[test.name]
            for test in self.program.conditions
            if test.kind == "required" and (not test.parts or part in test.parts)
        ]
        may, may_not = all(True in test for test in required), any(False in test for test in required)
        return frozenset(flag for flag, possible in ((True, may), (False, may_not)) if possible)

    def paid(self, part: p.Part) -> Between:
        eligible = self.eligible_for[part.name]
        if eligible == {False}:
            return Between(0, 0)
        value = self.value(part.value)
        if part.decided:
            value = self.facts[part.decided] or Between(Fraction(0), value.high)
        paid = Between(floor(value.low * 100), ceil(value.high * 100))
        return paid if eligible == {True} else _hull([paid, Between(0, 0)])

    def share(self, part: p.Part, number: int) -> dict[str, str]:
        """What is said of a share beside its sum: its name, and which division pays, where these say more."""
        share, said = part.shares[number], {}
        if share.name != share.payer:
            said["name"] = share.name
        if share.of:
            (place,) = self.facts[share.of]
            said["division"] = share.divisions[place]
        return said

    def split(self, part: p.Part) -> list[Between]:
        total = self.parts[part.name]
        if not part.instalments:
            return self.split_sum(part, total, self.is_exact(part))
        if self.is_exact(part):
            columns = zip(*(each.shares for each in self.instalments(part)), strict=True)
            return [Between(*(sum(share[end] for share in column) for end in (0, 1))) for column in columns]
        return self.split_sum(part, total, False, len(part.instalments))

    def is_exact(self, part: p.Part) -> bool:
        """Whether the sum of a part is certain, and everything by which it is split."""
        nodes = [node for share in part.shares for node in (share.percent, share.value) if node]
        nodes += [node for each in part.instalments for node in (each.share, each.value) if node]
        found = [self.parts[part.name], *(self.value(node) for node in nodes)]
        whens = [self.value(each.when) for each in part.instalments if each.when]
        return all(low == high for low, high in found) and FLAGS not in whens

    def instalments(self, part: p.Part) -> list[_Instalment]:
        """Each instalment in turn rounded half up to the fen and limited to what is left; one takes what is left.

        Where something is open, each lies between nothing and its share, or the whole if it may take what is left.
        """
        total, always = self.parts[part.name], frozenset({True})
        each_there = [self.value(each.when) if each.when else always for each in part.instalments]
        sums = self.exact_sums(part, each_there) if self.is_exact(part) else None
        found = []
        for number, (each, there) in enumerate(zip(part.instalments, each_there, strict=True)):
            is_last = each.remainder or all(False in later for later in each_there[number + 1 :])
            if sums is not None:
                paid = Between(sums[number], sums[number])
            elif there == {False}:
                paid = Between(0, 0)
            elif each.share and not is_last:
                ends = [0, *(end * way for end in total for way in self.value(each.share))]
                paid = Between(floor(min(ends)), ceil(max(ends)))
            else:
                paid = Between(min(0, total.low), max(0, total.high))
            due = self.value(each.due) if each.due and True in there else None
            found.append(_Instalment(there, paid, self.split_sum(part, paid, sums is not None), due))
        return found

    def exact_sums(self, part: p.Part, there: list[frozenset[bool]]) -> list[int]:
        total = self.parts[part.name].low
        existing = [number for number, flags in enumerate(there) if flags == {True}]
        marked = [number for number in existing if part.instalments[number].remainder]
        stated: list[Fraction | None] = []
        for number, each in enumerate(part.instalments):
            if number == (marked or existing[-1:])[0]:
                stated.append(None)
            elif number not in existing:
                stated.append(Fraction(0))
            elif each.share:
                stated.append(abs(total) * self.value(each.share).low)
            else:
                assert each.value is not None
                stated.append(100 * self.value(each.value).low)
        return by_hand.with_residual(total, stated)

    def split_sum(self, part: p.Part, total: Between, is_exact: bool, roundings: int = 0) -> list[Between]:
        stated = [self.value(node) if (node := share.percent or share.value) else None for share in part.shares]
        if is_exact:
            return [Between(share, share) for share in self.split_exactly(part, total.low, stated)]
        bounds = []
        for share, found in zip(part.shares, stated, strict=True):
            ends = [total.low, total.high]
            if share.percent is not None and found is not None:
                ends = [end * percent for end in total for percent in found]
            if share.percent is None or any(other.value is not None for other in part.shares):
                ends.append(0)  # another share may leave it nothing
            least, most = floor(min(ends)) - roundings, ceil(max(ends)) + roundings
            bounds.append(Between(max(least, min(0, total.low)), min(most, max(0, total.high))))
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


def _instalments(part: p.Part, answers: Sequence[_Answer]) -> dict[str, Any]:
    """The instalments of a part, by name; nothing where it has none."""
    found = {}
    columns = zip(*(answer.instalments(part) for answer in answers), strict=True)
    for each, column in zip(part.instalments, columns, strict=True):
        dues = [one.due for one in column if one.due is not None]
        days = ["{:04d}-{:02d}-{:02d}".format(*day) for day in dict.fromkeys(_hull(dues))] if dues else []
        found[each.name] = {
            "exists": _test(frozenset().union(*(one.exists for one in column))),
            "amount": _money(_hull([one.sum for one in column])),
            "due": {"possible": days} if len(days) > 1 else days[0] if days else None,
            "shares": [
                {
                    "payer": share.payer,
                    "amount": _money(_hull([one.shares[n] for one in column])),
                    **answers[0].share(part, n),
                }
                for n, share in enumerate(part.shares)
            ],
        }
    return {"instalments": found} if found else {}


def _measure(measure: p.Measure, answers: Sequence[_Answer]) -> dict[str, Any]:
    """A measure: by how much its value falls short of what is required, or goes beyond it where that is the most."""
    values = [answer.value(measure.value) for answer in answers]
    required = [answer.value(measure.required) for answer in answers]
    sign = 1 if measure.sense == "at_least" else -1
    lacks = [
        sorted(sign * (most - value) for value, most in ((one.low, two.high), (one.high, two.low)))
        for one, two in zip(values, required, strict=True)
    ]
    met = {low <= 0 for low, _ in lacks} & {True} | {high <= 0 for _, high in lacks} & {False}
    short = Between(*(max(Fraction(0), pick(each[end] for each in lacks)) for end, pick in ((0, min), (1, max))))
    found: dict[str, Any] = {
        "value": _numbers(_hull(values)),
        "required": _numbers(_hull(required)),
        "sense": measure.sense,
        "met": _test(frozenset(met)),
        "shortfall": _numbers(short),
    }
    for key, node in (("by", measure.by), ("before", measure.before)):
        if node is not None:
            ends = dict.fromkeys(_hull([answer.value(node) for answer in answers]))
            days = ["{:04d}-{:02d}-{:02d}".format(*day) for day in ends]
            found[key] = {"possible": days} if len(days) > 1 else days[0]
    return found


def _numbers(value: Between) -> Any:
    texts = [_number(end) for end in dict.fromkeys(value)]
    return texts[0] if len(texts) == 1 else {"possible": texts}


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
