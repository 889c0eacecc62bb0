"""A good caller beside attackers: connections that say little, too many of everything, frames that never end.

The caller has one connection that it keeps, and beside that opens a new one for each call; it calculates and asks for
the health, and every call has to be answered within its deadline. Where the service refuses a call because there are
too many, it is asked again after the second that the refusal names, as our client does. First it is quiet, then each
attack goes on beside it, from a process of its own. Where attackers hold as many connections as the server takes, who
has one already must be answered; who comes anew is counted, and must be answered once they are gone. The control is a
server that takes every call that comes, under a flood of calls.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import grpc
from tests.faults.evidence import ROOT, Figures, Tick
from tests.faults.kill import serving
from tests.faults.outcome import Outcome, steps
from tests.faults.soak import Use

from subsidy.client import Tls

from .attackers import KINDS
from .ground import ALONE, CALCULATE, HEALTH, Asking, Ground, ground

PATIENCE: Final = 2.0  # seconds in which a good call has its answer
TRIES: Final = 5  # of a call that is refused because there are too many
CONTROL: Final = "calls without end"
BACK: Final = 10.0  # seconds after which a server takes connections again
PAUSE: Final = 0.01  # seconds between two good calls
SECURED: Final = ("silent", "dripping", "preface", "headers", "churn", "pings", "resets", "silent, all", "crowd")
LIMIT: Final = ("silent, all", "crowd")  # as many connections as the server takes, and more
OPEN: Final = tuple(name for name in KINDS if name != CONTROL)
MORE: Final = 64 * 1024  # KiB that an attack may leave behind; where it leaves more, a second one adds nothing
AGAIN: Final = 24 * 1024  # KiB that are nothing beside thousands of connections
BUSY: Final = grpc.StatusCode.RESOURCE_EXHAUSTED
Secrets = Tls | None


@dataclass
class Told:
    """What a good caller met: how long each call took, in milliseconds, and what went wrong."""

    took: list[float] = field(default_factory=list)
    refused: int = 0
    failed: list[str] = field(default_factory=list)

    @property
    def figures(self) -> dict[str, Any]:
        """In numbers."""
        found = sorted(self.took) or [float("nan")]
        p50, p99 = (found[min(len(found) - 1, int(len(found) * part))] for part in (0.5, 0.99))
        return {
            "calls": len(self.took), "failed": len(self.failed), "refused first": self.refused,
            "p50 ms": round(p50, 1), "p99 ms": round(p99, 1),
        }  # fmt: skip


class Good:
    """A good caller of a server.

    Args:
        tls: its certificate, where the server wants one.
    """

    def __init__(self, address: str, asking: Asking, tls: Secrets) -> None:
        self.address, self.asking, self.tls = address, asking, tls
        self.kept = self._channel()
        self.answer = self.kept.unary_unary(CALCULATE)(asking.calculate, timeout=PATIENCE)

    def _channel(self) -> Any:
        if self.tls is None:
            return grpc.insecure_channel(self.address, ALONE)
        return grpc.secure_channel(self.address, self.tls.credentials(), ALONE)

    def beside(self, seconds: float) -> dict[str, Told]:
        """Call for some seconds, over the connection that is kept and over new ones."""
        found, end = {"kept": Told(), "new": Told()}, time.monotonic() + seconds

        def keep() -> None:
            while time.monotonic() < end:
                for method in (CALCULATE, HEALTH):
                    self._ask(self.kept, method, found["kept"])
                    time.sleep(PAUSE)

        def anew() -> None:
            while time.monotonic() < end:
                with self._channel() as channel:
                    self._ask(channel, CALCULATE, found["new"])
                time.sleep(PAUSE)

        crew = [threading.Thread(target=each) for each in (keep, anew)]
        for each in crew:
            each.start()
        for each in crew:
            each.join()
        return found

    def again(self) -> float:
        """After how many seconds a new connection is taken."""
        begun = time.monotonic()
        while time.monotonic() - begun < 2 * BACK:
            told = Told()
            with self._channel() as channel:
                self._ask(channel, CALCULATE, told)
            if not told.failed:
                break
        return round(time.monotonic() - begun, 1)

    def _ask(self, channel: Any, method: str, told: Told) -> None:
        content = self.asking.calculate if method == CALCULATE else b""
        for attempt in range(TRIES):
            begun = time.monotonic()
            try:
                found = channel.unary_unary(method)(content, timeout=PATIENCE)
            except grpc.RpcError as error:
                said: Any = error
                if said.code() is BUSY and "connections" not in said.details() and attempt < TRIES - 1:
                    told.refused += 1
                    time.sleep(1)
                    continue
                told.failed.append(f"{method.rpartition('/')[2]}: {said.code().name} {said.details():.80}")
                return
            told.took.append(1000 * (time.monotonic() - begun))
            if method == CALCULATE and found != self.answer:
                told.failed.append("another answer")
            return


@contextmanager
def attacked(kind: str, address: str, seconds: float, pki: Path | None, content: Path) -> Iterator[dict[str, int]]:
    """Beside an attack, from when it has begun; what it did is there at the end."""
    words = [sys.executable, "-m", "tests.hardening.attackers", kind, address.rpartition(":")[2], str(seconds)]
    words += [str(pki or ""), str(content)]
    did: dict[str, int] = {}
    with subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "begun\n"
            yield did
            did |= json.loads(process.stdout.read() or "{}")
        finally:
            process.send_signal(signal.SIGKILL)


def run(n: int, seed: int, tick: Tick) -> Figures:  # noqa: ARG001 – nothing is drawn by lot
    """Be beside every attack for `n` seconds."""
    return beside(n, OPEN, SECURED, tick).plain


def beside(seconds: float, plain: Sequence[str], secured: Sequence[str], tick: Tick = lambda *_: None) -> Outcome:
    """A good caller beside these attacks, on a server without certificates and on one with them."""
    figures, wrong = dict[str, Any](), list[str]()
    step = steps(tick, len(plain) + len(secured))
    with ground() as place:
        for name, kinds in (("plain", plain), ("tls", secured)):
            if kinds:
                found, bad = _all(place, kinds, seconds, name == "tls", step)
                figures[name] = found
                wrong += [f"{name}, {each}" for each in bad]
        control = _taking_all(place, seconds)
    return Outcome({"seconds each": seconds, "cores": os.cpu_count(), **figures}, control, wrong)


def _all(
    place: Ground, kinds: Sequence[str], seconds: float, is_secured: bool, step: Callable[[], None]
) -> tuple[dict[str, Any], list[str]]:
    """A good caller beside each of the attacks, on one server."""
    with ExitStack() as stack:
        more, pki = _certificates(place) if is_secured else ((), None)
        tls = None if pki is None else Tls(pki / "ca.pem", pki / "bureau.pem", pki / "bureau.key")
        process, address = stack.enter_context(place.served(*more))
        asking = Asking.of(address, tls)
        content = place.folder / "calculate.bin"
        content.write_bytes(asking.calculate)
        caller = Good(address, asking, tls)
        caller.beside(1)
        figures, wrong = {"quiet": _figures(caller.beside(seconds))}, list[str]()
        for kind in kinds:
            before = Use.of(process.pid, 0)
            with attacked(kind, address, seconds + 2, pki, content) as did:
                told = caller.beside(seconds)
                during = Use.of(process.pid, 0)
            step()
            after = Use.of(process.pid, 0)
            memory = [before.kib, during.kib, after.kib]
            if after.kib > before.kib + MORE:  # what came free stays with the process, for the same again
                with attacked(kind, address, seconds + 2, pki, content):
                    caller.beside(seconds)
                memory.append(Use.of(process.pid, 0).kib)
            figures[kind] = {**_figures(told), "attack": did, "KiB": " → ".join(map(str, memory))}
            hurt = [told["kept"]] if kind in LIMIT else [*told.values()]
            wrong += [f"{kind}: {each}" for one in hurt for each in one.failed[:2]]
            if kind in LIMIT:
                figures[kind]["seconds until new connections are taken"] = back = caller.again()
                if back > BACK:
                    wrong.append(f"{kind}: afterwards no new connection for {back} s")
            if memory[3:] > [after.kib + AGAIN]:
                wrong.append(f"{kind}: memory {figures[kind]['KiB']} KiB")
            if not sum(did.values()):
                wrong.append(f"{kind}: the attack did nothing")
        quiet = caller.beside(1)
        wrong += [f"afterwards: {each}" for one in quiet.values() for each in one.failed[:2]]
        process.terminate()
        if process.wait(60):
            wrong.append("the server did not end well")
        if "internal error" in place.log.read_text("utf-8"):
            wrong.append("the server's log has an internal error")
    return figures, wrong


def _figures(told: dict[str, Told]) -> dict[str, Any]:
    return {name: each.figures for name, each in told.items()}


def _certificates(place: Ground) -> tuple[tuple[str, ...], Path]:
    """The words by which a server has certificates, and the folder of those of everyone."""
    folder = place.folder / "pki"
    words = [sys.executable, "-m", "subsidy", "pki", "demo", str(folder), "--division", "140800"]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    files = {"--tls-cert": "server.pem", "--tls-key": "server.key", "--tls-ca": "ca.pem", "--roles": "roles.toml"}
    return tuple(word for name, file in files.items() for word in (name, str(folder / file))), folder


def _taking_all(place: Ground, seconds: float) -> dict[str, Any]:
    """The control: how many good calls have no answer of a server that takes every call, under a flood of them."""
    (place.folder / "bare").mkdir()
    words = [sys.executable, "-m", "tests.hardening.unguarded", str(place.folder)]
    with serving([*words, f"sqlite:///{place.folder}/bare/ledger.db"]) as (_, address):
        asking = Asking.of(address)
        content = place.folder / "calculate.bin"
        content.write_bytes(asking.calculate)
        caller = Good(address, asking, None)
        with attacked(CONTROL, address, seconds + 4, None, content):
            time.sleep(2)  # until as much waits as the attacker can send
            told = caller.beside(seconds)
    failed = sum(len(each.failed) for each in told.values())
    return {"no answer of a server that takes every call": failed, **_figures(told)}
