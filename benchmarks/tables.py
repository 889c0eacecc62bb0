"""Whole tables in columns: bench rules R1 and R4 beside the same rules written for NumPy, Polars and DuckDB.

Every way begins with columns in memory and ends with new columns of the same sums in memory, which are compared to the
fen. Ours also reads what a claim has beside its figures (who, when), looks at every value whether it is in the range of
its fact, and says of each row what is wrong with it. They take turns in one process for each number of threads, and
each first in another round. `--parquet` reads ten million rows from a file instead, and adds up what is paid.

    python benchmarks/tables.py [--rows 1000000] [--threads 1 2] [--parquet]
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from peers.arrow import claims, figures, whole
from peers.ours import POLICIES
from peers.rows import SUMS, Columns, Fen, data

ROUNDS = 9
CHUNK = 1 << 16


# — by hand —


def numpy_r1(found: Columns, low: int, high: int, sums: list[np.ndarray]) -> None:
    """R1 in chunks that fit a cache, everything written over."""
    caps, room, enough = np.array([150_000, 200_000]), np.empty(CHUNK, np.int64), np.empty(CHUNK, bool)
    for begin in range(low, high, CHUNK):
        at = slice(begin, min(begin + CHUNK, high))
        area, cap, test = found["area"][at], room[: at.stop - begin], enough[: at.stop - begin]
        np.take(caps, found["municipal"][at], out=cap, mode="clip")
        np.minimum(area, cap, out=cap)
        np.greater_equal(area, 50_000, out=test)
        grant, share = sums[0][at], sums[1][at]
        np.multiply(cap, 300, out=grant)
        np.multiply(grant, test, out=grant)
        np.subtract(found["cost"][at], grant, out=share)
        np.maximum(share, 0, out=share)


def numpy_r4(found: Columns, low: int, high: int, sums: list[np.ndarray]) -> None:
    """R4, likewise."""
    room, enough, short = np.empty(CHUNK, np.int64), np.empty(CHUNK, bool), np.empty(CHUNK, bool)
    for begin in range(low, high, CHUNK):
        at = slice(begin, min(begin + CHUNK, high))
        left, test, other = (each[: at.stop - begin] for each in (room, enough, short))
        hours, due = found["hours"][at], sums[0][at]
        np.multiply(hours, found["rate"][at], out=due)
        np.add(due, 50, out=due)
        np.floor_divide(due, 100, out=due)
        np.subtract(135_000, found["granted"][at], out=left)
        np.minimum(due, left, out=due)
        np.maximum(due, 0, out=due)
        np.greater_equal(hours, 300, out=test)
        np.less_equal(hours, 4500, out=other)
        np.logical_and(test, other, out=test)
        np.multiply(due, test, out=due)


def by_hand(work: Any, found: Columns, rule: str, threads: int, crew: ThreadPoolExecutor) -> list[np.ndarray]:
    """A kernel over all rows, shared between threads."""
    rows = len(found["area"])
    sums = [np.empty(rows, np.int64) for _ in SUMS[rule]]
    ends = [rows * each // threads for each in range(threads + 1)]
    list(crew.map(lambda part: work(found, *part, sums), itertools.pairwise(ends)))
    return sums


# — the others —


def polars_works(found: Columns) -> dict[str, Callable[[], Any]]:
    """Both rules on whole hundredths."""
    import polars as pl
    from peers.polars import fen

    frame = pl.DataFrame(whole(found))
    return {rule: lambda each=each: frame.lazy().select(each).collect() for rule, each in fen().items()}


def duckdb_works(found: Columns, threads: int) -> dict[str, dict[str, Callable[[], Any]]]:
    """Both rules in SQL: on whole hundredths, and on decimals."""
    import duckdb
    from peers.duckdb import BIGINT, DECIMAL

    connection = duckdb.connect(config={"threads": threads})
    tables = claims(found, pa.decimal128(18, 2))
    for name, table in {**tables, "hundredths": whole(found)}.items():
        connection.register("incoming", table)
        connection.execute(f"create table {name} as select * from incoming")  # noqa: S608 – names of ours
        connection.unregister("incoming")

    def work(sql: str, table: str) -> Callable[[], Any]:
        there = sql.replace("from given", f"from {table}")
        return lambda: connection.execute(there).to_arrow_table()

    return {
        "DuckDB, BIGINT": {rule: work(sql, "hundredths") for rule, sql in BIGINT.items()},
        "DuckDB, DECIMAL": {rule: work(sql, rule) for rule, sql in DECIMAL.items()},
    }


def sums_of(answer: Any) -> list[Fen]:
    """The sums of an answer in fen."""
    if isinstance(answer, list):
        return answer
    return figures(answer if isinstance(answer, pa.Table) else answer.to_arrow())


# — the measurement —


def compare(rows: int, threads: int) -> None:
    """Both rules, every way, in turn."""
    import subsidy

    found = data(rows)
    ours = claims(found, pa.decimal64(18, 2))
    catalogue = subsidy.Catalogue(POLICIES)
    crew = ThreadPoolExecutor(threads)
    sql, frames = duckdb_works(found, threads), polars_works(found)
    for rule, hand in (("r1", numpy_r1), ("r4", numpy_r4)):
        policy = catalogue.policy(f"bench/rules/{rule}")
        only = [f"parts.{name}" for name in SUMS[rule]]
        ask: Any = {"only": only, "sums": "decimal64", "threads": threads}
        works: dict[str, Callable[[], Any]] = {
            "ours": lambda p=policy, r=rule, a=ask: p.calculate_table(ours[r], **a),
            "ours, every column": lambda p=policy, r=rule: p.calculate_table(ours[r], threads=threads),
            "NumPy by hand": lambda h=hand, r=rule: by_hand(h, found, r, threads, crew),
            "Polars, int64": frames[rule],
            **{kind: each[rule] for kind, each in sql.items()},
        }
        wanted = sums_of(works["NumPy by hand"]())
        for name, work in works.items():
            got = sums_of(work()) if name != "ours, every column" else wanted
            assert all((one == two).all() for one, two in zip(got, wanted, strict=True)), (rule, name)
        times: dict[str, list[float]] = {name: [] for name in works}
        names = list(works)
        for each in range(ROUNDS):
            for name in names[each % len(names) :] + names[: each % len(names)]:
                begin = time.perf_counter()
                answer = works[name]()
                times[name].append(time.perf_counter() - begin)
                del answer
        print(f"{rule.upper()}, {rows:,} rows, {threads} thread{'s' * (threads > 1)}")
        best = statistics.median(times["ours"])
        for name, taken in times.items():
            middle = statistics.median(taken)
            speeds = (
                f"{rows / middle / 1e6:7.1f} M rows/s  ({rows / max(taken) / 1e6:.1f} – {rows / min(taken) / 1e6:.1f})"
            )
            print(f"  {name:20} {speeds:40} ours × {middle / best:.2f}")
    print(f"  largest memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def parquet(rows: int, threads: int) -> None:
    """R1 from a Parquet file: what is paid in all."""
    import duckdb
    import polars as pl
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    import subsidy

    pa.set_cpu_count(threads)  # which read ahead
    policy = subsidy.Catalogue(POLICIES).policy("bench/rules/r1")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "claims.parquet"
        pq.write_table(claims(data(rows), pa.decimal128(18, 2))["r1"], file, row_group_size=1 << 20)

        only = ["parts.grant", "parts.share"]

        def ours() -> list[int]:
            sums, batches = [0, 0], ds.dataset(file).to_batches()
            for answer in policy.calculate_batches(batches, threads=threads, only=only, sums="decimal64"):
                for at, column in enumerate(answer.columns[:2]):
                    sums[at] += int(np.frombuffer(column.buffers()[1], np.int64).sum())
            return sums

        grant = """case when floor_area < 500 then 0 else (least(floor_area, case when district_type = 'municipal'
            then 2000 else 1500 end) * 300)::decimal(18,2) end"""
        connection = duckdb.connect(config={"threads": threads})

        def by_duckdb() -> list[int]:
            sql = f"select sum(g), sum(greatest(cost - g, 0)) from (select cost, {grant} as g from '{file}')"  # noqa: S608
            return [int(each * 100) for each in connection.execute(sql).fetchone() or ()]

        def by_polars() -> list[int]:
            frame = pl.scan_parquet(file)
            area, cost = (pl.col(name).cast(pl.Decimal(18, 2)).to_physical() for name in ("floor_area", "cost"))
            area, cost = area.cast(pl.Int64), cost.cast(pl.Int64)
            cap = pl.when(pl.col("district_type") == "municipal").then(200_000).otherwise(150_000)
            paid = pl.when(area < 50_000).then(0).otherwise(pl.min_horizontal(area, cap) * 300)
            share = pl.max_horizontal(cost - paid, pl.lit(0))
            return list(frame.select(paid.alias("a").sum(), share.alias("b").sum()).collect().row(0))

        works = {"ours": ours, "Polars, int64": by_polars, "DuckDB, DECIMAL": by_duckdb}
        wanted = ours()
        assert all(work() == wanted for work in works.values()), {name: work() for name, work in works.items()}
        times: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(5):
            for name, work in works.items():
                begin = time.perf_counter()
                work()
                times[name].append(time.perf_counter() - begin)
        print(f"R1 from Parquet to a total, {rows:,} rows, {threads} thread{'s' * (threads > 1)}")
        for name, taken in times.items():
            middle = statistics.median(taken)
            speeds = (
                f"{rows / middle / 1e6:7.1f} M rows/s  ({rows / max(taken) / 1e6:.1f} – {rows / min(taken) / 1e6:.1f})"
            )
            print(f"  {name:20} {speeds:40} ours × {middle / statistics.median(times['ours']):.2f}")


def main() -> None:
    """Each number of threads in a process of its own: Polars is told once how many it has."""
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    options.add_argument("--parquet", action="store_true")
    asked = options.parse_args()
    if len(asked.threads) == 1:
        (parquet if asked.parquet else compare)(asked.rows, asked.threads[0])
        return
    more = ["--parquet"] if asked.parquet else []
    for threads in asked.threads:
        command = [sys.executable, __file__, "--rows", str(asked.rows), "--threads", str(threads), *more]
        environment = {**os.environ, "POLARS_MAX_THREADS": str(threads)}
        subprocess.run(command, check=True, env=environment)


if __name__ == "__main__":
    main()
