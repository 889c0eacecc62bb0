"""The command over a table of faults: each is run, its figures are written down, and one line says what it came to."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from .evidence import Fault, failed, line, record


def command(about: str | None, faults: Mapping[str, Fault], folder: Path) -> int:
    """Run what the words of the command name, or all; 1 where something failed, or a control did not.

    Args:
        about: what the command is for.
        folder: of the evidence, unless the command says another one.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(faults))
    parser.add_argument("--n", type=int, default=0, help="how often, instead of what the fault has")
    parser.add_argument("--seed", type=int, default=0, help="the day, unless given")
    parser.add_argument("--soak", action="store_true", help="the longest form")
    parser.add_argument("--evidence", type=Path, default=folder, help="the folder of the figures")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in faults]:
        parser.error(f"no such fault: {', '.join(unknown)}; there are {', '.join(faults)}")
    seed, bad = given.seed or int(time.strftime("%Y%m%d")), 0
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    for name in given.names or faults:
        n, begun = given.n or faults[name].often[given.soak], time.monotonic()
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            figures = faults[name].run(n, seed, partial(_shown, progress, progress.add_task(name, total=None)))
        file = record(name, n, seed, time.monotonic() - begun, figures, given.evidence)
        bad += failed(figures)
        for each in figures["failures"][:20]:
            print(f"  {each}")
        print(f"{name}: n {n}, seed {seed}, {line(figures)}; {file}", flush=True)
    return 1 if bad else 0


def _shown(progress: Progress, bar: TaskID, done: int, of: int) -> None:
    progress.update(bar, completed=done, total=of)
