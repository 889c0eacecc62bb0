"""Verifying a ledger: all that can be told from its entries is made anew, and held against what stands there.

The tree and its checkpoints, every signature, requests, buckets, subjects, reversals, releases and texts; and what an
auditor kept of it, which is all that is trusted.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from ..ledger.notes import Checkpoint
from .checkpoints import Checkpoints, Signing
from .findings import Finding, Findings, Found, Tick
from .inspecting import SUMS, Inspected, inspected, originals_of
from .kept import Kept
from .processes import Crew, jobs_for
from .sources import PART, Part, Row, Source, Span, Stored
from .tables import SUMMED, Tables, damage
from .trees import BLOCK, Tree
from .work import CHAINS, CONTRADICTIONS, Work

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
    """Where a verification stands, between two entries.

    Attributes:
        has_gap: whether an entry was missing.
        is_old: whether one does not say the fingerprint of its request.
        mark: the secret by which rows are summed up, of this verification alone.
        sums: of the rows of large tables.
    """

    next: int = 0
    tree: Tree = field(default_factory=Tree)
    signing: Signing = field(default_factory=Signing)
    kinds: dict[str, int] = field(default_factory=dict)
    has_gap: bool = False
    is_old: bool = False
    mark: bytes = field(default_factory=partial(secrets.token_bytes, 32))
    sums: dict[str, int] = field(default_factory=dict)

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
            "is_old": self.is_old,
            "mark": self.mark.hex(),
            "sums": {name: str(found) for name, found in self.sums.items()},
        }

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> State:
        """As it was kept."""
        heights = [(height, bytes.fromhex(found)) for height, found in said["heights"]]
        tree = Tree(said["size"], heights, [bytes.fromhex(each) for each in said["open"]], list(said["full"]))
        sums = {name: int(found) for name, found in said["sums"].items()}
        flags = (said["has_gap"], said["is_old"], bytes.fromhex(said["mark"]))
        return cls(said["next"], tree, Signing(said["keys"], said["due"]), said["kinds"], *flags, sums)


def verify(
    source: Source,
    kept: Kept | None = None,
    *,
    key: str = "",
    work: Work | None = None,
    jobs: int | None = None,
    tick: Tick = lambda _, __: None,
    found: Found = lambda _: None,
) -> Verified:
    """Make anew all that can be told from the entries of a ledger, and hold it against what stands there.

    Args:
        kept: the fingerprints and checkpoints that an auditor kept.
        key: a public key of the ledger that an auditor kept.
        work: where the tables are made anew; with a file of its own, what was interrupted goes on.
        jobs: how many processes; as many as there are cores, unless given.
        tick: is told how many entries of how many are done.
        found: is told what is wrong, once it is found.

    Raises:
        RequestError, ServiceError: the ledger cannot be read at all.
    """
    with Crew(jobs_for(source.size, jobs)) as crew:
        running = _Verification(source, kept or Kept(), work or Work(), crew, Findings(tell=found))
        try:
            running.entries(tick)
            return running.whole(key)
        except (DBAPIError, UnicodeDecodeError) as error:
            if not isinstance(source, Stored):
                raise
            return running.cut_short(damage(source.store, error))
        finally:
            if work is None:
                running.work.close()


class _Verification:
    """A verification on its way."""

    def __init__(self, source: Source, kept: Kept, work: Work, crew: Crew, findings: Findings) -> None:
        self.source, self.kept, self.work, self.crew = source, kept, work, crew
        said = work.state() or {"findings": [], "met": {}, "last": 0, "count": 0, "good": 0, "is_lost": False}
        self.state = state = State.read(said["state"]) if "state" in said else State()
        self.findings = findings
        self.findings.add(*(Finding.read(each) for each in said["findings"]))
        kept.met.update(said["met"])
        self.notes = Checkpoints(source, kept, crew, state.tree, state.signing, said["last"])
        self.notes.count, self.notes.good, self.notes.is_lost = said["count"], said["good"], said["is_lost"]
        self.tables = Tables(source) if isinstance(source, Stored) else None
        self._contradictions: list[Finding] = []

    def entries(self, tick: Tick) -> None:
        """Take in every entry, and keep on the way what was done so far."""
        if self.tables is not None:
            self.tables.begin(self.crew, self.state.mark)
        done = self.state.next
        for found in self.crew.in_order(inspected, self._tasks(self.source.parts(done), done, self._mark)):
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
        if found.begin != state.next:
            add(Finding.of("V0101", state.next, wanted=str(state.next), given=str(found.begin)))
        for name, sum_ in found.sums.items():
            state.sums[name] = (state.sums.get(name, 0) + sum_) % SUMS
        state.is_old |= found.is_old
        keys = {position: (key, replaces) for position, key, replaces in found.keys}
        index = 0
        while index < len(found.places):
            place, size, root = found.places[index], found.sizes[index], found.roots.get(index)
            if root is not None and self._passes_block(place, size):
                state.tree.append_block(found.leaves[index : index + BLOCK], root)
                index += BLOCK
                place += BLOCK - 1
            else:
                if place in keys:
                    add(*state.signing.change(place, *keys[place]))
                state.has_gap |= place != state.tree.size
                state.tree.append(found.leaves[index])
                index += 1
            if not state.has_gap and not self.notes.passes(size):
                add(*self.notes.meet(place, size))  # behind a gap all would be said to be wrong
        if self.tables is not None and not state.has_gap:
            add(*self.tables.compare_tiles(state.tree.filled))
        state.tree.filled.clear()
        state.next = found.next

    def _passes_block(self, place: int, size: Any) -> bool:
        """Whether the entries of the next block are all answered by a checkpoint behind them, or of the last."""
        if self.state.has_gap or place != self.state.tree.size:
            return False
        self.findings.add(*self.notes.reach(place + 1))
        return self.notes.passes_all(size, BLOCK)

    @property
    def _mark(self) -> bytes:
        """By which rows are summed up; of an export there are no tables to compare sums with, and rows are taken."""
        return self.state.mark if self.tables is not None else b""

    def _tasks(self, parts: Iterable[Part], first: int, mark: bytes) -> Iterator[tuple[Part, int, str, bytes]]:
        """The parts, each with the position that its first entry should have."""
        for part in parts:
            yield part, first, self.source.scope, mark
            if isinstance(part, Span):
                first = part.end
            else:
                last = part[-1].position
                first = last + 1 if isinstance(last, int) else first + len(part)

    def whole(self, key: str) -> Verified:
        """After the last entry: everything that can be told only of the whole."""
        schema, beyond = "", None
        if self.tables is not None:
            self._settle()  # while others sum up what is only appended
            self.tables.wait()
            with self.tables.snapshot() as late:  # with what was written in the meantime
                for task in self._tasks([late] if late else [], self.state.next, self._mark):
                    self.take(inspected(*task))
                    self._settle()
                self.keep()
                self._compare(self.tables)
                beyond = self.tables.checkpoints_beyond(self.state.tree.size)
                schema = self.tables.schema
        else:
            self._settle()
        if not self.state.has_gap:
            self.findings.add(*self.notes.end(beyond))
        self.findings.add(*self.notes.signed(), *self._contradictions, *self._beginning())
        self.findings.add(*self.kept.missed(self.state.tree.size))
        if key and key not in self.state.signing.keys:
            self.findings.add(Finding.of("V0116", None, "key", given=key))
        return self._verified(schema)

    def cut_short(self, damage: Finding) -> Verified:
        """The database cannot be read on: what was found until then, and that."""
        self.findings.add(*self.notes.signed(), damage)
        return self._verified("")

    def _settle(self) -> None:
        """What the entries say of each other: whose caps were given back, where they contradict each other."""
        self.work.settle(originals_of(self.source.contents(self.work.acted_on())))
        codes = CONTRADICTIONS if self.tables is None else [code for code in CONTRADICTIONS if code != CHAINS]
        self._contradictions = list(self.work.contradictions(*codes))

    def _compare(self, tables: Tables) -> None:
        """Hold the tables of the ledger against what the entries say: the large ones in short first."""
        add, state, work = self.findings.add, self.state, self.work
        add(*tables.differences(work, state.tree, is_whole=not state.has_gap))
        sums = tables.sums(self.crew, state.mark)
        other = [name for name in SUMMED if sums[name] != state.sums.get(name, 0)]
        if state.is_old and "requests" not in other:
            other.append("requests")  # entries of old do not say all that the sum is made of
        if not tables.has_chains(work, self.crew, state.mark):
            other.append("buckets")
        if other:  # then the rows themselves are wanted
            names = ["touches" if name == "buckets" else name for name in other]
            work.forget(*names)
            for task in self._tasks(_parts(self.source.rows()), 0, b""):
                work.take(inspected(*task), names)
            work.name_reversed()
        if "buckets" in other:
            self._contradictions.extend(work.contradictions(CHAINS))
        add(*tables.rows_of(work, *other), *tables.damages())

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


def _parts(rows: Iterator[Row]) -> Iterator[Part]:
    """Entries that are read here, some at a time."""
    while part := list(islice(rows, PART)):
        yield part
