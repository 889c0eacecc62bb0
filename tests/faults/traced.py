"""As `syscalls`, one layer below: the system itself fails or kills, at the n-th system call on the ledger's two files.

The process is the product with Python's own driver, under `strace --inject`; nothing of it is replaced. Each n takes a
second or two, and a system where one process may trace another; where that is not so, it is said, and nothing is run.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Final

from .audit import audited
from .evidence import ROOT, Figures, Tick
from .scenario import Caller, asked_again, claims, opened
from .syscalls import Bench

SYNCS: Final = "fsync,fdatasync"
CALLS: Final = (SYNCS, "ftruncate", "pwrite64,write")
FAULTS: Final = ("error=EIO", "error=ENOSPC", "signal=KILL")
_PROBE: Final = ["strace", "-qq", "-e", "inject=getppid:error=EIO", "-e", "trace=getppid", "true"]


def is_possible() -> bool:
    """Whether a process may be traced here."""
    return bool(shutil.which("strace")) and not subprocess.run(_PROBE, capture_output=True, check=False).returncode


def run(n: int, seed: int, tick: Tick) -> Figures:
    """Every sync and truncation, and of the writes every n-th."""
    if not is_possible():
        return {"skipped": "no process can be traced here (strace)", "control": {}, "failures": []}
    met, refused, reached, failures = Counter[str](), Counter[str](), Counter[str](), list[str]()
    acknowledged = lost = 0
    with tempfile.TemporaryDirectory() as made:
        bench = Bench(Path(made))
        plans = [(calls, fault) for calls in CALLS for fault in FAULTS if (calls, fault) != (SYNCS, "error=ENOSPC")]
        for number, (calls, fault) in enumerate(plans):
            tick(number, len(plans))
            step = n if calls == CALLS[-1] else 1
            for at in count(1 + seed % step, step):
                said = _traced(bench, calls, fault, at)
                wrong, injected = list(said["wrong"]), said["injected"]
                if not injected:
                    break
                reached[f"{fault} of {calls}"] = at
                met[f"{fault} of {calls}"] += injected
                refused.update(said["refused"])
                acknowledged += len(said["answers"])
                failures += [f"{fault} of {calls} at {at}: {each}" for each in wrong]
        for at in range(5, 9):  # the system counts for each thread, and opening has four of them
            control = _traced(bench, SYNCS, "signal=KILL", at, "early")
            lost += sum(each.startswith("lost") for each in control["wrong"])
    return {
        "n reached": dict(reached),
        "calls met": dict(met),
        "refused": dict(refused),
        "acknowledged": acknowledged,
        "control": {"lost by a process that answers before it commits": lost},
        "failures": failures,
    }


def _traced(bench: Bench, calls: str, fault: str, at: int, how: str = "") -> Figures:
    """A process that met a fault at a call: what it acknowledged, and what is wrong with what it left."""
    place = bench.fresh("run", "asked")
    log = bench.folder / "strace.log"
    file = place / "ledger.db"
    words = ["strace", "-f", "-qq", "-o", str(log), "-P", str(file), "-P", f"{file}-journal"]
    words += ["-e", f"trace={calls}", "-e", f"inject={calls}:{fault}:when={at}"]
    words += [sys.executable, "-m", "tests.faults.asking", str(bench.folder), str(place), how]
    (place / "ledger.db-journal").touch()  # its path is looked up when the trace begins
    found = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    answers = {request: bytes.fromhex(answer) for kind, request, answer in lines if kind == "answer"}
    text = log.read_text("utf-8", "replace")
    injected = text.count("(INJECTED)") if "KILL" not in fault else int("killed by SIGKILL" in text)
    wrong = [what for kind, _, what in lines if kind == "wrong"]
    if not injected and found.returncode:
        wrong.append(f"ended with {found.returncode}: {found.stderr[-300:]}")
    wrong += audited(file, answers)
    if not how:
        wrong += asked_again(place, bench.catalogue, claims(3, 3), answers)
        caller = Caller(answers=dict(answers))
        with opened(place, bench.catalogue) as ledger:
            caller.ask(ledger, claims(3, 3))
        wrong += caller.wrong + caller.faults + audited(file, caller.answers)
    refused = [what for kind, _, what in lines if kind == "refused"]
    return {"answers": answers, "refused": refused, "wrong": wrong, "injected": injected}
