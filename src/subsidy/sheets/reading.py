"""Reading a roster: what its header means, its units and years, and which columns go along; then its rows in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from ..calculation.policy import Policy
from ..columns import Encoding
from ..errors import Place, Problem, RequestError, nearest
from ..language.types import Number
from ..text import Text
from . import options
from .grid import Book, Grid, open_grid
from .header import Header, at, find, title_rows, unit_lines, years
from .misspelt import ALL, misspelt, word_of
from .parquet import read_parquet
from .roster import Head, Roster, letters
from .sheet_roster import SheetRoster
from .titles import Titles
from .together import Together, together
from .units import factors, has_money, is_money, shortened
from .words import key

_YUAN: Final = ("元", "人民币元")


def read(
    file: Path,
    policy: Policy | Sequence[Policy],
    *,
    sheet: str | None = None,
    header_row: int | None = None,
    encoding: Encoding = "utf-8",
    ignored: Sequence[str] = (),
    carried: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    unit: str | None = None,
    year: int | None = None,
    months_of: str | None = None,
    blank_is_zero: Sequence[str] = (),
) -> Roster:
    """The roster of a file: CSV, Parquet, or a sheet of a workbook.

    Args:
        policy: or several versions of one, the last of them last; a column may be a fact of any of them.
        sheet: of a workbook that has several.
        header_row: the first row of the header, counted from 1, where it cannot be found.
        ignored: the headers of columns that are to be left out of the result.
        carried: the headers of columns that are no facts, though they are near one; ``*`` for all of them.
        columns: the fact that a header means, by its text, where it is neither its name nor its label.
        unit: the unit of money, as 万元, where neither a header nor a line above them says it.
        year: of columns that name a month alone.
        months_of: the fact that columns of a month state, where no header above them says it.
        blank_is_zero: facts, by name or header, of which a blank or a ``/`` says zero.

    Raises:
        RequestError: it cannot be read, or its header is not understood; all problems.
    """
    known = together([policy] if isinstance(policy, Policy) else policy)
    if file.suffix.lower() in (".parquet", ".pq"):
        given = {"sheet": sheet, "header_row": header_row, "column": columns or {}, "unit": unit, "year": year}
        idle = list(options.of_parquet({**given, "months_of": months_of, "blank_is_zero": tuple(blank_is_zero)}))
        if idle:
            raise RequestError(idle)
        return read_parquet(file, known, ignored=ignored, carried=carried)
    problems = list(_no_such_facts(known, columns or {}, months_of))
    if problems:
        raise RequestError(problems)
    grid = open_grid(file, sheet, encoding)
    titles = Titles(known, columns or {})
    zeros = [titles.own.get(key(each)) or titles.names.get(key(each), each) for each in blank_is_zero]
    problems = list(_no_such_facts(known, dict(zip(zeros, zeros, strict=True)), None))
    if problems:
        raise RequestError(problems)
    header = find(grid, titles, header_row, months_of or "")
    found = _Understood(grid, titles, header, tuple(each.strip() for each in ignored), tuple(carried))
    found.problems += options.of_sheet(
        grid, titles, header, header.heads, sheet=sheet, year=year, months_of=months_of, zeros=zeros
    )
    return found.roster(unit, year, frozenset(zeros))


def _no_such_facts(known: Together, columns: Mapping[str, str], months_of: str | None) -> Iterable[Problem]:
    facts = known.facts
    for name in [*columns.values(), *([months_of] if months_of else [])]:
        if name.partition("[")[0] not in facts:
            near = nearest(name, facts)
            more = {"hint": Text(f"是否想写 {near}？", f"did you mean {near}?")} if near else {}
            yield Problem.of("F0101", name, **more)


class _Understood:
    """A header put together with what stands above it and with what was said of its columns."""

    def __init__(
        self, grid: Grid, titles: Titles, header: Header, ignored: tuple[str, ...], carried: tuple[str, ...]
    ) -> None:
        self.grid, self.titles, self.header = grid, titles, header
        self.ignored = {key(each): each for each in ignored}
        self.carried = {key(each): each for each in carried if each != ALL}
        self.all_go = ALL in carried
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.is_unit_used = False

    def roster(self, unit: str | None, year: int | None, zeros: frozenset[str]) -> Roster:
        header, grid = self.header, self.grid
        row = header.row + header.height - 1
        for number, text in title_rows(grid, header):
            self._note("R0732", number, 0, given=text)
        used_heads = [head for each in header.heads if (head := self._head(each)) is not None]
        heads = self._with_units(used_heads, unit)
        heads = self._with_months(heads, year)
        self._twice(heads)
        self._named(heads)
        self._hidden(heads)
        used = {each.column for each in header.heads}
        width = max(len(grid.top[row]), *(each + 1 for each in used))
        if isinstance(grid, Book):
            width = max(width, *(len(each) for each in grid.top))
        for column in range(width):
            below = [
                each[column] for each in grid.top[row + 1 :] if column < len(each) and each[column] not in ("", None)
            ]
            if column not in used and below:
                self._note("R0746", row, column, given=str(below[0]))
        if self.problems:
            raise RequestError(self.problems)
        taken = self._taken(heads)
        rest = max((grid.size or 0) - row - 1, 0)
        return SheetRoster(
            grid.file, self.titles.policy, grid.sheet, tuple(heads), rest, grid=grid, titles=self.titles,
            first=row + 1, width=width, zeros=zeros, taken=taken, before=tuple(self.notes),
            others=self.titles.known.policies[:-1],
        )  # fmt: skip

    def _head(self, head: Head) -> Head | None:
        """A column as it is to be read; None where it is left out."""
        whole, meaning = key(head.text), self.header.meanings.get(head.column)
        is_own = whole in self.titles.names or whole in self.titles.own
        if whole in self.ignored:
            if not is_own:
                return None
            name = self.titles.names.get(whole) or self.titles.own[whole]
            label = self.titles.fact(name).label
            self._problem("R0708", head, head.text, name=name, label=label, word=word_of(head.text))
        elif whole in self.carried and not is_own:
            return replace(head, fact="", month="")
        elif not head.fact and not head.month:
            self._unknown(head)
        elif head.fact and (said := self.titles.unlike(head.text, head.fact)):
            self._problem("R0755", head, head.text, given=head.text, **said)
        elif meaning is not None and meaning.remark:
            label = self.titles.fact(head.fact).label
            self._note("R0735", self._row, head.column, given=head.text, label=label)
        return head

    def _unknown(self, head: Head) -> None:
        if not self.all_go and (problem := misspelt(head.text, self.titles.known)):
            self.problems.append(replace(problem, place=at(self.grid, self._row, head.column)))

    # — units —

    def _with_units(self, heads: list[Head], unit: str | None) -> list[Head]:
        lines = [(unit, Place("--unit"))] if unit else unit_lines(self.grid, self.header)
        money = [each for each in heads if each.fact and is_money(self.titles.fact(each.fact))]
        for word, place in lines:
            if money and key(word).endswith("元") and key(word) not in self._factors(money[0]):
                self.problems.append(Problem("R0711", word, self._fitting(heads), place))
        found = [self._with_unit(head, lines) for head in heads]
        if unit and not self.is_unit_used and all(each.code != "R0711" for each in self.problems):
            self.problems.append(options.of_unit(unit, self.titles, heads))
        return found

    def _with_unit(self, head: Head, lines: Sequence[tuple[str, Place]]) -> Head:
        if not head.fact:
            return head
        meaning, fact = self.header.meanings.get(head.column), self.titles.fact(head.fact)
        if meaning is not None and not meaning.fits:
            if meaning.unit in shortened(fact, self.titles.policy.vocabulary):
                self._note("R0744", self._row, head.column, given=head.text, label=fact.label, unit=fact.symbol)
                return head
            self._problem("R0711", head, meaning.unit, **self._fitting([head]))
            return head
        factor = meaning.factor if meaning is not None else None
        if factor is None and isinstance(fact.type, Number):
            of_lines = [self._factors(head)[key(word)] for word, _ in lines if key(word) in self._factors(head)]
            if len(of_lines) == 1 and (is_money(fact) or not has_money(fact)):
                factor, self.is_unit_used = of_lines[0], True
            elif has_money(fact) and not is_money(fact):
                unclear = [word for word, _ in lines if key(word).endswith("元") and key(word) not in _YUAN]
                if unclear:
                    self._problem("R0711", head, unclear[0], **self._fitting([head]))
        if factor is None or factor == 1:
            return head
        shown = str(factor.numerator) if factor.denominator == 1 else f"1/{factor.denominator}"
        self._note("R0733", self._row, head.column, given=head.text, label=fact.label, factor=shown, unit=fact.symbol)
        return replace(head, factor=factor)

    def _factors(self, head: Head) -> Mapping[str, Fraction]:
        fact = self.titles.fact(head.fact)
        return factors(fact, self.titles.policy.vocabulary, self.titles.policy.program.claim)

    def _fitting(self, heads: Sequence[Head]) -> dict[str, str | Text]:
        facts = [self.titles.fact(each.fact) for each in heads if each.fact]
        shown = [f for f in facts if f.symbol.zh] or facts
        return {
            "allowed": Text(
                "、".join(f"{f.label.zh}：{f.symbol.zh or '无单位'}" for f in shown),
                ", ".join(f"{f.label.en}: {f.symbol.en or 'no unit'}" for f in shown),
            )
        }

    # — months —

    def _with_months(self, heads: list[Head], year: int | None) -> list[Head]:
        months = self.header.months
        if not months:
            return heads
        above = years(self.grid, self.header)
        unsaid = [each for each in heads if each.month and months[each.column][0] is None]
        known = year
        if unsaid and known is None:
            if len(above) == 1:
                ((known, (row, column)),) = above.items()
                self._note("R0736", row, column, year=str(known))
            else:
                listed = "、".join(map(str, above))
                self._problem("R0713", unsaid[0], unsaid[0].text, given=listed or "–")
        heads = [
            replace(each, month=f"{months[each.column][0] or known}-{months[each.column][1]:02}")
            if each.month
            else each
            for each in heads
        ]
        nameless = [each for each in heads if each.month and not each.fact]
        if nameless:
            facts = [fact for fact in self.titles.facts.values() if isinstance(fact.type, Number)]
            numbers = ", ".join(fact.name for fact in facts if fact.from_ledger is None and not fact.left_of)
            self._problem("R0712", nameless[0], nameless[0].text, allowed=numbers)
        return heads

    # — columns —

    def _twice(self, heads: list[Head]) -> None:
        seen: set[tuple[str, str]] = set()
        for each in heads:
            is_month_too = bool(self.header.months) and each.fact == self.titles.month
            if (each.fact and (each.fact, each.month) in seen) or is_month_too:
                self._problem("R0703", each, each.fact)
            seen.add((each.fact, each.month))

    def _named(self, heads: list[Head]) -> None:
        """What was said of columns that are not there."""
        texts = {key(each.text) for each in self.header.heads}
        listed = [each.text for each in self.header.heads]
        allowed = Text("、".join(listed), ", ".join(listed))
        for code, named in (("R0709", self.ignored), ("R0719", self.carried)):
            for word, text in named.items():
                if word not in texts:
                    self.problems.append(Problem.of(code, text, allowed=allowed, word=word_of(text)))
        others = [each.text for each in heads if not each.fact]
        if others:
            given = Text("、".join(others), ", ".join(others))
            self.notes.append(Problem.of("R0734", str(self.grid.file), given=given))

    def _hidden(self, heads: list[Head]) -> None:
        odd = self.grid.odd
        rows = [row + 1 for row in odd.hidden_rows if row >= self.header.row + self.header.height]
        columns = [letters(each.column) for each in heads if each.column in odd.hidden_columns]
        if rows or columns:
            some = [str(row) for row in rows[:20]] + (["…"] if len(rows) > 20 else []) + columns
            self.notes.append(Problem.of("R0739", str(self.grid.file), given=", ".join(some)))
        if not odd.is_known:
            self.notes.append(Problem.of("R0745", str(self.grid.file)))

    def _taken(self, heads: list[Head]) -> tuple[tuple[str, int], ...]:
        """The columns that go along, each with a name that no other has."""
        found: dict[str, int] = {}
        for each in heads:
            if not each.fact:
                name = each.text if each.text not in found else f"{each.text} ({letters(each.column)})"
                found[name] = each.column
        return tuple(found.items())

    @property
    def _row(self) -> int:
        return self.header.row + self.header.height - 1

    def _problem(self, code: str, head: Head, where: str, **values: str | Text) -> None:
        self.problems.append(Problem(code, where, values, at(self.grid, self._row, head.column)))

    def _note(self, code: str, row: int, column: int, **values: str | Text) -> None:
        self.notes.append(Problem(code, str(self.grid.file), values, at(self.grid, row, column)))
