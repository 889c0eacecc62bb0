"""The lines of the calculation: tests, ladders, rows, the formula in words, in figures, and its value."""

from __future__ import annotations

import re

from . import nodes as n
from .amounts import Number, Unreadable, Value, Word, agree, figure
from .desk import Desk, printed, readings
from .formulas import Reader, split
from .matching import Wrong, matched
from .matching import holds as is_so
from .reckoning import Known, Row, Unknown
from .sheet import Line

_ROUNDED = re.compile(r"(.+?)(?:（(.+)）| \((.+)\))$")


def calculation(desk: Desk) -> None:
    """Redo each line; its value is known from then on, where it follows or not."""
    for line in desk.sheet.sections.get("calculation", []):
        head = re.match(r"(\d+)\. (.+)$", line.said)
        if head is None:
            desk.wrong(line, "a line of no known kind")
            continue
        desk.is_plain(line)
        label, under = readings(desk.tongue, head[2])
        try:
            value = Step(desk, line, under).redo()
        except (Wrong, Unknown, Unreadable) as error:
            desk.wrong(line, str(error))
            continue
        if value is not None:
            desk.tell(label, under, value)


def reader(desk: Desk) -> Reader:
    """Reads formulas with the names of what was told so far."""
    words = {each.value.said for told in desk.told.values() for each in told if isinstance(each.value, Word)}
    return Reader(desk.tongue, desk.told, words)


