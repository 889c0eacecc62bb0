"""Ten million rows of bench rule R1 from Parquet on Spark, on all cores of this machine, beside the runner in columns.

Each reads the same files and adds up the grant; the totals are compared to the fen. Spark starts once, before the clock
does, and its first round is shown apart: it compiles what it runs.

    python benchmarks/spark.py [--rows 10000000] [--rounds 1]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset
import pyarrow.parquet as pq

import subsidy

sys.path.insert(0, str(Path(__file__).parent))
from tables import POLICIES, claims, data

FILES = 8  # so that each core has some
BATCH = 1 << 19


def write(rows: int, folder: Path) -> None:
    """The claims in Parquet, as a bureau would have them: texts, a date, DECIMAL(18, 2)."""
    table = claims(data(rows), pa.decimal128(18, 2))["r1"]
    each = -(-rows // FILES)
    for place in range(FILES):
        pq.write_table(table.slice(place * each, each), folder / f"{place}.parquet", store_schema=False)


def in_columns(policy: subsidy.Policy, folder: Path) -> Decimal:
    """The total by the runner in columns."""
    total = Decimal(0)
    found = pyarrow.dataset.dataset(folder).to_batches(batch_size=BATCH)
    for answer in policy.calculate_batches(found, only=["parts.grant"], threads=os.cpu_count() or 1):
        total += pc.sum(answer["parts.grant"]).as_py() or 0
    return total


def timed(work: Callable[[], Decimal], rounds: int) -> tuple[Decimal, list[float]]:
    """What comes out, and the time of each round."""
    totals, times = set(), []
    for _ in range(rounds):
        begin = time.perf_counter()
        totals.add(work())
        times.append(time.perf_counter() - begin)
    (total,) = totals
    return total, times


def main() -> int:
    """The exit status: 1 where the totals differ."""
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--rounds", type=int, default=1)
    asked = options.parse_args()
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as f

    from subsidy.engines.spark import calculate

    policy = subsidy.Catalogue(POLICIES).policy("bench/rules/r1")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(asked.rows, folder)
        builder = SparkSession.builder.master("local[*]").config("spark.ui.enabled", "false")
        spark = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
        spark.sparkContext.setLogLevel("ERROR")

        def by_spark() -> Decimal:
            frame = calculate(spark.read.parquet(name), policy)
            return frame.agg(f.sum("`parts.grant`")).head()[0]

        def all_columns() -> Decimal:
            frame = calculate(spark.read.parquet(name), policy)
            sums = frame.agg(*(f.sum(f.hash(f"`{each}`")) for each in frame.columns), f.sum("`parts.grant`")).head()
            return sums[-1]

        works = {
            "Spark, to a total": by_spark,
            "Spark, every column computed": all_columns,
            "in columns, to a total": lambda: in_columns(policy, folder),
        }
        print(f"R1 from Parquet, {asked.rows:,} rows, {os.cpu_count()} cores")
        totals = set()
        for kind, work in works.items():
            total, (first, *times) = timed(work, asked.rounds + 1)
            totals.add(total)
            middle = statistics.median(times)
            print(f"  {kind:30} {asked.rows / middle / 1e6:6.1f} M rows/s  (first {first:.1f} s)  total {total:,} CNY")
        spark.stop()
    print("the totals are the same to the fen" if len(totals) == 1 else "the totals differ")
    return len(totals) > 1


if __name__ == "__main__":
    sys.exit(main())
