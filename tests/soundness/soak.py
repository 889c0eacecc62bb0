"""The soak: many fresh seeds on all cores, interrupted and taken up again as one likes."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from tests.conformance.constructs import LANGUAGE

from .seeds import tried

CHUNK: Final = 25


@dataclass
class Evidence:
    """What was done, and what was found: nothing of the machine but how long it took."""

    base: int
    seeds: int = 0
    policies: int = 0
    claims: int = 0
    seconds: float = 0
    failures: dict[str, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    constructs: Counter[str] = field(default_factory=Counter)

    def add(self, chunk: list[Any]) -> None:
        """One chunk of seeds more."""
        for found in chunk:
            self.seeds += 1
            self.policies += not found.refused
            self.claims += found.claims
            self.refused.update(found.refused)
            self.constructs.update(found.constructs)
            if found.wrong:
                self.failures[str(found.seed)] = found.wrong[0]


def _chunk(base: int, number: int) -> list[Any]:
    return [tried(base + CHUNK * number + each) for each in range(CHUNK)]


def _begun(file: Path, base: int | None) -> Evidence:
    """What an earlier run has left, where it is of the same seeds; otherwise nothing, from a base that chance picks."""
    if file.exists():
        known = json.loads(file.read_text(encoding="utf-8"))
        if base in {None, known["base"]} and not known.pop("done"):
            known |= {key: Counter(known[key]) for key in ("refused", "constructs")}
            return Evidence(**known)
    return Evidence(random.SystemRandom().randrange(10**6, 10**9) if base is None else base)


def _keep(file: Path, evidence: Evidence, *, done: bool) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(json.dumps({**vars(evidence), "done": done}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    new.replace(file)


def soak(count: int, base: int | None, file: Path) -> int:
    """Tries `count` seeds from a base; 1 where something is wrong."""
    evidence = _begun(file, base)
    print(f"seeds {evidence.base} to {evidence.base + count - 1}, {evidence.seeds} of them done before")
    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TextColumn("{task.fields[rate]} a second"), TimeElapsedColumn(), TimeRemainingColumn()]  # fmt: skip
    before, began = evidence.seconds, time.monotonic()
    try:
        with Progress(*columns) as progress, ProcessPoolExecutor(os.cpu_count()) as pool:
            task = progress.add_task("soundness", total=count, completed=evidence.seeds, rate="–")
            chunks = iter(range(evidence.seeds // CHUNK, -(-count // CHUNK)))
            try_chunk = partial(_chunk, evidence.base)
            while numbers := list(islice(chunks, 8 * (os.cpu_count() or 1))):  # few at a time: an end is soon an end
                for found in pool.map(try_chunk, numbers):
                    known = len(evidence.failures)
                    evidence.add(found)
                    evidence.seconds = round(before + time.monotonic() - began, 1)
                    for seed in list(evidence.failures)[known:]:
                        progress.console.print(f"seed {seed}: python -m tests.soundness show {seed}", markup=False)
                    rate = f"{evidence.seeds / max(evidence.seconds, 0.1):.1f}"
                    progress.update(task, completed=evidence.seeds, rate=rate)
                    _keep(file, evidence, done=evidence.seeds >= count)
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here")
    _keep(file, evidence, done=evidence.seeds >= count)
    reached = len(LANGUAGE & evidence.constructs.keys())
    print(
        f"{evidence.policies:,} policies compiled (of {evidence.seeds:,} made), {evidence.claims:,} claims, "
        f"{reached} of {len(LANGUAGE)} constructs, {len(evidence.failures)} failures, {evidence.seconds:,.0f} s; {file}"
    )
    return bool(evidence.failures)