class Step:
    def __init__(self, desk: Desk, line: Line, under: frozenset[str]) -> None:
        self.desk, self.line, self.under = desk, line, under
        self.tongue = desk.tongue
        self.reader = reader(desk)

    def redo(self) -> Value | None:
        """The exact value of the line; what is printed, where that does not follow."""
        stages = list(self.line.below)
        opens = [at for at, each in enumerate(stages) if each.said.startswith("= ")]
        if not opens:
            self.desk.wrong(self.line, "no formula")
            return None
        before, rest = stages[: opens[0]], stages[opens[0] :]
        self._tests(before)
        rows = [each for each in rest if each.said.startswith("· ")]
        formulas = [each for each in rest if each not in rows]
        words = formulas[0]
        if not all(each.said.startswith(("= ", "≈ ")) for each in formulas):
            bad = next(each for each in formulas if not each.said.startswith(("= ", "≈ ")))
            self.desk.wrong(bad, "a line of no known kind")
            self.desk.is_plain(*formulas, *rows)
            return None
        if len(formulas) == 1:
            return self._alone(words)
        return self._stages(words, rows, formulas[1:])

    def _try(self, line: Line, how: object, said: str) -> Value | None:
        try:
            found = self.desk.attempt(self.under, said, how)  # type: ignore[arg-type]
        except (Wrong, Unknown, Unreadable) as error:
            self.desk.wrong(line, str(error))
            return None
        self.desk.is_redone(line)
        return found

    def _read(self, line: Line, said: str) -> n.Node | None:
        try:
            return self.reader.read(said)
        except (Unreadable, ValueError, IndexError) as error:
            self.desk.wrong(line, f"cannot be read: {error}")
            return None

    # — tests on the way —

    def _tests(self, lines: list[Line]) -> None:
        at = 0
        while at < len(lines):
            pick = next(
                (
                    pick
                    for words, pick in self.tongue.picks.items()
                    if lines[at].said == words + self.tongue.colon.strip()
                ),
                None,
            )
            if pick is None:
                self._test(lines[at])
                at += 1
                continue
            end = at + 1
            while end < len(lines) and lines[end].said[:2] in {"→ ", "· "}:
                end += 1
            self._rungs(pick, lines[at:end])
            at = end

    def _test(self, line: Line) -> None:
        said = line.said
        outcome = next((ends for ends in self.tongue.outcomes if said.endswith(ends)), None)
        if outcome is None:
            self._shown(line)
            return
        self._holds(line, said.removesuffix(outcome), self.tongue.outcomes[outcome])

    def shown(self, lines: list[Line]) -> None:
        """Parameters that stand behind figures."""
        for line in lines:
            self._shown(line)

    def _shown(self, line: Line) -> None:
        """What a parameter is that stands in no figures below: ``补发上限 = 12 月``."""
        said = line.said.removeprefix(self.tongue.where_is)
        parts = split(said, " = ")
        if said == line.said or len(parts) != 2 or (words := self._read(line, parts[0])) is None:
            self.desk.wrong(line, "a line of no known kind")
            return
        figures = self._read(line, parts[1])
        if figures is not None:
            self._try(line, lambda known: matched(known, words, figures), line.said)

    def _holds(self, line: Line, said: str, holds: bool) -> None:
        """A test in words and in figures."""
        first: Exception = Wrong("figures of another test")
        for words, figures in self._pairs(said):
            try:
                a, b = self.reader.read(words), self.reader.read(figures)
                self.desk.attempt(self.under, said, lambda known: _outcome(known, a, b, holds))  # noqa: B023
            except (Wrong, Unknown, Unreadable, ValueError, IndexError) as error:
                first = error
                continue
            self.desk.is_redone(line)
            return
        self.desk.wrong(line, str(first))

    def _pairs(self, said: str) -> list[tuple[str, str]]:
        colon = self.tongue.colon
        cuts = [found.start() for found in re.finditer(re.escape(colon), said)]
        pairs = [(said[:at], said[at + len(colon) :]) for at in cuts]
        middle = [pair for pair in pairs if pair[0].count(colon) == pair[1].count(colon)]
        return [*middle, *(pair for pair in pairs if pair not in middle), (said, said)]

    def _rungs(self, pick: str, lines: list[Line]) -> None:
        """The rows of a ladder: whether each applies, what it gives, and which was picked."""
        self.desk.is_plain(lines[0])
        held: list[tuple[bool, bool, Value | None, Line]] = []
        for line in lines[1:]:
            counts = line.said.startswith("→ ")
            said = line.said[2:]
            if said == self.tongue.applies[0]:
                self.desk.is_redone(line)
                if any(found[0] for found in held):
                    self.desk.wrong(line, "a row applies")
                continue
            said = re.sub(r" [〔\[][^〕\]]*[〕\]]$", "", said)
            what, _, outcome = said.rpartition(self.tongue.colon)
            applies = outcome != self.tongue.applies[1]
            if counts and not applies:
                self.desk.wrong(line, "picked, and does not apply")
            self._rung(line, what, applies)
            value = printed(self.tongue, outcome) if applies else None
            held.append((applies, counts, value, line))
        applying = [each for each in held if each[0]]
        wanted = applying if pick == "sum" else applying[:1]
        if pick == "highest" and applying:
            top = max(each[2].high for each in applying if isinstance(each[2], Number))
            wanted = [next(each for each in applying if isinstance(each[2], Number) and each[2].high == top)]
        for each in held:
            if each[1] is not (each in wanted):
                self.desk.wrong(each[3], "picked wrongly")

    def _rung(self, line: Line, what: str, applies: bool) -> None:
        """``困难（poor：是）`` or the test alone."""
        candidates = [what]
        opens, closes = ("（", "）") if self.tongue.colon == "：" else (" (", ")")
        if what.endswith(closes):
            starts = [at.start() for at in re.finditer(re.escape(opens), what)]
            candidates = [what[at + len(opens) : -1] for at in starts] + candidates
        first: Exception = Wrong("figures of another test")
        for said in candidates:
            for words, figures in self._pairs(said):
                try:
                    a, b = self.reader.read(words), self.reader.read(figures)
                    self.desk.attempt(self.under, said, lambda known: _outcome(known, a, b, applies))  # noqa: B023
                except (Wrong, Unknown, Unreadable, ValueError, IndexError) as error:
                    first = error
                    continue
                self.desk.is_redone(line)
                return
        self.desk.wrong(line, str(first))

    # — the formula —

    def _alone(self, line: Line) -> Value | None:
        """A formula that is its own value, such as ``= 0 m²``, or the name of something."""
        node = self._read(line, line.said[2:])
        if node is None:
            return None
        if isinstance(node, n.Leaf):
            self.desk.is_redone(line)
            return node.value
        return self._try(line, lambda known: known.word(node, None), line.said)

    def _stages(self, first: Line, rows: list[Line], rest: list[Line]) -> Value | None:
        words = self._read(first, first.said[2:])
        if words is None:
            return None
        self._said = first.said
        last = rest[-1]
        if self.tongue.between.match(last.said[2:]):
            return self._open(first, words, last)
        inner = overs(words)
        if rows:
            self._rows(inner, rows)
        exact: Value | None = None
        failed = False
        for place, line in enumerate(rest):
            if line.said.startswith("≈ "):
                exact = self._rounding(line, exact) if not failed else self._value(line)
                continue
            said = line.said[2:]
            if (place == len(rest) - 1 and exact is not None) or (exact is not None and _is_value(said)):
                self._same(line, exact)
                continue
            figures = self._read(line, said)
            if figures is None:
                failed = True
                continue
            if isinstance(figures, n.Named) and figures.keys and isinstance(words, n.Named):
                self._try(line, lambda known, at=figures: _keys(known, words, at), first.said)
                continue
            if isinstance(figures, n.Extreme):
                self._ordered(figures, printed(self.tongue, last.said[2:]))
            found = self._figures(line, words, figures, rest[place + 1 :])
            if found is None:
                failed = True
            if found is not None:
                exact = found
        if failed or exact is None:
            self.desk.is_plain(first)
            return self._value(last)
        self.desk.is_redone(first)
        return exact

    def _figures(self, line: Line, words: n.Node, figures: n.Node, after: list[Line]) -> Value | None:
        """What the figures give: if that turns on the order of words, what the line behind them says."""
        if after:
            wanted = printed(self.tongue, after[0].said[2:])
            if isinstance(wanted, bool):
                try:
                    found = self.desk.attempt(
                        self.under, self._said, lambda known: _being(known, words, figures, wanted)
                    )
                except (Wrong, Unknown, Unreadable):
                    pass
                else:
                    self.desk.is_redone(line)
                    return found
        return self._try(line, lambda known: matched(known, words, figures), self._said)

    def _ordered(self, figures: n.Extreme, value: Value) -> None:
        """Of words, the one that is taken comes last in its list, or first."""
        words = [Word(each.said) for each in figures.of if isinstance(each, n.Named)]
        if value in words and len(words) == len(figures.of):
            for each in words:
                if each != value:
                    self.desk.known.bound.setdefault(("order", each, value), figures.which == "max")

    def _value(self, line: Line) -> Value:
        said = line.said[2:]
        if line.said.startswith("≈ ") and (found := _ROUNDED.match(said)):
            said = found[1]
        try:
            return printed(self.tongue, said)
        except (Wrong, Unreadable) as error:
            self.desk.wrong(line, str(error))
            return Word(said)

    def _same(self, line: Line, exact: Value) -> None:
        said = printed(self.tongue, line.said[2:])
        if not agree(said, exact):
            self.desk.wrong(line, "does not follow")
            return
        self.desk.is_redone(line)

    def _rounding(self, line: Line, exact: Value | None) -> Value:
        found = _ROUNDED.match(line.said[2:])
        how = (found[2] or found[3]) if found else ""
        value = self._value(line)
        for words, mode in self.tongue.rounding.items():
            if how.startswith(words) and exact is not None:
                node = n.Round(n.Leaf("", exact), mode, figure(how.removeprefix(words)))
                wanted = self.desk.known.value(node)
                if not agree(value, wanted):
                    self.desk.wrong(line, "is rounded wrongly")
                    return value
                if wanted == exact:
                    self.desk.wrong(line, "nothing to round")
                self.desk.is_redone(line)
                return wanted
        self.desk.wrong(line, "rounded in no known way")
        return value

    def _open(self, first: Line, words: n.Node, last: Line) -> Value:
        value = self._value(last)
        found = self._try(first, lambda known: _opened(known, words), first.said)
        if found is not None and not isinstance(value, Word):
            self._same(last, found)
        return value

    # — rows —

    def _rows(self, inner: list[n.Over], lines: list[Line]) -> None:
        """Each row that counts, in its order."""
        counted: list[tuple[n.Over, Row]] = []
        for over in inner:
            try:
                known = next(self.desk.worlds(self.under, self.line.said))
                counted += [(over, row) for row in known.counted(over)]
            except (Unknown, StopIteration) as error:
                self.desk.wrong(lines[0], str(error))
                return
        before = len(self.desk.findings)
        for (over, row), line in zip(counted, lines, strict=False):
            self._row(over, row, line)
        if len(counted) != len(lines) and len(self.desk.findings) == before:
            self.desk.wrong(lines[-1], "not as many rows as count")

    def _row(self, over: n.Over, row: Row, line: Line) -> None:
        said = line.said[2:]
        if row.month is not None:
            shown = f"{row.month.number // 12:04d}-{row.month.number % 12 + 1:02d}{self.tongue.colon}"
            if not said.startswith(shown):
                self.desk.wrong(line, "another month")
                return
            said = said.removeprefix(shown)
        assert over.body is not None
        body = over.body
        cuts: list[tuple[str, str]] = [(said, "")]
        if (parts := split(said, " = ")) and len(parts) > 1:
            cuts = [(" = ".join(parts[:-1]), parts[-1]), *cuts]
        first: Exception = Wrong("not this row")
        for figures, value in cuts:
            try:
                node = self.reader.read(figures)
                found = self.desk.attempt(self.under, self._said, lambda known: matched(known, body, node, row))  # noqa: B023
                if value and (found is None or not agree(printed(self.tongue, value), found)):
                    raise Wrong("does not follow")
            except (Wrong, Unknown, Unreadable, ValueError, IndexError) as error:
                first = error
                continue
            self.desk.is_redone(line)
            return
        self.desk.wrong(line, str(first))


