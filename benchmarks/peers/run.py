"""Ours beside other engines, on the same rules and rows: all take turns, every amount is looked at, pages are written.

    python -m benchmarks.peers.run                              everything: docs/performance.json, both pages, charts
    python -m benchmarks.peers.run --only ours duckdb --rows 100000 --rounds 1      a look: nothing is written
    python -m benchmarks.peers.run --sizes 1000000 10000000 100000000               the largest size, too
    python -m benchmarks.peers.run --parts peers                the engines anew; the rest as it was measured before
    python -m benchmarks.peers.run --parts                      nothing anew: the pages and charts once more

Each engine is run by the Python of an environment of its own, which is made when it is first asked for; one that cannot
be installed is named in the pages, with the reason. A round is a fresh process of each, in another order each time,
ours first and last in turn: ratios are of what was measured in the same round.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from subsidy.cli.watching import watching
from subsidy.text import Text

from . import pages, scale
from .environments import NAMES, ROOT, MissingError, interpreter
from .figures import said_round

RESULTS = ROOT / "docs" / "performance.json"
PARTS = ["peers", "sizes", "province"]
FRESH = 3  # processes in a round that start, answer once and end
ANSWER = [37_036_800, 62_963_201]


def call(python: Path, *words: str) -> str:
    """What a command prints."""
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": ""}
    run = subprocess.run([str(python), *words], check=False, capture_output=True, text=True, cwd=ROOT, env=quiet)
    if run.returncode:
        raise RuntimeError(f"{words}: {run.stderr[-3000:]}")
    return run.stdout


def fresh(python: Path, *words: str) -> tuple[list[float], str]:
    """The milliseconds that a fresh process takes: the median, the least, the most; and what it prints."""
    times, said = list[float](), ""
    for _ in range(FRESH):
        begun = time.perf_counter()
        said = call(python, *words)
        times.append((time.perf_counter() - begun) * 1000)
    return [round(each, 2) for each in (statistics.median(times), min(times), max(times))], said


def turns(names: list[str], number: int) -> list[str]:
    """The order of a round: ours first and last in turn, the others each at another place."""
    others = [name for name in names if name != "ours"]
    at = number % max(len(others), 1)
    others = others[at:] + others[:at]
    return others if len(others) == len(names) else [*others, "ours"] if number % 2 else ["ours", *others]


def measured(name: str, python: Path, rows: int, seconds: float) -> dict[str, Any]:
    """One engine in one round."""
    module = f"benchmarks.peers.{name}"
    found: dict[str, Any] = json.loads(
        call(python, "-m", module, "--rows", str(rows), "--seconds", str(seconds)).splitlines()[-1]
    )
    found["fresh"], said = fresh(python, "-m", module, "--once")
    found["once"] = json.loads(said.splitlines()[-1]) == ANSWER
    return found


def rounds(asked: argparse.Namespace) -> dict[str, Any]:
    """All rounds of all engines."""
    pythons, missing = dict[str, Path](), dict[str, str]()
    for name in asked.only or NAMES:
        try:
            pythons[name] = interpreter(name)
        except MissingError as error:
            missing[name] = str(error)
            print(f"{name}: {error}", file=sys.stderr)
    found: dict[str, list[Any]] = {name: [] for name in pythons}
    bare, total = list[Any](), asked.rounds * len(pythons)
    with watching(Text("逐一测试", "engines in turn"), hidden=False) as tick:
        for number in range(asked.rounds):
            bare.append(fresh(Path(sys.executable), "-c", "pass")[0])
            for name in turns(list(pythons), number):
                try:
                    found[name].append(measured(name, pythons[name], asked.rows, asked.seconds))
                except RuntimeError as error:
                    if name == "ours":
                        raise
                    print(error, file=sys.stderr)
                    missing[name] = "it did not run"
                tick(sum(map(len, found.values())), total)
            print(said_round(found, number), file=sys.stderr)
    whole = {name: each for name, each in found.items() if len(each) == asked.rounds}
    return {"rows": asked.rows, "rounds": asked.rounds, "engines": whole, "missing": missing, "bare": bare}


def machine() -> dict[str, Any]:
    """Where it was measured: nothing by which the machine could be found."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "on": dt.datetime.now(dt.UTC).date().isoformat(),
        "processor": model or platform.machine(),
        "cores": os.cpu_count(),
        "GiB": round(memory),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def kept(found: dict[str, Any]) -> str:
    """Results as they are kept: a list of figures on one line."""
    text = json.dumps(found, indent=1, ensure_ascii=False)
    return re.sub(r"\[\s+([^][{}]*?)\s+\]", lambda each: f"[{' '.join(each[1].split())}]", text) + "\n"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000, help="of every table")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=1.5, help="that each rule of each engine takes in a round")
    options.add_argument("--only", nargs="+", choices=NAMES, default=[], help="these alone; nothing is written")
    options.add_argument("--sizes", "--scale", type=int, nargs="*", default=[10**6, 10**7], help="rows of files")
    options.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS, help="what is measured anew")
    options.add_argument("--shared", action="store_true", help="the machine has other work, too: the pages say so")
    asked = options.parse_args()
    if asked.only:
        rounds(asked)
        return
    found: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    works: dict[str, Callable[[], dict[str, Any]]] = {
        "peers": lambda: rounds(asked),
        "sizes": lambda: scale.sizes(asked.sizes),
        "province": scale.province,
    }
    for part in asked.parts:
        found[part] = {"machine": {**machine(), "shared": asked.shared}, **works[part]()}
    RESULTS.write_text(kept(found), "utf-8")
    if found.keys() >= set(PARTS):
        pages.write(found)
    else:
        print(f"no pages yet: {RESULTS.name} has to have {', '.join(PARTS)}", file=sys.stderr)


if __name__ == "__main__":
    main()
