"""Ctrl-C, a full disk, a roster that breaks off: no half file, and what was there before stays as it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.faults.full import mounting

from subsidy.cli.exits import Exit

from .results import FORMS, SERVICE

ROOT = Path(__file__).resolve().parents[2]
BEFORE = b"what was there before"
# Leaves room for 40 kB.
FILL = """
import sys
from contextlib import suppress
with open(sys.argv[1] + "/ballast", "wb", buffering=0) as ballast:
    with suppress(OSError):
        while True:
            ballast.write(bytes(4096))
    ballast.truncate(ballast.tell() - 40_960)
"""
# Runs in a process of its own: on a small disk of its own, or with files that may not grow.
SCRIPT = """
import json, resource, subprocess, sys
from pathlib import Path
place, words, limit = Path(sys.argv[1]), sys.argv[2:-1], int(sys.argv[-1])
out = place / words[-1]
out.write_bytes(b"what was there before")
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
run = subprocess.run([*words[:-1], str(out)], capture_output=True, text=True)
left = sorted(each.name for each in place.iterdir())
print(json.dumps([run.returncode, run.stderr, left, out.read_bytes().decode("latin-1")]))
"""
# The command, also where the tests run behind a shell that ignores Ctrl-C.
HEEDING = """
import signal
from subsidy.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""


def roster(path: Path, rows: int) -> Path:
    """Claims of home service, as many as are wanted."""
    hours = pa.array(np.arange(rows) % 45 + 3)
    columns = {
        "beneficiary": pa.array(np.char.add("S", np.arange(rows).astype(str))),
        "month": pa.array(["2023-09"]).take(pa.array(np.zeros(rows, np.int64))),
        "hours": hours,
        "price": hours,
        "left_monthly": pa.array(np.full(rows, 1350)),
    }
    pq.write_table(pa.table(columns), path)
    return path


def words(given: Path, *more: str) -> list[str]:
    """The command, but for the file that is written."""
    return [sys.executable, "-m", "subsidy", "table", "calculate", str(given), "--policy", SERVICE, *more, "--out"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("how", ["a small disk", "a limit"])
def test_a_full_disk_leaves_what_was_there(form: str, how: str, tmp_path: Path) -> None:
    """Where there is no room for a result, it is said, and neither a half of it nor anything else is left."""
    before = mounting() if how == "a small disk" else ()
    if how == "a small disk" and not before:
        pytest.skip("this system lets nobody mount a file system")
    place = tmp_path / "disk"
    place.mkdir()
    given = roster(tmp_path / "roster.parquet", 20_000)
    limit = "0" if before else "30000"
    in_place = [*before, str(place)] if before else []
    code = (FILL if before else "") + SCRIPT
    run = subprocess.run(
        [*in_place, sys.executable, "-c", code, str(place), *words(given, "--lang", "en"), f"result{form}", limit],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    code_, said, left, kept = json.loads(run.stdout)
    reason = "No space left on device" if before else "File too large"
    assert (code_, kept.encode()) == (Exit.REQUEST, BEFORE)
    assert said == f"R0526 not-written  {place}/result{form}\n  {place}/result{form} cannot be written: {reason}\n"
    assert left == [*(["ballast"] if before else []), f"result{form}"]


STOPPED = {
    **dict.fromkeys(FORMS, ("calculate", "--policy", SERVICE)),
    "-rows.csv": ("what-if", "--policy", SERVICE, "--reading", "more_hours=first_45", "--against-reading",
                  "more_hours=as_served"),
}  # fmt: skip


@pytest.mark.parametrize("form", STOPPED)
def test_ctrl_c_leaves_what_was_there(form: str, tmp_path: Path) -> None:
    """Stopped in the middle, the command says so, leaves with 130, and no half file."""
    given = roster(tmp_path / "roster.parquet", 600_000 if form != ".xlsx" else 100_000)
    place = tmp_path / "out"
    place.mkdir()
    out = place / f"result{form}"
    out.write_bytes(BEFORE)
    command, *options = STOPPED[form]
    with subprocess.Popen(
        [sys.executable, "-c", HEEDING, "table", command, str(given), *options, "--lang", "en", "--out", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    ) as process:  # fmt: skip
        end = time.monotonic() + 60
        while time.monotonic() < end and _written(place) < 200_000 and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=60)
    assert (process.returncode, printed) == (Exit.STOPPED, "")
    assert said == f"stopped, and nothing is written; {out} is as it was\n"
    assert [each.name for each in place.iterdir()] == [out.name]
    assert out.read_bytes() == BEFORE


def _written(place: Path) -> int:
    """How much of a result is on disk so far, under whichever name."""
    total = 0
    for folder, _, names in os.walk(place):
        for name in names:
            try:
                total += (Path(folder) / name).stat().st_size
            except FileNotFoundError:
                continue
    return total - len(BEFORE)


@pytest.mark.parametrize("form", FORMS)
def test_a_roster_that_breaks_off_leaves_what_was_there(form: str, tmp_path: Path) -> None:
    """A file that cannot be read to its end gives no result of its beginning."""
    given = roster(tmp_path / "roster.parquet", 100_000)
    content = bytearray(given.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = bytes(2000)
    given.write_bytes(content)
    out = tmp_path / f"result{form}"
    out.write_bytes(BEFORE)
    run = subprocess.run([*words(given), str(out)], capture_output=True, text=True, check=False, cwd=ROOT)
    assert run.returncode == Exit.REQUEST, run.stderr
    assert run.stderr.startswith("R0555 unreadable-workbook")
    assert sorted(each.name for each in tmp_path.iterdir()) == [out.name, "roster.parquet"]
    assert out.read_bytes() == BEFORE
