"""Mutation testing: python -m tests.mutation [MODULE …] [--jobs N] [--list].

Each mutant of the modules that a payment's proof and its caps rest on is tried by the tests of that module. One that no
test notices is explained in survivors.toml, as changing nothing, or it is a finding.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from . import trials
from .mutants import Mutant, mutants
from .survivors import survivors

EVIDENCE: Final = trials.ROOT / "build" / "evidence" / "mutants.json"
SOURCE: Final = trials.ROOT / "src" / "subsidy" / "ledger"
_CAPS: Final = ("tests/ledger/test_claims.py", "tests/ledger/test_caps.py", "-k", "not postgres")
TESTS: Final[dict[str, tuple[str, ...]]] = {
    "merkle": ("tests/ledger/test_proofs.py", "tests/ledger/test_merkle.py", "-k", "not every_proof_of and not tiles"),
    "tree": ("tests/ledger/test_tree.py", "tests/ledger/test_merkle.py::test_tiles_are_the_plain_tree"),
    "notes": ("tests/ledger/test_notes.py", "-k", "not postgres"),
    "holding": _CAPS,
    "claims": _CAPS,
    "earlier": _CAPS,
}  # the quick ones first
TIMES: Final = 2  # as much work as the tests of a module are without a fault, and a second, is no end
WAIT: Final = 600.0  # seconds, for a trial that does not work but waits


class Outcome(NamedTuple):
    """What became of a mutant: killed, or survived; one without an end is killed, too. Seconds are of a processor."""

    mutant: Mutant
    how: str
    seconds: float

    @property
    def is_killed(self) -> bool:
        return self.how != "survived"


def tried(made: Sequence[Mutant], jobs: int, work: Mapping[str, float]) -> Iterator[Outcome]:
    """Every mutant tried, some at a time.

    Args:
        work: what the tests of each module take without a fault.
    """
    waiting, running = list(reversed(made)), dict[int, tuple[Mutant, float]]()
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            most = math.ceil(TIMES * work[mutant.module]) + 1
            child = trials.begin(f"subsidy.ledger.{mutant.module}", mutant.source, TESTS[mutant.module], most)
            running[child] = mutant, time.monotonic()
        over = trials.ended({child: begun + WAIT for child, (_, begun) in running.items()})
        if over is None:
            time.sleep(0.01)
            continue
        mutant, _ = running.pop(over.process)
        how = "no end" if over.code is None else "survived" if over.code == 0 else "killed"
        yield Outcome(mutant, how, over.worked)


def sound(modules: Sequence[str]) -> Iterator[tuple[str, float]]:
    """What the tests of each module take as it is; endless where they fail, as then those of a mutant say nothing."""
    for module in modules:
        source = (SOURCE / f"{module}.py").read_text("utf-8")
        child = trials.begin(f"subsidy.ledger.{module}", source, TESTS[module], int(WAIT))
        while (over := trials.ended({child: time.monotonic() + WAIT})) is None:
            time.sleep(0.01)
        yield module, over.worked if over.code == 0 else math.inf


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
    work = dict(sound(args.modules))
    if broken := [module for module, seconds in work.items() if seconds == math.inf]:
        print(f"the tests of {', '.join(broken)} fail without any fault", file=sys.stderr)
        return 2
    outcomes = list(_watched(made, args.jobs, work))
    return _said(args.modules, outcomes)


def _watched(made: Sequence[Mutant], jobs: int, work: Mapping[str, float]) -> Iterator[Outcome]:
    """The outcomes, behind a progress bar on the standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=len(made))
        for outcome in tried(made, jobs, work):
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
    """Write down what came of each module, beside what was found of the others before."""
    modules: dict[str, Any] = json.loads(EVIDENCE.read_text("utf-8"))["modules"] if EVIDENCE.exists() else {}
    for module, found in figures.items():
        of_it = [each for each in outcomes if each.mutant.module == module]
        modules[module] = {
            **found,
            "tests": list(TESTS[module]),
            "seconds": round(sum(each.seconds for each in of_it), 1),
            "survivors": [
                {
                    "line number": each.mutant.number, "operator": each.mutant.operator, "line": each.mutant.line,
                    "becomes": each.mutant.becomes, "why": explained.get(each.mutant.key, "not explained"),
                }
                for each in of_it if not each.is_killed
            ],
        }  # fmt: skip
    kept = {
        "command": "python -m tests.mutation",
        "modules": {each: modules[each] for each in TESTS if each in modules},
    }
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    EVIDENCE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
