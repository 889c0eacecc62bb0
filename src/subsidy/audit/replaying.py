"""Replaying a ledger: every determination and release computed again under the texts that the ledger itself holds.

Neither the policy folder nor the server is needed, and nothing depends on the clock, the time zone or the machine.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from ..text import Text
from .again import CANNOT, DIFFERENT, SAME, Again, again, begin
from .earlier import Asked, Earlier, is_asked
from .filters import Filter
from .findings import Finding, Findings, Found, Tick
from .processes import Crew, jobs_for
from .sources import Part, Row, Source, Span
from .texts import Texts

_KEEP_AFTER: Final = 50_000  # entries, after which a replay that was interrupted goes on
_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY, said TEXT);
    CREATE TABLE IF NOT EXISTS paid (position, policy, month, payer, fen);
"""


class _Body(msgspec.Struct):
    reverses: int = -1
    award: int = -1


_decode: Final = msgspec.json.Decoder(_Body).decode


@dataclass(frozen=True)
class Replayed:
    """What came of replaying a ledger.

    Attributes:
        seen: how many determinations and releases there are; those that the filter left out are in no other figure.
        same, different, cannot: how many of each.
        digest: over all that was computed, in order: equal wherever the same was computed.
        paid: what was determined and not reversed, in fen, by policy, month and payer.
    """

    shown: str
    origin: str
    scope: str
    seen: int
    same: int
    different: int
    cannot: int
    digest: str
    paid: Mapping[tuple[str, str, str], int]
    findings: Findings

    @property
    def is_clean(self) -> bool:
        return not self.findings.count


@dataclass
class _State:
    next: int = 0
    seen: int = 0
    digest: bytes = bytes(32)
    counts: dict[str, int] = field(default_factory=dict)


def replay(
    source: Source,
    wanted: Filter | None = None,
    *,
    work: Path | None = None,
    jobs: int | None = None,
    tick: Tick = lambda _, __: None,
    found: Found = lambda _: None,
) -> Replayed:
    """Compute every determination and release again.

    Args:
        wanted: which; all unless given.
        work: a file in which it is kept what was done, so that what was interrupted goes on.
        jobs: how many processes; as many as there are cores, unless given.
        tick: is told how many entries of how many are done.
        found: is told what is wrong, once it is found.

    Raises:
        RequestError, ServiceError: the ledger cannot be read at all.
    """
    with TemporaryDirectory(prefix="subsidy-audit-") as name:
        texts = Path(name)
        with Crew(jobs_for(source.size, jobs), begin, texts) as crew:
            running = _Replaying(source, wanted or Filter(), work, Texts(texts), Findings(tell=found))
            try:
                running.prepare()
                running.entries(crew, tick)
                return running.whole()
            finally:
                running.connection.close()


