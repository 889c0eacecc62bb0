"""The result: each part with its formula, who bears it, in which instalments; the sums, also in capitals."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, TypeAlias

from . import nodes as n
from .amounts import Number, Unreadable
from .capitals import read as in_capitals
from .desk import Desk, is_money, money
from .formulas import split
from .matching import Wrong, matched
from .reckoning import Known, Unknown, hull
from .sheet import Line
from .splitting import Piece, instalments, shares
from .steps import Step, reader

Sum: TypeAlias = tuple[Fraction, Fraction]
_NOTHING: Final[Sum] = (Fraction(0), Fraction(0))


@dataclass
class _Entry:
    """A sum in print: its label with what stands behind it, and what is said after the sum."""

    line: Line
    label: str
    sum: Sum
    after: str = ""
    pieces: list[_Entry] = field(default_factory=list)
    paid: _Entry | None = None
    formulas: list[Line] = field(default_factory=list)
    is_absent: bool = False


class Outcome:
    """Redoes the section of the result."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.tongue = desk, desk.tongue
        self.reader = reader(desk)
        self.notes: set[str] = set()
        self.counted: list[_Entry] = []
        self.totals: dict[str, Sum] = {}

    def check(self) -> None:
        for line in self.desk.sheet.sections.get("result", []):
            try:
                self._line(line)
            except (Wrong, Unknown, Unreadable) as error:
                self.desk.wrong(line, str(error))

    def _line(self, line: Line) -> None:
        colon = self.tongue.colon
        note = next(
            (
                kind
                for words, kind in self.tongue.notes.items()
                if line.said == words or line.said.startswith(words + colon)
            ),
            "",
        )
        if note:
            self.notes.add(note)
            self.desk.is_plain(line)
            return
        label, _, said = line.said.partition(colon)
        if label.endswith(self.tongue.capitals):
            self._capitals(line, label, said)
            return
        if label in self.tongue.totals and not line.below:
            self._total(line, label, said)
            return
        self._part(line)

    # — sums —

    def _total(self, line: Line, label: str, said: str) -> None:
        kind = self.tongue.totals[label]
        found = money(self.tongue, said)
        if found is None:
            raise Wrong("no sum")
        self.totals[label.removesuffix("合计")] = found
        sums = [each.sum if kind == "amount" or each.paid is None else each.paid.sum for each in self.counted]
        low, high = sum(each[0] for each in sums), sum(each[1] for each in sums)
        if kind == "amount" and "refused" in self.notes and found != _NOTHING:
            raise Wrong("refused, and not 0")
        if len(sums) == 1 or low == high:
            if found != (low, high):
                raise Wrong("not the sum of its parts")
        elif not low <= found[0] <= found[1] <= high:
            raise Wrong("outside the sums of its parts")
        self.desk.is_redone(line)

    def _capitals(self, line: Line, label: str, said: str) -> None:
        name = label.removesuffix(self.tongue.capitals)
        ends = re.fullmatch(
            r"(人民币\S+) 至 (人民币\S+?)之间，未定|between (人民币\S+) and (人民币\S+), undetermined", said
        )
        found = [each for each in ends.groups() if each] if ends else [said]
        wanted = self.totals.get(name)
        if wanted is None:
            raise Wrong("a sum that is not in figures")
        if [in_capitals(each) for each in found] != sorted(set(wanted)):
            raise Wrong("not the sum in figures")
        self.desk.is_redone(line)

    # — parts —

    def _entry(self, line: Line) -> _Entry:
        """A line with a sum, wherever it stands; its label with what is behind it."""
        said = line.said
        if said.endswith(self.tongue.colon + self.tongue.no_instalment):
            return _Entry(
                line,
                said.removesuffix(self.tongue.colon + self.tongue.no_instalment),
                _NOTHING,
                is_absent=True,
            )
        for at in sorted({found.start() for found in re.finditer(r"(?<=[：: ])(?:-?\d+\.\d\d|between )", said)}):
            for end in [len(said), *(cut.start() for cut in re.finditer("，|, ", said[at:]))]:
                upto = end if end == len(said) else at + end
                found = money(self.tongue, said[at:upto])
                if found is not None:
                    return _Entry(
                        line, said[:at].removesuffix(" ").removesuffix(self.tongue.colon.strip()), found, said[upto:]
                    )
        raise Wrong("no sum")

    def _tree(self, line: Line) -> _Entry:
        entry = self._entry(line)
        for below in line.below:
            if below.said.startswith(("= ", self.tongue.most + "= ")):
                entry.formulas.append(below)
                continue
            if below.said.startswith(self.tongue.where_is):
                Step(self.desk, line, frozenset()).shown([below])
                continue
            try:
                found = self._tree(below)
            except Wrong as error:
                self.desk.wrong(below, str(error))
                continue
            if found.label == self.tongue.payable:
                entry.paid = found
            else:
                entry.pieces.append(found)
        return entry

    def _part(self, line: Line) -> None:
        part = self._tree(line)
        is_counted = not part.label.endswith(self.tongue.beside)
        if is_counted:
            self.counted.append(part)
        refused = self.tongue.refused.match(part.after)
        if part.after and not refused:
            raise Wrong("what is said behind the sum is of no known kind")
        undecided = bool(
            "undecided" in self.notes
            or (refused and refused[1] in {"是否符合条件未定", "whether it is eligible is undetermined"})
        )
        is_refused = "refused" in self.notes or bool(refused and not undecided)
        self._sum(part, is_refused, undecided)
        colon = self.tongue.colon
        later = [
            each
            for each in part.pieces
            if each.is_absent or each.line.said[len(each.label) :].startswith(colon.strip())
        ]
        borne = [each for each in part.pieces if each not in later]
        self._split(part, borne, later)

    def _sum(self, part: _Entry, is_refused: bool, undecided: bool) -> None:
        low, high = part.sum
        if is_refused:
            if part.sum != _NOTHING:
                raise Wrong("refused, and not 0")
            self.desk.is_redone(part.line)
            return
        if not part.formulas:
            if part.sum == _NOTHING:
                self.desk.is_redone(part.line)
                return
            raise Wrong("a sum that comes from nowhere")
        found = [(self._formula(line), line) for line in part.formulas]
        values = [value for value, _ in found if value is not None]
        if len(values) < len(found):
            return
        all_of = hull(*values)
        ends = [all_of.low, all_of.high]
        if part.formulas[0].said.startswith(self.tongue.most) or undecided:
            ends.append(Fraction(0))
        if part.formulas[0].said.startswith(self.tongue.most) and low == high:
            if not min(ends) <= low <= max(ends):
                raise Wrong("beyond the most")
        elif (low, high) != (min(ends), max(ends)):
            raise Wrong("does not follow from its formula")
        self.desk.is_redone(part.line)

    def _formula(self, line: Line) -> Number | None:
        """``= words = figures``, whatever is CNY for one of what a claim is for."""
        said = line.said.removeprefix(self.tongue.most).removeprefix("= ")
        try:
            found = self._follows(said)
        except (Wrong, Unknown, Unreadable, ValueError, IndexError) as error:
            self.desk.wrong(line, str(error))
            return None
        if not is_money(found):
            self.desk.wrong(line, "no sum of money")
            return None
        self.desk.is_redone(line)
        return found

    def _follows(self, said: str) -> Number:
        """The value of a chain of formulas, the first in words."""
        chain = split(said, " = ")
        words = self.reader.read(chain[0])
        if len(chain) == 1:
            value = self.desk.attempt(frozenset(), said, lambda known: known.value(words))
        else:
            figures = [self.reader.read(each) for each in chain[1:]]
            value = self.desk.attempt(frozenset(), said, lambda known: _chained(known, words, figures))
        if not isinstance(value, Number):
            raise Wrong("no number")
        return value

    # — by whom, and when —

    def _split(self, part: _Entry, borne: list[_Entry], later: list[_Entry]) -> None:
        pieces = [self._piece(each) for each in borne]
        parts = [self._piece(each) for each in later]
        if None in pieces or None in parts:
            self.desk.is_plain(*_below(part.line))  # by what it is split cannot be read, which was said
            return
        by = [each for each in pieces if each is not None]
        self._whole(borne[-1] if borne else part, by)
        if later:
            stated = [each for each in parts if each is not None]
            self._whole(later[-1], [each for each, entry in zip(stated, later, strict=True) if not entry.is_absent])
            found = instalments(part.sum, stated, [each.is_absent for each in later])
            self._hold(later, found, part)
            for each in later:
                self._due(each)
                if each.pieces:
                    self._hold(each.pieces, shares(each.sum, by), each)
                    self._paid(each, by)
            if all(low == high for low, high in found) and part.sum[0] == part.sum[1]:
                columns = [self._column(each, by) for each in found]
                self._hold(borne, [(sum(row), sum(row)) for row in zip(*columns, strict=True)], part)
                self._paid(part, by)
                return
        self._hold(borne, shares(part.sum, by), part)
        self._paid(part, by)

    def _whole(self, last: _Entry, by: list[Piece]) -> None:
        """Parts of a whole, nobody taking the rest, make the whole."""
        known = [each.share.low for each in by if each.share is not None and each.share.is_known]
        if len(by) > 1 and len(known) == len(by) and sum(known) != 1:
            self.desk.wrong(last.line, "the parts do not make the whole")

    def _column(self, of: Sum, by: list[Piece]) -> list[Fraction]:
        return [low for low, _ in shares(of, by)]

    def _piece(self, entry: _Entry) -> Piece | None:
        """By what a share or an instalment is found, from the brackets behind its label."""
        tongue = self.tongue
        label, is_own = entry.label, entry.label.endswith(tongue.own)
        label = label.removesuffix(tongue.own)
        opens, closes = ("（", "）") if tongue.colon == "：" else (" (", ")")
        if not label.endswith(closes):
            return Piece(None, None, is_own)
        starts = [at.start() for at in re.finditer(re.escape(opens), label)]
        first: Exception | None = None
        for at in starts:
            said = label[at + len(opens) : -1]
            if said == tongue.rest:
                return Piece(None, None, is_own, is_rest=True)
            try:
                found = [self._follows(each) for each in split(said, tongue.semicolon)]
            except (Wrong, Unknown, Unreadable, ValueError, IndexError) as error:
                first = first or error
                continue
            value = hull(*found)
            if value.unit == ():
                return Piece(value, None, is_own)
            if is_money(value):
                return Piece(None, value, is_own)
        if first is not None and (" = " in label or "%" in label):
            self.desk.wrong(entry.line, str(first))
            return None
        return Piece(None, None, is_own)

    def _hold(self, entries: list[_Entry], wanted: list[Sum], of: _Entry) -> None:
        """Each of several sums is what it should be; of an open one, within its ends."""
        is_exact = of.sum[0] == of.sum[1]
        if len(entries) != len(wanted):
            self.desk.wrong(of.line, "not as many pieces as it has")
            return
        for entry, (low, high) in zip(entries, wanted, strict=True):
            inside = entry.sum[0] <= entry.sum[1] and (
                entry.sum == (low, high)
                if is_exact or len(entries) == 1
                else entry.sum[0] >= min(low, Fraction(0)) and entry.sum[1] <= max(high, Fraction(0))
            )
            if not inside:
                self.desk.wrong(entry.line, "not its piece of the whole")
                continue
            self.desk.is_redone(entry.line)

    def _paid(self, entry: _Entry, by: list[Piece]) -> None:
        if entry.paid is None:
            if any(each.is_own for each in by) and entry.pieces:
                self.desk.wrong(entry.line, "does not say what is paid")
            return
        borne = entry.pieces[: len(by)]
        paid = [each.sum for each, piece in zip(borne, by, strict=True) if not piece.is_own]
        if entry.sum[0] == entry.sum[1] and entry.paid.sum != (
            sum(low for low, _ in paid),
            sum(high for _, high in paid),
        ):
            self.desk.wrong(entry.paid.line, "not what is paid")
            return
        self.desk.is_redone(entry.paid.line)

    def _due(self, entry: _Entry) -> None:
        """What stands behind an instalment: its day, and what it depends on."""
        for said in split(entry.after, self.tongue.comma):
            if (
                said
                and self.tongue.due.match(said) is None
                and not said.startswith(
                    ("拨付时须：", "否则", "有无未定", "if then ", "or else it ", "undetermined whether")
                )
            ):
                self.desk.wrong(entry.line, "what is said behind the sum is of no known kind")
            if (found := self.tongue.due.match(said)) is None:
                continue
            known = {str(each.value) for told in self.desk.told.values() for each in told}
            if found[3]:
                known |= self._days(found[3])
            for day in found.groups()[:2]:
                if day is not None and day not in known:
                    self.desk.wrong(entry.line, f"{day} comes from nowhere")

    def _days(self, said: str) -> set[str]:
        """The days that a formula gives."""
        try:
            words = self.reader.read(said)
            return {str(known.value(words)) for known in self.desk.worlds(frozenset(), said)}
        except (Unknown, Unreadable):
            return set()


def _below(line: Line) -> list[Line]:
    return [each for inside in line.below for each in (inside, *_below(inside))]


def _chained(known: Known, words: n.Node, figures: list[n.Node]) -> Number:
    """Formulas that are all one value: words, figures, the value."""
    found = matched(known, words, figures[0])
    for each in figures[1:]:
        last = known.value(each)
        if last != found and not (isinstance(found, Number) and isinstance(last, Number) and last.low == found.low):
            raise Wrong("does not follow")
    if not isinstance(found, Number):
        raise Wrong("no number")
    return found
