"""Ours from Parquet to Parquet: files that grow tenfold, and a month of a province.

Each is worked on by a fresh process, which says what it took; then every amount of the result is looked at.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import subsidy

from .arrow import claims, figures, hundredths
from .environments import ROOT
from .ours import POLICIES
from .protocol import memory
from .rows import Fen, data, reference, wrong

PIECE: Final = 1 << 17
ROUNDS: Final = 3
LONG: Final = 30_000_000  # rows from which on one run has to do
ELDERS: Final = 10_000_000
DETERMINED: Final = 200_000
HOME: Final = "cn/liaoning/shenyang/home-service"
READINGS: Final = {"fewer_hours": "as_served", "more_hours": "first_45"}
MONTH: Final = "2023-09"


def pieces(rows: int) -> Iterator[tuple[int, int]]:
    """The seed and the rows of each piece."""
    yield from ((seed, min(PIECE, rows - seed * PIECE)) for seed in range(-(-rows // PIECE)))


def write(path: Path, tables: Iterable[pa.Table]) -> None:
    """Tables as the row groups of a file."""
    writer = None
    for table in tables:
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=PIECE)
    if writer is not None:
        writer.close()


def names(prefix: str, seed: int, rows: int) -> pa.Array:
    """An identifier for each row."""
    numbers = np.arange(seed * PIECE, seed * PIECE + rows).astype(str)
    return pa.array(np.char.add(prefix, numbers))


def projects(seed: int, rows: int) -> pa.Table:
    """Claims of R1, each by a project of its own."""
    table = claims(data(rows, seed), pa.decimal128(18, 2))["r1"]
    return table.set_column(0, "project", names("P", seed, rows))


def hours_of(seed: int, rows: int) -> tuple[Fen, Fen]:
    """Quarter hours to 60, and prices of 15.00 to 60.00: in hundredths."""
    draw = np.random.default_rng(seed).integers
    return draw(0, 241, rows) * 25, draw(1500, 6001, rows)


def elders(seed: int, rows: int) -> pa.Table:
    """Claims of home service: a month of so many persons, who had nothing yet in it."""
    kind = pa.decimal128(18, 2)
    hours, price = hours_of(seed, rows)
    columns = {"hours": hours, "price": price, "left_monthly": np.full(rows, 135_000)}
    return pa.table(
        {
            "beneficiary": names("E", seed, rows),
            "month": pa.array([MONTH]).dictionary_encode().take(pa.array(np.zeros(rows, np.int8))),
            **{name: hundredths(column, kind) for name, column in columns.items()},
        }
    )


def due(seed: int, rows: int) -> list[Fen]:
    """What they are to get, in fen: 45 hours count at most."""
    hours, price = hours_of(seed, rows)
    return [np.minimum((np.minimum(hours, 4500) * price + 50) // 100, 135_000)]


def looked_at(out: Path, rows: int, columns: list[str], right: Callable[[int, int], list[Fen]]) -> int:
    """How many amounts of a result are wrong, whatever its row groups."""
    wanted = (right(*piece) for piece in pieces(rows))
    ahead = [np.empty(0, np.int64) for _ in columns]
    count = seen = 0
    for batch in pq.ParquetFile(out).iter_batches(PIECE, columns=columns):
        got, size = figures(pa.Table.from_batches([batch])), len(batch)
        while len(ahead[0]) < size:
            ahead = [np.concatenate(each) for each in zip(ahead, next(wanted), strict=True)]
        count += wrong(got, [each[:size] for each in ahead])[0]
        ahead, seen = [each[size:] for each in ahead], seen + size
    assert seen == rows
    return count


# — in a process of its own —


def through_library(given: str, out: str) -> None:
    """R1, batch by batch."""
    policy = subsidy.Catalogue(POLICIES).policy("bench/rules/r1")
    batches = pq.ParquetFile(given, pre_buffer=False).iter_batches(PIECE)  # which would hold all that was read
    answers = policy.calculate_batches(batches, threads=os.cpu_count() or 1)
    write(Path(out), (pa.Table.from_batches([each]) for each in answers))


def through_command(given: str, out: str) -> None:
    """The roster of a month, by the command."""
    from subsidy.cli import main as command

    chosen = [word for name, value in READINGS.items() for word in ("--reading", f"{name}={value}")]
    sys.argv[1:] = ["table", "calculate", given, "--policy", HOME, "--out", out, *chosen, "--json"]
    with contextlib.suppress(SystemExit):  # every command ends so; what it wrote is looked at
        command()


def determined(rows: str, folder: str) -> None:
    """A roster decided and recorded, each claim under its cap, in a ledger of SQLite."""
    from subsidy.cli.demo_ledger import SCOPE, adopted
    from subsidy.ledger import Ledger, Roster
    from subsidy.ledger.determining import Claim

    catalogue = adopted(Path(folder))
    made = [
        Claim(HOME, {"beneficiary": f"E{who}", "month": MONTH, "hours": str(5 + who % 45), "price": "30"}, {})
        for who in range(int(rows))
    ]
    begun = _spent()
    with Ledger(f"sqlite:///{folder}/ledger.db", SCOPE, catalogue) as ledger:
        roster = Roster(MONTH, catalogue.policy(HOME, on="2023-09-01"), made)
        count = sum(1 for _ in ledger.determine_roster(roster, made))
    assert count == int(rows)
    size = (Path(folder) / "ledger.db").stat().st_size
    print(json.dumps({"bytes": size, **_told(begun)}))


WORKS: Final = {"library": through_library, "command": through_command, "determined": determined}


def _spent() -> tuple[float, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def _told(begun: tuple[float, float]) -> dict[str, float]:
    now = _spent()
    seconds, core_seconds = (round(after - before, 3) for before, after in zip(begun, now, strict=True))
    return {"seconds": seconds, "core_seconds": core_seconds, "MB": round(memory("VmHWM"), 1)}


def child(*words: str) -> dict[str, float]:
    """What a process of its own says of its work."""
    run = [sys.executable, "-m", "benchmarks.peers.scale", *words]
    found: dict[str, float] = json.loads(subprocess.check_output(run, text=True, cwd=ROOT).splitlines()[-1])
    print(f"{words[0]:12} {found['seconds']:8.2f} s {found['MB']:8.0f} MB", file=sys.stderr)
    return found


# — what is measured —


def sizes(rows: list[int]) -> dict[str, Any]:
    """R1 through files of so many rows."""
    found = []
    for count in rows:
        with tempfile.TemporaryDirectory() as folder:
            given, out = Path(folder) / "claims.parquet", Path(folder) / "answers.parquet"
            write(given, (projects(*piece) for piece in pieces(count)))
            runs = [child("library", str(given), str(out)) for _ in range(ROUNDS if count < LONG else 1)]
            columns = ["parts.grant", "parts.share"]
            count_wrong = looked_at(out, count, columns, lambda seed, size: reference(data(size, seed), "r1"))
            file = {"given_MB": megabytes(given), "out_MB": megabytes(out)}
        found.append({"rows": count, "runs": runs, "wrong": count_wrong, "amounts": 2 * count, **file})
    return {"sizes": found}


def megabytes(path: Path) -> float:
    """The size of a file."""
    return round(path.stat().st_size / 1e6, 2)


def province(elders_: int = ELDERS, determined_: int = DETERMINED) -> dict[str, Any]:
    """A month of a province: its roster through the command, and a part of it into a ledger."""
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "month.parquet", Path(folder) / "result.parquet"
        write(given, (elders(*piece) for piece in pieces(elders_)))
        runs = [child("command", str(given), str(out)) for _ in range(ROUNDS)]
        found = looked_at(out, elders_, ["amount"], due)
        files = {"given_MB": megabytes(given), "out_MB": megabytes(out)}
    with tempfile.TemporaryDirectory() as folder:
        ledger = child("determined", str(determined_), folder)
    return {"rows": elders_, "runs": runs, "wrong": found, **files, "ledger": {"rows": determined_, **ledger}}


if __name__ == "__main__":
    at = _spent()
    name, *words = sys.argv[1:]
    WORKS[name](*words)
    if name != "determined":
        print(json.dumps(_told(at)))