def _is_value(said: str) -> bool:
    try:
        figure(said)
    except (Unreadable, ValueError):
        return False
    return True


def _opened(known: Known, words: n.Node) -> Value:
    found = known.value(words)
    if not isinstance(found, Number):
        raise Unknown("no number")
    return found


def _outcome(known: Known, words: n.Node, figures: n.Node, holds: bool) -> bool:
    """Whether a test comes out as printed; the order of two words is the text's own, and shown by it."""
    found = is_so(known, words, figures)
    if found is not holds:
        raise Wrong("comes out otherwise")
    return found


def _being(known: Known, words: n.Node, figures: n.Node, wanted: Value) -> Value:
    found = matched(known, words, figures)
    if found != wanted:
        raise Wrong("does not follow")
    return found


def _keys(known: Known, words: n.Named, figures: n.Named) -> Value:
    """The place of a table, found by its keys."""
    for key, said in zip(words.keys, figures.keys, strict=True):
        matched(known, key, said)
    return Word(figures.said)


def overs(node: object) -> list[n.Over]:
    """The sums over rows within a formula."""
    if isinstance(node, n.Over):
        return [node]
    if isinstance(node, tuple):
        return [each for part in node for each in overs(part)]
    parts = [getattr(node, name) for name in getattr(node, "__dataclass_fields__", ())]
    return [each for part in parts for each in overs(part)]
