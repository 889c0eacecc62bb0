"""An error, or the end, at the n-th operation of the disk, for every n that there is.

Operations are those that SQLite has of the ledger's file and its journal: create, write, sync, truncate, unlink. Errors
come from the disk under a run in this process; after each, what it acknowledged is looked for in what is there, and in
what may be left once the power is lost later. The end is SIGKILL, in a process of its own that was forked for it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

import apsw
from tests.ledger.support import bureau

import subsidy
from subsidy.errors import SubsidyError

from .audit import audited
from .disk import Disk, Event
from .driver import over
from .evidence import ROOT, Figures, Tick
from .power import MEMORY, Run, judge
from .scenario import Caller, asked_again, claims, opened

OPERATIONS: Final = ("create", "write", "sync", "truncate", "unlink")
IMAGES: Final = 8
SCENARIOS: Final = ("asked", "made")  # of a ledger that is there, and of one that is not
DEAF: Final = "EIO, unheard"
# what the disk says, and how often from the n-th operation on
_FULL: Final = ("create", "write", "truncate")  # of which a full disk complains
FAULTS: Final[dict[str, tuple[type[apsw.Error] | None, int, tuple[str, ...]]]] = {
    "SIGKILL": (None, 1, OPERATIONS),
    "EIO": (apsw.IOError, 1, OPERATIONS),
    "EIO from then on": (apsw.IOError, 1_000_000, OPERATIONS),
    "ENOSPC": (apsw.FullError, 1, _FULL),
    "ENOSPC from then on": (apsw.FullError, 1_000_000, _FULL),
    DEAF: (apsw.IOError, 1, ("sync",)),
}


@dataclass
class Nth:
    """A fault at the n-th operation.

    Attributes:
        error: what is raised; None to end the process.
        only: the operations that it may come over.
        met: those that it came over.
    """

    n: int
    error: type[apsw.Error] | None
    times: int = 1
    only: tuple[str, ...] = OPERATIONS
    count: int = 0
    met: list[str] = field(default_factory=list)

    def __call__(self, kind: str) -> None:
        if kind not in self.only:
            return
        self.count += 1
        if self.n <= self.count < self.n + self.times:
            if self.error is None:
                os.kill(os.getpid(), signal.SIGKILL)
                return
            self.met.append(kind)
            error: Any = self.error(kind)
            error.extendedresult = apsw.SQLITE_FULL if self.error is apsw.FullError else apsw.SQLITE_IOERR
            raise error


@dataclass
class Result:
    """What a run under a fault came to."""

    run: Run
    met: list[str]
    refused: list[str]
    wrong: list[str]


class Bench:
    """A folder with a ledger to begin with, of which each run has a copy."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.catalogue = folder, bureau(folder)
        self.base = folder / "base"
        self.base.mkdir()
        with opened(self.base, self.catalogue) as ledger:
            Caller().ask(ledger, claims(0, 3))

    def fresh(self, name: str, scenario: str) -> Path:
        """A folder for a run."""
        place = self.folder / name
        shutil.rmtree(place, ignore_errors=True)
        if scenario == "made":
            place.mkdir()
        else:
            shutil.copytree(self.base, place)
        return place


def perform(place: Path, catalogue: subsidy.Catalogue, disk: Disk, caller: Caller) -> list[str]:
    """Open a ledger, ask it and close it, whatever happens to its disk; what was said where it could not be opened."""
    try:
        with over(disk, place), opened(place, catalogue) as ledger:
            caller.told("opened", b"")
            caller.ask(ledger, claims(3, 1))
            caller.ask(ledger, claims(4, 2))
    except SubsidyError as error:
        return [each.code for each in error.problems]
    return []


def under(bench: Bench, place: Path, fault: Nth, *, is_deaf: bool = False) -> Result:
    """A run in this process, over a disk that has a fault."""
    base = {each.name: each.read_bytes() for each in place.glob("ledger.db*") if each.suffix != ".lock"}
    base = {name: content for name, content in base.items() if name in ("ledger.db", "ledger.db-journal")}
    disk = Disk(fault, is_deaf=is_deaf)
    caller = Caller(told=lambda request, _: disk.done(Event("answer", request)), again=1)
    wrong = []
    try:
        refused = perform(place, bench.catalogue, disk, caller)
    except Exception as error:  # noqa: BLE001 – it must be a refusal in the ledger's own words
        refused, wrong = [], [f"{type(error).__name__}: {error}"]
    run = Run(disk.events, caller.asked, caller.answers, caller.wrong, base, disk.failed_at or 0)
    return Result(run, fault.met, refused + caller.faults, wrong + caller.wrong)


def looked_at(bench: Bench, place: Path, result: Result) -> list[str]:
    """What is wrong with the ledger that was left: what was acknowledged is there, and the rest can be asked for."""
    file, answers = place / "ledger.db", result.run.answers
    is_made = any(each.kind == "answer" for each in result.run.events)
    if not file.exists() or not file.stat().st_size:
        return ["lost: everything"] if is_made else []
    wrong = audited(file, answers) if is_made else []
    wrong += asked_again(place, bench.catalogue, result.run.asked, answers)
    caller = Caller(answers=dict(answers))
    with opened(place, bench.catalogue) as ledger:
        caller.ask(ledger, result.run.asked or claims(3, 1))
    return wrong + caller.wrong + caller.faults + audited(file, caller.answers)


