"""``python -m tests.faults [NAME …] [--n N] [--seed S] [--soak]``: faults done to a ledger, each with its control.

Without a name all of them. Evidence goes to build/evidence/faults/NAME.json; the exit status is 1 where something does
not hold, or a control was not caught.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from .evidence import EVIDENCE, ROOT, Outcome, Step, record


@dataclass(frozen=True)
class Fault:
    """A fault: the module whose ``run(seed, n, step)`` does it, and how often, by `make test`, `faults` and `soak`."""

    module: str
    short: int
    long: int
    longest: int

    def run(self, seed: int, n: int, step: Step) -> Outcome:
        """Do it `n` times."""
        outcome = import_module(f"tests.faults.{self.module}").run(seed, n, step)
        assert isinstance(outcome, Outcome)
        return outcome


FAULTS: Final = {
    "postgres": Fault("databases", 3, 50, 500),  # kills of the server, and as many cuts in a commit
    "replies": Fault("replies", 60, 2_000, 50_000),  # claims whose replies are cut, reset or late
    "clock": Fault("clocks", 3, 24, 200),  # processes with a clock and a time zone of their own
    "races": Fault("races", 640, 100_000, 200_000),  # claims on each store
    "simulation": Fault("simulation", 600, 100_000, 2_000_000),  # steps, in runs of a seed each
    "soak": Fault("soak", 600, 100_000, 1_000_000),  # determinations
}


def one(name: str, seed: int, n: int) -> bool:
    """Do one fault, with a progress bar on the standard error; whether all holds."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    begun = time.monotonic()
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task(name, total=n)
        outcome = FAULTS[name].run(seed, n, lambda: progress.advance(bar))
    found = record(name, seed, n, outcome, time.monotonic() - begun)
    print(f"{name}: {'holds' if outcome.holds else 'DOES NOT HOLD'}, n {n}, seed {seed}, {found['seconds']} s")
    for title, figures in (("", outcome.figures), ("control: ", outcome.control)):
        print(f"  {title}{', '.join(f'{key} {value}' for key, value in figures.items())}")
    for each in outcome.wrong[:20]:
        print(f"  wrong: {each}")
    print(f"  {(EVIDENCE / f'{name}.json').relative_to(ROOT)}", flush=True)
    return outcome.holds


def main() -> int:
    """The exit status: 1 where something does not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="*", metavar="NAME", help=", ".join(FAULTS))
    parser.add_argument("--n", type=int, help="how often")
    parser.add_argument("--seed", type=int, default=int(time.strftime("%Y%m%d")), help="the day, unless given")
    parser.add_argument("--soak", action="store_true", help="the longest form")
    given = parser.parse_args()
    if unknown := [each for each in given.name if each not in FAULTS]:
        parser.error(f"no fault: {', '.join(unknown)}")
    all_hold = True
    for name in given.name or FAULTS:
        fault = FAULTS[name]
        n = given.n or (fault.longest if given.soak else fault.long)
        all_hold &= one(name, given.seed, n)
    return not all_hold


if __name__ == "__main__":
    sys.exit(main())
