"""Policies and adoptions that come while the service is asked: what is good is answered, what is not changes nothing.

Callers calculate and determine all the while, and no call may fail or have another answer than before. In each round a
module is locked in and adopted, and is determined by at once; then something is put beside it that is no good, has to
be refused, and changes nothing. The control is a server that is not told and does not look.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, repeat
from pathlib import Path
from typing import Any, Final

import grpc
from benchmarks.wire import OK, Connections
from tests.faults.audit import audited
from tests.faults.evidence import ROOT, Figures, Tick
from tests.faults.outcome import Outcome
from tests.faults.soak import Use
from tests.ledger.support import NURSING, adopt

import subsidy
from subsidy.client import Client
from subsidy.client.facts import encode_facts
from subsidy.v1.ledger_service_pb2 import DetermineRequest, DetermineResponse

from .ground import ALONE, CALCULATE, DETERMINE, PATIENCE, Asking, Ground, call, ground

NEVER: Final = ("--reload-seconds", "0")  # only when it is told
SOON: Final = 20.0  # seconds after which what is new is answered
GIVEN_UP: Final = 3.0  # and after which the control is taken not to answer
LIST: Final = "/subsidy.v1.PolicyService/ListPolicies"
REFUSED: Final = "what is new is not served"  # in the log
MORE: Final = 64 * 1024  # KiB that reading again may leave behind


@dataclass
class Asked:
    """What the callers met."""

    codes: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def load(address: str, asking: Asking) -> Iterator[Asked]:
    """Callers who calculate and determine all the while."""
    asked = Asked()
    claims = (asking.determine(number, "load") for number in count())
    work: tuple[tuple[str, Iterator[bytes]], ...] = ((CALCULATE, repeat(asking.calculate)), (DETERMINE, claims))

    def ask(path: str, requests: Iterator[bytes]) -> None:
        wire = Connections(address, path, 2, PATIENCE)

        def done(_: object, code: int) -> None:
            asked.codes[f"{path.rpartition('/')[2]} {code}"] += 1

        while not asked.over.is_set():
            while wire.unanswered < 2:
                wire.send(next(requests), None)
            wire.receive(time.perf_counter() + 1, done)
            time.sleep(0.002)  # a steady load, which leaves the processor to those who read
        end = time.perf_counter() + PATIENCE
        while wire.unanswered and time.perf_counter() < end:
            wire.receive(end, done)
        asked.codes["no answer"] += wire.unanswered
        wire.close()

    crew = [threading.Thread(target=ask, args=each) for each in work]
    for each in crew:
        each.start()
    try:
        yield asked
    finally:
        asked.over.set()
        for each in crew:
            each.join()


def added(place: Ground, number: int) -> str:
    """A module locked in and adopted, which grants at most 1001 CNY and its number; its id."""
    id_, folder = f"cn/test/added{number}", place.folder / "policies"
    text = (folder / NURSING / "2025-01-01.toml").read_text("utf-8")
    text = text.replace(NURSING, id_).replace('value = "1000"', f'value = "{1001 + number}"')
    (folder / id_).mkdir()
    (folder / id_ / "2025-01-01.toml").write_text(text, "utf-8")
    words = [sys.executable, "-m", "subsidy", "policy", "lock", "--policies", str(folder)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    adopt(place.folder / "adoptions", subsidy.Catalogue(folder).policy(id_), "2025-01-01", "", {})
    return id_


def granted(address: str, id_: str, number: int, patience: float) -> tuple[str, float]:
    """What a claim under a new module comes to, and after how many seconds it is answered; nothing where it is not."""
    begun = time.monotonic()
    facts = {"elder": f"N{number}", "month": "2025-03", "cost": "90000", "bill": f"n{number}"}
    with Client(address) as client, grpc.insecure_channel(address, ALONE) as channel:
        nursing = client.policy(NURSING, "2025-03-01")
        request = DetermineRequest(request_id=f"new-{number}", policy=id_, facts=encode_facts(nursing, facts))
        while time.monotonic() - begun < patience:
            found = call(channel, DETERMINE, request.SerializeToString())
            if isinstance(found, bytes):
                amount = DetermineResponse.FromString(found).recorded.amount
                return f"{amount.units}.{amount.nanos // 10_000_000:02}", time.monotonic() - begun
            time.sleep(0.05)
    return "", patience


# — what is no good —


def _lock(place: Ground) -> Path:
    return place.folder / "policies" / "catalogue.lock"


def _broken_lock(place: Ground) -> None:
    _lock(place).write_text(_lock(place).read_text("utf-8") + "sha256:00  nowhere\n", "utf-8")


def _other_digest(place: Ground) -> None:
    text = _lock(place).read_text("utf-8")
    at = text.index("sha256:") + 7
    _lock(place).write_text(text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :], "utf-8")


def _altered(place: Ground) -> None:
    file = place.folder / "policies" / NURSING / "2024-01-01.toml"
    file.write_text(file.read_text("utf-8").replace('value = "1000"', 'value = "9000"'), "utf-8")


def _unsound(place: Ground) -> None:
    folder = place.folder / "policies"
    text = (folder / NURSING / "2025-01-01.toml").read_text("utf-8").replace(NURSING, "cn/test/unsound")
    (folder / "cn/test/unsound").mkdir(exist_ok=True)
    file = folder / "cn/test/unsound/2025-01-01.toml"
    file.write_text(text.replace("min(cost, monthly_most", "min(cost / 0, there_is_no_such"), "utf-8")


def _adopting_nothing(place: Ground) -> None:
    folder = place.folder / "adoptions"
    text = (folder / NURSING / "2025-01-01.toml").read_text("utf-8")
    at = text.index("sha256:") + 7
    (folder / NURSING / "2026-01-01.toml").write_text(
        text.replace(text[at : at + 64], "0" * 64).replace("2025-01-01", "2026-01-01"), "utf-8"
    )


BAD: Final[tuple[Callable[[Ground], None], ...]] = (_broken_lock, _other_digest, _altered, _unsound, _adopting_nothing)


@contextmanager
def spoilt(place: Ground, spoil: Callable[[Ground], None]) -> Iterator[None]:
    """The folders with something that is no good; afterwards they are as before."""
    folders = [place.folder / name for name in ("policies", "adoptions")]
    before = {file: file.read_bytes() for folder in folders for file in folder.rglob("*") if file.is_file()}
    spoil(place)
    try:
        yield
    finally:
        for file in [file for folder in folders for file in folder.rglob("*") if file.is_file()]:
            if file not in before:
                file.unlink()
            elif file.read_bytes() != before[file]:
                file.write_bytes(before[file])


def refused(place: Ground, process: subprocess.Popen[str], address: str, spoil: Callable[[Ground], None]) -> list[str]:
    """What is wrong about how a server takes something that is no good: it must say so, and change nothing."""
    name = spoil.__name__.strip("_")
    with grpc.insecure_channel(address, ALONE) as channel, spoilt(place, spoil):
        before, said = call(channel, LIST, b""), place.log.read_text("utf-8").count(REFUSED)
        process.send_signal(signal.SIGHUP)
        end = time.monotonic() + SOON
        while place.log.read_text("utf-8").count(REFUSED) == said and time.monotonic() < end:
            time.sleep(0.05)
        if place.log.read_text("utf-8").count(REFUSED) == said:
            return [f"{name}: the log does not say that it is refused"]
        if call(channel, LIST, b"") != before:
            return [f"{name}: the list of policies is another one"]
    return []


def run(n: int, seed: int, tick: Tick) -> Figures:  # noqa: ARG001 – nothing is drawn by lot
    """Add `n` modules under load, and as often something that is no good."""
    wrong, seconds, amounts = list[str](), list[float](), list[str]()
    with ground() as place:
        with place.served(*NEVER) as (process, address):
            asking = Asking.of(address)
            with grpc.insecure_channel(address, ALONE) as channel, load(address, asking) as asked:
                before = call(channel, CALCULATE, asking.calculate)
                uses = list[Use]()
                for number in range(n):
                    tick(number, n)
                    id_ = added(place, number)
                    process.send_signal(signal.SIGHUP)
                    amount, took = granted(address, id_, number, SOON)
                    amounts.append(amount)
                    seconds.append(took)
                    wrong += refused(place, process, address, BAD[number % len(BAD)])
                    uses.append(Use.of(process.pid, 0))
                if call(channel, CALCULATE, asking.calculate) != before:
                    wrong.append("a calculation has another answer than before")
            process.terminate()
            ended = process.wait(60)
        wrong += audited(place.file, {f"new-{number}": b"" for number in range(n)})
        log = place.log.read_text("utf-8")
        control = {"not answered by a server that is not told": _untold(place, n)}
    wrong += [f"module {at} grants {each or 'nothing'}" for at, each in enumerate(amounts) if each != f"{1001 + at}.00"]
    wrong += [f"{many} calls: {what}" for what, many in asked.codes.items() if many and not what.endswith(f" {OK}")]
    wrong += ["it did not end well"] if ended else []
    wrong += ["the log has an internal error"] if "internal error" in log else []
    if uses[-1].kib > uses[min(len(uses) - 1, n // 5)].kib + MORE or uses[-1].files > uses[0].files + 8:
        wrong.append(f"what it uses grew: {uses[0]}, {uses[-1]}")
    figures: dict[str, Any] = {
        "modules added": n,
        "refused": log.count(REFUSED),
        "calls": dict(asked.codes),
        "seconds until it is answered": {"most": f"{max(seconds):.1f}", "bound": SOON},
        "KiB": f"{uses[0].kib} → {uses[-1].kib}",
        "files": f"{uses[0].files} → {uses[-1].files}",
    }
    return Outcome(figures, control, wrong).plain


def _untold(place: Ground, number: int) -> int:
    """The control: whether it is noticed of a server that is not told, and does not look, that it does not answer."""
    with place.served(*NEVER) as (_, address):
        amount, _ = granted(address, added(place, number), number, GIVEN_UP)
    return int(amount == "")
