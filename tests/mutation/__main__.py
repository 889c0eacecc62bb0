"""Mutation testing: python -m tests.mutation [MODULE …] [--jobs N] [--list].

Each mutant of the modules that a payment's proof and its caps rest on is tried by the tests of that module. One that no
test notices is explained in survivors.toml, as changing nothing, or it is a finding.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from . import trials
from .mutants import Mutant, mutants
from .survivors import survivors

EVIDENCE: Final = trials.ROOT / "build" / "evidence" / "mutants.json"
SOURCE: Final = trials.ROOT / "src" / "subsidy" / "ledger"
_CAPS: Final = ("tests/ledger/test_caps.py", "-k", "not postgres")
TESTS: Final[dict[str, tuple[str, ...]]] = {
    "merkle": ("tests/ledger/test_proofs.py", "tests/ledger/test_merkle.py", "-k", "not every_proof_of and not tiles"),
    "tree": ("tests/ledger/test_tree.py", "tests/ledger/test_merkle.py::test_tiles_are_the_plain_tree"),
    "notes": ("tests/ledger/test_notes.py", "-k", "not postgres"),
    "holding": _CAPS,
    "claims": _CAPS,
}  # the quick ones first
SECONDS: Final = 12.0  # of tests that take five


class Outcome(NamedTuple):
    """What became of a mutant: killed, or survived; a trial without an end is killed by the clock."""

    mutant: Mutant
    how: str
    seconds: float

    @property
    def is_killed(self) -> bool:
        return self.how != "survived"


def tried(made: Sequence[Mutant], jobs: int) -> Iterator[Outcome]:
    """Every mutant tried, some at a time."""
    waiting, running = list(reversed(made)), dict[int, tuple[Mutant, float]]()
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            child = trials.begin(f"subsidy.ledger.{mutant.module}", mutant.source, TESTS[mutant.module])
            running[child] = mutant, time.monotonic()
        over = trials.ended({child: begun + SECONDS for child, (_, begun) in running.items()})
        if over is None:
            time.sleep(0.01)
            continue
        child, code = over
        mutant, begun = running.pop(child)
        how = "no end" if code is None else "survived" if code == 0 else "killed"
        yield Outcome(mutant, how, time.monotonic() - begun)


def sound(modules: Sequence[str]) -> Iterator[str]:
    """The modules whose tests do not pass as they are: then a mutant that they fail says nothing."""
    for module in modules:
        source = (SOURCE / f"{module}.py").read_text("utf-8")
        child = trials.begin(f"subsidy.ledger.{module}", source, TESTS[module])
        while (over := trials.ended({child: time.monotonic() + SECONDS})) is None:
            time.sleep(0.01)
        if over[1] != 0:
            yield module


def main() -> int:
    """Try all, print what came of it, and write it down; 1 where a survivor is not explained."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(TESTS), metavar="MODULE", help=", ".join(TESTS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="trials at a time")
    parser.add_argument("--list", action="store_true", help="only list the mutants")
    args = parser.parse_args()
    if unknown := set(args.modules) - set(TESTS):
        parser.error(f"no module here: {', '.join(sorted(unknown))}")
    made = [each for name in args.modules for each in mutants(name, (SOURCE / f"{name}.py").read_text("utf-8"))]
    if args.list:
        print(
            *(f"{each.module}:{each.number} {each.operator}: {each.line} → {each.becomes}" for each in made), sep="\n"
        )
        return 0
    trials.prepare()
    if broken := list(sound(args.modules)):
        print(f"the tests of {', '.join(broken)} fail without any fault", file=sys.stderr)
        return 2
    outcomes = list(_watched(made, args.jobs))
    return _said(args.modules, outcomes)


def _watched(made: Sequence[Mutant], jobs: int) -> Iterator[Outcome]:
    """The outcomes, behind a progress bar on the standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=len(made))
        for outcome in tried(made, jobs):
            progress.advance(bar)
            if not outcome.is_killed:
                progress.console.print(f"{outcome.mutant.module}:{outcome.mutant.number} survived", highlight=False)
            yield outcome


def _said(modules: Sequence[str], outcomes: Sequence[Outcome]) -> int:
    explained = {each.key: each.why for each in survivors() if each.module in modules}
    open_ = [each for each in outcomes if not each.is_killed and each.mutant.key not in explained]
    alive = {each.mutant.key for each in outcomes if not each.is_killed}
    stale = [key for key in explained if key not in alive]
    figures = dict[str, Any]()
    for module in modules:
        of_it = [each for each in outcomes if each.mutant.module == module]
        killed = sum(each.is_killed for each in of_it)
        same = sum(not each.is_killed and each.mutant.key in explained for each in of_it)
        share = 100 * killed / max(1, len(of_it))
        figures[module] = {
            "mutants": len(of_it), "killed": killed, "by the clock": sum(each.how == "no end" for each in of_it),
            "explained": same, "not explained": len(of_it) - killed - same, "percent": round(share, 1),
        }  # fmt: skip
        print(f"{module}: {killed} of {len(of_it)} killed ({share:.1f} %), {same} of the rest explained")
    for each in open_:
        print(f"{each.mutant.module}.py:{each.mutant.number} {each.mutant.within}: survived, {each.mutant.operator}")
        print(f"  {each.mutant.line}\n→ {each.mutant.becomes}")
    for key in stale:
        print(f"survivors.toml: {' / '.join(key)}: there is no such survivor")
    _keep(figures, outcomes, explained)
    return 1 if open_ or stale else 0


def _keep(
    figures: dict[str, Any], outcomes: Sequence[Outcome], explained: dict[tuple[str, str, str, str], str]
) -> None:
    found = {
        "command": "python -m tests.mutation",
        "tests": {module: list(TESTS[module]) for module in figures},
        "modules": figures,
        "survivors": [
            {
                "module": each.mutant.module, "line number": each.mutant.number, "operator": each.mutant.operator,
                "line": each.mutant.line, "becomes": each.mutant.becomes,
                "why": explained.get(each.mutant.key, "not explained"),
            }
            for each in outcomes if not each.is_killed
        ],
        "seconds": round(sum(each.seconds for each in outcomes), 1),
    }  # fmt: skip
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    Path(EVIDENCE).write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
