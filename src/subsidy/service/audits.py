"""The methods of the audit: what it finds, sent as it goes."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import grpc
from google.protobuf.message import Message

from ..errors import Problem, RequestError, ServiceError
from ..extras import MissingExtra, needs
from ..text import Text
from ..v1 import audit_service_pb2 as v1
from . import convert
from .answers import remark
from .determinations import discreet
from .requests import decode
from .streams import Stream

if TYPE_CHECKING:
    from ..audit.filters import Filter
    from ..audit.findings import Finding
    from ..audit.kept import Kept
    from ..audit.replaying import Replayed
    from ..audit.sources import Stored
    from ..audit.verifying import Verified
    from ..ledger import Ledger

AUDIT: Final = "subsidy.v1.AuditService"
Streamed = Callable[[bytes, grpc.ServicerContext], Iterator[bytes]]
_Part = Callable[..., Message]
_SECONDS: Final = 10  # after which a caller asks again
_PAUSE: Final = 0.2  # seconds between two words on how far it is
MOST: Final = 256  # policies, fingerprints or checkpoints of a request
_FINGERPRINT: Final = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.ASCII)


def audit_handlers(ledger: Ledger | None) -> Mapping[str, Streamed]:
    """Every method of the audit; refused where nothing can be audited."""
    missing = lacking(ledger)
    if ledger is not None and missing is None:
        audits = _Audits(ledger)
        return {"Replay": audits.replay, "Verify": audits.verify}

    def refuse(_: bytes, __: grpc.ServicerContext) -> Iterator[bytes]:
        raise ServiceError(missing or ())

    return {"Replay": refuse, "Verify": refuse}


def lacking(ledger: Ledger | None) -> Problem | None:
    """Why nothing can be audited: there is no ledger, or what an audit needs is not installed."""
    if ledger is None:
        return Problem.of("S0203", AUDIT)
    try:
        with needs("audit"):
            from ..audit import replaying, verifying  # noqa: F401 — whether they are there
    except MissingExtra:
        return Problem.of("S0204", AUDIT)
    return None


class _Audits:
    """One audit at a time, of a ledger that goes on."""

    def __init__(self, ledger: Ledger) -> None:
        self.url = ledger.store.url.render_as_string(hide_password=False)
        self.running = Lock()

    def replay(self, content: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        """Compute every determination again."""
        from ..audit.replaying import replay

        wanted = _filter(decode(v1.ReplayRequest, content))

        def work(stream: Stream, source: Stored) -> Message:
            sending = _Sending(stream, v1.ReplayResponse)
            made = replay(source, wanted, jobs=_jobs(source.size), tick=sending.tick, found=sending.found)
            for (policy, month, payer), fen in made.paid.items():
                sum_ = v1.Sum(
                    policy=_clean(policy), month=_clean(month), payer=_clean(payer), amount=convert.money(fen)
                )
                stream.send(v1.ReplayResponse(sum=sum_))
            return v1.ReplayResponse(totals=_replayed(made))

        return self._alone(work, context)

    def verify(self, content: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        """Make everything anew from the entries."""
        from ..audit.verifying import verify

        request = decode(v1.VerifyRequest, content)
        kept = _kept(request)

        def work(stream: Stream, source: Stored) -> Message:
            sending = _Sending(stream, v1.VerifyResponse)
            jobs = _jobs(source.size)
            made = verify(source, kept, key=request.key, jobs=jobs, tick=sending.tick, found=sending.found)
            return v1.VerifyResponse(totals=_verified(made))

        return self._alone(work, context)

    def _alone(self, work: Callable[[Stream, Stored], Message], context: grpc.ServicerContext) -> Iterator[bytes]:
        """What an audit sends, unless another one is running; it reads by itself, so that the writer goes on."""
        from ..audit.sources import Stored

        def opened(stream: Stream) -> Message:
            with discreet(), Stored(self.url) as source:
                return work(stream, source)

        if not self.running.acquire(blocking=False):
            raise ServiceError(Problem.of("S0201", "audit", limit="1", seconds=str(_SECONDS)))
        yield from Stream(context).parts(opened, self.running.release)


class _Sending:
    """How far an audit is and what it finds, as parts of an answer."""

    def __init__(self, stream: Stream, part: _Part) -> None:
        self.stream, self.part = stream, part
        self.began, self.said = time.monotonic(), float("-inf")

    def tick(self, done: int, of: int) -> None:
        """So much is done."""
        now = time.monotonic()
        if now - self.said < _PAUSE and done < of:
            return self.stream.go_on()
        self.said = now
        rate = round(done / max(now - self.began, 1e-6))
        return self.stream.send(self.part(progress=v1.Progress(done=done, of=of, rate=rate)))

    def found(self, finding: Finding) -> None:
        """Something is wrong."""
        problem = finding.problem
        values = {name: _cleaned(value) for name, value in problem.values.items()}
        what = remark(Problem.of(problem.code, _clean(problem.where), **values))
        self.stream.send(self.part(finding=v1.Finding(index=finding.position, what=what)))


def _jobs(size: int) -> int:
    """How many processes: so many that one core is left to those who determine."""
    from ..audit.processes import jobs_for

    return min(jobs_for(size), max(2, (os.cpu_count() or 1) - 1))


def _filter(request: v1.ReplayRequest) -> Filter:
    """Which determinations."""
    from ..audit.filters import Filter

    _check_count("policies", request.policies)
    for policy in request.policies:
        convert.check_name("policies", policy)
    since, until = (convert.decode_day(request, where) for where in ("since", "until"))
    last = request.last if request.HasField("last") else None
    if request.first < 0:
        raise convert.bad_request("first", f"{request.first} 小于零", f"{request.first} is below zero")
    if last is not None and last < request.first:
        raise convert.bad_request("last", f"{last} 在 first 之前", f"{last} is before first")
    if since and until and until < since:
        raise convert.bad_request("until", f"{until} 在 since 之前", f"{until} is before since")
    return Filter(
        tuple(request.policies),
        since.isoformat() if since else "",
        until.isoformat() if until else "",
        request.first,
        last,
    )


def _kept(request: v1.VerifyRequest) -> Kept:
    """What the caller kept; never the name of a file, which would be one of the server's."""
    from ..audit.kept import Kept
    from ..ledger.notes import BadNote, Verifier, read_checkpoint

    found, problems = Kept(), list[Problem]()
    _check_count("fingerprints", request.fingerprints)
    _check_count("checkpoints", request.checkpoints)
    for place, given in enumerate(request.fingerprints):
        matched = _FINGERPRINT.fullmatch(given)
        if matched:
            found.fingerprints.append(f"sha256:{matched[1]}")
        else:
            problems += convert.bad_request(f"fingerprints[{place}]", "不是指纹", "it is no fingerprint").problems
    for place, note in enumerate(request.checkpoints):
        try:
            checkpoint = read_checkpoint(note)
        except BadNote as error:
            problems += convert.bad_request(f"checkpoints[{place}]", f"不是检查点：{error}", str(error)).problems
        else:
            found.checkpoints.setdefault(checkpoint.size, []).append(checkpoint)
    if request.key:
        try:
            Verifier.read(request.key)
        except BadNote as error:
            problems += convert.bad_request("key", f"不是公钥：{error}", str(error)).problems
    if problems:
        raise RequestError(problems)
    return found


def _check_count(where: str, given: Any) -> None:
    if len(given) > MOST:
        raise convert.bad_request(where, f"{len(given)} 项，上限 {MOST}", f"{len(given)} entries; at most {MOST}")


def _replayed(made: Replayed) -> v1.ReplayTotals:
    return v1.ReplayTotals(
        origin=made.origin,
        scope=made.scope,
        seen=made.seen,
        same=made.same,
        different=made.different,
        cannot=made.cannot,
        digest=made.digest,
        findings=made.findings.count,
    )


def _verified(made: Verified) -> v1.VerifyTotals:
    return v1.VerifyTotals(
        origin=made.origin,
        scope=made.scope,
        size=made.size,
        fingerprint=made.fingerprint,
        checkpoints=made.checkpoints,
        schema=made.schema,
        keys=[_clean(key) for key in made.keys],
        kinds={_clean(kind): count for kind, count in made.kinds.items()},
        met=made.met,
        findings=made.findings.count,
    )


def _clean(text: str) -> str:
    """A text for the wire: whoever altered an entry may have put half a surrogate pair there, which has no UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _cleaned(value: str | Text) -> str | Text:
    return Text(_clean(value.zh), _clean(value.en)) if isinstance(value, Text) else _clean(value)
