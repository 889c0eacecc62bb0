"""What would mend a mistake of type or unit: the factor that a unit lacks, the function between two types."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from ..errors import Hint
from ..text import Text, plain
from . import program as p
from .types import DATE, FLAG, Choice, Date, Division, Flag, Id, Month, Number, Records, Type
from .units import CNY, RATIO, Unit
from .work import Work

_NAMES: Final = 2  # more names than these are a list to guess from
_OTHER_DATE: Final = re.compile(r"(\d{4})/?(\d{1,2})/?(\d{1,2})")
_PERIODS: Final = frozenset({"day", "month", "year"})
_SHOWN: Final = 40


def unit_hint(work: Work, text: str, have: Unit, wanted: Unit, seen: Collection[str]) -> Hint:
    """By what to multiply or divide, naming the facts, parameters and steps that have that unit."""
    lacks, has_over = wanted / have, have / wanted
    seen = [name for name in seen if name != text]
    if work.claim != RATIO and work.claim in {lacks, has_over}:
        zh = f"两边差 {work.claim}，即一次申报：核对其 unit 是否漏写期间、人数"
        return {"hint": Text(zh, f"they differ by {work.claim}, one claim: does one of their units lack it?")}
    if {name for name, _ in lacks.powers} <= _PERIODS and len(lacks.powers) > 1:
        zh = "天、月、年不能自动换算：由文件规定折算，或直接以该单位计"
        return {
            "hint": Text(zh, "days, months and years do not convert: count in the unit wanted, or as the text says")
        }
    if have == RATIO and _is_plain(lacks):
        short = _short(text)
        zh, en = f"确为该单位的，写 {short} * 1[{wanted}]", f"if it is a number of these, write {short} * 1[{wanted}]"
        names = _called(work, lacks, seen)
        return {"hint": _or(Text(zh, en), _by(names, "乘以", "multiply by") if names else None)}
    for unit, zh, en in ((lacks, "乘以", "multiply by"), (has_over, "除以", "divide by")):
        if _is_plain(unit):
            names = _called(work, unit, seen)
            if names:
                return {"hint": _by(names, zh, en)}
            return {"hint": Text(f"{zh}一个以 {unit} 为单位的数", f"{en} a number of {unit}")}
        names = _called(work, unit, seen)
        if names:
            return {"hint": _by(names, zh, en)}
    return {}


def claim_hint(work: Work, have: Unit) -> Hint:
    """Of an outcome: what a rate lacks, or that one calculation is about one of what stands under it."""
    under = CNY / have
    if have == CNY or any(power < 0 for _, power in under.powers) or work.claim != RATIO:
        return {}
    said = f'claim = "{under}"'
    names = _called(work, under, [*work.types, *work.parameters])
    one = Text(f"一次只算一个的，在 [policy] 写 {said}", f"if one calculation is about one, write {said} in [policy]")
    return {"hint": _or(_by(names, "乘以", "multiply by"), one) if names else one}


def added(one: Unit, two: Unit) -> Hint:
    """Of two numbers that cannot be added: that they are most likely to be multiplied."""
    product = one * two
    if len(product.powers) < len(one.powers) + len(two.powers):
        return {"hint": Text("是否应为 *（相乘）？", "is * meant, to multiply?")}
    return {}


def type_hint(work: Work, text: str, have: Type, wanted: Type, name: str = "") -> Hint:
    """How to come from what is there to what is wanted."""
    short = _short(text)
    found: Text | None = None
    match wanted, have:
        case (Month(), Date()):
            found = plain(f"month_of({short})")
        case (Date(), Month()):
            found = Text(f"first_day({short}) 或 last_day({short})", f"first_day({short}) or last_day({short})")
        case (Date(), Number()) if parts := _OTHER_DATE.fullmatch(text):
            found = plain(f"{parts[1]}-{int(parts[2]):02}-{int(parts[3]):02}")
        case (Month(), Number()) if parts := re.fullmatch(r"(\d{4})(\d{2})", text):
            found = plain("-".join(parts.groups()))
        case (Date(), Number(unit)) if unit is not None and {name for name, _ in unit.powers} == {"month"}:
            found = Text("add_months(日期, …)", "add_months(a date, …)")
        case (Choice(list=list_), Number()) if list_ in work.brackets:
            found = plain(f"{list_}({short})")
        case (Choice(values=values), Flag()) if values:
            found = Text(f"其中一项，如 {values[0]}", f"one of its choices, such as {values[0]}")
        case (Choice(list=one), Choice(list=two)) if one and two:
            return _advice(
                f'{two} 与 {one} 是两张选项表，用 by = ["{two}"]、of = "{one}" 的参数对照',
                f'{two} and {one} are two lists: a parameter with by = ["{two}"] and of = "{one}" ties them',
            )
        case (Choice(values=values), Number()) if values:
            return _advice(f"可用：{'、'.join(values[:12])}", f"known: {', '.join(values[:12])}")
        case (_, Choice(values=values)) if wanted == FLAG and values:
            found = plain(f"{short} == {values[0]}")
        case (_, Number()) if wanted == FLAG and text in {"0", "1"}:
            found = plain("true" if text == "1" else "false")
        case (_, Number()) if wanted == FLAG:
            given = f"given({name})" if _may_be_absent(work, name) else ""
            test = f"{short} > 0"
            found = Text(f"{given} 或 {test}", f"{given} or {test}") if given else plain(test)
        case (_, Records()) if wanted == FLAG and name:
            found = plain(f"count(r in {name}) > 0")
        case (_, Date()) if wanted == FLAG:
            found = plain(f"{short} <= 2021-12-31")
        case (_, Month()) if wanted == FLAG:
            found = plain(f"{short} <= 2021-12")
        case (Number(unit), _) if have == FLAG:
            found = plain(f"if {short} then 1{_in(unit)} else 0")
        case (Number(), Choice(list=list_, values=values)) if values:
            way = f"if {short} == {values[0]} then … else …"
            return _advice(
                f'列为标准，以 by = ["{list_}"] 查表；或写 {way}',
                f'look it up in a parameter with by = ["{list_}"], or write {way}',
            )
        case (Number(), Date() | Month()):
            between = "days_between" if have == DATE else "months_between"
            found = plain(f"{between}({short}, …)")
        case (Number(), Records()) if name:
            found = plain(f"count(r in {name})")
        case (Division(), Number()):
            return _advice(
                "公式中不写区划代码；用 class(…) 按类别判断，或列为参数表的键",
                "a formula writes no division codes: test the class with class(…), or make it the key of a table",
            )
        case (_, Division()) if isinstance(wanted, Choice):
            found = plain(f"class({short})")
        case (Id(), _):
            return _advice("标识只与标识相比", "an id is compared with an id only")
    return {} if found is None else _advice(f"写成 {found.zh}", f"write {found.en}")


def _advice(zh: str, en: str) -> Hint:
    return {"hint": Text(zh, en)}


def _may_be_absent(work: Work, name: str) -> bool:
    fact = work.document.facts.get(name)
    return fact is not None and (fact.optional or fact.when is not None)


def _short(text: str) -> str:
    """A part of a formula to be written again, or a letter for it where it is long."""
    return text if re.fullmatch(r"[\w.-]+(\([\w., ]*\))?", text) and len(text) <= _SHOWN else "x"


def _in(unit: Unit | None) -> str:
    return "" if unit in {None, RATIO} else f"[{unit}]"


def _is_plain(unit: Unit) -> bool:
    """Whether a unit is one base unit, which a clerk can name."""
    return [power for _, power in unit.powers] == [1]


def _called(work: Work, unit: Unit, seen: Collection[str]) -> list[str]:
    """The facts, parameters and steps with a unit, that may stand there; none where they are too many to tell."""
    types: dict[str, Type] = {name: type_ for name, type_ in work.types.items() if name in seen}
    types |= {name: each.type for name, each in work.parameters.items() if not each.by}
    found = [name for name, type_ in types.items() if type_ == Number(unit)]
    return found if unit != RATIO and len(found) <= _NAMES else []


def _by(names: list[str], zh: str, en: str) -> Text:
    return Text(f"{zh} {' 或 '.join(names)}", f"{en} {' or '.join(names)}")


def _or(one: Text, two: Text | None) -> Text:
    return one if two is None else Text(f"{one.zh}；或{two.zh}", f"{one.en}; or {two.en}")


def element_hint(node: p.Node) -> str:
    """The name of what stands there, if it is one."""
    return getattr(node, "name", "") if isinstance(node, p.FactValue | p.StepValue | p.Aggregate) else ""
