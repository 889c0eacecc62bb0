"""SIGTERM at a random moment under load: what was acknowledged is there, to the byte, and the process ends in time.

One ledger goes through all stops. Clients never ask twice: each answer that came is what a client holds in its hands.
The control is a server that answers before it commits, and is killed; and a ledger of which an entry is taken away.
"""

from __future__ import annotations

import shutil
import signal
import sqlite3
import statistics
import subprocess
import threading
import time
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, Final

import grpc
from tests.faults.audit import audited
from tests.faults.evidence import Figures, Tick
from tests.faults.kill import campaign, early
from tests.faults.outcome import Outcome

from subsidy.service.server import GRACE
from subsidy.service.serving import DRAIN

from .ground import ALONE, CALCULATE, DETERMINE, Asking, Ground, call, ground

CLIENTS: Final = 12  # who determine; two more calculate
BOUND: Final = DRAIN + 4.0  # seconds in which a server ends whose calls all end
HELD: Final = DRAIN + GRACE + 5.0 + 1.0  # and one to which callers hold on
HOLDING: Final = 20  # in every so many rounds somebody holds on
GONE: Final = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}  # how a call ends that meets a stop
AUDITS: Final = 10  # of the whole file, over a run
WATCH: Final = "/grpc.health.v1.Health/Watch"
TABLE: Final = "/subsidy.v1.CalculationService/CalculateTable"


@dataclass
class Told:
    """What clients were told: answers by number, and codes before the signal and after it."""

    answers: dict[int, bytes] = field(default_factory=dict)
    calculated: set[bytes] = field(default_factory=set)
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Stop:
    """How a server ended."""

    seconds: float
    code: int
    is_held: bool


def run(n: int, seed: int, tick: Tick) -> Figures:
    """Stop a server `n` times."""
    rng = Random(f"sigterm/{seed}")  # noqa: S311 – to be repeated, not to be secret
    told, ids, stops, wrong = Told(), count(), list[Stop](), list[str]()
    since: set[int] = set()
    with ground() as place:
        for number in range(n + 1):
            tick(number, n)
            with place.served() as (process, address):
                asking = Asking.of(address)
                wrong += _again(address, asking, told, since if number < n else set(told.answers))
                known = set(told.answers)
                if number < n:
                    is_held = number % HOLDING == HOLDING - 1
                    stops.append(_stopped(process, address, asking, told, ids, rng.uniform(0, 0.6), is_held=is_held))
                since = set(told.answers) - known
            if number % max(1, n // AUDITS) == 0:
                wrong += audited(place.file, _requests(told))
        wrong += audited(place.file, _requests(told))
        control = {
            "noticed of a server that answers before it commits, killed": _killed(place, rng),
            "noticed of an entry taken away": len(_without(place, told, max(told.answers))),
        }
    wrong += [f"a stop took {each.seconds:.1f} s" for each in stops if each.seconds > (HELD if each.is_held else BOUND)]
    wrong += [f"a stop ended with {each.code}" for each in stops if each.code]
    wrong += [f"{count} calls were {code} before the signal" for code, count in told.before.items()]
    wrong += [f"{many} calls were {code}" for code, many in told.after.items() if grpc.StatusCode[code] not in GONE]
    if len(told.calculated) != 1:
        wrong.append(f"one calculation had {len(told.calculated)} answers")
    quick = [each.seconds for each in stops if not each.is_held] or [0.0]
    held = [each.seconds for each in stops if each.is_held]
    figures: dict[str, Any] = {
        "stops": n,
        "acknowledged": len(told.answers),
        "cut off": dict(told.after),
        "exit codes": dict(Counter(str(each.code) for each in stops)),
        "seconds": {"median": f"{statistics.median(quick):.2f}", "most": f"{max(quick):.2f}", "bound": BOUND},
    }
    if held:
        figures["seconds where callers hold on"] = {"of": len(held), "most": f"{max(held):.2f}", "bound": HELD}
    return Outcome(figures, control, wrong).plain


def _requests(told: Told) -> dict[str, bytes]:
    """What is looked for in the file: the bytes of the wire are asked for again from the next process."""
    return {f"q-{number}": b"" for number in told.answers}


def _again(address: str, asking: Asking, told: Told, since: set[int]) -> list[str]:
    """What is not answered again as it was."""
    with grpc.insecure_channel(address, ALONE) as channel:
        found = {number: call(channel, DETERMINE, asking.determine(number)) for number in sorted(since)}
    return [f"changed: q-{number}, {found[number]!r:.80}" for number in found if found[number] != told.answers[number]]


def _stopped(
    process: subprocess.Popen[str], address: str, asking: Asking, told: Told, ids: Any, delay: float, *, is_held: bool
) -> Stop:
    """Ask from all sides, and stop the server a while after its first answer; clients go on until it has ended."""
    first, signalled, ended = threading.Event(), threading.Event(), threading.Event()

    def ask(method: str) -> None:
        with grpc.insecure_channel(address, ALONE) as channel:
            while not ended.is_set():
                with told.lock:
                    number = next(ids)
                content = asking.determine(number) if method == DETERMINE else asking.calculate
                was_signalled = signalled.is_set()  # before the call, for the strictest reading
                found = call(channel, method, content)
                with told.lock:
                    if isinstance(found, grpc.StatusCode):
                        (told.after if was_signalled or signalled.is_set() else told.before)[found.name] += 1
                    elif method == DETERMINE:
                        told.answers[number] = found
                    else:
                        told.calculated.add(found)
                if isinstance(found, grpc.StatusCode):
                    time.sleep(0.02)  # it is going: asking it without end would only take the processor from it
                first.set()

    threads = [threading.Thread(target=ask, args=[DETERMINE]) for _ in range(CLIENTS)]
    threads += [threading.Thread(target=ask, args=[CALCULATE]) for _ in range(2)]
    with ExitStack() as stack:
        if is_held:
            _hold(stack.enter_context(grpc.insecure_channel(address, ALONE)), stack)
        for each in threads:
            each.start()
        first.wait(30)
        time.sleep(delay)
        begun = time.monotonic()
        signalled.set()
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(HELD + 30)
        finally:
            took = time.monotonic() - begun
            ended.set()
            for each in threads:
                each.join()
    return Stop(took, code, is_held)


def _hold(channel: Any, stack: ExitStack) -> None:
    """Hold on until the stack is left: watch the health, and begin a table of which nothing more comes."""
    silent = threading.Event()
    stack.callback(silent.set)
    watched = channel.unary_stream(WATCH)(b"")
    next(watched)
    stack.callback(watched.cancel)  # until then it is held
    stack.callback(channel.stream_stream(TABLE)(_nothing(silent)).cancel)


def _nothing(silent: threading.Event) -> Any:
    """Messages that do not come."""
    silent.wait(2 * HELD)
    yield from ()


# — controls —


def _killed(place: Ground, rng: Random) -> int:
    """How many acknowledged answers are missed of a server that answers first and commits later."""
    folder = place.folder / "early"
    folder.mkdir()
    _, wrong, _ = campaign(early, place.folder, folder / "ledger.db", 1, rng, lambda *_: None)
    return sum(each.startswith("lost") for each in wrong)


def _without(place: Ground, told: Told, number: int) -> list[str]:
    """What is noticed of a copy of the ledger in which one answered request is missing, and all else made to fit."""
    copy = place.folder / "copy.db"
    shutil.copy(place.file, copy)
    with closing(sqlite3.connect(copy)) as file, file:
        file.execute("DELETE FROM requests WHERE request = ?", [f"q-{number}"])
    return [each for each in audited(copy, _requests(told)) if "lost" in each]
