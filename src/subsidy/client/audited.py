"""What an audit on the server says: how far it is, what it finds, and the totals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..errors import Problem
from ..text import Text
from ..v1 import audit_service_pb2 as v1
from .answer import yuan
from .errors import problem_of


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an audit is.

    Attributes:
        done: how many entries are done.
        of: how many there are.
        rate: how many are done in a second.
    """

    done: int
    of: int
    rate: int

    @property
    def left(self) -> float | None:
        """How many seconds it will take still; None where that cannot be told."""
        return (self.of - self.done) / self.rate if self.rate else None


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong.

    Attributes:
        index: at which entry; None where it is of none.
        problem: by its code; a long value is cut.
        text: what is wrong, in words.
    """

    index: int | None
    problem: Problem
    text: Text


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of computing again.

    Attributes:
        seen: how many determinations and releases there are, with those that were not asked for.
        same, different, cannot: how many of each.
        digest: over all that was computed, in order: equal wherever the same was computed.
        paid: what was determined and not reversed, in CNY, by policy, month and payer.
        findings: how many there are, with those that were not sent.
    """

    origin: str
    scope: str
    seen: int
    same: int
    different: int
    cannot: int
    digest: str
    paid: Mapping[tuple[str, str, str], Decimal]
    findings: int

    @property
    def is_clean(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of verifying.

    Attributes:
        size: how many entries there are.
        fingerprint: of the log at that size, made anew: what to keep of it.
        checkpoints: how many there are.
        schema: SHA-256 over tables, constraints and indexes of the database.
        keys: every key that signed, from the first on.
        kinds: how many entries there are of each kind.
        met: the size of the log at each fingerprint that was kept and is met.
        findings: how many there are, with those that were not sent.
    """

    origin: str
    scope: str
    size: int
    fingerprint: str
    checkpoints: int
    schema: str
    keys: tuple[str, ...]
    kinds: Mapping[str, int]
    met: Mapping[str, int]
    findings: int

    @property
    def is_clean(self) -> bool:
        return not self.findings


def replayed(parts: Iterator[v1.ReplayResponse]) -> Iterator[Progress | Finding | Replayed]:
    """The parts of a replay, its sums as one with its totals."""
    paid: dict[tuple[str, str, str], Decimal] = {}
    for part in parts:
        match part.WhichOneof("part"):
            case "sum":
                sum_ = part.sum
                paid[sum_.policy, sum_.month, sum_.payer] = yuan(sum_.amount)
            case "totals":
                said = part.totals
                yield Replayed(
                    said.origin,
                    said.scope,
                    said.seen,
                    said.same,
                    said.different,
                    said.cannot,
                    said.digest,
                    paid,
                    said.findings,
                )
            case _:
                yield from _on_the_way(part)


def verified(parts: Iterator[v1.VerifyResponse]) -> Iterator[Progress | Finding | Verified]:
    """The parts of a verification."""
    for part in parts:
        if part.WhichOneof("part") == "totals":
            said = part.totals
            yield Verified(
                said.origin,
                said.scope,
                said.size,
                said.fingerprint,
                said.checkpoints,
                said.schema,
                tuple(said.keys),
                dict(said.kinds),
                dict(said.met),
                said.findings,
            )
        else:
            yield from _on_the_way(part)


def _on_the_way(part: Any) -> Iterator[Progress | Finding]:
    match part.WhichOneof("part"):
        case "progress":
            said = part.progress
            yield Progress(said.done, said.of, said.rate)
        case "finding":
            found = part.finding
            index = found.index if found.HasField("index") else None
            message = found.what.message
            yield Finding(index, problem_of(found.what.problem), Text(message.zh, message.en))
