"""Hypothesis strategies made from a policy's own facts: for the tests of policies, and of systems that call them.

    from hypothesis import given
    from subsidy.testing import facts

    POLICY = subsidy.catalogue().policy("cn/shanxi/yuncheng/bed-subsidy")

    @given(facts(POLICY))
    def test_pays_at_most_300(stated):
        assert POLICY.calculate(stated).high <= 300

Facts come as JSON has them: numbers, dates, months and codes as text, flags as bool, records as lists of dicts. The
values that policies turn on come often: both ends of a range, zero, every number of the policy's own parameters and
one step below and above it, month ends and leap days. Needs `hypothesis`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, Final
from weakref import WeakKeyDictionary

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from .calculation.policy import Policy
from .calculation.reference import applies, beyond, calculate, contradicts
from .dates import FIRST_DAY, LAST_DAY, month_of, show_month
from .exact import decimals, show
from .language import program as p
from .language.types import Choice, Date, Division, Flag, Id, Month, Number, Records

Facts = dict[str, Any]

OPEN: Final = "open"
_NEAR: Final = dt.timedelta(days=430)  # other dates fall mostly within so many days of the claim's own
_ROWS_MORE: Final = 5  # rows beyond the least that records must have
_FAULTS_MOST: Final = 4


def readings(policy: Policy) -> SearchStrategy[dict[str, str]]:
    """A reading for every interpretation of `policy`, ``open`` among them."""
    return st.fixed_dictionaries(
        {name: st.sampled_from([*item.readings, OPEN]) for name, item in policy.interpretations.items()}
    )


def facts(policy: Policy, readings: Mapping[str, str] | None = None) -> SearchStrategy[Facts]:
    """Facts that `policy` accepts under `readings`; interpretations left out of it are as recommended, or open.

    Numbers are multiples of their resolution within their range; the date that picks the version is within it; a fact
    with `when` is there exactly if it applies; an optional one may be; rows keep to `unique` and `periods`.
    """
    return _facts(policy, _all_readings(policy, readings))


def invalid_facts(policy: Policy, readings: Mapping[str, str] | None = None) -> SearchStrategy[Facts]:
    """Facts with one to four faults: each of them is refused by `Policy.calculate` with `RequestError` or `FactsError`.

    A fault is an unknown, missing or inapplicable fact; a number out of range, too fine, in full-width digits, a float
    or no number; another value than the type has; a day that the calendar lacks or outside the version; an unknown
    division; a row twice, reversed or overlapping periods, too many rows.
    """
    return _invalid(policy, _all_readings(policy, readings))


def _all_readings(policy: Policy, readings: Mapping[str, str] | None) -> dict[str, str]:
    return {n: item.recommended or OPEN for n, item in policy.interpretations.items()} | dict(readings or {})


@st.composite
def _facts(draw: DrawFn, policy: Policy, readings: dict[str, str]) -> Facts:
    program = policy.program
    dated = program.facts[program.dated_by]
    own = draw(_days(*_valid(policy, dated)))
    found: Facts = {dated.name: own.isoformat() if isinstance(dated.type, Date) else own.isoformat()[:7]}
    for name, fact in sorted(program.facts.items(), key=lambda item: item[1].when is not None):
        if name == dated.name or not applies(program, name, found, readings):
            continue
        if not fact.optional or draw(st.booleans()):
            found[name] = draw(_value(fact, policy, own))
    found = {name: found[name] for name in program.facts if name in found}
    _put_in_order(program, found)
    if program.guards:
        assume(not contradicts(program, found, readings))
    for name in beyond(program, found, readings):  # not decided yet, rather than beyond its ceiling
        found.pop(name, None)
    if any(test.kind == "admissible" for test in program.conditions):
        outcome = calculate(program, found, readings)["conditions"]
        kinds = {test.name: test.kind for test in program.conditions}
        assume(all(holds is not False or kinds[name] != "admissible" for name, holds in outcome.items()))
    return found


def _put_in_order(program: p.Program, found: Facts) -> None:
    """Exchange two dates of which the policy takes one as the beginning of the other, where they are reversed."""
    for guard in program.guards:
        begin, end = (guard.labels[2].en, guard.where) if guard.code == "F0119" else ("", "")
        if begin in found and end in found and found[end] < found[begin] and program.dated_by not in {begin, end}:
            found[begin], found[end] = found[end], found[begin]


def _valid(policy: Policy, dated: p.Fact) -> tuple[dt.date, dt.date]:
    """The first and the last day that may date a claim; of a month, its first day must be in the version."""
    first, last = policy.first_day, policy.last_day or LAST_DAY
    if isinstance(dated.type, Month) and first.day > 1:
        first = (first.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return first, last


# — values —


# Hypothesis takes longer to look at a new strategy than to draw from it: what hangs on no other fact is made once.
_KEPT: Final = WeakKeyDictionary[Policy, dict[p.Fact, SearchStrategy[Any]]]()
_IDS: Final = st.sampled_from(["A1", "A2", "老年公寓-3"]) | st.text(
    st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=128
)


def _value(fact: p.Fact, policy: Policy, own: dt.date) -> SearchStrategy[Any]:
    """Values of a fact. `own` is the day of the claim, near which other days fall."""
    match fact.type:
        case Date():
            return _near(own).map(dt.date.isoformat)
        case Month():
            return _near(own).map(lambda day: show_month(month_of(day)))
        case Records():
            return _records(fact, policy, own)
        case _:
            kept = _KEPT.setdefault(policy, {})
            if fact not in kept:
                kept[fact] = _undated(fact, policy.program)
            return kept[fact]


def _undated(fact: p.Fact, program: p.Program) -> SearchStrategy[Any]:
    match fact.type:
        case Number():
            return _number(fact, program)
        case Choice(values=values):
            return st.sampled_from(values)
        case Flag():
            return st.booleans()
        case Id():
            return _IDS
        case Division(domain=domain):
            return st.sampled_from(domain)
        case _:
            raise AssertionError(fact.type)


def _number(fact: p.Fact, program: p.Program) -> SearchStrategy[str]:
    """Multiples of the resolution within the range, as text; the numbers that the policy turns on come often."""
    step, low, high = fact.resolution, int(fact.low / fact.resolution), int(fact.high / fact.resolution)
    turns = {
        Fraction(0),
        *(value for parameter in program.parameters.values() for value in _numbers(parameter, program)),
        *(end for bracket in program.brackets for each in bracket.classes for end in (each.low, each.high) if end),
    }
    scaled = step * fact.scale
    edges = {count for turn in turns for count in (turn // scaled - 1, turn // scaled, turn // scaled + 1)}
    edges = {low, low + 1, high - 1, high} | {int(count) for count in edges}
    counts = st.sampled_from(sorted(count for count in edges if low <= count <= high)) | st.integers(low, high)
    digits = decimals(step.denominator) or 0
    return counts.map(lambda count: show(count * step, digits))


def _numbers(parameter: p.Parameter, program: p.Program) -> set[Fraction]:
    tables = [item.values.values() for item in program.interpretations.values() if item.presumes == parameter.name]
    presumed = {value for table in tables for values in table for value in values.values()}
    stated = {value for value in (parameter.values or {}).values() if isinstance(value, Fraction)}
    return {parameter.low, parameter.high} | presumed | stated


@lru_cache(256)
def _days(first: dt.date, last: dt.date) -> SearchStrategy[dt.date]:
    """Days from `first` to `last`; both ends, month ends and leap days come often."""
    years = range(first.year, min(last.year, first.year + 8) + 1)
    turns = [dt.date(y, m, d) for y in years for m, d in ((1, 1), (1, 31), (2, 28), (3, 1), (6, 30), (12, 31))]
    turns += [dt.date(year, 2, 29) for year in years if year % 4 == 0 and (year % 100 or year % 400 == 0)]
    edges = [first, last, *(day for day in turns if first < day < last)]
    return st.sampled_from(edges) | st.dates(first, last)


@lru_cache(256)
def _near(own: dt.date) -> SearchStrategy[dt.date]:
    close = _days(max(own - _NEAR, FIRST_DAY), min(own + _NEAR, LAST_DAY))
    return st.one_of(st.just(own), close, close, _days(FIRST_DAY, LAST_DAY))


@st.composite
def _records(draw: DrawFn, fact: p.Fact, policy: Policy, own: dt.date) -> list[Facts]:
    least, most = fact.rows
    count = draw(st.integers(least, min(most, least + _ROWS_MORE)))
    periods = draw(_periods(fact, count, own)) if fact.periods is not None else [{} for _ in range(count)]
    rows: list[Facts] = []
    for period in periods:
        row = dict(period)
        for field in fact.fields:
            if fact.periods is not None and field.name in fact.periods:
                continue
            if not field.optional or draw(st.booleans()):
                row[field.name] = draw(_value(field, policy, own))
        key = [row[name] for name in fact.unique]
        if not key or key not in ([other[name] for name in fact.unique] for other in rows):
            rows.append({field.name: row[field.name] for field in fact.fields if field.name in row})
    assume(len(rows) >= least)
    return rows


@st.composite
def _periods(draw: DrawFn, fact: p.Fact, count: int, own: dt.date) -> list[Facts]:
    """Periods that share no day, in any order; the last of them may have no end where that is optional."""
    assert fact.periods is not None
    begin, end = fact.periods
    may_go_on = next(field.optional for field in fact.fields if field.name == end)
    day = draw(_near(own))
    found: list[Facts] = []
    for _ in range(count):
        last = day + dt.timedelta(days=draw(st.sampled_from([0, 1, 13, 14, 30]) | st.integers(0, 90)))
        if last > LAST_DAY:
            break
        found.append({begin: day.isoformat(), end: last.isoformat()})
        day = last + dt.timedelta(days=draw(st.integers(1, 40)))
    if found and may_go_on and draw(st.booleans()):
        del found[-1][end]
    return draw(st.permutations(found))


# — faults —


@st.composite
def _invalid(draw: DrawFn, policy: Policy, readings: dict[str, str]) -> Facts:
    found = draw(_facts(policy, readings))
    names = st.sampled_from([*policy.facts, "no_such_fact"])
    for name in draw(st.lists(names, min_size=1, max_size=_FAULTS_MOST, unique=True)):
        if name == "no_such_fact":
            found[draw(st.sampled_from(["no_such_fact", "Floor_Area", "事实", " ", "x" * 200]))] = "1"
            continue
        fact = policy.facts[name]
        if name in found and not fact.optional and draw(st.integers(0, 3)) == 0:
            del found[name]
        elif name == policy.program.dated_by and draw(st.booleans()):
            day = _valid(policy, fact)[0] - dt.timedelta(days=1)
            found[name] = day.isoformat() if isinstance(fact.type, Date) else day.isoformat()[:7]
        elif name in found or fact.optional:
            found[name] = draw(_wrong(fact, policy, found.get(name)))
        else:
            found[name] = draw(_value(fact, policy, FIRST_DAY))  # it does not apply
    return found


_NO_NUMBERS: Final = (
    "",
    " 1",
    "1 ",
    "+1",
    "01",
    "-0",
    "1e3",
    "1,000",
    "１２",
    "٣",
    "NaN",
    "Infinity",
    "0x10",
    "1_000",
    "1.",
    ".5",
)
_NO_TEXTS: Final[tuple[Any, ...]] = (None, [], {}, 1.5, object, b"1")


def _wrong(fact: p.Fact, policy: Policy, given: Any) -> SearchStrategy[Any]:
    """Values that `fact` refuses."""
    match fact.type:
        case Number():
            above, below = show(fact.high + fact.resolution), show(fact.low - fact.resolution)
            fine = show(fact.low + fact.resolution / 10)
            strange = [
                Decimal("NaN"),
                Decimal("sNaN"),
                Decimal("-Infinity"),
                Decimal("1e999"),
                Decimal("1e-999"),
                10**30,
            ]
            others: list[Any] = [1.5, float("nan"), float("inf"), 1e300, True, None, [], {}]
            return st.sampled_from([above, below, fine, *_NO_NUMBERS, *strange, *others])
        case Choice():
            return st.sampled_from(["no_such_choice", "", "选项", 1, *_NO_TEXTS])
        case Flag():
            return st.sampled_from(["yes", "TRUE", "是", "", 1, 0, *_NO_TEXTS])
        case Date():
            texts = [
                "2021-02-29",
                "2021-13-01",
                "2021-6-3",
                "20210603",
                "２０２１-06-03",
                "2021-06-03T00:00",
                "1899-12-31",
                "",
            ]
            return st.sampled_from([*texts, "2201-01-01", dt.datetime(2021, 6, 3), 20210603, *_NO_TEXTS])  # noqa: DTZ001
        case Month():
            texts = ["2021-13", "2021-00", "2021-6", "202106", "２０２１-06", "2021-06-01", "1899-12", "2201-01", ""]
            return st.sampled_from([*texts, dt.date(2021, 6, 1), 202106, *_NO_TEXTS])
        case Id():
            return st.sampled_from(["", " ", " a", "a ", "a\nb", "a\x00b", "x" * 129, 1, *_NO_TEXTS])
        case Division(domain=domain):
            outside = [code for code in policy.vocabulary.divisions if code not in domain][:3]
            return st.sampled_from(["999999", "14080", "", "１４０８０２", 140802, *outside, *_NO_TEXTS])
        case _:
            return _wrong_rows(fact, policy, given or [])


def _wrong_rows(fact: p.Fact, policy: Policy, rows: list[Facts]) -> SearchStrategy[Any]:
    """Records that `fact` refuses."""
    wrong: list[SearchStrategy[Any]] = [st.sampled_from([None, "rows", {}, 1, [1], ["row"], [None]])]
    if rows:
        row, others = rows[0], rows[1:]
        wrong.append(st.just([{**row, "no_such_field": "1"}, *others]))
        wrong.append(st.just([*rows, *(rows[:1] * (fact.rows[1] + 1))]))
        for field in fact.fields:
            if not field.optional:
                wrong.append(st.just([{n: v for n, v in row.items() if n != field.name}, *others]))
            spoiled = _wrong(field, policy, row.get(field.name))
            wrong.append(spoiled.map(partial(_replaced, rows, field.name)))
        if fact.unique or fact.periods is not None:
            wrong.append(st.just([*rows, row]))
        if fact.periods is not None:
            begin, end = fact.periods
            before = dt.date.fromisoformat(row[begin]) - dt.timedelta(days=1)
            wrong.append(st.just([{**row, end: before.isoformat()}, *others]))
    return st.one_of(wrong)


def _replaced(rows: list[Facts], name: str, value: Any) -> list[Facts]:
    """The rows with one field of the first one replaced."""
    return [{**rows[0], name: value}, *rows[1:]]
