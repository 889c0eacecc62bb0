"""A roster, a piece at a time: what was found for each row, and what is wrong with it, in words."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..calculation.columnar.reading import Reader
from ..calculation.columnar.ways import book_of
from ..errors import PolicyError, Problem, RequestError
from ..sheets.roster import Piece, Roster
from ..text import Language
from .under import VERSION, Split, Under

PROBLEM: Final = pa.struct(
    [(name, pa.string()) for name in ("code", "where", "cell", "given", "zh", "en", "help_zh", "help_en")]
)


@dataclass(frozen=True)
class Answered:
    """A piece of a roster with what was found for it.

    Attributes:
        answers: the columns of `Policy.calculate_table`; nothing in the rows that have a problem.
        of: the place of each row's version among the versions; `under.NOBODY` where none is in force.
        problems: of rows by their place in the piece, each with its cell.
    """

    piece: Piece
    answers: pa.RecordBatch
    of: NDArray[np.int64]
    problems: Mapping[int, tuple[Problem, ...]]

    def __len__(self) -> int:
        return len(self.answers)

    def row(self, index: int) -> int:
        """The number of a row as a spreadsheet shows it."""
        return int(self.piece.rows[index].as_py())


class Answering:
    """A roster with the versions that it is put under."""

    def __init__(self, roster: Roster, under: Under) -> None:
        self.roster, self.under = roster, under
        self._readers = [
            Reader(each.program.facts, each.vocabulary.names, book_of(each.program)) for each in under.versions
        ]

    def answered(self, threads: int) -> Iterator[Answered]:
        """Every piece in order. At most a few are held at once, as many as there are threads to work at them."""
        splits = self.under.splits(self.roster.pieces())
        if threads <= 1:
            for split in splits:
                yield self.whole(split, self.under.answer(split))
            return
        waiting: deque[tuple[Split, Future[pa.RecordBatch]]] = deque()
        with ThreadPoolExecutor(threads) as crew:
            try:
                for split in splits:
                    waiting.append((split, crew.submit(self.under.answer, split)))
                    if len(waiting) > 2 * threads:
                        first, answers = waiting.popleft()
                        yield self.whole(first, answers.result())
                while waiting:
                    first, answers = waiting.popleft()
                    yield self.whole(first, answers.result())
            finally:
                for _, each in waiting:
                    each.cancel()

    def claim(self, piece: Piece, index: int, version: int) -> dict[str, Any]:
        """What a row states, for the reader of single claims; what its version does not know is not stated."""
        names = self.under.names[version]
        facts = piece.facts.select([name for name in piece.facts.schema.names if name in names])
        return self._readers[version].given(facts, index)

    def whole(self, split: Split, answers: pa.RecordBatch | None = None) -> Answered:
        """A piece with its answers, made unless they are given, and with what is wrong with it."""
        answers = self.under.answer(split) if answers is None else answers
        piece = split.piece
        place = answers.schema.get_field_index("problems")
        refused = np.flatnonzero(answers.column(place).is_valid().to_numpy(zero_copy_only=False)).tolist()
        rows = sorted({*refused, *piece.wrong})
        if not rows:
            return Answered(piece, answers, split.of, {})
        if piece.wrong:  # a cell that could not be read may be of a fact that need not be stated: no answer without it
            wrong = np.zeros(len(answers), bool)
            wrong[list(piece.wrong)] = True
            mask = pa.array(wrong)
            columns = [
                column if name in ("problems", VERSION) else pc.if_else(mask, pa.scalar(None, column.type), column)
                for name, column in zip(answers.schema.names, answers.columns, strict=True)
            ]
            answers = pa.RecordBatch.from_arrays(columns, schema=answers.schema)
        return Answered(piece, answers, split.of, {row: self._problems(split, row) for row in rows})

    def _problems(self, split: Split, row: int) -> tuple[Problem, ...]:
        """What is wrong with a row: cells that could not be read first, then what of the rest does not fit."""
        piece = split.piece
        cells = piece.wrong.get(row, ())
        number = piece.rows[row].as_py()
        said = {each.place for each in cells}
        found = list(cells)
        for each in self._refusal(split, row):
            column = self.roster.column_of(each.where, row, piece)
            at = self.roster.place(number, column)
            if column is None or at not in said:  # a fact is not missing because its cell is wrong
                found.append(replace(each, place=at))
        return tuple(found)

    def _refusal(self, split: Split, row: int) -> tuple[Problem, ...]:
        if row in split.why:
            return split.why[row]
        version = int(split.of[row])
        claim = self.claim(split.piece, row, version)
        try:
            self.under.versions[version].calculate(claim, readings=self.under.readings[version])
        except (RequestError, PolicyError) as error:
            return error.problems
        return ()


def words(problems: tuple[Problem, ...], language: Language) -> str:
    """Problems in one cell: where, what is wrong, what to do."""
    return "\n".join(_line(each, language) for each in problems)


def _line(problem: Problem, language: Language) -> str:
    cell = f"{problem.place.key} " if problem.place else ""
    advice = problem.help(language)
    return f"{cell}{problem.code} {problem.message(language)}" + (f" → {advice}" if advice else "")


def given(problem: Problem, language: Language) -> str:
    """What was given; empty where the problem is that nothing was."""
    return _value(problem, "given", language)


def allowed(problem: Problem, language: Language) -> str:
    """What is allowed instead; empty where the words of the problem alone say it."""
    low, high = _value(problem, "low", language), _value(problem, "high", language)
    if low or high:
        return f"{low} – {high}"
    return next(filter(None, (_value(problem, name, language) for name in ("allowed", "wanted", "step", "span"))), "")


def _value(problem: Problem, name: str, language: Language) -> str:
    value = problem.values.get(name, "")
    return value if isinstance(value, str) else value.in_(language)


def plain(problem: Problem) -> dict[str, str]:
    """A problem for a column of Parquet, in both languages."""
    return {
        "code": problem.code,
        "where": problem.where,
        "cell": problem.place.key if problem.place else "",
        "given": given(problem, "zh"),
        "zh": problem.message("zh"),
        "en": problem.message("en"),
        "help_zh": problem.help("zh"),
        "help_en": problem.help("en"),
    }
