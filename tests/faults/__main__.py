"""The faults that a ledger is put under: python -m tests.faults [NAME…] [--n N] [--seed S] [--soak].

Each writes its figures into build/evidence/faults, and has a control that must lose something, or the search is blind.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from . import clocks, databases, full, kill, power, races, replies, simulation, soak, syscalls, traced
from .evidence import FOLDER, Fault, failed, line, record

FAULTS: Final[dict[str, Fault]] = {
    "kill": Fault(kill.run, (200, 1_000)),  # kills of a serving process
    "power": Fault(power.run, (100_000, 1_000_000)),  # crash images
    "syscalls": Fault(syscalls.run, (1, 4)),  # every n, so often
    "traced": Fault(traced.run, (12, 1)),  # every so many writes
    "full": Fault(full.run, (20, 200)),  # rounds on a full disk
    "postgres": Fault(databases.run, (50, 500)),  # kills of the server, and twice as many cuts in a commit
    "replies": Fault(replies.run, (2_000, 50_000)),  # claims whose replies are cut, reset or late
    "clock": Fault(clocks.run, (24, 200)),  # processes with a clock and a time zone of their own
    "races": Fault(races.run, (100_000, 200_000)),  # claims on each store
    "simulation": Fault(simulation.run, (40_000, 2_000_000)),  # steps, in runs of a seed each
    "soak": Fault(soak.run, (100_000, 1_000_000)),  # determinations
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FAULTS))
    parser.add_argument("--n", type=int, default=0, help="how often, instead of what the fault has")
    parser.add_argument("--seed", type=int, default=0, help="the day, unless given")
    parser.add_argument("--soak", action="store_true", help="the longest form")
    parser.add_argument("--evidence", type=Path, default=FOLDER, help="the folder of the figures")
    given = parser.parse_args()
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # that a server is gone is what is done here
    if unknown := [name for name in given.names if name not in FAULTS]:
        parser.error(f"no such fault: {', '.join(unknown)}; there are {', '.join(FAULTS)}")
    seed, bad = given.seed or int(time.strftime("%Y%m%d")), 0
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    for name in given.names or FAULTS:
        n, begun = given.n or FAULTS[name].often[given.soak], time.monotonic()
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            figures = FAULTS[name].run(n, seed, partial(_shown, progress, progress.add_task(name, total=None)))
        file = record(name, n, seed, time.monotonic() - begun, figures, given.evidence)
        bad += failed(figures)
        for each in figures["failures"][:20]:
            print(f"  {each}")
        print(f"{name}: n {n}, seed {seed}, {line(figures)}; {file}", flush=True)
    return 1 if bad else 0


def _shown(progress: Progress, bar: TaskID, done: int, of: int) -> None:
    progress.update(bar, completed=done, total=of)


if __name__ == "__main__":
    sys.exit(main())
