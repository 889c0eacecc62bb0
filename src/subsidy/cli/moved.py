"""How the amount moves, in words: the proved maximum, the points of the curve, the cliffs and what decides there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from ..calculation.along import Point
from ..calculation.curve import Bars, Cliff, Curve, Moves, moves
from ..calculation.deciders import Decider
from ..calculation.maximum import Maximum, maxima
from ..calculation.policy import Policy
from ..exact import show
from ..language.folding import OPEN
from ..text import Language
from .items import Items
from .output import both
from .paper import Drawing, Item, Table

_POINTS_MOST: Final = 24  # points and cliffs that are listed; all of them are in the JSON
_CLIFFS_MOST: Final = 12


class Moved(Items):
    """Says in one language how the amount of a policy moves around a worked example."""

    def __init__(self, policy: Policy, language: Language, over: str | None = None) -> None:
        super().__init__(policy, language)
        self.moves = moves(policy, over)
        self.maxima = {each.name: each for each in maxima(policy, self.moves)}

    # — the maximum —

    def maximum(self, name: str) -> str:
        """The proved maximum of a part or of the amount, and what reaches it."""
        found = self.maxima[name]
        proved = self.pick(f"{show(found.proved, 2)} 元", f"{show(found.proved, 2)} CNY")
        return self.pair(self.pick("最高（已证明）", "Maximum (proved)"), f"{proved}{self._reached(found)}")

    def _reached(self, found: Maximum) -> str:
        if found.example:
            return self.pick(f"；算例「{found.example}」达到", f"; the worked example “{found.example}” reaches it")
        if found.point is not None:
            at = self._at(found.point)
            return self.pick(f"；{at}时达到", f"; reached at {at}")
        most, high = f"{found.found:f}", f"{found.high:f}"
        if found.high > found.found:  # what the text leaves open may come to it
            both_ways = found.name == "amount"
            by = self.pick(
                "算例和曲线" if both_ways else "算例", "an example or the curve" if both_ways else "an example"
            )
            return self.pick(
                f"；{by}没有确定达到：下限至多 {most} 元，未定的上限至多 {high} 元",
                f"; not reached for certain by {by}: the lower bound is {most} CNY at most, the upper, undetermined, "
                f"{high} CNY at most",
            )
        if found.name != "amount":
            return self.pick(f"；算例未达到，至多 {most} 元", f"; the worked examples come to {most} CNY at most")
        return self.pick(
            f"；算例和曲线未达到，至多 {most} 元", f"; not reached by an example or the curve, {most} CNY at most"
        )

    def _at(self, point: Point) -> str:
        assert self.moves is not None and self.moves.over is not None
        return f"{self.named(self.moves.over.fact)} {self.with_unit(self.moves.over.fact, point.value)}"

    # — the curve —

    def curve(self, drawing: Drawing | None = None) -> Iterator[Item]:
        """The amount over its main fact, all else as in an example; nothing where nothing is paid."""
        if self.moves is None:
            return
        yield from self._around(self.moves)
        over = self.moves.over
        if over is None:
            yield self.pick("没有一项事实单独改变金额", "no fact moves the amount by itself")
            return
        if drawing is not None:
            yield drawing
        yield Table((self._head(over.fact), self.pick("金额（元）", "amount (CNY)")), tuple(self._rows(over)))
        if isinstance(over, Curve):
            yield self._between(over)

    def _around(self, found: Moves) -> Iterator[str]:
        example = found.example
        yield self.pick(f"其余事实同算例「{example.name}」", f"all else as in the worked example “{example.name}”")
        for name, reading in example.under.items():
            item = self.program.interpretations[name]
            read = self.pick("不选定", "left open") if reading == OPEN else self.say(item.readings[reading])
            yield self.pair(self.pick(f"口径 {self.say(item.question)}", f"reading of {self.say(item.question)}"), read)

    def _head(self, name: str) -> str:
        unit = self.say(self.program.facts[name].symbol)
        return self.named(name) + (self.pick(f"（{unit}）", f" ({unit})") if unit else "")

    def _rows(self, over: Curve | Bars) -> Iterator[tuple[str, ...]]:
        if isinstance(over, Bars):
            for bar in over.bars:
                no = self.pick("算例不能这样申报", "no such claim")
                yield self.say(bar.label), no if bar.bounds is None else self.ends(*bar.bounds)
            return
        rows = list(self._points(over))
        yield from rows[:_POINTS_MOST]
        if len(rows) > _POINTS_MOST:
            left = len(rows) - _POINTS_MOST
            yield (self.pick(f"另有 {left} 行，--json 全部列出", f"{left} more rows, all of them in --json"),)

    def _points(self, over: Curve) -> Iterator[tuple[str, ...]]:
        jumps = {cliff.after.value for cliff in over.cliffs}
        for number, piece in enumerate(over.pieces):
            if number and piece.points[0].value in jumps:
                yield (self.pick("（跳变）", "(cliff)"),)
            elif number:
                yield (self.pick("（其间不能申报）", "(no such claim between)"),)
            shown = piece.points if piece.is_straight else (piece.points[0], piece.points[-1])
            yield from ((point.value, self.ends(point.low, point.high)) for point in shown)

    def _between(self, over: Curve) -> str:
        if over.is_straight:
            return self.pick(
                "相邻两行之间为直线（以试算核对）", "a straight line from each row to the next (tried, not proved)"
            )
        return self.pick(
            "相邻两行之间并非都是直线：变动处太多，没有全部找出",
            "not always a straight line from each row to the next: it turns too often, and not all is found",
        )

    # — the cliffs —

    def cliffs(self) -> Iterator[str]:
        """Where one step more of one fact makes the amount jump."""
        if self.moves is None:
            return
        facts = self.pick("、", ", ").join(self.named(name) for name in self.moves.searched)
        if not facts:
            return
        yield self.pick(
            f"在算例「{self.moves.example.name}」周围逐一改变：{facts}；取模块写明的数、全范围取样并逐步二分，未证明没有遗漏",
            f"found around the worked example “{self.moves.example.name}”, moving one at a time: {facts}; "
            "by the figures of the module, samples and bisection, and not proved complete",
        )
        for name in self.moves.searched:
            of = [cliff for cliff in self.moves.cliffs if cliff.fact == name]
            most = sorted(of, key=_size, reverse=True)[:_CLIFFS_MOST]
            yield from (self._cliff(cliff) for cliff in of if cliff in most)
            if len(of) > _CLIFFS_MOST:
                left = len(of) - _CLIFFS_MOST
                more = self.pick(f"另有 {left} 处不更大，见 --json", f"{left} more, none greater: see --json")
                yield self.pair(self.named(name), more)
        if not self.moves.cliffs:
            yield self.pick("没有找到", "none found")
        if uneven := self.pick("、", ", ").join(self.named(name) for name in self.moves.uneven):
            few = self.pick("变动处太多，没有全部找出", "turns too often for all cliffs to be found")
            yield self.pair(uneven, few)

    def _cliff(self, cliff: Cliff) -> str:
        before, after = cliff.before, cliff.after
        unit = self.say(self.program.facts[cliff.fact].symbol)
        values = f"{before.value} → {after.value}{f' {unit}' if unit else ''}"
        paid = f"{self.sum_of(before)} → {self.sum_of(after)}"
        said = self.pair(f"{self.named(cliff.fact)} {values}", paid)
        by = (self.say(each.label) + self.clause(each.clause).rstrip() for each in cliff.decided_by)
        decided = self.pick("、", "; ").join(by)
        return said + (self.pick(f"；取决于 {decided}", f"; decided by {decided}") if decided else "")

    # — small words —

    def ends(self, low: Decimal, high: Decimal) -> str:
        """An amount or its bounds, under a head that names the currency."""
        undetermined = self.pick(f"{low:f} 至 {high:f}（未定）", f"{low:f} to {high:f} (undetermined)")
        return f"{low:f}" if low == high else undetermined

    def sum_of(self, point: Point) -> str:
        """The amount at a point, or its bounds, with the currency."""
        low, high = point.low, point.high
        if low == high:
            return self.pick(f"{low:f} 元", f"{low:f} CNY")
        return self.pick(f"{low:f} 至 {high:f} 元（未定）", f"{low:f} to {high:f} CNY (undetermined)")

    def with_unit(self, name: str, value: str) -> str:
        unit = self.say(self.program.facts[name].symbol)
        return f"{value} {unit}".rstrip()

    # — data —

    def data(self) -> dict[str, Any]:
        """For JSON: every figure exact, as text."""
        found = self.moves
        return {
            "maximum": {name: self._maximum(each) for name, each in self.maxima.items()},
            "curve": None if found is None or found.over is None else {**_around(found), **self._over(found.over)},
            "cliffs": None
            if found is None
            else {**_around(found), "searched": list(found.searched), "uneven": list(found.uneven)}
            | {"found": [_cliff_data(each) for each in found.cliffs]},
        }

    def _maximum(self, found: Maximum) -> dict[str, Any]:
        at = self.moves.over.fact if found.point is not None and self.moves and self.moves.over else ""
        return {
            "proved": show(found.proved, 2),
            "found": str(found.found),
            "example": found.example or None,
            "at": {at: found.point.value} if found.point is not None else None,
        }

    def _over(self, over: Curve | Bars) -> dict[str, Any]:
        unit = self.program.facts[over.fact].stated_unit
        if isinstance(over, Curve):
            pieces = [[_point_data(point) for point in piece.points] for piece in over.pieces]
            return {"fact": over.fact, "unit": unit, "straight": over.is_straight, "pieces": pieces}
        bars = [
            {"value": bar.value, "low": bar.bounds and str(bar.bounds[0]), "high": bar.bounds and str(bar.bounds[1])}
            for bar in over.bars
        ]
        return {"fact": over.fact, "bars": bars}


def _size(cliff: Cliff) -> Decimal:
    return max(abs(cliff.after.low - cliff.before.low), abs(cliff.after.high - cliff.before.high))


def _around(found: Moves) -> dict[str, Any]:
    return {"example": found.example.name, "readings": dict(found.example.under)}


def _point_data(point: Point) -> dict[str, str]:
    return {"value": point.value, "low": str(point.low), "high": str(point.high)}


def _cliff_data(cliff: Cliff) -> dict[str, Any]:
    decided = [_decider_data(each) for each in cliff.decided_by]
    before, after = _point_data(cliff.before), _point_data(cliff.after)
    return {"fact": cliff.fact, "before": before, "after": after, "decided_by": decided}


def _decider_data(each: Decider) -> dict[str, Any]:
    return {"kind": each.kind, "name": each.name, "label": both(each.label), "clause": each.clause}
