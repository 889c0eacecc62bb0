"""A long day of everything at once: calculations, policies, determinations, errors, tables, and ever new connections.

Memory, open files and threads of the server are sampled all the while; a line is laid through the samples by least
squares, from a fifth on, and what it rises to the end is bounded. The control is a server that keeps something of each
answer.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, repeat
from typing import Any, Final

import grpc
from benchmarks.wire import BUSY, OK, Connections
from tests.faults.audit import audited
from tests.faults.evidence import Figures, Tick
from tests.faults.kill import serving
from tests.faults.outcome import Outcome
from tests.faults.soak import Use

from .cases import TABLE, Case, good
from .fuzz import asked, table
from .ground import ALONE, CALCULATE, DETERMINE, PATIENCE, Asking, call, ground

SAMPLES: Final = 200
WARM: Final = 0.2  # of the calls, after which nothing may rise
RISE: Final = {"kib": 24 * 1024, "files": 8, "threads": 8}  # from there to the end
SMALL: Final = 50_000  # calls, up to which the ledger lies in memory
FIRST: Final = 2_000  # calls before all, until every thread is there and everything is imported
LEAKING: Final = 200  # calls to the control
GET: Final = "/subsidy.v1.PolicyService/GetPolicy"
LIST: Final = "/subsidy.v1.LedgerService/ListDeterminations"
INVALID: Final = 3  # INVALID_ARGUMENT


@dataclass
class Day:
    """What was asked so far, of how much, and what came of it."""

    n: int
    codes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def done(self) -> int:
        return self.kinds.total()

    def take(self, kind: str, code: Any, wanted: Any) -> None:
        """Note how a call was answered, and whether that is how it should be."""
        with self.lock:
            self.kinds[kind] += 1
            self.codes[str(code)] += 1
            if code not in (wanted, BUSY) and len(self.wrong) < 20:
                self.wrong.append(f"{kind}: {code}")


def steady(day: Day, kind: str, address: str, path: str, requests: Iterator[bytes], wanted: int = OK) -> None:
    """Ask one thing again and again over two connections, four at once, until the day is done."""
    wire = Connections(address, path, 2, PATIENCE)

    def done(_: object, code: int) -> None:
        day.take(kind, code, wanted)

    while day.done < day.n:
        while wire.unanswered < 4:
            wire.send(next(requests), None)
        wire.receive(time.perf_counter() + 1, done)
    end = time.perf_counter() + PATIENCE
    while wire.unanswered and time.perf_counter() < end:
        wire.receive(end, done)
    wire.close()


def coming(day: Day, address: str, asking: Asking, tables: Sequence[bytes]) -> None:
    """A new connection for each calculation, and for each table."""
    for number in count():
        if day.done >= day.n:
            return
        with grpc.insecure_channel(address, ALONE) as channel:
            if number % 2:
                found = asked(channel, Case(TABLE, tuple(tables))).code
                day.take("table", found, grpc.StatusCode.OK)
            else:
                answer = call(channel, CALCULATE, asking.calculate)
                code = answer if isinstance(answer, grpc.StatusCode) else grpc.StatusCode.OK
                day.take("new connection", code, grpc.StatusCode.OK)
        time.sleep(0.02)


def spent(address: str, asking: Asking, day: Day, seeds: dict[str, list[bytes]], process: int, tick: Tick) -> list[Use]:
    """Ask everything at once until the day is done; what the server used on the way."""
    claims = (asking.determine(number, f"soak-{day.n}") for number in count())
    work: list[tuple[Callable[..., None], tuple[Any, ...]]] = [
        (steady, (day, "calculate", address, CALCULATE, repeat(asking.calculate))),
        (steady, (day, "policy", address, GET, repeat(seeds[GET][0]))),
        (steady, (day, "determine", address, DETERMINE, claims)),
        (steady, (day, "list", address, LIST, repeat(seeds[LIST][0]))),
        (steady, (day, "error", address, CALCULATE, repeat(b"\xff\xff"), INVALID)),
        (coming, (day, address, asking, [seeds[TABLE][0], *table()])),
    ]
    crew = [threading.Thread(target=each, args=given, daemon=True) for each, given in work]
    for one in crew:
        one.start()
    uses = list[Use]()
    while any(one.is_alive() for one in crew):
        if day.done >= len(uses) * day.n / SAMPLES:
            uses.append(Use.of(process, 0))
            tick(min(day.done, day.n), day.n)
        time.sleep(0.02)
    return uses


def rises(uses: Sequence[Use]) -> dict[str, float]:
    """How much the line by least squares rises from where it is warm to the end."""
    found, warm = {}, uses[int(len(uses) * WARM) :]
    middle = (len(warm) - 1) / 2
    for name in RISE:
        values = [getattr(each, name) for each in warm]
        mean = sum(values) / len(values)
        slope = sum((at - middle) * (value - mean) for at, value in enumerate(values))
        slope /= sum((at - middle) ** 2 for at in range(len(values)))
        found[name] = round(slope * (len(values) - 1), 1)
    return found


def run(n: int, seed: int, tick: Tick) -> Figures:  # noqa: ARG001 – nothing is drawn by lot
    """Make `n` calls."""
    day = Day(n)
    with ground(is_kept=n > SMALL) as place:
        with place.served() as (process, address):
            asking, seeds = Asking.of(address), good(place, address)
            spent(address, asking, Day(FIRST), seeds, process.pid, lambda *_: None)
            begun = time.monotonic()
            uses = spent(address, asking, day, seeds, process.pid, tick)
            took = time.monotonic() - begun
            process.terminate()
            ended = process.wait(60)
        wrong = [*day.wrong, *audited(place.file, {}), *(["it did not end well"] if ended else [])]
        (place.folder / "bare").mkdir()
        words = [sys.executable, "-m", "tests.hardening.unguarded", str(place.folder)]
        with serving([*words, f"sqlite:///{place.folder}/bare/ledger.db"]) as (process, address):
            leaking = _only(address, Day(LEAKING), process.pid)
    rise = rises(uses)
    wrong += [f"{name} rise by {rise[name]}, above {most}" for name, most in RISE.items() if rise[name] > most]
    control = {"rises found of a server that leaks": sum(rises(leaking)[name] > most for name, most in RISE.items())}
    first, last = uses[int(len(uses) * WARM)], uses[-1]
    figures = {
        "calls": day.done,
        "a second": round(day.done / took),
        "kinds": dict(day.kinds),
        "codes": dict(day.codes),
        "samples": len(uses),
        "rise by least squares": rise,
        "bound": RISE,
        "KiB": f"{uses[0].kib} → {first.kib} → {last.kib}",
        "files": f"{first.files} → {last.files}",
        "threads": f"{first.threads} → {last.threads}",
    }
    return Outcome(figures, control, wrong).plain


def _only(address: str, day: Day, process: int) -> list[Use]:
    """Determinations alone."""
    asking, uses = Asking.of(address), list[Use]()
    with grpc.insecure_channel(address, ALONE) as channel:
        for number in range(day.n):
            call(channel, DETERMINE, asking.determine(number))
            uses.append(Use.of(process, 0))
    return uses
