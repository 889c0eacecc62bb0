"""Rosters through files: bench rule R1, from CSV, Parquet and workbooks into the same, each in a fresh process.

Rows a second from the start of the work to the file on disk, and the most memory that the process took.

    python benchmarks/files.py [ROWS] [ROWS OF A WORKBOOK]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

POLICIES = Path(__file__).parent / "policies"
ROWS, ROWS_OF_A_BOOK = 1_000_000, 100_000
PIECE = 1_000_000


def table(begin: int, rows: int) -> pa.Table:
    """Claims of R1 as columns of text, one in a thousand with an area that is none."""
    random = np.random.default_rng(begin)
    days = np.datetime64("2021-01-01") + random.integers(0, 365, rows)
    area = (random.integers(0, 400_000, rows) / 100).round(2).astype(str).astype(object)
    area[::1000] = "未测"
    return pa.table(
        {
            "project": pa.array(np.char.add("P", np.arange(begin, begin + rows).astype(str))),
            "on": pa.array(days.astype(str)),
            "district_type": pa.array(np.array(["municipal", "county"])[random.integers(0, 2, rows)]),
            "floor_area": pa.array(area, pa.string()),
            "cost": pa.array((random.integers(0, 10**9, rows) / 100).round(2).astype(str)),
            "remark": pa.array(np.array(["", "none", "by hand"])[random.integers(0, 3, rows)]),
        }
    )


def make(path: Path, rows: int) -> None:
    """A roster of so many rows."""
    if path.suffix == ".xlsx":
        import xlsxwriter

        with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            made = table(0, rows)
            for number, row in enumerate([made.column_names, *(list(each.values()) for each in made.to_pylist())]):
                for column, cell in enumerate(row):
                    sheet.write_string(number, column, cell)
        return
    first = table(0, 1)
    options = pa_csv.WriteOptions(quoting_style="none")
    with path.open("wb") as file:
        of_csv = path.suffix == ".csv"
        writer = pa_csv.CSVWriter(file, first.schema, write_options=options) if of_csv else None
        other = None if of_csv else pq.ParquetWriter(file, first.schema)
        for begin in range(0, rows, PIECE):
            some = table(begin, min(PIECE, rows - begin))
            (writer or other).write(some)
        (writer or other).close()


def work(given: Path, out: Path) -> None:
    """One roster, in this process; its figures as JSON."""
    import subsidy
    from subsidy.sheets.reading import read
    from subsidy.tables.calculating import calculate

    policy = subsidy.Catalogue(POLICIES).policy("bench/rules/r1")
    start = time.perf_counter()
    outcome = calculate(read(given, policy, carried=["*"]), out, threads=2)
    seconds = time.perf_counter() - start
    status = Path("/proc/self/status").read_text()  # of this program alone; getrusage counts what started it, too
    most = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
    total = outcome.total
    assert total.rows == total.computed + total.wrong
    print(json.dumps({"rows": total.rows, "seconds": seconds, "MB": most, "amount": str(total.low["amount"])}))


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    of_a_book = int(sys.argv[2]) if len(sys.argv) > 2 else ROWS_OF_A_BOOK
    with tempfile.TemporaryDirectory() as made:
        for suffix, count in ((".csv", rows), (".parquet", rows), (".xlsx", of_a_book)):
            given, out = Path(made) / f"roster{suffix}", Path(made) / f"result{suffix}"
            make(given, count)
            words = [sys.executable, __file__, "--one", str(given), str(out)]
            found = json.loads(subprocess.check_output(words, text=True))
            size = out.stat().st_size / 1e6
            rate = found["rows"] / found["seconds"]
            print(
                f"{suffix:9} {found['rows']:>12,} rows {found['seconds']:8.2f} s {rate:>12,.0f} rows/s "
                f"{found['MB']:8.0f} MB of memory {size:8.1f} MB of file  {found['amount']} CNY"
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        work(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
