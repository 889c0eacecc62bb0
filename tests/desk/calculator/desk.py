"""The clerk at the desk: goes through a printed explanation line by line and says of each whether it follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice, product
from typing import Any

from .amounts import MONEY, Number, Unreadable, Value, Word, figure
from .matching import Wrong
from .reckoning import Known, Order, Unknown
from .sheet import Line, Sheet
from .tongues import Tongue


@dataclass(frozen=True)
class Finding:
    """What is wrong in which line."""

    line: int
    why: str


@dataclass(frozen=True)
class Variant:
    """A value of a line that was told, with the readings under which it stands."""

    under: frozenset[str]
    value: Value


@dataclass
class Desk:
    """What lies on the desk: what was told, what was found, how many lines were redone, how many state nothing."""

    sheet: Sheet
    known: Known
    told: dict[str, list[Variant]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    redone: set[int] = field(default_factory=set)
    plain: set[int] = field(default_factory=set)

    @property
    def tongue(self) -> Tongue:
        return self.sheet.tongue

    def wrong(self, line: Line | int, why: str) -> None:
        self.findings.append(Finding(line if isinstance(line, int) else line.number, why))

    def is_redone(self, *lines: Line) -> None:
        self.redone.update(line.number for line in lines)

    def is_plain(self, *lines: Line) -> None:
        """Lines that state nothing computed."""
        self.plain.update(line.number for line in lines)

    def tell(self, label: str, under: frozenset[str], value: Value) -> None:
        self.told.setdefault(label, []).append(Variant(under, value))

    def worlds(self, under: frozenset[str], said: str) -> Iterator[Known]:
        """What is known under some readings: of a line told for several, those that share most of them."""
        candidates: dict[str, list[Value]] = {}
        for label, variants in self.told.items():
            if label not in said and len(variants) > 1:
                continue
            shared = [len(under & each.under) for each in variants]
            best = [each.value for each, found in zip(variants, shared, strict=True) if found == max(shared)]
            candidates[label] = [each for index, each in enumerate(best) if each not in best[:index]]
        for values in islice(product(*candidates.values()), 256):
            names = self.known.names | dict(zip(candidates, values, strict=True))
            yield Known(self.tongue, names, self.known.rows, self.known.bound, self.known.bounds, also=self.known.also)

    def attempt(self, under: frozenset[str], said: str, how: Callable[[Known], Value | None]) -> Value | None:
        """What a line gives in the first world in which it follows; the first finding if in none."""
        first: Exception | None = None
        for known in self.worlds(under, said):
            try:
                found, new = _assuming(known, how)
            except (Wrong, Unknown, Unreadable) as error:
                first = first or error
                continue
            self.known.bound.update(new)
            return found
        raise first or Wrong("nothing to hold it against")


def _assuming(known: Known, how: Callable[[Known], Value | None]) -> tuple[Value | None, dict[Any, Value]]:
    """What a line gives; where it turns on which of two words is the greater, the one way in which it follows."""
    begin = dict(known.new)
    try:
        return how(known), dict(known.new)
    except Order as order:
        pair = order.pair
    results: list[tuple[Value | None, dict[Any, Value]]] = []
    first: Exception | None = None
    for less in (True, False):
        known.new = {**begin, ("order", *pair): less}
        try:
            results.append(_assuming(known, how))
        except (Wrong, Unknown, Unreadable) as error:
            first = first or error
    known.new = begin
    if not results:
        raise first or Wrong("nothing to hold it against")
    found, new = results[0]
    if len(results) > 1:
        new = {key: value for key, value in new.items() if key != ("order", *pair)}
    return found, new


def readings(tongue: Tongue, said: str) -> tuple[str, frozenset[str]]:
    """A label, and the readings behind it: ``计费面积（若缺少的面积）``."""
    at = said.rfind(tongue.under)
    closes = "）" if tongue.colon == "：" else ")"
    if at < 0 or not said.endswith(closes):
        return said, frozenset()
    inside = said[at + len(tongue.under) : -1]
    return said[:at], frozenset(re.split(rf"/|{re.escape(tongue.comma)}", inside))


def printed(tongue: Tongue, said: str) -> Value:
    """A figure or a word; of an open number both ends."""
    if found := tongue.between.match(said) or tongue.open_figure.match(said):
        low, high = figure(found[1]), figure(found[2])
        if not isinstance(low, Number) or not isinstance(high, Number) or low.unit != high.unit:
            raise Unreadable("no bounds")
        if low.low >= high.low:
            raise Wrong("the low end is not below the high one")
        return Number(low.low, high.low, low.unit)
    try:
        return figure(said)
    except (Unreadable, ValueError):
        return Word(said)


def facts(desk: Desk) -> None:
    """Facts are taken as they were given."""
    tongue = desk.tongue
    for line in desk.sheet.sections.get("facts", []):
        desk.is_plain(line)
        said = line.said
        cuts = [found.start() for found in re.finditer(re.escape(tongue.colon), said)]
        if not cuts:
            desk.wrong(line, "no fact")
            continue
        at = next((cut for cut in cuts if _is_figure(said[cut + len(tongue.colon) :])), cuts[0])
        label, given = said[:at], said[at + len(tongue.colon) :]
        value = printed(tongue, given)
        desk.tell(label, frozenset(), value)
        desk.known.also.setdefault(label, []).append(value)
        if isinstance(value, Word):
            desk.known.rows[label] = given


def _is_figure(said: str) -> bool:
    try:
        figure(said)
    except (Unreadable, ValueError):
        return False
    return True


_BOUNDS = (
    re.compile(r"W011[12] (.+?)(?: 由 .+? 确定，尚无，在 |：文件未载明，在 )(.+?) 与 (.+?) 之间〔.*〕(?:：.*)?$"),
    re.compile(
        r"W011[12] (.+?) (?:is for the .+? to fix and has not been|is not stated by the text)"
        r": between (.+?) and (.+?) \[.*\](?:: .*)?$"
    ),
)


def remarks(desk: Desk) -> None:
    """Remarks state nothing computed; those on open figures say between which ends they lie."""
    for line in desk.sheet.sections.get("remarks", []):
        desk.is_plain(line)
        if not re.match(r"[A-Z]\d{4} ", line.said):
            desk.wrong(line, "no remark")
        for pattern in _BOUNDS:
            if (found := pattern.match(line.said)) is None:
                continue
            try:
                low, high = figure(found[2]), figure(found[3])
            except (Unreadable, ValueError):
                continue
            if isinstance(low, Number) and isinstance(high, Number):
                desk.known.bounds[found[1]] = (low.low, high)


def money(tongue: Tongue, said: str) -> tuple[Fraction, Fraction] | None:
    """A sum, or both ends of one; None if it is none.

    Raises:
        Wrong: what is to be recovered is not the sum, or the low end is above the high one.
    """
    found = tongue.money.match(said)
    if found is None:
        return None
    if found[1] is not None:
        value = Fraction(found[1])
        if (value < 0) is not (found[2] is not None) or (found[2] and -value != Fraction(found[2])):
            raise Wrong("what is to be recovered is not the sum")
        return value, value
    low, high = Fraction(found[4]), Fraction(found[5])
    if low >= high:
        raise Wrong("the low end is not below the high one")
    return low, high


def is_money(value: Value) -> bool:
    """Whether a number is CNY, or CNY for one of what a claim is for."""
    if not isinstance(value, Number):
        return False
    return dict(value.unit).get(MONEY) == 1 and all(power < 0 for name, power in value.unit if name != MONEY)
