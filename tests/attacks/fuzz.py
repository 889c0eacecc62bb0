"""The fuzzer: python -m tests.attacks.fuzz [--count N] [--seed S] [--only TARGET] [--input FILE].

Every input follows from the seed and its number, so that a failure is repeated by the command that is printed with it.
An input that breaks something is kept in `kept/`, as a file called after its target.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, Final

from .targets import BY_NAME, TARGETS, Broken, Target, attempt

ROOT: Final = Path(__file__).parents[2]
EVIDENCE: Final = ROOT / "build" / "evidence" / "fuzz.json"
KEPT: Final = Path(__file__).parent / "kept"
BATCH: Final = 1_000


@dataclass
class Tally:
    """What a run of inputs met."""

    targets: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    failures: list[dict[str, str]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self.targets.total()

    def add(self, other: Tally) -> None:
        """Take in what another run met."""
        self.targets += other.targets
        self.accepted += other.accepted
        self.codes += other.codes
        self.slowest = max(self.slowest, other.slowest)
        self.failures += other.failures

    def line(self) -> str:
        """The run in one line."""
        took, name = self.slowest
        return (
            f"fuzz: {self.count} inputs, {self.accepted.total()} accepted, {len(self.codes)} codes met, "
            f"{len(self.failures)} failures, slowest {took * 1000:.0f} ms ({name})"
        )


def input_of(seed: int, number: int, only: str = "") -> tuple[Target, bytes]:
    """The input with a number: its target and its bytes."""
    rng = Random(f"{seed}/{number}")  # noqa: S311 – to be repeated, not to be secret
    target = BY_NAME[only] if only else rng.choices(TARGETS, [each.share for each in TARGETS])[0]
    return target, target.make(rng)


def run(seed: int, first: int, count: int, only: str = "") -> Tally:
    """Try inputs `first` to `first + count - 1`."""
    tally = Tally()
    for number in range(first, first + count):
        target, content = input_of(seed, number, only)
        begun = time.perf_counter()
        try:
            codes = attempt(target, content)
        except Broken as broken:
            codes = []
            _keep(tally, target, content, broken, f"--seed {seed} --first {number} --count 1", only)
        tally.slowest = max(tally.slowest, (time.perf_counter() - begun, f"{target.name} {seed}/{number}"))
        tally.targets[target.name] += 1
        tally.accepted[target.name] += not codes
        tally.codes.update(codes)
    return tally


def _keep(tally: Tally, target: Target, content: bytes, broken: Broken, again: str, only: str) -> None:
    named = f' --only "{only}"' if only else ""
    name = f"{target.name.replace(' ', '-')}-{hashlib.sha256(content).hexdigest()[:12]}"
    tally.failures.append(
        {
            "target": target.name,
            "what": str(broken),
            "again": f"python -m tests.attacks.fuzz {again}{named}",
            "kept": name,
            "input": content.hex(),
        }
    )


def batches(first: int, count: int) -> Iterator[tuple[int, int]]:
    """The numbers of inputs in pieces, each for one process at a time."""
    for begin in range(first, first + count, BATCH):
        yield begin, min(BATCH, first + count - begin)


def campaign(seed: int, first: int, count: int, only: str = "", jobs: int = 0) -> Tally:
    """A long run on all cores, with a progress bar on the standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    tally = Tally()
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        Progress(*columns, console=console, disable=not console.is_terminal) as progress,
        ProcessPoolExecutor(jobs or os.cpu_count(), mp_context=get_context("spawn")) as pool,
    ):
        bar = progress.add_task("", total=count)
        waiting = {pool.submit(run, seed, begin, size, only): size for begin, size in batches(first, count)}
        for done in as_completed(waiting):
            tally.add(done.result())
            progress.advance(bar, waiting[done])
    return tally


def evidence(tally: Tally, seed: int, seconds: float) -> dict[str, Any]:
    """A run as plain data, for whoever was not there."""
    return {
        "seed": seed,
        "inputs": tally.count,
        "targets": dict(sorted(tally.targets.items())),
        "accepted": dict(sorted(tally.accepted.items())),
        "codes": dict(sorted(tally.codes.items())),
        "slowest": {"seconds": round(tally.slowest[0], 4), "input": tally.slowest[1]},
        "seconds": round(seconds, 1),
        "failures": [{key: value for key, value in each.items() if key != "input"} for each in tally.failures],
    }


def _again(file: Path) -> str:
    """What one kept input meets."""
    target = next(each for each in TARGETS if file.name.startswith(each.name.replace(" ", "-") + "-"))
    return f"{target.name}: {', '.join(attempt(target, file.read_bytes())) or 'accepted'}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0, help="another one for other inputs; the day, unless given")
    parser.add_argument("--only", default="", choices=["", *BY_NAME])
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--input", type=Path, help="try one kept file")
    given = parser.parse_args()
    if given.input is not None:
        print(_again(given.input))
        return 0
    seed = given.seed or int(time.strftime("%Y%m%d"))
    begun = time.monotonic()
    tally = campaign(seed, given.first, given.count, given.only, given.jobs)
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    EVIDENCE.write_text(json.dumps(evidence(tally, seed, time.monotonic() - begun), indent=2) + "\n", "utf-8")
    for each in tally.failures:
        KEPT.mkdir(exist_ok=True)
        (KEPT / each["kept"]).write_bytes(bytes.fromhex(each["input"]))
        print(f"{each['target']}: {each['what']}\n  {each['again']}\n  kept: {each['kept']}")
    print(f"{tally.line()}, seed {seed}; {EVIDENCE.relative_to(ROOT)}")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
