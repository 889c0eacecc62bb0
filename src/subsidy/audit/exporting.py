"""Exporting a ledger: a file that anybody can verify, without this program and without its operator.

JSON Lines, as docs/export-format.md says. No identifier in clear is in it, as no entry has one.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy.exc import DBAPIError

from ..errors import Problem, RequestError
from ..ledger.copying import synced
from ..ledger.merkle import inclusion_proof, leaf_hash, node_hash, verify_inclusion
from ..ledger.notes import BadNote, Checkpoint, read_checkpoint
from ..ledger.opening import failed
from ..ledger.stores import Store
from ..ledger.tree import Tiles
from .findings import Finding, Findings, Tick
from .sources import FORMAT, Exported, Row, Source, Stored

_ALWAYS: Final = ("opened", "key", "text")  # what every part has: by whom it is signed, and what it rests on
_AT_ONCE: Final = 2048  # proofs that are made in one transaction
_TICK: Final = 256
_DATED: Final = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?")
Proved = tuple[Row, tuple[bytes, ...] | None]


@dataclass(frozen=True, slots=True)
class Part:
    """Which entries are exported; all, where nothing is said.

    Of a policy, or of claims dated from and until some days or months, the part has the determinations and what was
    reversed and released of them. `first` and `last` hold for all. What every verifier needs is always there.
    """

    policy: str | None = None
    dated_from: str | None = None
    dated_until: str | None = None
    first: int | None = None
    last: int | None = None

    @property
    def is_whole(self) -> bool:
        return self.to_dict() == {}

    def to_dict(self) -> dict[str, Any]:
        """What is said of it in the first line."""
        said = {"policy": self.policy, "from": self.dated_from, "until": self.dated_until}
        return {
            name: value for name, value in {**said, "first": self.first, "last": self.last}.items() if value is not None
        }

    def check(self) -> None:
        """Refuse what can have no entry.

        Raises:
            RequestError: a day is none, or it ends before it begins; all problems.
        """
        problems = []
        for name, given in (("from", self.dated_from), ("until", self.dated_until)):
            if given is not None and not _DATED.fullmatch(given):
                problems.append(Problem.of("R0546", name, given=given))
        if self.first is not None and self.last is not None and self.last < self.first:
            problems.append(Problem.of("R0545", "last", given=str(self.last)))
        if self.dated_from and self.dated_until and not _is_between(self.dated_until, self.dated_from, None):
            problems.append(Problem.of("R0545", "until", given=self.dated_until))
        if problems:
            raise RequestError(problems)


@dataclass(frozen=True, slots=True)
class Export:
    """What was exported.

    Attributes:
        size: how many entries the ledger has at the checkpoint.
        entries: how many of them are exported.
        fingerprint: of the checkpoint; empty where there is none that can be read.
        findings: what was seen to be wrong on the way; the file is there all the same.
    """

    path: Path
    size: int
    entries: int
    checkpoints: int
    fingerprint: str
    findings: Findings


def export(
    source: Source,
    target: Path,
    tick: Tick = lambda _, __: None,
    *,
    part: Part = Part(),
    with_proofs: bool = False,
) -> Export:
    """Write a ledger as it was at its latest checkpoint into a new file; gzipped where its name ends in ``.gz``.

    The file has its name only once it is whole and on disk. A part always has proofs; without them nobody could
    verify it.

    Raises:
        RequestError: there is such a file already, it cannot be written, or the part can have no entry.
        ServiceError: the database failed.
    """
    part.check()
    if isinstance(source, Exported) and (with_proofs or not part.is_whole):
        raise RequestError(Problem.of("R0544", source.shown))
    try:
        with _new(target) as file:
            return _Writing(source, part, tick, file).write(target, with_proofs=with_proofs or not part.is_whole)
    except DBAPIError as error:
        assert isinstance(source, Stored)
        raise failed(source.store, error) from None


class _Root:
    """The root of a tree that grows: the hashes of its complete subtrees, the largest first."""

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        height, found = 0, leaf
        while self._peaks and self._peaks[-1][0] == height:
            height, found = height + 1, node_hash(self._peaks.pop()[1], found)
        self._peaks.append((height, found))

    @property
    def hash(self) -> bytes:
        found = self._peaks[-1][1] if self._peaks else b""
        for _, left in reversed(self._peaks[:-1]):
            found = node_hash(left, found)
        return found


@dataclass
class _Writing:
    """An export under way."""

    source: Source
    part: Part
    tick: Tick
    file: IO[bytes]
    findings: Findings = field(default_factory=Findings)
    chosen: set[int] = field(default_factory=set)
    root: _Root = field(default_factory=_Root)

    def write(self, target: Path, *, with_proofs: bool) -> Export:
        note = self.source.latest()
        latest = _checkpoint(note)
        if latest is None:
            self.findings.add(Finding.of("V0204", None, self.source.shown))
        size = self.source.size if latest is None else latest.size
        part = None if self.part.is_whole else self.part.to_dict()
        self._line(
            {
                "format": FORMAT, "origin": self.source.origin, "scope": self.source.scope, "size": size,
                "checkpoint": note, "part": part,
            }
        )  # fmt: skip
        rows = self._rows(size)
        proved: Iterator[Proved] = ((row, None) for row in rows)
        if with_proofs and latest is not None and isinstance(self.source, Stored):
            proved = self._proved(rows, latest, self.source.store)
        entries, checkpoints = self._entries(proved, size, is_whole=part is None)
        if part is None and latest is not None:
            self._check(latest, entries)
        fingerprint = "" if latest is None else latest.fingerprint
        return Export(target, size, entries, checkpoints, fingerprint, self.findings)

    def _rows(self, size: int) -> Iterator[Row]:
        """The entries that are exported."""
        for done, row in enumerate(self.source.rows(), start=1):
            if type(row.position) is int and row.position >= size:  # written since
                break
            if done % _TICK == 0:
                self.tick(min(done, size), size)
            if self.part.is_whole:
                self.root.add(leaf_hash(_content(row)))
            if self.part.is_whole or self._is_chosen(row):
                yield row
        self.tick(size, size)

    def _is_chosen(self, row: Row) -> bool:
        if row.kind in _ALWAYS:
            return True
        part, at = self.part, row.position
        if type(at) is not int or at < (part.first or 0) or (part.last is not None and at > part.last):
            return False
        if part.policy is None and part.dated_from is None and part.dated_until is None:
            return True
        is_chosen = _is_of(part, row, self.chosen)
        if is_chosen:
            self.chosen.add(at)
        return is_chosen

    def _proved(self, rows: Iterator[Row], latest: Checkpoint, store: Store) -> Iterator[Proved]:
        """The entries with their proofs under a checkpoint; made some at a time, so that a writer goes on."""
        while some := list(islice(rows, _AT_ONCE)):
            with store.reading() as connection:
                tiles = Tiles(connection, latest.size)
                made = [(row, self._proof(row, latest, tiles)) for row in some]
            yield from made

    def _proof(self, row: Row, latest: Checkpoint, tiles: Tiles) -> tuple[bytes, ...]:
        try:
            proof = tuple(inclusion_proof(row.position, latest.size, tiles.node))
            is_proved = verify_inclusion(row.position, latest.size, leaf_hash(_content(row)), proof, latest.root)
        except (LookupError, TypeError, ValueError):  # the tree, or the position, was altered
            proof, is_proved = (), False
        if not is_proved:
            self.findings.add(Finding.of("V0203", row.position if type(row.position) is int else None))
        return proof

    def _entries(self, rows: Iterator[Proved], size: int, *, is_whole: bool) -> tuple[int, int]:
        """Write the entries, in a whole export each checkpoint behind the last of its entries; how many of either."""
        entries = checkpoints = 0
        notes = self.source.checkpoints() if is_whole else iter(())
        waiting = next(notes, None)
        for row, proof in rows:
            while waiting is not None and _is_due(waiting[0], row.position):
                checkpoints += self._note(waiting[1])
                waiting = next(notes, None)
            line = {"position": row.position, "kind": row.kind, "size": row.size, **_written(row)}
            if proof is not None:
                line["proof"] = [base64.b64encode(each).decode() for each in proof]
            self._line(line)
            entries += 1
        while waiting is not None and not (type(waiting[0]) is int and waiting[0] > size):
            checkpoints += self._note(waiting[1])
            waiting = next(notes, None)
        return entries, checkpoints

    def _note(self, note: Any) -> int:
        self._line({"checkpoint": note})
        return 1

    def _check(self, latest: Checkpoint, entries: int) -> None:
        """See that what was exported is what the checkpoint says."""
        if entries != latest.size:
            self.findings.add(Finding.of("V0202", None, self.source.shown, given=str(entries), size=str(latest.size)))
        elif self.root.hash != latest.root:
            self.findings.add(Finding.of("V0201", None, self.source.shown, size=str(latest.size)))

    def _line(self, data: Mapping[str, Any]) -> None:
        # Whatever somebody wrote into the database is exported as it is, so a value may be of any type.
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)
        self.file.write(text.encode("utf-8", "backslashreplace") + b"\n")


def _is_of(part: Part, row: Row, chosen: set[int]) -> bool:
    """Whether a part by policy or by dates has an entry: a determination of it, or what followed one."""
    try:
        body = json.loads(_content(row))
        if row.kind == "determination":
            is_of_policy = part.policy is None or body["policy"] == part.policy
            return is_of_policy and _is_between(str(body["dated"]), part.dated_from, part.dated_until)
        return row.kind in ("reversal", "release") and body.get("reverses", body.get("award")) in chosen
    except (ValueError, TypeError, LookupError, AttributeError):
        return True  # it cannot be read, so it may be one: whoever verifies the part sees it


def _is_between(dated: str, begin: str | None, end: str | None) -> bool:
    """Whether a day or month is within some days or months; a month is compared with the month of a day."""
    return all(
        earlier is None or later is None or earlier[: len(later)] <= later[: len(earlier)]
        for earlier, later in ((begin, dated), (dated, end))
    )


def _is_due(size: Any, position: Any) -> bool:
    """Whether a checkpoint stands before an entry."""
    return type(size) is not int or (type(position) is int and size <= position)


def _checkpoint(note: Any) -> Checkpoint | None:
    try:
        return read_checkpoint(note) if isinstance(note, str) else None
    except BadNote:
        return None


def _content(row: Row) -> bytes:
    """The bytes of an entry; what is none was put there by somebody."""
    content = row.content
    return content if isinstance(content, bytes) else str(content).encode("utf-8", "backslashreplace")


def _written(row: Row) -> dict[str, str]:
    """The bytes of an entry as text, so that no JSON library may change them; as base64 where they are no text."""
    content = _content(row)
    try:
        return {"entry": content.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


@contextmanager
def _new(target: Path) -> Iterator[IO[bytes]]:
    """A new file that has its name only once it is whole and on disk.

    Raises:
        RequestError: there is such a file already, or it cannot be written.
    """
    if target.exists():
        raise RequestError(Problem.of("R0525", str(target)))
    new = target.with_name(f".{target.name}.new")
    try:
        with new.open("wb") as raw:
            if target.suffix == ".gz":
                with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:  # neither name nor time is in it
                    yield packed  # type: ignore[misc]  # a writer of bytes
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        new.rename(target)
        synced(target.parent)
    except OSError as error:
        raise RequestError(Problem.of("R0526", str(target), detail=error.strerror or str(error))) from None
    finally:
        new.unlink(missing_ok=True)