@dataclass
class Tally:
    """What all runs came to."""

    runs: int = 0
    reached: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    images: int = 0
    lost: int = 0  # in the control
    failures: list[str] = field(default_factory=list)

    def figures(self) -> Figures:
        """As evidence."""
        return {
            "runs": self.runs,
            "n reached": dict(self.reached),
            "operations": dict(sorted(self.met.items())),
            "refused": dict(sorted(self.refused.items())),
            "acknowledged": self.acknowledged,
            "images after a later loss of power": self.images,
            "control": {"images in which a writer that ignores a failed sync has lost something": self.lost},
            "failures": self.failures,
        }


def run(n: int, seed: int, tick: Tick) -> Figures:
    """Every fault at every n, as often as is wanted, each time with other images of what is left of the disk."""
    return campaign(n, seed, tick)


def campaign(rounds: int, seed: int, tick: Tick, most: int = 0) -> Figures:
    """As `run`; with `most`, so many n of each fault alone, syncs before writes."""
    random, tally = Random(seed), Tally()  # noqa: S311 – to be repeated, not to be secret
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as made, killing(made) as kill:
        bench = Bench(Path(made))
        quiet = {scenario: _operations(bench, scenario) for scenario in SCENARIOS}
        plans = [(s, name) for _ in range(rounds) for s in SCENARIOS for name in FAULTS]
        for number, (scenario, name) in enumerate(plans):
            error, times, only = FAULTS[name]
            of = [kind for kind in quiet[scenario] if kind in only]
            missed = 0
            for n in _some(of, 5 if name == DEAF else most, random) if most else count(1):
                fault = Nth(n, error, times, only)
                met = _try(bench, tally, kill, scenario, name, fault, random)
                missed = 0 if met else missed + 1
                if missed == 3:  # batches differ, and so does where a run ends
                    break
                tick(number * len(of) + min(n, len(of)), len(plans) * len(of))
    return tally.figures()


def _operations(bench: Bench, scenario: str) -> list[str]:
    """Those of a run without any fault."""
    kinds: list[str] = []
    perform(bench.fresh("run", scenario), bench.catalogue, Disk(kinds.append), Caller())
    return kinds


def _some(of: list[str], most: int, random: Random) -> list[int]:
    rare = [n for n, kind in enumerate(of, start=1) if kind != "write"]
    writes = [n for n, kind in enumerate(of, start=1) if kind == "write"]
    return sorted(random.sample(rare, min(most, len(rare))) + random.sample(writes, min(most // 2, len(writes))))


def _try(
    bench: Bench,
    tally: Tally,
    kill: Callable[[Path, int], Result],
    scenario: str,
    name: str,
    fault: Nth,
    random: Random,
) -> bool:
    """One run under one fault; whether it met it."""
    place = bench.fresh("run", scenario)
    result = kill(place, fault.n) if fault.error is None else under(bench, place, fault, is_deaf=name == DEAF)
    lost = list[str]()
    if fault.error is not None and result.met and (place / "key.pem").exists():
        image = bench.folder / "image"
        image.mkdir(exist_ok=True)
        seen = judge(result.run, IMAGES, random, image, bench.catalogue, place / "key.pem", lambda *_: None)
        tally.images += seen.images
        lost = seen.failures
    if name == DEAF:
        tally.lost += len(lost)
        return bool(result.met)
    tally.runs += 1
    tally.met.update(f"{name.partition(' ')[0]}: {each}" for each in result.met)
    tally.refused.update(result.refused)
    tally.acknowledged += len(result.run.answers)
    if result.met:
        tally.reached[f"{scenario}, {name}"] = max(tally.reached[f"{scenario}, {name}"], fault.n)
    wrong = result.wrong + lost + looked_at(bench, place, result)
    tally.failures += [f"{scenario}, {name} at {fault.n}: {each}" for each in wrong]
    return bool(result.met)


@contextmanager
def killing(folder: str) -> Iterator[Callable[[Path, int], Result]]:
    """What runs a ledger in a process of its own, which is killed at an operation; forked from one without threads."""
    words = [sys.executable, "-m", "tests.faults.forked", folder]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdin is not None and process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def kill(place: Path, n: int) -> Result:
            print(json.dumps([str(place), n]), file=stdin, flush=True)
            told = json.loads(stdout.readline())
            answers = {request: bytes.fromhex(answer) for request, answer in told["answers"].items()}
            events = [Event("answer", request) for request in ["opened"] * told["opened"] + list(answers)]
            run = Run(events, claims(3, 3), answers, [])
            return Result(run, told["met"], [], told["wrong"])

        try:
            yield kill
        finally:
            stdin.close()
            process.wait(30)
