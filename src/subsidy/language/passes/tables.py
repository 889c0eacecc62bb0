"""Parameters: a number or a table over its keys, fixed by the text, presumed, or left to a lower level."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

from ...catalogue import documents as d
from ...catalogue.forms import with_words
from ...catalogue.positions import Path
from ...codes import CODES
from ...errors import hint
from ...exact import nearest_number, parse_share, show
from ...text import Text
from .. import program as p
from .. import syntax as s
from ..beside import STATED, at, stated
from ..meant import hint_among, write
from ..types import Choice, Division, Number, options
from ..units import RATIO
from ..work import NONE, REVERSED, Work


def parameter_(work: Work, path: Path, name: str, parameter: d.Parameter) -> p.Parameter:
    type_, scale = _type(work, path, parameter)
    keys: list[Choice | Division] = []
    for key in parameter.by:
        key_type = work.types.get(key) or work.choices.get(key)
        if isinstance(key_type, Choice | Division):
            keys.append(key_type)
            work.used.add(key)
        else:
            choices = [name for name, known in work.types.items() if isinstance(known, Choice | Division)]
            work.problem(
                "P0316", (*path, "by"), also=stated(work, key, STATED, "type", "unit"), given=key, **hint(key, choices)
            )
    low, high = Fraction(0), Fraction(0)
    if parameter.unknown is not None:
        low, high = (scale * (parse_share(text) or 0) for text in parameter.unknown.range)
        if low > high:
            least, most = parameter.unknown.range
            form = write(f'["{most}", "{least}"]')
            work.problem("P0313", (*path, "unknown", "range"), low=least, high=most, why=REVERSED, hint=form)
    if parameter.delegated is not None and parameter.of is None:
        if parameter.within is None or (parameter.within.min is None and parameter.within.max is None):
            work.problem("P0106", (*path, "within"), key="within")
        else:
            within = parameter.within
            low = scale * (parse_share(within.min or "0") or 0)
            high = p.UNBOUNDED if within.max is None else scale * (parse_share(within.max) or 0)
            if low > high:
                form = write(f'{{ min = "{within.max}", max = "{within.min}" }}')
                work.problem("P0313", (*path, "within"), low=show(low), high=show(high), why=REVERSED, hint=form)
                low, high = high, low
        at = parameter.delegated.at
        if at is not None:
            work.used.add(at)
            if at not in work.document.facts or work.document.facts[at].type != "division":
                divisions = [name for name, fact in work.document.facts.items() if fact.type == "division"]
                work.problem("P0301", (*path, "delegated", "at"), given=at, **hint(at, divisions))
    return p.Parameter(
        name=name, label=parameter.label, type=type_, clause=parameter.clause, by=tuple(parameter.by), keys=tuple(keys),
        values=_parameter_values(work, path, parameter, keys, type_, scale),
        delegated=parameter.delegated.to if parameter.delegated else "", low=low, high=high,
        why=parameter.unknown.why if parameter.unknown else None, scale=scale,
        percent="%" in f"{parameter.value} {parameter.values}",
    )  # fmt: skip


def _type(work: Work, path: Path, parameter: d.Parameter) -> tuple[Number | Choice, Fraction]:
    """What the values of a parameter are, and by what its figures are multiplied: those of a scaled unit."""
    if (parameter.unit is None) == (parameter.of is None):
        given = NONE if parameter.unit is None else "unit, of"
        work.problem("P0317", path, given=given, wanted="unit / of")
        work.give_up(path)
        return Number(RATIO), Fraction(1)
    if parameter.of is not None:
        for key in ("delegated", "unknown"):
            if getattr(parameter, key) is not None:
                why = Text("以选项为值的表由本文件列全", "a table of choices is written out in full")
                work.key_problem("P0340", (*path, key), also=at(work, (*path, "of")), key=key, why=why)
        return work.listed((*path, "of"), parameter.of), Fraction(1)
    assert parameter.unit is not None
    unit, scale = work.stated_unit(parameter.unit, (*path, "unit"))
    return Number(unit), scale


def _parameter_values(
    work: Work,
    path: Path,
    parameter: d.Parameter,
    keys: list[Choice | Division],
    type_: Number | Choice,
    scale: Fraction,
) -> dict[tuple[str, ...], Any] | None:
    if len(keys) < len(parameter.by) or (parameter.unit is None) == (parameter.of is None):
        return {}
    given = [key for key in ("value", "values", "delegated", "unknown") if getattr(parameter, key) is not None]
    wanted = "values" if parameter.by else "value"
    if given not in ([wanted], ["delegated"], ["unknown"]):
        advice = Text("只留一项", "keep one of them")
        if given == ["values"]:
            advice = Text(
                '表要写 by = ["…"]；只有一个数的写 value = "…"', 'a table has by = ["…"]; one figure is value = "…"'
            )
        elif given == ["value"] or (not given and parameter.by):
            form = ", ".join(f'{value} = "…"' for value in options(keys[0])[:3])
            advice = write(f"values = {{ {form} }}")
        elif not given:
            advice = write('value = "…"')
        ways = f"{wanted} / delegated / unknown"
        work.problem("P0317", path, given=", ".join(given) or NONE, wanted=ways, hint=advice)
        return {}
    if parameter.delegated is not None or parameter.unknown is not None:
        return None
    raw: Any = parameter.values if parameter.by else parameter.value
    found = table(work, (*path, wanted), raw, keys, parameter.by, type_)
    return {key: value * scale for key, value in found.items()} if isinstance(type_, Number) else found


def table(
    work: Work, path: Path, raw: Any, keys: list[Choice | Division], by: Sequence[str], type_: Number | Choice
) -> dict[tuple[str, ...], Any]:
    """A table over the combinations of its keys; it lacks none of those that can occur."""
    if not keys:
        return {(): _entry(work, path, raw, type_)}
    if not isinstance(raw, dict):
        form = ", ".join(f'{value} = "…"' for value in options(keys[0])[:3])
        advice = Text(f"写成 {{ {form} }}", f"write {{ {form} }}")
        work.problem("P0107", path, given=str(raw), allowed=Text("按键列出的表", "a table by key"), hint=advice)
        return {}
    key, rest = keys[0], keys[1:]
    values, labels = options(key), _labels(work, key)
    missing = [value for value in values if value not in raw]
    needed = _needed(work, by[0], values)
    missing = [value for value in missing if value in needed]
    if missing:
        names = ", ".join(missing)
        zh = "、".join(f"{value}（{labels[value].zh}）" for value in missing if value in labels)
        also = stated(work, by[0], Text("表的键", "the key of the table"), "of", "value", "rows", "within")
        if len(keys) == 1:
            form = ", ".join(f'{value} = "…"' for value in missing)
            work.problem("P0501", path, also=also, missing=Text(zh or names, names), hint=write(form))
        else:
            work.problem("P0501", path, also=also, missing=Text(zh or names, names))
    for value in raw if values else ():
        if value not in values:
            name = key.list if isinstance(key, Choice) else by[0]
            also = stated(work, by[0], Text("表的键", "the key of the table"), "of", "value", "rows", "within")
            near = hint_among(
                str(value), {each: [labels[each].zh, labels[each].en] if each in labels else [] for each in values}
            )
            work.key_problem("P0502", (*path, value), also=also, given=str(value), list=name, **near)
    return {
        (value, *below): number
        for value in values
        if value in raw
        for below, number in table(work, (*path, value), raw[value], rest, by[1:], type_).items()
    }


def _entry(work: Work, path: Path, raw: Any, type_: Number | Choice) -> Any:
    """One value of a table: a number, or a choice of the list that a crosswalk leads to."""
    if isinstance(type_, Choice):
        if type_.values and raw not in type_.values:
            work.problem("P0305", path, given=str(raw), list=type_.list, **hint(str(raw), type_.values))
        return raw
    value = parse_share(raw) if isinstance(raw, str) else None
    if value is None:
        number = (nearest_number(raw) if isinstance(raw, str) else None) or (str(raw) if type(raw) is int else None)
        advice = write(f'"{number}"') if number else with_words(str(raw)) or CODES["P0108"].help
        work.problem("P0108", path, given=str(raw), hint=advice)
    return value or Fraction(0)


def _labels(work: Work, key: Choice | Division) -> Mapping[str, Text]:
    """How the values of a key are called."""
    if isinstance(key, Choice):
        return key.labels
    return {code: work.vocabulary.divisions[code].name for code in key.domain}


def _needed(work: Work, name: str, values: Collection[str]) -> Collection[str]:
    """The values of a key that are known to occur: all of a fact's or a bracket's, the classes of a place.

    What any other step can be is known only once ranges are: the range pass sees to it that its keys are covered.
    """
    if name in work.facts or name in work.brackets:
        return values
    index = next((i for i, step in enumerate(work.document.steps) if step.name == name), None)
    formula = work.formulas.get(("steps", index, "value")) if index is not None else None
    match formula:
        case s.FunctionCall(function="class", arguments=(s.Name(name=place),)) if place in work.facts:
            type_ = work.facts[place].type
            if isinstance(type_, Division) and not work.is_broken(("facts", place, "within")):
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
    within = ("parameters", parameter.name, "within")
    for reading in item.readings:
        here = (*path, "values", reading)
        if item.values is None or reading not in item.values:
            work.problem("P0106", here, key=reading)
            continue
        if len(parameter.keys) < len(parameter.by):
            continue  # a key of the table was reported
        found[reading] = table(work, here, item.values[reading], list(parameter.keys), parameter.by, parameter.type)
        found[reading] = {keys: value * parameter.scale for keys, value in found[reading].items()}
        for keys, value in found[reading].items():
            if not parameter.low <= value <= parameter.high and not work.is_broken(within):
                given, low, high = (str(number) for number in (value, parameter.low, parameter.high))
                also = at(work, within)
                work.problem("P0606", (*here, *keys), also=also, given=given, low=low, high=high, name=parameter.name)
    return found
