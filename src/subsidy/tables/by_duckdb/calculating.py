"""A roster calculated into Parquet by DuckDB: what the rows come to that it reads, the rows that are odd, the file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import pyarrow.parquet as pq

from ...errors import Problem, RequestError
from ...extras import needs
from ...reports.files import whole
from ...sheets.roster import PIECE, Roster
from ...text import Language, Text, plain
from ..calculating import Tick, begun, form_of
from ..making import Making
from ..outcome import Outcome
from ..pieces import Answered, Answering
from ..result_parquet import KEY, ParquetResult, said
from ..texts import texts
from .answers import AGAIN, Answers
from .source import Source, source_of

with needs("engines"):
    import duckdb
    from sqlglot import exp

T = TypeVar("T")
_TURN: Final = 0.2  # seconds, after which it is looked how far it is
_STAGES: Final = 3
_SIGNS: Final = frozenset("*?[]")
_MORE: Final = Text("用 --memory 多给内存", "give it more with --memory")


def calculate(
    roster: Roster,
    out: Path,
    *,
    readings: Mapping[str, str] | None = None,
    steps: Sequence[str] = (),
    group: str = "",
    threads: int = 1,
    memory: str = "1GB",
    language: Language = "zh",
    tick: Tick = lambda _done, _total: None,
) -> Outcome:
    """Calculate every row of a roster into Parquet, as `tables.calculating.calculate` does, whole or not at all.

    Args:
        memory: how much DuckDB takes at most. What has no room lies beside the result while it is made.

    Raises:
        FactsError, RequestError: it cannot be begun, read on or written; or DuckDB does not read it as it is meant, or
            cannot say the policy exactly. There is then what was there before.
    """
    form_of(out, roster.file)
    source = source_of(roster)
    outcome = begun(roster, readings=readings, steps=steps, group=group)
    _check(source, outcome, out)
    assert source is not None
    try:
        answers = Answers(source, outcome)
    except RequestError as error:
        unsaid = [each.values["what"] for each in error.problems if each.code == "R0762"]
        _refuse(each for each in unsaid if isinstance(each, Text))
        raise
    _refuse(answers.unfit())
    beside = tempfile.TemporaryDirectory(prefix=".subsidy-", dir=out.parent, ignore_cleanup_errors=True)
    with whole(out) as file, beside as folder, _opened(Path(folder), threads, memory) as connection:
        made = _Made(connection, source, answers, outcome, Path(folder), tick)
        made.answer()
        made.sums()
        made.again(language)
        made.write(Path(file.name))
    return outcome


class _Made:
    """A result as it is made, one stage after the other."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, source: Source, answers: Answers, outcome: Outcome, folder: Path,
        tick: Tick,
    ) -> None:  # fmt: skip
        self._connection, self._source, self._answers, self._outcome = connection, source, answers, outcome
        self._folder, self._tick, self._stage = folder, tick, 0
        self._answering = Answering(source.roster, outcome.under)

    def answer(self) -> None:
        """Answer every row that is surely read."""
        self._run(lambda: self._source.open(self._connection), 0)
        self._run(lambda: self._connection.execute(self._answers.made()))
        (count,) = self._connection.execute(self._answers.count()).fetchone() or (0,)
        roster = self._source.roster
        if count != roster.size:  # as of lines that end now in one way, now in another
            zh, en = (
                f"读到 {count} 行，文件有 {roster.size} 行",
                f"{count} rows were read, and the file has {roster.size}",
            )
            raise RequestError(Problem.of("R0768", str(roster.file), detail=Text(zh, en)))

    def sums(self) -> None:
        """Count the rows that are answered."""
        keys, text = self._answers.sums()
        found = self._run(lambda: self._connection.execute(text).to_arrow_table(), 0)
        for name in keys:
            place = found.schema.get_field_index(name)
            found = found.set_column(place, name, texts(found.column(place).combine_chunks()))
        rows = found.to_pylist()
        self._outcome.sums.count(keys, rows)
        if rows:
            for answered in self._others(self._answers.some()):
                self._outcome.note(answered, self._answering)

    def again(self, language: Language) -> None:
        """Answer the other rows, into a file of their own."""
        path = self._folder / "odd.parquet"
        with path.open("wb") as file:
            result = ParquetResult(Making(file, self._folder, tuple(self._answers.columns), self._outcome, language))
            try:
                for answered in self._others(self._answers.again()):
                    result.take(answered)
                    self._outcome.take(answered, self._answering)
                result.close()
            finally:
                result.abandon()
        self._stage += 1
        roster = self._source.roster
        totals = [each.place.key for each in roster.notes if each.code == "R0730" and each.place is not None]
        _refuse(Text(f"合计行 {each}", f"a row of totals, {each}") for each in totals[:1])
        if not self._outcome.total.rows:
            raise RequestError(Problem.of("R0706", str(roster.file)))
        self._connection.from_parquet(str(path)).create_view(AGAIN)

    def write(self, out: Path) -> None:
        """Write the result."""
        about = f"{{{KEY}: {_text(said(self._outcome))}}}"
        options = f"format parquet, compression zstd, compression_level 1, kv_metadata {about}, use_tmp_file false"
        self._run(lambda: self._connection.execute(f"copy ({self._answers.result()}) to {_text(out)} ({options})"))

    def _others(self, text: str) -> Iterator[Answered]:
        """Rows as every other reader reads them."""
        path = self._folder / "cells.parquet"
        self._run(lambda: self._connection.execute(f"copy ({text}) to {_text(path)} (format parquet)"), 0)
        batches = pq.ParquetFile(path).iter_batches(PIECE)
        splits = self._outcome.under.splits(self._source.pieces(batches))
        yield from map(self._answering.whole, splits)

    def _run(self, work: Callable[[], T], stages: int = 1) -> T:
        """Do something that takes long, and say how far it is; on Ctrl-C it is left."""
        size, connection = self._source.roster.size, self._connection
        with ThreadPoolExecutor(1) as crew:
            waiting = crew.submit(work)
            try:
                while not wait([waiting], _TURN).done:
                    done = (self._stage + max(connection.query_progress(), 0) / 100 * stages) / _STAGES
                    self._tick(int((size or 0) * done), size)
                found = waiting.result()
            except KeyboardInterrupt:
                connection.interrupt()
                raise
            except duckdb.Error as error:
                raise RequestError(_failed(error, self._source.roster.file)) from None
        self._stage += stages
        return found