class _Replaying:
    """A replay on its way."""

    def __init__(self, source: Source, wanted: Filter, work: Path | None, texts: Texts, findings: Findings) -> None:
        self.source, self.wanted, self.texts = source, wanted, texts
        self.connection = sqlite3.connect(str(work) if work else "", isolation_level=None)
        self.connection.execute("PRAGMA synchronous=OFF")
        self.connection.executescript(_TABLES)
        self.state, self.findings = _State(), findings
        row = self.connection.execute("SELECT said FROM state").fetchone()
        if row is not None:
            said = json.loads(row[0])
            self.state = _State(said["next"], said["seen"], bytes.fromhex(said["digest"]), said["counts"])
            self.findings.add(*(Finding.read(each) for each in said["findings"]))
        self._released: list[tuple[int, int]] = []  # where something is released, and of which award
        self._awards: dict[int, bytes] = {}
        self._earlier, self._is_asked = Earlier(self.connection), False

    def entries(self, crew: Crew, tick: Tick) -> None:
        """Compute every entry again, and keep on the way what was done so far."""
        done = self.state.next
        self.connection.execute("BEGIN")
        for found in crew.in_order(again, self._tasks(self.source.parts(self.state.next))):
            self._take(found)
            tick(self.state.next, max(self.source.size, self.state.next))
            if self.state.next - done >= _KEEP_AFTER:
                done = self.state.next
                self._keep()
                self.connection.execute("BEGIN")
        self._keep()

    def prepare(self) -> None:
        """Lay out the texts, and note what later entries say of earlier ones."""
        awards = set[int]()
        for row in self.source.of_kinds("text", "reversal", "release"):
            try:
                body = _decode(row.content)
                if row.kind == "text":
                    said = json.loads(row.content)
                    self.texts.add(said)
                    self._is_asked |= is_asked(said["content"])
                elif row.kind == "reversal":
                    self._earlier.reverse(body.reverses, row.position)
                else:
                    awards.add(body.award)
                    self._released.append((row.position, body.award))
            except (msgspec.MsgspecError, ValueError, TypeError, LookupError, OSError):
                continue  # what cannot be read is found by verifying; computing again what needs it says so, too
        self._awards = self.source.contents(awards)

    def _tasks(self, parts: Iterable[Part]) -> Iterator[tuple[Part, dict[int, bytes], Filter, bool]]:
        """The parts, each with the awards of which something is released in it."""
        released = deque(sorted(self._released))
        for part in parts:
            first, end = (part.first, part.end) if isinstance(part, Span) else _span(part)
            needed = dict[int, bytes]()
            while released and released[0][0] < end:
                position, award = released.popleft()
                if position >= first and award in self._awards:
                    needed[award] = self._awards[award]
            yield part, needed, self.wanted, self._is_asked

    def _take(self, found: Again) -> None:
        state = self.state
        state.next, state.seen = max(state.next, found.next), state.seen + found.seen
        self._earlier.take(found.claims)
        for asked in found.asked:
            self._ask_again(found, asked)
        for each in found.hashes:
            state.digest = hashlib.sha256(state.digest + each).digest()
        for outcome in found.outcomes:
            state.counts[outcome] = state.counts.get(outcome, 0) + 1
        self.findings.add(*found.findings)
        self.connection.executemany("INSERT INTO paid VALUES (?, ?, ?, ?, ?)", found.paid)

    def _ask_again(self, found: Again, asked: Asked) -> None:
        """Hold what a claim took from earlier ones against what these say."""
        value = self._earlier.differs(asked)
        if value is None:
            return
        name = f"facts.{asked.fact}"
        given = "–" if asked.recorded is None else str(asked.recorded)
        at = Text(name, name)
        found.findings.append(Finding.of("V0153", asked.position, at=at, recorded=given, computed=value, count="1"))
        found.outcomes[asked.place] = DIFFERENT
        found.hashes[asked.place] = hashlib.sha256(found.hashes[asked.place] + f"{name} {value}".encode()).digest()

    def _keep(self) -> None:
        said = {
            "next": self.state.next,
            "seen": self.state.seen,
            "digest": self.state.digest.hex(),
            "counts": self.state.counts,
            "findings": [each.plain() for each in self.findings.listed],
        }
        self.connection.execute("INSERT OR REPLACE INTO state VALUES (1, ?)", (json.dumps(said),))
        self.connection.execute("COMMIT")

    def whole(self) -> Replayed:
        """After the last entry."""
        paid = self.connection.execute("""
            SELECT policy, month, payer, sum(fen) FROM paid WHERE position NOT IN (SELECT position FROM reversed)
             GROUP BY policy, month, payer ORDER BY policy, month, payer
        """)
        counts, source = self.state.counts, self.source
        return Replayed(
            source.shown,
            source.origin,
            source.scope,
            self.state.seen,
            counts.get(SAME, 0),
            counts.get(DIFFERENT, 0),
            counts.get(CANNOT, 0),
            "sha256:" + self.state.digest.hex(),
            {(policy, month, payer): fen for policy, month, payer, fen in paid},
            self.findings,
        )


def _span(rows: list[Row]) -> tuple[int, int]:
    """From which position on some entries stand, and the one behind them."""
    there = [row.position for row in rows if isinstance(row.position, int)]
    return min(there, default=0), max(there, default=-1) + 1
