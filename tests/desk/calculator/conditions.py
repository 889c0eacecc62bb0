"""Conditions: whether each holds, by its words and its figures; where it fails, what is so instead, and by how much."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from . import nodes as n
from .amounts import Month, Number, Unreadable, Value, agree, figure, number
from .desk import Desk
from .formulas import Reader, split
from .matching import Wrong, denied, matched
from .matching import holds as is_so
from .reckoning import Known, Unknown
from .sheet import Line
from .steps import Step, reader

_ERRORS = (Wrong, Unknown, Unreadable, ValueError, IndexError)
_MISSED = {
    "差": "<",
    "超出": ">",
    "早了": "<",
    "晚了": ">",
    "short by": "<",
    "over by": ">",
    "too early by": "<",
    "too late by": ">",
}
_DAYS = {"天": "天", "个月": "月", "day": "天", "days": "天", "month": "月", "months": "月"}


def conditions(desk: Desk) -> None:
    for line in desk.sheet.sections.get("conditions", []):
        _Condition(desk, line).check()


class _Condition:
    def __init__(self, desk: Desk, line: Line) -> None:
        self.desk, self.line, self.tongue = desk, line, desk.tongue
        self.reader: Reader = reader(desk)
        behind = [each for each in line.below if each.said.startswith(self.tongue.where_is)]
        Step(desk, line, frozenset()).shown(behind)
        self.words = [each for each in line.below if each not in behind]
        self.said = "\n".join(each.said for each in (line, *self.words))

    def check(self) -> None:
        self.desk.is_plain(*self.words)
        mark, _, said = self.line.said.partition(" ")
        if mark not in {"✓", "✗", "!", "?"}:
            self.desk.wrong(self.line, "no condition")
            return
        if mark == "?" or (mark == "!" and not self.words):
            self._open(said)
            return
        first: Exception = Wrong("nothing to hold it against")
        if not self.words:
            self.desk.is_plain(self.line)  # settled by a reading alone
            return
        for figures in self._figures(said):
            try:
                self._all(mark == "✓", figures)
            except _ERRORS as error:
                first = error
                continue
            self._is_redone()
            return
        if mark == "!" and any(figures in {each.said for each in self.words} for figures in self._figures(said)):
            self.desk.is_plain(self.line)  # open, and said in words alone
            return
        self.desk.wrong(self.line, str(first))

    def _is_redone(self) -> None:
        self.desk.is_redone(self.line, *self.words)
        self.desk.plain.difference_update(each.number for each in self.words)

    def _figures(self, said: str) -> Iterator[str]:
        """What may be the figures, behind the label."""
        colon = self.tongue.colon
        cuts = [at for at in range(len(said)) if said.startswith(colon, at)]
        for at in sorted(cuts, key=lambda cut: said[cut:].count(colon) != (len(cuts) + 1) // 2):
            yield said[at + len(colon) :]

    def _all(self, holds: bool, said: str) -> None:
        """Under each reading that tells it otherwise."""
        whole = len(self.words) == 1
        parts = [said] if whole else split(said, self.tongue.semicolon)
        if whole and len(split(said, self.tongue.semicolon)) > 1:
            parts = split(said, self.tongue.semicolon)
        words = [self.reader.read(each.said) for each in self.words]
        for index, part in enumerate(parts):
            test = words[index if len(words) == len(parts) else 0]
            if holds:
                self._holding(test, part)
            else:
                self._denied(test, part)

    def _denied(self, test: n.Node, said: str) -> None:
        """Tests that do not hold, each as what is so in its place."""
        between = "，且 " if self.tongue.comma == "，" else ", and "
        pieces = split(said, between)
        self.desk.attempt(frozenset(), self.said, lambda known: self._fails(known, test, pieces))

    def _fails(self, known: Known, test: n.Node, pieces: list[str]) -> Value:
        for piece in pieces:
            self._piece(known, test, piece)
        if known.test(test) is not False:
            raise Wrong("holds")
        return False

    def _piece(self, known: Known, test: n.Node, said: str) -> None:
        """One test that does not hold: the opposite in figures, and the distance."""
        first: Exception = Wrong("no part of the condition")
        cuts = [said, *(said[:at] for at in range(len(said)) if said.startswith(self.tongue.comma, at))]
        for figures in cuts:
            behind = said[len(figures) :].removeprefix(self.tongue.comma)
            for each in _tests(test):
                kept = dict(known.new)
                try:
                    node = self.reader.read(figures)
                    if not is_so(known, denied(each), node) and isinstance(each, n.Compare | n.In):
                        raise Wrong("is not so")
                    if isinstance(each, n.Compare) or behind:
                        self._distance(known, each, node, behind)
                except _ERRORS as error:
                    known.new = kept
                    first = error
                    continue
                return
        raise first

    def _distance(self, known: Known, test: n.Node, figures: n.Node, said: str) -> None:
        if not isinstance(test, n.Compare) or not isinstance(figures, n.Compare):
            raise Wrong("a distance of nothing")
        a, b = (matched(known, *pair) for pair in ((test.left, figures.left), (test.right, figures.right)))
        apart = _apart(a, b)
        if apart is None or apart.low == 0:
            if said:
                raise Wrong("a distance of nothing")
            return
        found = self.tongue.missed.match(said)
        if found is None:
            raise Wrong("does not say by how much")
        what, how, by = found.groups()
        try:
            printed = figure(by)
        except Unreadable:
            count, _, unit = by.partition(" ")
            if unit not in _DAYS:
                raise
            printed = number(int(count), ((_DAYS[unit], 1),))
        if not agree(printed, apart):
            raise Wrong("misses by another number")
        sign = _MISSED.get(how)
        if sign is None:
            return
        of = self.reader.read(what) if what else test.left
        value = a if of == test.left or not what else b if of == test.right else None
        other = b if value is a else a
        if value is None or _less(value, other) is not (sign == "<"):
            raise Wrong("misses the other way")

    def _open(self, said: str) -> None:
        """What is undetermined must not be certain under all readings; what is said of it must be so under one."""
        tests, outcomes = [], set[bool | None]()
        for each in self.words:
            try:
                tests.append(self.reader.read(each.said))
                outcomes |= {known.test(tests[-1]) for known in self.desk.worlds(frozenset(), self.said)}
            except _ERRORS:
                outcomes.add(None)
        if self.words and len(outcomes) == 1 and None not in outcomes:
            self.desk.wrong(self.line, "is certain")
            return
        for figures in self._figures(said):
            if all(self._is_said(tests, piece) for piece in split(figures, self.tongue.semicolon)):
                self._is_redone()
                return
        self.desk.wrong(self.line, "says what is not so")

    def _is_said(self, tests: list[n.Node], piece: str) -> bool:
        """Whether a piece is one of the tests in words, or follows from one."""
        if piece in {each.said for each in self.words}:
            return True
        for test in tests:
            for how in (self._holding, self._denied):
                try:
                    how(test, piece)
                except _ERRORS:
                    continue
                return True
        return not self.words  # settled by a reading, and said in words alone

    def _holding(self, test: n.Node, said: str) -> None:
        figures = self.reader.read(said)
        self.desk.attempt(frozenset(), self.said, lambda known: _held(known, test, figures))


def _held(known: Known, words: n.Node, figures: n.Node) -> Value:
    if not is_so(known, words, figures):
        raise Wrong("does not hold")
    return True


def _tests(node: n.Node) -> Iterator[n.Node]:
    """The tests that a test is made of."""
    match node:
        case n.Logic(of=of):
            for each in of:
                yield from _tests(each)
        case n.If(then=then, otherwise=otherwise):
            yield from _tests(then)
            yield from _tests(otherwise)
        case _:
            yield node


def _apart(a: Value, b: Value) -> Number | None:
    if isinstance(a, Number) and isinstance(b, Number):
        return number(abs(a.low - b.low), a.unit or b.unit)
    if isinstance(a, Month) and isinstance(b, Month):
        return number(abs(a.number - b.number), (("月", 1),))
    if isinstance(a, dt.date) and isinstance(b, dt.date):
        return number(abs((a - b).days), (("天", 1),))
    return None


def _less(a: Value, b: Value) -> bool:
    if isinstance(a, Number) and isinstance(b, Number):
        return a.low < b.low
    if isinstance(a, Month) and isinstance(b, Month):
        return a.number < b.number
    return isinstance(a, dt.date) and isinstance(b, dt.date) and a < b