@contextmanager
def _opened(folder: Path, threads: int, memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB, which puts what does not fit into memory beside the result."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads, "memory_limit": memory, "temp_directory": str(folder),
    }  # fmt: skip
    with duckdb.connect(config=config) as connection:
        connection.execute("set enable_progress_bar = true; set enable_progress_bar_print = false")
        yield connection


def _check(source: Source | None, outcome: Outcome, out: Path) -> None:
    """Refuse what is not calculated so.

    Raises:
        RequestError: all that is not.
    """
    found = list(source.unfit()) if source is not None else [Text("工作簿", "a workbook")]
    file = outcome.roster.file
    if _SIGNS & {*str(file), *str(out.parent)}:
        found.append(
            Text(
                "文件或文件夹的名称有 * ? [ ]，对 DuckDB 另有含义",
                "a file or folder named with * ? [ or ], which mean something to DuckDB",
            )
        )
    if out.suffix.lower() != ".parquet":
        found.append(
            Text(f"{out.suffix} 格式的结果，须为 .parquet", f"a result in {out.suffix}; it is written as .parquet")
        )
    if len(outcome.versions) > 1:
        listed = ", ".join(each.version for each in outcome.versions)
        found.append(
            Text(f"各行依不同版本的名单：{listed}", f"a roster whose rows fall under several versions: {listed}")
        )
    _refuse(found)


def _refuse(what: Iterable[Text]) -> None:
    problems = [Problem.of("R0767", "--engine", what=each) for each in what]
    if problems:
        raise RequestError(problems)


def _failed(error: duckdb.Error, file: Path) -> Problem:
    hint = {"hint": _MORE} if isinstance(error, duckdb.OutOfMemoryException) else {}
    return Problem.of("R0768", str(file), detail=plain(str(error).partition("\n")[0]), **hint)


def _text(value: Path | str) -> str:
    return exp.Literal.string(str(value)).sql("duckdb")
