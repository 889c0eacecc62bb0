"""Units as sheets write them, behind a header, in a line above it or in a cell: by what the figures are multiplied."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from ..catalogue.vocabulary import Vocabulary
from ..language import program as p
from ..language.types import Number
from ..language.units import CNY, RATIO, Unit
from .words import key

_SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "CNY": ("元", "人民币元", "人民币", "rmb", "yuan", "cny", "¥"),
    "m2": ("平方米", "平米", "平方", "㎡", "m²", "m2", "sqm"),
    "bed": ("张", "床", "床位", "张床位", "bed", "beds"),
    "person": ("人", "名", "位", "person", "persons", "people"),
    "household": ("户", "household", "households"),
    "item": ("件", "项", "个", "item", "items"),
    "visit": ("次", "人次", "visit", "visits"),
    "facility": ("个", "家", "所", "处", "机构"),
    "centre": ("个", "家", "所", "中心", "centres"),
    "community": ("个", "社区", "communities"),
    "hour": ("小时", "时", "h", "hour", "hours"),
    "day": ("天", "日", "d", "day", "days"),
    "week": ("周", "week", "weeks"),
    "month": ("月", "个月", "month", "months"),
    "year": ("年", "year", "years"),
    "meal": ("餐", "份", "meal", "meals"),
}
_MONEY: Final[Mapping[str, int]] = {"千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8}
_PERCENT: Final[Mapping[str, Fraction]] = {"%": Fraction(1, 100), "‰": Fraction(1, 1000)}


def factors(fact: p.Fact, vocabulary: Vocabulary, claim: Unit) -> dict[str, Fraction]:
    """What figures of a fact are multiplied by, by the word for their unit; none where it is no number.

    Every one of 元, 万元, 元/平方米 and 平方米 that can be said of it. Of a policy whose claims are one for a person
    and a month, hours stand for hours a person and a month.
    """
    if not isinstance(fact.type, Number) or fact.type.unit is None:
        return {}
    found: dict[str, Fraction] = {}
    for unit in (fact.type.unit, fact.type.unit * claim):
        if unit == RATIO:
            continue
        for word in _words(unit, vocabulary):
            found.setdefault(key(word), 1 / fact.scale)
            if not word.isascii():
                found.setdefault(key(f"万{word}"), 10_000 / fact.scale)
        if dict(unit.powers).get("CNY") == 1:
            for word in [each for each in _words(unit, vocabulary) if each.startswith("元")]:
                found |= {key(many + word): times / fact.scale for many, times in _MONEY.items()}
    if fact.type.unit == RATIO:
        found |= _PERCENT
    for word in (fact.symbol.zh, fact.symbol.en, fact.one.zh, fact.one.en, fact.stated_unit):
        if word:
            found[key(word)] = Fraction(1)
    return found


def shortened(fact: p.Fact, vocabulary: Vocabulary) -> frozenset[str]:
    """The words that leave out what a unit is for: 元 of a price in 元/小时."""
    if not isinstance(fact.type, Number) or fact.type.unit is None:
        return frozenset()
    over = Unit(tuple((name, power) for name, power in fact.type.unit.powers if power > 0))
    return frozenset(map(key, _words(over, vocabulary))) if over not in (RATIO, fact.type.unit) else frozenset()


def is_money(fact: p.Fact) -> bool:
    """Whether a line above the header with 万元 is about a fact."""
    return isinstance(fact.type, Number) and fact.type.unit == CNY


def has_money(fact: p.Fact) -> bool:
    """Whether a fact is money for something, as a price an hour: a line with 万元 may or may not be about it."""
    return isinstance(fact.type, Number) and fact.type.unit is not None and "CNY" in dict(fact.type.unit.powers)


def _words(unit: Unit, vocabulary: Vocabulary) -> list[str]:
    """A unit in all ways in which it is written, where it is one base unit or one over another."""
    over = [name for name, power in unit.powers if power > 0]
    under = [name for name, power in unit.powers if power < 0]
    if len(over) != 1 or len(under) > 1 or any(abs(power) != 1 for _, power in unit.powers):
        return []
    tops = _of(over[0], vocabulary)
    if not under:
        return tops
    return [f"{top}/{bottom}" for top in tops for bottom in _of(under[0], vocabulary)]


def _of(name: str, vocabulary: Vocabulary) -> list[str]:
    known = vocabulary.units[name]
    own = [known.symbol.zh, known.symbol.en, known.label.zh, known.label.en, name]
    return list(dict.fromkeys([*own, *_SYNONYMS.get(name, ())]))
