"""Parameters: a number or a table over its keys, fixed by the text, presumed, or left to a lower level."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Any

from ...catalogue import documents as d
from ...catalogue.positions import Path
from ...exact import parse, parse_share, show
from ...text import Text
from .. import program as p
from .. import syntax as s
from ..types import Choice, Division
from ..work import NONE, Work, hint


def parameter_(work: Work, path: Path, name: str, parameter: d.Parameter) -> p.Parameter:
    unit = work.unit(parameter.unit, (*path, "unit"))
    keys: list[Choice] = []
    for key in parameter.by:
        type_ = work.types.get(key) or work.choices.get(key)
        if isinstance(type_, Choice):
            keys.append(type_)
            work.used.add(key)
        else:
            choices = [name for name, known in work.types.items() if isinstance(known, Choice)]
            work.problem("P0316", (*path, "by"), given=key, **hint(key, choices))
    low, high = Fraction(0), Fraction(0)
    if parameter.delegated is not None:
        if parameter.within is None or (parameter.within.min is None and parameter.within.max is None):
            work.problem("P0106", (*path, "within"), key="within")
        else:
            within = parameter.within
            low = parse(within.min or "0") or Fraction(0)
            high = p.UNBOUNDED if within.max is None else parse(within.max) or Fraction(0)
            if low > high:
                work.problem("P0313", (*path, "within"), low=show(low), high=show(high), step="0")
        at = parameter.delegated.at
        if at is not None:
            work.used.add(at)
            if at not in work.document.facts or work.document.facts[at].type != "division":
                divisions = [name for name, fact in work.document.facts.items() if fact.type == "division"]
                work.problem("P0301", (*path, "delegated"), given=at, **hint(at, divisions))
    return p.Parameter(
        name=name, label=parameter.label, unit=unit, clause=parameter.clause, by=tuple(parameter.by), keys=tuple(keys),
        values=_parameter_values(work, path, parameter, keys),
        delegated=parameter.delegated.to if parameter.delegated else "", low=low, high=high,
    )  # fmt: skip


def _parameter_values(
    work: Work, path: Path, parameter: d.Parameter, keys: list[Choice]
) -> dict[tuple[str, ...], Fraction] | None:
    if len(keys) < len(parameter.by):
        return {}
    given = [key for key in ("value", "values", "delegated") if getattr(parameter, key) is not None]
    wanted = "values" if parameter.by else "value"
    if given not in ([wanted], ["delegated"]):
        work.problem("P0317", path, given=", ".join(given) or NONE, wanted=f"{wanted} / delegated")
        return {}
    if parameter.delegated is not None:
        return None
    raw: Any = parameter.values if parameter.by else parameter.value
    return table(work, (*path, wanted), raw, keys, parameter.by)


def table(work: Work, path: Path, raw: Any, keys: list[Choice], by: Sequence[str]) -> dict[tuple[str, ...], Fraction]:
    """A table over the combinations of its keys; it lacks none of those that can occur."""
    if not keys:
        value = parse_share(raw) if isinstance(raw, str) else None
        if value is None:
            work.problem("P0108", path, given=str(raw))
        return {(): value or Fraction(0)}
    if not isinstance(raw, dict):
        work.problem("P0107", path, given=str(raw), allowed=Text("按键列出的表", "a table by key"))
        return {}
    key, rest = keys[0], keys[1:]
    missing = [value for value in key.values if value not in raw]
    needed = _needed(work, by[0], key)
    missing = [value for value in missing if value in needed]
    if missing:
        names = ", ".join(missing)
        zh = "、".join(f"{value}（{key.labels[value].zh}）" for value in missing if value in key.labels)
        work.problem("P0501", path, missing=Text(zh or names, names))
    for value in raw if key.values else ():
        if value not in key.values:
            work.key_problem("P0502", (*path, value), given=str(value), list=key.list, **hint(str(value), key.values))
    return {
        (value, *below): number
        for value in key.values
        if value in raw
        for below, number in table(work, (*path, value), raw[value], rest, by[1:]).items()
    }


def _needed(work: Work, name: str, key: Choice) -> Collection[str]:
    """The values of a key that are known to occur: all of a fact's, the classes of a place.

    What any other step can be is known only once ranges are: the range pass sees to it that its keys are covered.
    """
    if name in work.facts:
        return key.values
    index = next((i for i, step in enumerate(work.document.steps) if step.name == name), None)
    formula = work.formulas.get(("steps", index, "value")) if index is not None else None
    match formula:
        case s.FunctionCall(function="class", arguments=(s.Name(name=place),)) if place in work.facts:
            type_ = work.facts[place].type
            if isinstance(type_, Division):
                return {work.vocabulary.divisions[code].class_ for code in type_.domain}
    return ()


def presumed(
    work: Work, path: Path, item: d.Interpretation, parameter: p.Parameter
) -> dict[str, dict[tuple[str, ...], Fraction]]:
    found: dict[str, dict[tuple[str, ...], Fraction]] = {}
    for reading in (item.values or {}).keys() - item.readings.keys():
        work.key_problem(
            "P0309",
            (*path, "values", reading),
            given=reading,
            name=item.name,
            **hint(reading, item.readings),
        )
    for reading in item.readings:
        here = (*path, "values", reading)
        if item.values is None or reading not in item.values:
            work.problem("P0106", here, key=reading)
            continue
        found[reading] = table(work, here, item.values[reading], list(parameter.keys), parameter.by)
        for keys, value in found[reading].items():
            if not parameter.low <= value <= parameter.high:
                given, low, high = (str(number) for number in (value, parameter.low, parameter.high))
                work.problem("P0606", (*here, *keys), given=given, low=low, high=high, name=parameter.name)
    return found
