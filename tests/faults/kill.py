"""`subsidy serve --ledger` is killed with SIGKILL at a random moment, while 16 clients ask; then it is started again.

What a client holds in its hands is what counts: each answer that came is asked for again from the next process, and is
looked for in the file. One ledger goes through all kills, so that whatever one does to it meets all the others.
"""

from __future__ import annotations

import json
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import IO, Final

from tests.ledger.support import NURSING, YUNCHENG, bureau

from subsidy.client import Client
from subsidy.errors import ServiceError, SubsidyError

from .audit import audited
from .evidence import ROOT, Figures, Tick

CLIENTS: Final = 16
AUDITS: Final = 10  # of the whole file, over a run; after each kill what came since the last one is asked again


@dataclass
class Told:
    """What clients hold in their hands: of each request what was answered, as bytes."""

    answers: dict[str, bytes] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def serving(words: list[str], log: IO[str] | None = None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server, and its address; killed at the end, whatever happens. What it says to the operator goes to `log`."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            said = ""
            while not said.rstrip().endswith("}"):
                line = process.stdout.readline()
                assert line, f"the server ended: {process.wait()}"
                said += line
            yield process, json.loads(said)["listening"]
        finally:
            process.kill()


def server(folder: Path, file: Path) -> list[str]:
    """The command of the server as an operator gives it."""
    return [
        sys.executable, "-m", "subsidy", "serve", "--listen", "127.0.0.1:0", "--json",
        "--policies", str(folder / "policies"), "--adoptions", str(folder / "adoptions"),
        "--ledger", f"sqlite:///{file}", "--scope", YUNCHENG,
    ]  # fmt: skip


def early(folder: Path, file: Path) -> list[str]:
    """The command of the control."""
    return [sys.executable, "-m", "tests.faults.early", str(folder), f"sqlite:///{file}"]


def claim(client: Client, request: str) -> bytes:
    """A claim that follows from its id: caps of many persons, each used up after a while."""
    number = int(request.rpartition("-")[2])
    facts = {"elder": f"E{number % 97}", "month": ("2024-03", "2024-04", "2025-01")[number % 3]}
    cost = str(20 + number % 13 * 10)
    found = client.determine(NURSING, facts | {"cost": cost, "bill": request}, request=request)
    return found.message.SerializeToString(deterministic=True)


def load(address: str, told: Told, ids: Iterator[int], process: subprocess.Popen[str], delay: float) -> None:
    """Ask from all sides, and kill the server a while after its first answer."""
    stop, first = threading.Event(), threading.Event()

    def ask() -> None:
        with Client(address, timeout=10, options=[("grpc.service_config", "{}")]) as client:  # cut off, not asked again
            while not stop.is_set():
                with told.lock:
                    request = f"q-{next(ids)}"
                try:
                    answer = claim(client, request)
                except SubsidyError as error:
                    with told.lock:
                        told.faults[error.problems[0].code] += 1
                        if not isinstance(error, ServiceError):
                            told.wrong.append(f"{request}: {error}")
                    if stop.is_set() or process.poll() is not None:
                        return
                    continue
                with told.lock:
                    told.answers[request] = answer
                first.set()

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for each in threads:
        each.start()
    first.wait(30)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    stop.set()
    process.wait()
    for each in threads:
        each.join()


def again(address: str, told: Told, since: set[str]) -> list[str]:
    """What is not answered again as it was."""
    with Client(address, timeout=30) as client:
        found = {request: claim(client, request) for request in sorted(since)}
    return [f"changed: {request}" for request in found if found[request] != told.answers[request]]


def run(n: int, seed: int, tick: Tick) -> Figures:
    """Kill a server n times."""
    random = Random(seed)  # noqa: S311 – to be repeated, not to be secret
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        bureau(folder)
        for name in ("served", "early"):
            (folder / name).mkdir()
        told, wrong, starts = campaign(server, folder, folder / "served" / "ledger.db", n, random, tick)
        blind = campaign(early, folder, folder / "early" / "ledger.db", max(1, n // 20), random, lambda *_: None)
    return {
        "kills": n,
        "acknowledged": len(told.answers),
        "cut off": dict(told.faults),
        "restart": {"median ms": round(1000 * statistics.median(starts)), "most ms": round(1000 * max(starts))},
        "control": {
            "lost by a server that answers before it commits": sum(each.startswith("lost") for each in blind[1]),
        },
        "failures": told.wrong + wrong,
    }


def campaign(
    command: Callable[[Path, Path], list[str]], folder: Path, file: Path, n: int, random: Random, tick: Tick
) -> tuple[Told, list[str], list[float]]:
    """Start a server, load it, kill it; n times."""
    told, ids, since, wrong, starts = Told(), count(), set[str](), list[str](), list[float]()
    for number in range(n + (command is server)):
        tick(number, n)
        begun = time.monotonic()
        with serving(command(folder, file)) as (process, address):
            starts.append(time.monotonic() - begun)
            if command is server:
                wrong += again(address, told, since if number < n else set(told.answers))
            before = set(told.answers)
            if number < n:
                load(address, told, ids, process, random.uniform(0, 0.6))
        since = set(told.answers) - before
        if command is server and number % max(1, n // AUDITS) == 0:
            # bytes of the wire are compared above: what is looked for here is the entry
            wrong += audited(file, dict.fromkeys(told.answers, b""))
    wrong += audited(file, dict.fromkeys(told.answers, b""))
    return told, wrong, starts
