"""What an engine is asked, and how it answers: by the Python of its own environment, as JSON in its last line.

    python -m benchmarks.peers.openfisca [--rows 1000000] [--seconds 1.5]     what was measured
    python -m benchmarks.peers.openfisca --once                               one answer, in fen: for a fresh process

Nothing heavy is imported here before it is needed: a fresh process pays for what its engine imports, and for no more.
"""

from __future__ import annotations

import gc
import json
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .rows import Columns, Fen

AREA, DISTRICT, COST = 123_456, "municipal", 100_000_001  # the record of R1 that is asked one at a time
ANSWER = [37_036_800, 62_963_201]
_TRIED = 1000  # rows by which the speed of an engine of single records is guessed
_MOST = 25  # runs over a table
Row = Callable[..., Any]


class Way(NamedTuple):
    """One way to put a rule to an engine. Whole numbers that it answers are fen, all others CNY."""

    arithmetic: str
    table: Callable[[str, Columns], Callable[[], Any]]  # a rule and columns: what is timed, prepared
    one: Callable[[], Sequence[Any]]  # R1 for the one record
    explained: Callable[[], Any] | None = None  # the same, and how it came about, as data
    written: Callable[[], Any] | None = None  # the same as a text for people
    by_row: bool = False  # takes one record at a time; of a slow one, fewer rows are timed


def by_rows(rules: Mapping[str, Row], unit: type) -> Callable[[str, Columns], Callable[[], Any]]:
    """A table for an engine of single records: columns to objects of Python, each answered, and columns again.

    `unit` is what it takes numbers as: `int` (hundredths), `float` or `Decimal`.
    """

    def objects(column: Any) -> list[Any]:
        if unit is int:
            return list(column.tolist())
        if unit is float:
            return list((column / 100).tolist())
        return [Decimal(each).scaleb(-2) for each in column.tolist()]

    def table(rule: str, found: Columns) -> Callable[[], Any]:
        import numpy as np

        from .rows import DISTRICTS, GIVEN

        row, names = rules[rule], np.array(DISTRICTS, dtype=object)
        kind: Any = {int: np.int64, float: np.float64}.get(unit)

        def run() -> list[Any]:
            given = [names[found[x]].tolist() if x == "municipal" else objects(found[x]) for x in GIVEN[rule]]
            answers = [row(*each) for each in zip(*given, strict=True)]
            sums = [list(each) for each in zip(*answers, strict=True)] if rule == "r1" else [answers]
            return sums if kind is None else [np.array(each, kind) for each in sums]

        return run

    return table


def answer(ways: Mapping[str, Callable[[], Way]], packages: Sequence[str]) -> None:
    """Answer what the command line asks."""
    if sys.argv[1:] == ["--once"]:
        make = next(iter(ways.values()))
        print(json.dumps([_fen(each) for each in make().one()]))
        return
    import argparse
    from importlib.metadata import version

    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--seconds", type=float, default=1.5)
    asked = options.parse_args()
    found = {name: measured(make(), asked.rows, asked.seconds) for name, make in ways.items()}
    print(json.dumps({"versions": {each: version(each) for each in packages}, "ways": found}))


def measured(way: Way, rows: int, seconds: float) -> dict[str, Any]:
    """Both rules over a table, and one record of the first."""
    from ..measuring import in_turn
    from .rows import data

    found = data(rows)
    tables = {rule: _table(way, rule, found, seconds) for rule in ("r1", "r4")}
    assert [len(str(each)) for each in map(_fen, way.one())] == [8, 8]  # a float may be off, but not by a power of ten
    works = {"one": way.one, "explained": way.explained, "written": way.written}
    single = in_turn({name: work for name, work in works.items() if work is not None}, rounds=10)
    return {
        "arithmetic": way.arithmetic,
        **tables,
        **{name: [round(each, 3) for each in timing] for name, timing in single.items()},
    }


def _table(way: Way, rule: str, found: Columns, seconds: float) -> dict[str, Any]:
    import statistics

    from .rows import first, reference, wrong

    rows = len(found["area"])
    if way.by_row:
        tried = min(_TRIED, rows)
        some = way.table(rule, first(found, tried))
        some()
        begun = time.perf_counter()
        some()
        rows = min(rows, max(tried, int(seconds / 2 / (time.perf_counter() - begun) * tried)))
    given = first(found, rows)
    work = way.table(rule, given)
    wanted = reference(given, rule)
    count, worst = wrong(columns(work()), wanted)
    times, peak, end = list[float](), 0.0, time.perf_counter() + seconds
    while len(times) < 2 or (time.perf_counter() < end and len(times) < _MOST):
        gc.collect()
        before = _fresh_mark()
        begun = time.perf_counter()
        got = work()
        times.append(time.perf_counter() - begun)
        peak = max(peak, memory("VmHWM") - before)
        del got
    timing = [each / rows * 1e9 for each in (statistics.median(times), min(times), max(times))]
    amounts = rows * len(wanted)
    return {
        "rows": rows,
        "ns": [round(each, 4) for each in timing],
        "wrong": count,
        "amounts": amounts,
        "worst": worst,
        "MB": round(peak, 1),
    }


def columns(got: Any) -> list[Fen]:
    """An answer's columns in fen."""
    from .rows import fen

    if hasattr(got, "to_arrow"):
        got = got.to_arrow()
    if hasattr(got, "column_names"):
        from .arrow import figures

        return figures(got)
    return [fen(each) for each in got]


def _fen(amount: Any) -> int:
    if isinstance(amount, Decimal):
        return int(amount * 100)
    return int(amount) if isinstance(amount, int) else math.floor(float(amount) * 100 + 0.5)


def _fresh_mark() -> float:
    """Forget what was the most memory so far; what there is now, in MB."""
    from pathlib import Path

    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")
    return memory("VmRSS")


def memory(name: str) -> float:
    """A figure of this process's memory in MB: `VmRSS` what there is, `VmHWM` the most; 0 where there is no Linux."""
    from pathlib import Path

    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name)), 0.0)
