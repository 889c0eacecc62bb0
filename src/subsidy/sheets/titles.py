"""What a header means: a fact by name or label, with its unit or a remark in brackets; a field of a record; a month."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from ..language import program as p
from ..language.types import Month, Number, Records
from ..text import Text
from .together import Together
from .units import factors
from .words import key

_BRACKET: Final = re.compile(r"(.+?)[(\[【〔]([^()\[\]【】〔〕]+)[)\]】〕]")
_BEHIND: Final = re.compile(r"(.+?)[/,:_-](.+)")
_MONTH: Final = re.compile(r"(?:([0-9]{4})[年./-])?([0-9]{1,2}|十[一二]?|[一二三四五六七八九])月(?:份)?")
_FULL_MONTH: Final = re.compile(r"([0-9]{4})(?:[./-])?(0[1-9]|1[0-2])")
_HAN: Final = {each: number for number, each in enumerate("一二三四五六七八九十", start=1)} | {"十一": 11, "十二": 12}
_RECORDS_MOST: Final = 40  # records of a claim that can have columns of their own


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a header means.

    Attributes:
        path: the fact, or the field of a record, `stays[1].moved_in`.
        factor: what its unit multiplies figures by; None where it names none.
        unit: its unit as it is written, where it fits the fact or not.
        fits: whether the unit is one of the fact.
        remark: what stands in brackets and is no unit.
    """

    path: str
    factor: Fraction | None = None
    unit: str = ""
    fits: bool = True
    remark: str = ""


class Titles:
    """The headers that the versions of a policy understand.

    Args:
        columns: what headers mean that nobody would understand, by their text.
    """

    def __init__(self, known: Together, columns: Mapping[str, str]) -> None:
        self.known, self.policy = known, known.last
        self.facts = known.facts
        self.own = {key(text): name for text, name in columns.items()}
        self.asked: set[str] = set()  # of these, the ones that a header was
        self.names: dict[str, str] = {}
        twice: set[str] = set()
        for text, name in known.names.items():
            twice |= {key(text)} if self.names.setdefault(key(text), name) != name else set()
        for fact in self.facts.values():
            if isinstance(fact.type, Records):
                self.names |= {way: path for way, path in _fields(fact).items() if way not in self.names}
        self.names = {text: name for text, name in self.names.items() if text not in twice}
        self._units = {
            name: factors(self.fact(name), self.policy.vocabulary, self.policy.program.claim) for name in self.facts
        }
        self.month = next((n for n, f in self.facts.items() if isinstance(f.type, Month)), "")

    def fact(self, path: str) -> p.Fact:
        """The fact of a path, of records the field."""
        name, _, field = path.partition("[")
        fact = self.facts[name]
        wanted = field.partition(".")[2]
        return next((each for each in fact.fields if each.name == wanted), fact) if wanted else fact

    def units(self, path: str) -> Mapping[str, Fraction]:
        """What the words for units multiply figures of a fact by."""
        if "[" not in path:
            return self._units[path]
        return factors(self.fact(path), self.policy.vocabulary, self.policy.program.claim)

    def unlike(self, text: str, path: str) -> dict[str, str | Text]:
        """What a header is in two versions that read it otherwise; nothing where all read it alike."""
        whole, name = key(text), path.partition("[")[0]
        ways = [each[1] for pattern in (_BRACKET, _BEHIND) if (each := pattern.fullmatch(whole))]
        texts = [] if whole in self.own else [each for each in (whole, *ways) if each in self.known.unlike]
        found = next(iter(texts), name)
        return self.known.said(found, name) if found in self.known.unlike else {}

    def of(self, text: str) -> Meaning | None:
        """What a header means, or None."""
        whole = key(text)
        bracket = _BRACKET.fullmatch(whole)
        base, inner = (bracket[1], bracket[2].removeprefix("单位").removeprefix(":")) if bracket else (whole, "")
        self.asked |= {whole, base} & self.own.keys()
        if whole in self.own:
            return Meaning(self.own[whole], self.units(self.own[whole]).get(inner))
        if whole in self.names:
            return Meaning(self.names[whole])
        if base in self.names or base in self.own:
            path = self.names.get(base) or self.own[base]
            if not isinstance(self.fact(path).type, Number):
                return Meaning(path, remark=inner)
            return Meaning(path, self.units(path).get(inner), inner, inner in self.units(path))
        behind = _BEHIND.fullmatch(whole)
        if behind and behind[1] in self.names and behind[2] in self.units(self.names[behind[1]]):
            path = self.names[behind[1]]
            return Meaning(path, self.units(path)[behind[2]], behind[2])
        return None


def is_asked(fact: p.Fact) -> bool:
    """Whether every roster states a fact: it is not optional, always applies, and no ledger knows it."""
    return not fact.optional and fact.when is None and fact.from_ledger is None and not fact.left_of


def month_of(cell: Any) -> tuple[int | None, int] | None:
    """The year, where it is said, and the month that a header is about; None where it is about none."""
    if isinstance(cell, dt.date):
        return (cell.year, cell.month) if cell.day == 1 else None
    text = key(str(cell)) if isinstance(cell, str) else ""
    if full := _FULL_MONTH.fullmatch(text):
        return int(full[1]), int(full[2])
    if found := _MONTH.fullmatch(text):
        month = _HAN[found[2]] if found[2] in _HAN else int(found[2])
        return (int(found[1]) if found[1] else None, month) if 1 <= month <= 12 else None
    return None


def _fields(fact: p.Fact) -> dict[str, str]:
    """The headers for the fields of records: the record with its number, then the field, each by name or by label."""
    found: dict[str, str] = {}
    for number in range(1, min(fact.rows[1], _RECORDS_MOST) + 1):
        for field in fact.fields:
            path = f"{fact.name}[{number}].{field.name}"
            found[key(path)] = path
            for label in (fact.label.zh, fact.label.en):
                for each in (field.label.zh, field.label.en):
                    found.setdefault(key(f"{label}{number}{each}"), path)
                    if number == 1:
                        found.setdefault(key(f"{label}{each}"), path)
    return found
