"""Random facts and readings for a policy: valid ones, on the edges of ranges and classes more often than not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from random import Random
from typing import Any, Final, NamedTuple

from subsidy import Policy
from subsidy.calculation import reference
from subsidy.exact import decimals, show
from subsidy.language import program as p
from subsidy.language.types import Choice, Date, Division, Flag, Id, Month, Number, Records

OPEN: Final = "open"
_TURNS: Final = [(1, 1), (1, 31), (2, 28), (3, 1), (6, 30), (8, 31), (12, 31)]
_LEAP_DAYS: Final = [dt.date(2024, 2, 29), dt.date(2000, 2, 29), dt.date(2028, 2, 29)]
_NEAR: Final = 430


class Claim(NamedTuple):
    """What a caller states."""

    facts: dict[str, Any]
    readings: dict[str, str]


def claims(policy: Policy, random: Random, count: int) -> list[Claim]:
    """Some claims under a policy."""
    edges = _edges(policy.program)
    return [_claim(policy, random, edges) for _ in range(count)]


def _claim(policy: Policy, random: Random, edges: list[Fraction]) -> Claim:
    program = policy.program
    readings = {
        name: random.choice([*item.readings, OPEN])
        for name, item in program.interpretations.items()
        if random.random() < 0.8
    }
    chosen = {name: item.recommended or OPEN for name, item in program.interpretations.items()} | readings
    own = _day(random, dt.date(2024, 2, 20))
    draw = _Draw(random, own, edges)
    found: dict[str, Any] = {}
    for name, fact in sorted(program.facts.items(), key=lambda item: item[1].when is not None):
        if fact.when is not None and not reference.applies(program, name, found, chosen):
            continue
        if name == program.dated_by:
            found[name] = own.isoformat()[: 10 if isinstance(fact.type, Date) else 7]
        elif not fact.optional or random.random() < 0.6:
            found[name] = draw.value(fact)
    for name in reference.beyond(program, found, chosen):  # more was decided than the ceiling is
        if random.random() < 0.9:
            found.pop(name, None)
    return Claim({name: found[name] for name in program.facts if name in found}, readings)


def asked(program: p.Program, names: tuple[str, ...], random: Random) -> dict[str, Any]:
    """What is stated when an instalment is released."""
    draw = _Draw(random, _day(random, dt.date(2025, 3, 1)), _edges(program))
    facts = [program.asked[name] for name in names]
    return {fact.name: draw.value(fact) for fact in facts if not fact.optional or random.random() < 0.6}


def _edges(program: p.Program) -> list[Fraction]:
    """The numbers on which the policy turns: its figures, the ends of its classes, the constants of its formulas."""
    found = {Fraction(0)}
    for parameter in program.parameters.values():
        found.update(value for value in (parameter.values or {}).values() if isinstance(value, Fraction))
        found |= {parameter.low, parameter.high}
    found.update(
        end for bracket in program.brackets for each in bracket.classes for end in (each.low, each.high) if end
    )
    tops = [step.value for step in program.steps] + [test.test for test in program.conditions]
    for node in (node for top in tops for node in p.walk(top)):
        if isinstance(node, p.Constant) and isinstance(node.value, Fraction):
            found.add(node.value)
    return sorted(found)


def _day(random: Random, near: dt.date) -> dt.date:
    """A day: ends of months and leap days often, and seldom far away."""
    match random.randrange(10):
        case 0 | 1:
            return random.choice(_LEAP_DAYS)
        case 2 | 3 | 4:
            month, day = random.choice(_TURNS)
            return dt.date(near.year + random.randint(-1, 1), month, day)
        case 5:
            return dt.date(random.randint(1951, 2060), random.randint(1, 12), random.randint(1, 28))
        case _:
            return near + dt.timedelta(days=random.randint(-_NEAR, _NEAR))


class _Draw:
    def __init__(self, random: Random, own: dt.date, edges: list[Fraction]) -> None:
        self.random, self.own, self.edges = random, own, edges

    def day(self) -> dt.date:
        if self.random.random() < 0.02:
            return self.random.choice([dt.date(1900, 1, 1), dt.date(2200, 12, 31), dt.date(1900, 3, 1)])
        return self.own if self.random.random() < 0.1 else _day(self.random, self.own)

    def value(self, fact: p.Fact) -> Any:
        match fact.type:
            case Number():
                return self.number(fact)
            case Choice(values=values):
                return self.random.choice(values)
            case Flag():
                return self.random.random() < 0.5
            case Date():
                return self.day().isoformat()
            case Month():
                return self.day().isoformat()[:7]
            case Id():
                return self.random.choice(["A1", "A2", "老年公寓-3"])
            case Division(domain=domain):
                return self.random.choice(domain)
            case Records():
                return self.records(fact)
            case _:
                raise AssertionError(fact.type)

    def number(self, fact: p.Fact) -> str:
        """A multiple of the resolution: an end of the range, an edge or its neighbour, or any."""
        low, high = int(fact.low / fact.resolution), int(fact.high / fact.resolution)
        way = self.random.randrange(4)
        if way == 0:
            count = self.random.choice([low, high, low + 1, high - 1])
        elif way == 1:
            count = self.random.choice(self.edges) // (fact.resolution * fact.scale) + self.random.randint(-1, 1)
        else:
            count = self.random.randint(low, high)
        return show(min(max(count, low), high) * fact.resolution, decimals(fact.resolution.denominator) or 0)

    def records(self, fact: p.Fact) -> list[dict[str, Any]]:
        """Rows; none and as many as there may be come often."""
        least, most = fact.rows
        count = self.random.choice([least, most, self.random.randint(least, most)])
        periods = self.periods(fact, count)
        found = []
        for number in range(count):
            row = dict(periods[number])
            for field in fact.fields:
                if field.name in (fact.periods or ()) or (field.optional and self.random.random() < 0.4):
                    continue
                row[field.name] = f"K{number}" if field.name in fact.unique else self.value(field)
            found.append({field.name: row[field.name] for field in fact.fields if field.name in row})
        return found

    def periods(self, fact: p.Fact, count: int) -> list[dict[str, Any]]:
        """Periods that share no day, in any order; the last of them may have no end where that is optional."""
        if fact.periods is None:
            return [{} for _ in range(count)]
        begin, end = fact.periods
        day = min(self.day(), dt.date(2190, 1, 1))
        found: list[dict[str, Any]] = []
        for _ in range(count):
            last = day + dt.timedelta(days=self.random.choice([0, 1, 13, 30, 59]))
            found.append({begin: day.isoformat(), end: last.isoformat()})
            day = last + dt.timedelta(days=self.random.choice([1, 1, 17]))
        if found and self.random.random() < 0.3 and next(f.optional for f in fact.fields if f.name == end):
            del found[-1][end]
        self.random.shuffle(found)
        return found


def by_hand(program: p.Program, stated: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as a meaning takes them; None for one that is absent."""
    return {name: _raw(fact, stated.get(name)) for name, fact in program.known.items()}


def _raw(fact: p.Fact, value: Any) -> Any:
    if value is None:
        return None
    match fact.type:
        case Number():
            return Fraction(value) * (10_000 if fact.stated_unit == "wan_CNY" else 1)
        case Date():
            return tuple(int(each) for each in value.split("-"))
        case Month():
            year, month = value.split("-")
            return 12 * int(year) + int(month) - 1
        case Records():
            return [{field.name: _raw(field, row.get(field.name)) for field in fact.fields} for row in value]
        case _:
            return value
