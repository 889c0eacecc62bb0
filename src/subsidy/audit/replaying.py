"""Replaying a ledger: every determination and release computed again under the texts that the ledger itself holds.

Neither the policy folder nor the server is needed, and nothing depends on the clock, the time zone or the machine.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from .again import CANNOT, DIFFERENT, SAME, Again, again, begin
from .chunks import Crew, chunks, jobs_for
from .filters import Filter
from .findings import Finding, Findings, Found, Tick
from .sources import Row, Source
from .texts import Texts

_INSTALMENTS: Final = b'"instalments":'  # in the receipts of which an instalment may be released later
_KEEP_AFTER: Final = 50_000  # entries, after which a replay that was interrupted goes on
_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY, said TEXT);
    CREATE TABLE IF NOT EXISTS texts (digest PRIMARY KEY, body TEXT);
    CREATE TABLE IF NOT EXISTS awards (position INTEGER PRIMARY KEY, content BLOB);
    CREATE TABLE IF NOT EXISTS paid (position, policy, month, payer, fen);
    CREATE TABLE IF NOT EXISTS reversed (position INTEGER PRIMARY KEY);
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
        for (body,) in self.connection.execute("SELECT body FROM texts"):
            self.texts.add(json.loads(body))

    def entries(self, crew: Crew, tick: Tick) -> None:
        """Compute every entry again, and keep on the way what was done so far."""
        done = self.state.next
        self.connection.execute("BEGIN")
        for found in crew.in_order(again, self._tasks(self.source.rows(self.state.next))):
            self._take(found)
            tick(self.state.next, max(self.source.size, self.state.next))
            if self.state.next - done >= _KEEP_AFTER:
                done = self.state.next
                self._keep()
                self.connection.execute("BEGIN")
        self._keep()

    def _tasks(self, rows: Iterator[Row]) -> Iterator[tuple[list[Row], dict[int, bytes], Filter]]:
        """The rows by the chunk, with the awards of which something is released in them; texts are laid out before."""
        for chunk in chunks(rows):
            released = dict[int, bytes]()
            for row in chunk:
                if row.kind == "determination":
                    if isinstance(row.content, bytes) and _INSTALMENTS in row.content:
                        self._insert("awards", row.position, row.content)
                elif row.kind in _OTHERS:
                    try:
                        _OTHERS[row.kind](self, row, released)
                    except (msgspec.MsgspecError, ValueError, TypeError, LookupError, OSError):
                        continue  # what cannot be read is found by verifying, and computing it again says so, too
            yield chunk, released, self.wanted

    def text(self, row: Row, _: dict[int, bytes]) -> None:
        """Lay out a text for those that are computed under it."""
        body = json.loads(row.content)
        self.texts.add(body)
        self._insert("texts", str(body["digest"]), json.dumps(body))

    def reversal(self, row: Row, _: dict[int, bytes]) -> None:
        """Note what is not paid any more."""
        self._insert("reversed", _decode(row.content).reverses)

    def release(self, row: Row, released: dict[int, bytes]) -> None:
        """Find the determination of which an instalment is released."""
        award = _decode(row.content).award
        found = self.connection.execute("SELECT content FROM awards WHERE position = ?", (award,)).fetchone()
        if found is not None:
            released[award] = found[0]

    def _insert(self, table: str, *values: Any) -> None:
        marks = ", ".join("?" * len(values))
        self.connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", values)  # noqa: S608 – our own names

    def _take(self, found: Again) -> None:
        state = self.state
        state.next, state.seen = max(state.next, found.next), state.seen + found.seen
        for each in found.hashes:
            state.digest = hashlib.sha256(state.digest + each).digest()
        for outcome, count in found.counts.items():
            state.counts[outcome] = state.counts.get(outcome, 0) + count
        self.findings.add(*found.findings)
        self.connection.executemany("INSERT INTO paid VALUES (?, ?, ?, ?, ?)", found.paid)

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


_OTHERS: Final = {"text": _Replaying.text, "reversal": _Replaying.reversal, "release": _Replaying.release}
