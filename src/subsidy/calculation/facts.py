"""Facts: what a caller gives, checked against what a policy declares; all problems at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from .. import dates
from ..errors import Problem, hint
from ..exact import decimals, show
from ..language import program as p
from ..language.bounds import MONTHS_LIMIT
from ..language.types import Date, Month, Number, Records
from ..text import Text
from .readers import A_ROW, Read, Refused, expected, refuse, scalar_reader, shown

UNKNOWN_LIMIT = 100  # of unknown facts that are said one by one, each with the nearest name
_Fields = list[tuple[p.Fact, Read]]


def reader(fact: p.Fact, names: Mapping[str, Text], where: str = "") -> Read:
    """The function that reads a value of `fact` into the form runners compute with.

    `names` has the divisions by code. The function raises `Refused`.
    """
    place = where or fact.name
    if isinstance(fact.type, Records):
        fields = [(field, reader(field, names)) for field in fact.fields]
        return lambda value: _records(value, fact, fields, place)
    return scalar_reader(fact, names, place)


def _records(value: Any, fact: p.Fact, fields: _Fields, where: str) -> list[tuple[Any, ...]]:
    if isinstance(value, str | bytes | bytearray) or not isinstance(value, Sequence):
        raise refuse("F0106", fact, where, given=shown(value), allowed=expected(fact))
    low, high = fact.rows
    if not low <= len(value) <= high:
        raise refuse("F0113", fact, where, given=str(len(value)), low=str(low), high=str(high))
    problems: list[Problem] = []
    rows = [_row(row, fact, fields, f"{where}[{number}]", problems) for number, row in enumerate(value, start=1)]
    if not problems:
        _unique(rows, fact, where, problems)
        _periods(rows, fact, where, problems)
    if problems:
        raise Refused(*problems)
    return rows


def _row(row: Any, fact: p.Fact, fields: _Fields, where: str, problems: list[Problem]) -> tuple[Any, ...]:
    if not isinstance(row, Mapping):
        problems.extend(refuse("F0106", fact, where, given=shown(row), allowed=A_ROW).problems)
        return ()
    values: list[Any] = []
    for field, read in fields:
        given = row.get(field.name)
        value = None
        if given is not None:
            try:
                value = read(given)
            except Refused as refused:
                problems.extend(Problem(each.code, f"{where}.{each.where}", each.values) for each in refused.problems)
        elif field.name in row or not field.optional:
            problems.append(missing(field, f"{where}.{field.name}"))
        values.append(value)
    known = {field.name for field in fact.fields}
    problems.extend(unknown([name for name in row if name not in known], fact.fields, f"{where}."))
    return tuple(values)


def _unique(rows: list[tuple[Any, ...]], fact: p.Fact, where: str, problems: list[Problem]) -> None:
    if not fact.unique:
        return
    places = [index for index, field in enumerate(fact.fields) if field.name in fact.unique]
    seen: dict[tuple[Any, ...], int] = {}
    for number, row in enumerate(rows, start=1):
        key = tuple(row[place] for place in places)
        if key in seen:
            problems.append(
                Problem("F0114", f"{where}[{number}]", {"other": str(seen[key]), "fields": ", ".join(fact.unique)})
            )
        seen.setdefault(key, number)


def _periods(rows: list[tuple[Any, ...]], fact: p.Fact, where: str, problems: list[Problem]) -> None:
    """Each period ends on or after its beginning, and no two of them share a day; one without end goes on."""
    if fact.periods is None:
        return
    index = {field.name: place for place, field in enumerate(fact.fields)}
    begin, end = (index[name] for name in fact.periods)
    taken: list[tuple[dt.date, dt.date, int]] = []
    for number, row in enumerate(rows, start=1):
        first, last = row[begin], row[end] or dt.date.max
        if last < first:
            problems.append(Problem("F0116", f"{where}[{number}]", {"begin": str(first), "to": str(last)}))
            continue
        other = next((n for a, b, n in taken if first <= b and a <= last), None)
        if other is not None:
            given = f"{first} – {row[end] or '…'}"
            problems.append(Problem("F0115", f"{where}[{number}]", {"given": given, "other": str(other)}))
        taken.append((first, last, number))


def missing(fact: p.Fact, where: str = "") -> Problem:
    """The problem of a fact that was needed and not given."""
    return refuse("F0102", fact, where or fact.name, allowed=expected(fact)).problems[0]


def unknown(names: Sequence[Any], facts: Sequence[p.Fact], prefix: str = "") -> list[Problem]:
    """The problems of facts that the policy does not have, in the order of their names."""
    if len(names) > UNKNOWN_LIMIT:
        return [Problem.of("F0140", prefix.removesuffix(".") or "facts", given=str(len(names)))]
    known = [fact.name for fact in facts]
    return [Problem.of("F0101", prefix + name, **hint(name, known)) for name in sorted(map(shown, map(str, names)))]


def plain(value: Any, fact: p.Fact) -> Any:
    """A read value in its canonical JSON form; what `reader` makes the same value of."""
    if value is None:
        return None
    match fact.type:
        case Number():
            scale = fact.resolution.denominator
            return show(Fraction(value, scale), decimals(scale) or 0)
        case Date():
            return value.isoformat()
        case Month():
            return dates.show_month(value)
        case Records():
            return [
                {
                    field.name: plain(item, field)
                    for field, item in zip(fact.fields, row, strict=True)
                    if item is not None
                }
                for row in value
            ]
        case _:
            return value


def contradictions(program: p.Program, refused: Iterable[tuple[p.Guard, Mapping[str, Any]]]) -> list[Problem]:
    """What is wrong with facts that contradict themselves, by the guards that refuse them and the facts as read."""
    problems: list[Problem] = []
    for guard, values in refused:
        if guard.code == "F0120":
            problems.append(Problem.of("F0120", guard.where, limit=str(MONTHS_LIMIT)))
            continue
        begin, end, begun = guard.labels
        known = program.known
        given = [plain(values[name], known[name]) for name in (begun.en, guard.where) if name in known]
        detail = f"{given[1]} < {given[0]}" if len(given) == 2 else "–"
        problems.append(Problem.of("F0119", guard.where, begin=begin, end=end, given=detail))
    return problems
