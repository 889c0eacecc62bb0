"""Verifying a ledger: all that can be told from its entries is made anew, and held against what stands there.

The tree and its checkpoints, every signature, requests, buckets, subjects, reversals, releases and texts; and what an
auditor kept of it, which is all that is trusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from ..ledger.notes import Checkpoint
from .checkpoints import Checkpoints, Signing
from .chunks import Crew, chunks, jobs_for
from .findings import Finding, Findings, Tick
from .inspecting import Inspected, inspected
from .kept import Kept
from .sources import Row, Source, Stored
from .stored import Kept as Tables
from .stored import damage
from .trees import Tree
from .work import Work

_KEEP_AFTER: Final = 50_000  # entries, after which an audit that was interrupted goes on


@dataclass(frozen=True)
class Verified:
    """What came of verifying a ledger.

    Attributes:
        size: how many entries there are.
        fingerprint: of the log at that size, made anew: what to keep of it.
        checkpoints: how many there are, each made anew, with all its signatures.
        schema: SHA-256 over tables, constraints and indexes; empty for an export.
        keys: every key that signed, from the first on.
        kinds: how many entries there are of each kind.
        met: the size of the log at each fingerprint that was kept.
    """

    shown: str
    origin: str
    scope: str
    size: int
    fingerprint: str
    checkpoints: int
    schema: str
    keys: tuple[str, ...]
    kinds: Mapping[str, int]
    met: Mapping[str, int]
    findings: Findings

    @property
    def is_clean(self) -> bool:
        return not self.findings.count


@dataclass
class State:
    """Where a verification stands, between two entries."""

    next: int = 0
    tree: Tree = field(default_factory=Tree)
    signing: Signing = field(default_factory=Signing)
    kinds: dict[str, int] = field(default_factory=dict)
    has_gap: bool = False

    def plain(self) -> dict[str, Any]:
        """As it is kept."""
        tree = self.tree
        return {
            "next": self.next,
            "size": tree.size,
            "heights": [[height, found.hex()] for height, found in tree.heights],
            "open": [each.hex() for each in tree.open],
            "full": tree.full,
            "keys": self.signing.keys,
            "due": self.signing.due,
            "kinds": self.kinds,
            "has_gap": self.has_gap,
        }

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> State:
        """As it was kept."""
        heights = [(height, bytes.fromhex(found)) for height, found in said["heights"]]
        tree = Tree(said["size"], heights, [bytes.fromhex(each) for each in said["open"]], list(said["full"]))
        return cls(said["next"], tree, Signing(said["keys"], said["due"]), said["kinds"], said["has_gap"])


def verify(
    source: Source,
    kept: Kept | None = None,
    *,
    key: str = "",
    work: Work | None = None,
    jobs: int | None = None,
    tick: Tick = lambda _, __: None,
) -> Verified:
    """Make anew all that can be told from the entries of a ledger, and hold it against what stands there.

    Args:
        kept: the fingerprints and checkpoints that an auditor kept.
        key: a public key of the ledger that an auditor kept.
        work: where the tables are made anew; with a file of its own, what was interrupted goes on.
        jobs: how many processes; as many as there are cores, unless given.
        tick: is told how many entries of how many are done.

    Raises:
        RequestError, ServiceError: the ledger cannot be read at all.
    """
    with Crew(jobs_for(source.size, jobs)) as crew:
        found = _Verification(source, kept or Kept(), work or Work(), crew)
        try:
            found.entries(tick)
            return found.whole(key)
        except (DBAPIError, UnicodeDecodeError) as error:
            if not isinstance(source, Stored):
                raise
            return found.cut_short(damage(source.store, error))
        finally:
            if work is None:
                found.work.close()


class _Verification:
    """A verification on its way."""

    def __init__(self, source: Source, kept: Kept, work: Work, crew: Crew) -> None:
        self.source, self.kept, self.work, self.crew = source, kept, work, crew
        said = work.state() or {"findings": [], "met": {}, "last": 0, "count": 0, "good": 0, "is_lost": False}
        self.state = state = State.read(said["state"]) if "state" in said else State()
        self.findings = Findings()
        self.findings.add(*(Finding.read(each) for each in said["findings"]))
        kept.met.update(said["met"])
        self.notes = Checkpoints(source, kept, crew, state.tree, state.signing, said["last"])
        self.notes.count, self.notes.good, self.notes.is_lost = said["count"], said["good"], said["is_lost"]
        self.tables = Tables(source) if isinstance(source, Stored) else None

    def entries(self, tick: Tick) -> None:
        """Take in every entry, and keep on the way what was done so far."""
        rows = self.source.rows(self.state.next)
        done = self.state.next
        for found in self.crew.in_order(inspected, _tasks(rows, self.state.next, self.source.scope)):
            self.take(found)
            tick(self.state.next, max(self.source.size, self.state.next))
            if self.state.next - done >= _KEEP_AFTER:
                done = self.state.next
                self.keep()
        self.keep()

    def keep(self) -> None:
        """Keep what was done so far, so that it need not be done again."""
        self.findings.add(*self.notes.signed())
        notes = self.notes
        self.work.keep(
            {
                "state": self.state.plain(),
                "findings": [each.plain() for each in self.findings.listed],
                "met": self.kept.met,
                "last": notes.last,
                "count": notes.count,
                "good": notes.good,
                "is_lost": notes.is_lost,
            }
        )

    def take(self, found: Inspected) -> None:
        """Take in what some entries say."""
        state, add = self.state, self.findings.add
        add(*found.findings)
        self.work.take(found)
        for kind, count in found.kinds.items():
            state.kinds[kind] = state.kinds.get(kind, 0) + count
        keys = {position: (key, replaces) for position, key, replaces in found.keys}
        for place, leaf, size in zip(found.places, found.leaves, found.sizes, strict=True):
            if place in keys:
                add(*state.signing.change(place, *keys[place]))
            state.has_gap |= place != state.tree.size
            state.tree.append(leaf)
            if not state.has_gap:  # behind one nothing is where it was, and all of it would be said to be wrong
                add(*self.notes.meet(place, size))
        if self.tables is not None and not state.has_gap:
            for level, place, tile in state.tree.filled:
                add(*self.tables.compare_tile(level, place, tile))
        state.tree.filled.clear()
        state.next = found.next

    def whole(self, key: str) -> Verified:
        """After the last entry: everything that can be told only of the whole."""
        schema = ""
        if self.tables is not None:
            with self.tables.snapshot() as rest:  # what was written in the meantime
                for task in _tasks(rest, self.state.next, self.source.scope):
                    self.take(inspected(*task))
                self.keep()
                self.findings.add(*self.tables.differences(self.work, self.state.tree, is_whole=not self.state.has_gap))
                schema = self.tables.schema
        if not self.state.has_gap:
            self.findings.add(*self.notes.end())
        self.findings.add(*self.notes.signed(), *self.work.contradictions(), *self._beginning())
        self.findings.add(*self.kept.missed(self.state.tree.size))
        if key and key not in self.state.signing.keys:
            self.findings.add(Finding.of("V0116", None, "key", given=key))
        return self._verified(schema)

    def cut_short(self, damage: Finding) -> Verified:
        """The database cannot be read on: what was found until then, and that."""
        self.findings.add(*self.notes.signed(), damage)
        return self._verified("")

    def _beginning(self) -> Iterator[Finding]:
        """The first entry says of which log it is."""
        said = next(self.work.rows("SELECT origin, scope FROM opened WHERE position = 0"), None)
        if said != (self.source.origin, self.source.scope):
            given = "–" if said is None else ", ".join(said)
            yield Finding.of("V0121", 0, given=given, wanted=f"{self.source.origin}, {self.source.scope}")

    def _verified(self, schema: str) -> Verified:
        state, source = self.state, self.source
        return Verified(
            source.shown,
            source.origin,
            source.scope,
            state.tree.size,
            Checkpoint(source.origin, state.tree.size, state.tree.root).fingerprint,
            self.notes.count,
            schema,
            tuple(state.signing.keys),
            dict(sorted(state.kinds.items())),
            dict(self.kept.met),
            self.findings,
        )


def _tasks(rows: Iterable[Row], first: int, scope: str) -> Iterator[tuple[list[Row], int, str]]:
    """The rows by the chunk, each with the position that its first one should have."""
    for chunk in chunks(rows):
        yield chunk, first, scope
        last = chunk[-1].position
        first = last + 1 if isinstance(last, int) else first + len(chunk)
