"""`Calculate` and `Determine` from one call at a time to far more than the service can do: throughput and waits.

`subsidy serve` runs as shipped, with a ledger of SQLite that is synced before each answer, kept on one core; the
callers are another process on another core, and send bytes that are made beforehand. First so many callers at once,
each of whom waits for an answer before the next call (whoever is refused waits about a second, as the refusal asks
for); then as many calls a second as the clock says, whether answers come or not, timed from when each was due.
Goodput is what was answered within the deadline.

The knee is the smallest number of callers with at least 95 % of the most throughput; beyond it goodput may not fall
below 85 % of the most.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from typing import Any

if __package__ in (None, ""):  # as a script
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.wire import BUSY, OK, Connections

from subsidy.cli.demo_ledger import POLICY, SCOPE, adopted
from subsidy.client import Client
from subsidy.client.facts import encode_facts
from subsidy.v1.calculation_service_pb2 import VIEW_BASIC, CalculateRequest
from subsidy.v1.ledger_service_pb2 import DetermineRequest

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
PATHS = {"Calculate": "/subsidy.v1.CalculationService/Calculate", "Determine": "/subsidy.v1.LedgerService/Determine"}
CALLERS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
RATES = (0.5, 0.75, 0.9, 1.0, 1.25, 1.5, 2.0)  # of the knee's throughput
CONNECTIONS = 8
DEADLINE = 1.0  # seconds
ENOUGH, KEPT = 0.95, 0.85  # of the most throughput: what is the knee, and what goodput may not fall below
SERVER_CORE, CALLERS_CORE = "0", "1"


@dataclass(frozen=True)
class Point:
    """What one load came to.

    Attributes:
        load: callers at once, or calls a second.
        good: answered within the deadline, a second.
        p50: milliseconds, of what was answered.
    """

    method: str
    is_open: bool
    load: float
    good: float
    refused: float
    late: float
    p50: float
    p99: float

    @property
    def row(self) -> str:
        """A line of the table."""
        what = f"{self.load:7,.0f} {'calls a second' if self.is_open else 'callers':14}"
        refused, late = f"{self.refused:8,.0f}", f"{self.late:7,.0f}"
        return f"{self.method:9} {what} {self.good:8,.0f} {refused} {late} {self.p50:9.1f} {self.p99:9.1f}"


HEAD = f"{'':9} {'load':22} {'good/s':>8} {'refused':>8} {'late':>7} {'p50 ms':>9} {'p99 ms':>9}"


class Caller:
    """Sends calls and notes what comes of them.

    Args:
        requests: made beforehand, and taken one after the other.
    """

    def __init__(self, address: str, method: str, requests: Iterator[bytes]) -> None:
        self.wire = Connections(address, PATHS[method], CONNECTIONS, DEADLINE)
        self.requests, self.method = requests, method
        self.took: list[float] = []
        self.codes: Counter[int] = Counter()
        self.ready: list[float] = []  # when a caller asks again
        self.rng = Random(1)  # noqa: S311 – to be repeated
        self.sent = 0

    def _send(self, due: float) -> None:
        self.sent += 1
        self.wire.send(next(self.requests), due)

    def _done(self, due: Any, code: int) -> None:
        now = time.perf_counter()
        self.codes[code] += 1
        if code == OK:
            self.took.append(now - due)
        heappush(self.ready, now + (self.rng.uniform(0.5, 1.5) if code == BUSY else 0.0))

    def closed(self, callers: int, seconds: float) -> None:
        """So many callers at once, each with one call at a time."""
        end = time.perf_counter() + seconds
        self.ready = [time.perf_counter()] * callers
        while (now := time.perf_counter()) < end:
            while self.ready and self.ready[0] <= now:
                heappop(self.ready)
                self._send(now)
            self.wire.receive(min([end, *self.ready[:1]]), self._done)
        self._end()

    def open(self, rate: float, seconds: float) -> None:
        """So many calls a second, whatever comes of them."""
        begun, number = time.perf_counter(), 0
        while number < rate * seconds:
            now = time.perf_counter()
            while (due := begun + number / rate) <= now and number < rate * seconds:
                self._send(due)
                number += 1
            self.wire.receive(due, self._done)
        self._end()

    def _end(self) -> None:
        end = time.perf_counter() + DEADLINE + 2
        while self.wire.unanswered and time.perf_counter() < end:
            self.wire.receive(end, self._done)
        self.wire.close()

    def point(self, is_open: bool, load: float, seconds: float) -> Point:
        """What it came to."""
        good = sorted(each for each in self.took if each <= DEADLINE) or [float("nan")]
        refused = self.codes[BUSY]
        late = self.sent - len(self.took) - refused + sum(each > DEADLINE for each in self.took)
        p50, p99 = (1000 * good[int(len(good) * part)] for part in (0.5, 0.99))
        return Point(self.method, is_open, load, len(good) / seconds, refused / seconds, late / seconds, p50, p99)


def requests(address: str, method: str, batch: str) -> Iterator[bytes]:
    """Claims of persons who are all new; those of Calculate come again."""
    with Client(address) as client:
        policy = client.policy(POLICY, "2023-08-01")
    number = 0
    while True:
        facts = {"beneficiary": f"B{batch}{number}", "month": "2023-08", "hours": "20.25", "price": "30.50"}
        if method == "Calculate":
            facts["left_monthly"] = "1350"
            kept = CalculateRequest(
                policy=POLICY, facts=encode_facts(policy, facts), view=VIEW_BASIC
            ).SerializeToString()
            while True:
                yield kept
        encoded = encode_facts(policy, facts)
        yield DetermineRequest(request_id=f"{batch}-{number}", policy=POLICY, facts=encoded).SerializeToString()
        number += 1


def made(found: Iterator[bytes], count: int) -> Iterator[bytes]:
    """Requests, so many of them made before they are wanted."""
    kept = [next(found) for _ in range(count)]
    yield from kept
    yield from found


def call(address: str, method: str, load: float, seconds: float, is_open: bool) -> Point:
    """One load, in this process."""
    expected = int(load * seconds) if is_open else 2_500 * int(seconds + 1)
    wanted = made(requests(address, method, f"{time.time_ns():x}"), expected if method == "Determine" else 1)
    caller = Caller(address, method, wanted)
    caller.open(load, seconds) if is_open else caller.closed(int(load), seconds)
    return caller.point(is_open, load, seconds)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """`subsidy serve` as shipped, on a core of its own; its address."""
    adopted(folder)
    words = [sys.executable, "-m", "subsidy", "serve", "--listen", "127.0.0.1:0", "--json", "--scope", SCOPE]
    words += ["--ledger", f"sqlite:///{folder}/ledger.db", "--adoptions", str(folder / "adoptions")]
    with subprocess.Popen([*on_core(SERVER_CORE), *words], text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads("".join(process.stdout.readline() for _ in range(3)))["listening"]
        finally:
            process.terminate()


def on_core(core: str) -> list[str]:
    """The words that keep a command on a core, where there are two."""
    has_two = (os.cpu_count() or 1) > 1 and shutil.which("taskset") is not None
    return ["taskset", "--cpu-list", core] if has_two else []


def asked(address: str, method: str, load: float, seconds: float, is_open: bool) -> Point:
    """One load, by a process of its own."""
    words = [sys.executable, __file__, "--from", address, method, str(load), str(seconds), str(int(is_open))]
    done = subprocess.run([*on_core(CALLERS_CORE), *words], check=True, capture_output=True, text=True)
    return Point(**json.loads(done.stdout))


def curve(address: str, method: str, seconds: float, say: Callable[[Point], None]) -> tuple[list[Point], Point]:
    """Every load of a method, and the knee."""
    asked(address, method, 8, 1, False)
    points = []
    for callers in CALLERS:
        points.append(asked(address, method, callers, seconds, False))
        say(points[-1])
    most = max(each.good for each in points)
    knee = next(each for each in points if each.good >= ENOUGH * most)
    for rate in RATES:
        points.append(asked(address, method, round(rate * knee.good), seconds, True))
        say(points[-1])
    return points, knee


def judged(points: Sequence[Point], knee: Point) -> tuple[float, str]:
    """How much of the most goodput is left beyond the knee at the worst, and that in words."""
    most = max(each.good for each in points)
    beyond = [each for each in points if (each.load > knee.load if not each.is_open else each.load >= knee.good)]
    worst = min(beyond, key=lambda each: each.good)
    left = worst.good / most
    unit = "calls a second" if worst.is_open else "callers"
    return left, (
        f"{knee.method}: knee at {knee.load:.0f} callers with {knee.good:,.0f} a second (p99 {knee.p99:.0f} ms); "
        f"beyond it goodput is at the least {left:.0%} of the most, at {worst.load:,.0f} {unit}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="of", nargs=5, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each load")
    parser.add_argument("--json", type=Path, help="where the figures are written")
    parser.add_argument("--images", type=Path, default=IMAGES, help="the folder of the drawings")
    given = parser.parse_args()
    if given.of:
        address, method, load, seconds, is_open = given.of
        print(json.dumps(asdict(call(address, method, float(load), float(seconds), is_open == "1"))))
        return 0
    found, lines, least = {}, [], 1.0
    cores = f"on cores {SERVER_CORE} and {CALLERS_CORE}" if on_core("0") else "wherever the machine places them"
    print(f"server and callers {cores}; deadline {DEADLINE:.0f} s; {given.seconds:.0f} s each\n{HEAD}", flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = stack.enter_context(served(folder))
        for method in PATHS:
            points, knee = curve(address, method, given.seconds, lambda each: print(each.row, flush=True))
            left, line = judged(points, knee)
            found[method], least = (points, knee), min(least, left)
            lines.append(line)
    print(*lines, sep="\n")
    if given.json is not None:
        kept = {name: [asdict(each) for each in points] for name, (points, _) in found.items()}
        given.json.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    draw(found, given.images)
    return int(least < KEPT)


def draw(found: dict[str, tuple[list[Point], Point]], folder: Path) -> None:
    """The curves, in both languages."""
    from benchmarks.peers.charts import loads

    for language, name in (("zh", "load.zh.svg"), ("en", "load.svg")):
        (folder / name).write_text(loads(found, language), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
