"""Hostile calls over a raw channel, to every method of every service: each has a declared answer, and costs nothing.

Whatever is sent, the code is one of those that the service or gRPC declares, with its reason, and never INTERNAL or
UNKNOWN; no answer has a text of an exception or a path of the machine; memory, files and threads stay; a good call has
the same bytes afterwards, and the ledger is whole. The control is a server with nothing before its methods, that leaks.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from threading import Lock
from typing import Any, Final

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from tests.faults.audit import audited
from tests.faults.evidence import ROOT, Figures, Tick
from tests.faults.kill import serving
from tests.faults.outcome import Outcome, steps
from tests.faults.soak import Use, grown

from subsidy.codes import CODES
from subsidy.service import errors

from .cases import TABLE, Case, Cases, good, served
from .ground import ALONE, DETERMINE, Asking, Ground, call, ground

CALLERS: Final = 4
WARM: Final = 0.2  # of the calls, after which memory is to stay
LEAKING: Final = 150  # determinations by the control
BLIND: Final = 150  # calls to the control
_NONE: Final = {grpc.StatusCode.OK, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS}
DECLARED: Final = ({*errors._BY_CODE.values()} | {*errors._BY_FAMILY.values()}) - _NONE
REASONS: Final = {code.slug.upper().replace("-", "_") for code in CODES.values()}
# What gRPC answers by itself, before or beside any method of ours: the code, and how its words begin.
BARE: Final = (
    (grpc.StatusCode.UNIMPLEMENTED, "Method not found!"),
    (grpc.StatusCode.UNIMPLEMENTED, '"'),  # … requires exactly one request message.
    (grpc.StatusCode.RESOURCE_EXHAUSTED, "SERVER: Received message larger than max"),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, "SERVER: Decompressed message larger than max"),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, "received metadata size exceeds"),
)
LETS_OUT: Final = (
    b"Traceback", b'File "', b".py", b"site-packages", b"/tmp/", b"/dev/shm", b"Exception", b"object at 0x", b"sqlite",
    b"SQLAlchemy", b"sqlalchemy", b"grpc._", str(ROOT).encode(), sys.prefix.encode(),
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """How a call was answered."""

    code: grpc.StatusCode
    details: str = ""
    status: bytes = b""
    answers: tuple[bytes, ...] = ()


@dataclass
class Met:
    """What hostile calls met."""

    codes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    methods: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def take(self, number: int, case: Case, answer: Answer) -> None:
        """Judge one answer."""
        reason, wrong = judged(case, answer)
        with self.lock:
            self.codes[answer.code.name] += 1
            self.methods[case.method] += 1
            if reason:
                self.reasons[reason] += 1
            for kind, what in wrong:
                self.kinds[kind] += 1
                if self.kinds[kind] <= 5:
                    self.wrong.append(f"call {number}, {case.method:.60}: {what:.200}")


def asked(channel: grpc.Channel, case: Case) -> Answer:
    """Make a call."""
    named: dict[str, Any] = {"metadata": case.metadata, "timeout": case.timeout, "compression": case.compression}
    got: list[bytes] = []
    try:
        if case.is_plain:
            plain: Any = channel.unary_unary(case.method)
            got.append(plain(case.messages[0], **named))
        else:
            streamed: Any = channel.stream_stream(case.method)
            for each in streamed(iter(case.messages), **named):
                got.append(each)  # noqa: PERF402 – what came before an error is judged as well
    except grpc.RpcError as error:
        told: Any = error  # that is the call as well
        trailing = dict(told.trailing_metadata() or ())
        status = trailing.get("grpc-status-details-bin", b"")
        return Answer(told.code(), told.details() or "", status, tuple(got))
    return Answer(grpc.StatusCode.OK, answers=tuple(got))


def judged(case: Case, answer: Answer) -> tuple[str, list[tuple[str, str]]]:
    """The reason that an answer gives, and what is wrong with it: of which kind, and in words."""
    sent = b"".join([case.method.encode(), *case.messages])
    said = b"".join([answer.details.encode(), answer.status, *answer.answers])
    found = [("let out", f"{each!r} in {answer.details}") for each in LETS_OUT if each in said and each not in sent]
    if answer.code is grpc.StatusCode.OK:
        return "", found
    if answer.status:
        status, info = Status.FromString(answer.status), ErrorInfo()
        has_info = any(each.Unpack(info) for each in status.details)
        if not has_info or info.reason not in REASONS or info.domain != errors.DOMAIN:
            found.append(("no reason", f"{answer.code.name} {answer.details}: {info}"))
        if answer.code not in DECLARED or status.code != answer.code.value[0]:
            found.append(("not declared", f"{answer.code.name}: {answer.details}"))
        return info.reason, found
    is_short = answer.code is grpc.StatusCode.DEADLINE_EXCEEDED and case.timeout < 1
    is_plainly = any(answer.code is code and answer.details.startswith(words) for code, words in BARE)
    is_beside = case.method.startswith("/grpc.") and answer.code is grpc.StatusCode.NOT_FOUND
    if not (is_short or is_plainly or is_beside):
        found.append(("not declared", f"{answer.code.name}, without a reason: {answer.details}"))
    return "", found


def beat(address: str, cases: Cases, every: Iterable[int], met: Met, step: Callable[[], None]) -> None:
    """Make these calls, from some callers at once."""
    waiting, lock = iter(every), Lock()

    def go_on() -> None:
        with grpc.insecure_channel(address, ALONE) as channel:
            while True:
                with lock:
                    number = next(waiting, None)
                if number is None:
                    return
                case = cases[number]
                met.take(number, case, asked(channel, case))
                with lock:
                    step()

    with ThreadPoolExecutor(CALLERS) as pool:
        for each in [pool.submit(go_on) for _ in range(CALLERS)]:
            each.result()


def run(n: int, seed: int, tick: Tick) -> Figures:
    """Make `n` hostile calls."""
    met, warm, step = Met(), int(n * WARM), steps(tick, n)
    with ground() as place:
        with place.served() as (process, address):
            asking, seeds = Asking.of(address), good(place, address)
            cases = Cases(seed, seeds)
            missing = served(address) ^ cases.methods.keys()
            before = _good(address, asking, seeds)
            beat(address, cases, range(warm), met, step)
            uses = [Use.of(process.pid, 0)]
            beat(address, cases, range(warm, n), met, step)
            uses.append(Use.of(process.pid, 0))
            after = _good(address, asking, seeds)
            process.terminate()
            ended = process.wait(60)
        wrong = [*met.wrong, *(f"{each} is served or described, and not both" for each in missing), *grown(uses)]
        wrong += [f"another answer than before: {name}" for name in before if after[name] != before[name]]
        wrong += audited(place.file, {"good-0": b""})
        wrong += [f"it ended with {ended}"] if ended else []
        wrong += [f"no call to {path}" for path in cases.methods if not met.methods[path]]
        wrong += _internal(place.log.read_text("utf-8"))[:5]
        control = _unguarded(place, cases)
    kib = {"after warm-up": uses[0].kib, "at the end": uses[1].kib}
    figures = {
        "methods": len(cases.methods),
        "codes": dict(met.codes.most_common()),
        "reasons": len(met.reasons),
        "INTERNAL": met.codes["INTERNAL"],
        "UNKNOWN": met.codes["UNKNOWN"],
        "wrong by kind": dict(met.kinds),
        "KiB": kib,
        "files and threads": {
            name: f"{asdict(uses[0])[name]} → {asdict(uses[1])[name]}" for name in ("files", "threads")
        },
        "by reason": dict(met.reasons.most_common()),
    }
    return Outcome(figures, control, wrong).plain


def _good(address: str, asking: Asking, seeds: dict[str, list[bytes]]) -> dict[str, Any]:
    """Good calls, whose answers are the same bytes at any time."""
    with grpc.insecure_channel(address, ALONE) as channel:
        found: dict[str, Any] = {"a claim, asked again": call(channel, DETERMINE, asking.determine(0, "good"))}
        for path in ("CalculationService/Calculate", "PolicyService/ListPolicies", "PolicyService/GetPolicy"):
            for place, content in enumerate(seeds[f"/subsidy.v1.{path}"]):
                found[f"{path} {place}"] = call(channel, f"/subsidy.v1.{path}", content)
        found["a table"] = asked(channel, Case(TABLE, (seeds[TABLE][0], *table())))
    return found


def table() -> tuple[bytes, ...]:
    """A good table, as the messages behind the first."""
    from tests.service.table_wire import arrow, roster, stream

    return (arrow(stream(roster(50))),)


def _internal(log: str) -> list[str]:
    """What the log of the operator has of faults of our own, with the last words of their trace."""
    found = re.findall(r"internal error [0-9a-f]+ in (\S+)((?:\n(?!\d{4}-).*)*)", log)
    return [f"an internal error in {method}: {trace.strip()[-600:]}" for method, trace in found]


# — the control —


def _unguarded(place: Ground, cases: Cases) -> dict[str, Any]:
    """What is found of a server with nothing before its methods, which keeps something of each determination."""
    (place.folder / "bare").mkdir()
    url, met = f"sqlite:///{place.folder}/bare/ledger.db", Met()
    words = [sys.executable, "-m", "tests.hardening.unguarded", str(place.folder), url]
    with place.log.open("a", encoding="utf-8") as log, serving(words, log) as (process, address):
        beat(address, cases, range(BLIND), met, lambda: None)
        uses = [Use.of(process.pid, 0)]
        asking = Asking.of(address)
        with grpc.insecure_channel(address, ALONE) as channel, ThreadPoolExecutor(CALLERS) as pool:
            list(pool.map(partial(call, channel, DETERMINE), map(asking.determine, range(LEAKING))))
        uses.append(Use.of(process.pid, 0))
        with suppress(ProcessLookupError):
            process.kill()
    return {
        "codes not declared": met.kinds["not declared"],
        "texts let out": met.kinds["let out"],
        "memory that grew": sum("memory" in each for each in grown(uses)),
    }
