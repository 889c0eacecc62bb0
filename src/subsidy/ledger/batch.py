"""One transaction of the ledger: what is there, with what the requests of a batch add to it, written at its end.

Requests are decided one after another against this. A decision changes nothing until it is made, so one that is refused
leaves no trace, and all that a batch decided is written at once or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, select, update

from ..calculation.readers import is_id
from ..catalogue.digest import canonical, written
from . import tables as t
from .merkle import leaf_hash
from .requests import Asked, Request
from .rows import insert_rows
from .tree import Tiles

_AT_ONCE: Final = 500  # values in one statement
_REQUEST: Final = select(t.REQUESTS.c.fingerprint, t.REQUESTS.c.position).where(
    t.REQUESTS.c.scope == bindparam("a"), t.REQUESTS.c.method == bindparam("b"), t.REQUESTS.c.request == bindparam("c")
)
_BUCKET: Final = select(t.BUCKETS.c.used, t.BUCKETS.c.most).where(
    t.BUCKETS.c.policy == bindparam("a"), t.BUCKETS.c.cap == bindparam("b"), t.BUCKETS.c.key == bindparam("c")
)
_LOCKED: Final = _BUCKET.with_for_update()
_PERSON: Final = select(t.PERSONS.c.subject).where(t.PERSONS.c.clear == bindparam("a"))
_REQUESTS: Final = select(t.REQUESTS.c.request, t.REQUESTS.c.fingerprint, t.REQUESTS.c.position).where(
    t.REQUESTS.c.scope == bindparam("a"),
    t.REQUESTS.c.method == bindparam("b"),
    t.REQUESTS.c.request.in_(bindparam("all", expanding=True)),
)
_PERSONS: Final = select(t.PERSONS.c.clear, t.PERSONS.c.subject).where(
    t.PERSONS.c.clear.in_(bindparam("all", expanding=True))
)
_RECEIPT: Final = b'"receipt":0'  # unlike any text: in one, a quotation mark has a backslash before it
_BUCKETS: Final = select(t.BUCKETS.c.key, t.BUCKETS.c.used, t.BUCKETS.c.most).where(
    t.BUCKETS.c.policy == bindparam("a"),
    t.BUCKETS.c.cap == bindparam("b"),
    t.BUCKETS.c.key.in_(bindparam("all", expanding=True)),
)
_ALL_LOCKED: Final = _BUCKETS.order_by(t.BUCKETS.c.key).with_for_update()
_BODY: Final = select(t.ENTRIES.c.body).where(t.ENTRIES.c.position == bindparam("a"))
_BODIES: Final = select(t.ENTRIES.c.position, t.ENTRIES.c.body).where(
    t.ENTRIES.c.position.in_(bindparam("all", expanding=True))
)
_USED: Final = (
    update(t.BUCKETS)
    .where(
        t.BUCKETS.c.policy == bindparam("b_policy"),
        t.BUCKETS.c.cap == bindparam("b_cap"),
        t.BUCKETS.c.key == bindparam("b_key"),
    )
    .values(used=bindparam("b_used"), most=bindparam("b_most"), position=bindparam("b_position"))
)
_GROWN: Final = update(t.HEAD).values(size=bindparam("size"))
_TEXT: Final = select(t.TEXTS.c.position).where(t.TEXTS.c.digest == bindparam("a"))


class Key(NamedTuple):
    """Which bucket: of which policy and cap, by the hash of the values that it is over."""

    policy: str
    cap: str
    over: bytes


class Raised(NamedTuple):
    """A bucket after a decision: what is used of what may be used."""

    key: Key
    used: int
    most: int


class Entry(NamedTuple):
    """What is to be appended, and what it changes beside the log.

    Attributes:
        raised: the buckets that it touches, as they are after it.
        named: identifiers that occur for the first time: what stands for each, itself and the salt.
        subjects: those by which later claims find this one, under the policy.
        erased: the subject whose identifier it erases; empty for none.
        receipt: what its body has under that name, as canonical JSON; empty where it has none, or has it already.
    """

    kind: str
    body: dict[str, Any]
    request: Request | None = None
    raised: tuple[Raised, ...] = ()
    named: tuple[tuple[str, str, bytes], ...] = ()
    policy: str = ""
    subjects: tuple[str, ...] = ()
    reverses: int | None = None
    settles: tuple[int, str] | None = None
    text: str = ""
    erased: str = ""
    receipt: str = ""

    def content(self, recorded: str) -> bytes:
        """Canonical JSON of all that is recorded, the leaf of the log."""
        body = {**self.body, "recorded": recorded}
        if self.request is not None:  # so that whoever has the entries alone can make the table of requests anew
            body["fingerprint"] = self.request.fingerprint.hex()
        if not self.receipt:
            return canonical(body)
        head, _, tail = written({**body, "receipt": 0}).partition(_RECEIPT)
        return b"".join((head, _RECEIPT[:-1], self.receipt.encode(), tail))


@dataclass(slots=True)
class Known:
    """What was found committed, and so is true for every later batch: it saves asking again."""

    texts: set[str] = field(default_factory=set)
    subjects: dict[str, str] = field(default_factory=dict)

    def forget(self) -> None:
        """Forget all, as when an identifier is erased, or many are known."""
        self.texts.clear()
        self.subjects.clear()


@dataclass
class Batch:
    """What a batch has decided so far, over what the ledger had before it.

    Attributes:
        hashes: of subtrees, for the proofs of all that was added, once nothing more is.
        recorded: the time by the writer's clock, which each entry says, and on which nothing else rests.
    """

    connection: Connection
    size: int
    tiles: Tiles
    known: Known = field(default_factory=Known)
    recorded: str = ""
    entries: list[tuple[Entry, bytes]] = field(default_factory=list)
    buckets: dict[Key, Raised | None] = field(default_factory=dict)
    stored: set[Key] = field(default_factory=set)
    named: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    requests: dict[Asked, tuple[bytes, int]] = field(default_factory=dict)
    subjects: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    reversed: dict[int, int] = field(default_factory=dict)
    settled: dict[tuple[int, str], int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    absent: set[Asked | str] = field(default_factory=set)
    read: dict[int, dict[str, Any]] = field(default_factory=dict)
    hashes: dict[tuple[int, int], bytes] = field(default_factory=dict)

    @property
    def next(self) -> int:
        """Where the next entry will stand."""
        return self.size + len(self.entries)

    # — what is looked up at once, which would be looked up one by one —

    def expect_requests(self, asked: Iterable[Asked]) -> None:
        """Look up earlier requests."""
        by_kind: dict[tuple[str, str], list[str]] = {}
        for each in asked:
            by_kind.setdefault((each.scope, each.method), []).append(each.id)
            self.absent.add(each)
        for (scope, method), ids in by_kind.items():
            for row in self._rows(_REQUESTS, ids, a=scope, b=method):
                found = Asked(scope, method, row.request)
                self.requests[found] = (bytes(row.fingerprint), row.position)
                self.absent.discard(found)

    def expect_identifiers(self, identifiers: Iterable[str]) -> None:
        """Look up who is known. What can be no identifier is left out: a store may not even take it as a value."""
        wanted = [each for each in dict.fromkeys(identifiers) if each not in self.known.subjects and is_id(each)]
        self.absent.update(wanted)
        for row in self._rows(_PERSONS, wanted):
            self.known.subjects[row.clear] = row.subject
            self.absent.discard(row.clear)

    def expect_entries(self, positions: Sequence[int]) -> None:
        """Read entries of old."""
        for row in self._rows(_BODIES, positions):
            self.read[row.position] = json.loads(row.body)

    def expect_buckets(self, keys: Iterable[Key]) -> None:
        """Look up what is used of caps, and lock it in a transaction that writes."""
        by_cap: dict[tuple[str, str], set[bytes]] = {}
        for key in keys:
            if key not in self.buckets:
                by_cap.setdefault((key.policy, key.cap), set()).add(key.over)
                self.buckets[key] = None
        for (policy, cap), wanted in sorted(by_cap.items()):
            for row in self._rows(_ALL_LOCKED if self._writes else _BUCKETS, sorted(wanted), a=policy, b=cap):
                key = Key(policy, cap, bytes(row.key))
                self.buckets[key] = Raised(key, row.used, row.most)
                self.stored.add(key)

    def _rows(self, statement: Select[Any], wanted: Sequence[Any], **more: str) -> Iterator[Any]:
        """The rows of a statement for many values, some at a time: older SQLite takes no more than 999."""
        for begin in range(0, len(wanted), _AT_ONCE):
            yield from self.connection.execute(statement, {**more, "all": list(wanted[begin : begin + _AT_ONCE])})

    @property
    def _writes(self) -> bool:
        return bool(self.connection.get_execution_options().get("writes"))

    # — what is there —

    def answered(self, asked: Asked) -> tuple[bytes, int] | None:
        """The fingerprint and the entry of an earlier request with the same id; None where there was none."""
        if asked in self.requests:
            return self.requests[asked]
        if asked in self.absent:
            return None
        row = self.connection.execute(_REQUEST, {"a": asked.scope, "b": asked.method, "c": asked.id}).one_or_none()
        return (bytes(row[0]), row[1]) if row else None

    def body(self, position: int) -> dict[str, Any] | None:
        """The entry at a position; None where there is none."""
        if position >= self.size:
            there = position - self.size
            return json.loads(self.entries[there][1]) if there < len(self.entries) else None
        if position not in self.read:
            content = self.connection.scalar(_BODY, {"a": position})
            if content is None:
                return None
            self.read[position] = json.loads(content)
        return self.read[position]

    def head(self, position: int) -> Mapping[str, Any]:
        """The same, but for what only its receipt says."""
        if position >= self.size:
            return self.entries[position - self.size][0].body
        return self.body(position) or {}

    def bucket(self, key: Key, *, is_new: bool = False) -> Raised | None:
        """A bucket, locked until the end of a transaction that writes; None where nothing was ever used of it.

        One of an identifier that never occurred before `is_new`, and is not looked for.
        """
        if key not in self.buckets:
            if is_new:
                return None
            bucket = _LOCKED if self._writes else _BUCKET
            row = self.connection.execute(bucket, dict(zip("abc", key, strict=True))).one_or_none()
            self.buckets[key] = Raised(key, row[0], row[1]) if row else None
            if row:
                self.stored.add(key)
        return self.buckets[key]

    def subject(self, clear: str) -> str | None:
        """What stands for an identifier; None where it never occurred, or was erased since."""
        if clear in self.named:
            return None if self.named[clear][0] in self.erased else self.named[clear][0]
        if clear in self.absent:
            return None
        if clear not in self.known.subjects:
            if not is_id(clear):
                return None
            found = self.connection.scalar(_PERSON, {"a": clear})
            if found is None:
                return None
            self.known.subjects[clear] = found
        subject = self.known.subjects[clear]
        return None if subject in self.erased else subject

    def claims(self, policy: str, subject: str | None) -> list[int]:
        """The determinations of a policy in which an identifier occurs, or all of them, in order."""
        c = t.SUBJECTS.c
        where = [c.policy == policy] + ([c.subject == subject] if subject is not None else [])
        stored = self.connection.scalars(select(c.position).where(*where).distinct().order_by(c.position)).all()
        new = [
            place
            for (of, whose), places in self.subjects.items()
            if of == policy and subject in (None, whose)
            for place in places
        ]
        return [*stored, *sorted(set(new))]

    def reversed_by(self, position: int) -> int | None:
        """The entry that cancels another; None where none does."""
        if position in self.reversed:
            return self.reversed[position]
        found = self.connection.scalar(select(t.REVERSALS.c.position).where(t.REVERSALS.c.reversed == position))
        return None if found is None else int(found)

    def settled_by(self, award: int, instalment: str) -> int | None:
        """The entry by which an instalment was paid or lapsed, and that was not reversed; None where there is none."""
        c = t.RELEASES.c
        found = [place for key, place in self.settled.items() if key == (award, instalment)]
        found += self.connection.scalars(
            select(c.position).where(c.award == award, c.instalment == instalment).order_by(c.position)
        ).all()
        return next((place for place in found if self.reversed_by(place) is None), None)

    def releases(self, award: int) -> list[int]:
        """Every release of an award that stands."""
        c = t.RELEASES.c
        found = [place for key, place in self.settled.items() if key[0] == award]
        found += self.connection.scalars(select(c.position).where(c.award == award)).all()
        return sorted(place for place in found if self.reversed_by(place) is None)

    def has_text(self, digest: str) -> bool:
        """Whether an entry has the text with this digest."""
        if digest in self.texts or digest in self.known.texts:
            return True
        if self.connection.scalar(_TEXT, {"a": digest}) is None:
            return False
        self.known.texts.add(digest)
        return True

    # — what is added —

    def add(self, entry: Entry) -> int:
        """Append an entry; where it stands."""
        position, content = self.next, entry.content(self.recorded)
        self.entries.append((entry, content))
        self.tiles.append(leaf_hash(content))
        if entry.request is not None:
            self.requests[entry.request.asked] = (entry.request.fingerprint, position)
        for raised in entry.raised:
            self.buckets[raised.key] = raised
        for subject, clear, salt in entry.named:
            self.named[clear] = (subject, salt)
        for subject in entry.subjects:
            self.subjects.setdefault((entry.policy, subject), []).append(position)
        if entry.reverses is not None:
            self.reversed[entry.reverses] = position
        if entry.settles is not None:
            self.settled[entry.settles] = position
        if entry.text:
            self.texts[entry.text] = position
        if entry.erased:
            self.erased.add(entry.erased)
        return position

    def write(self) -> None:
        """Write everything that was added."""
        c, size = self.connection, self.next
        pairs = [(self.size + index, entry, content) for index, (entry, content) in enumerate(self.entries)]
        insert_rows(c, t.ENTRIES, [(at, entry.kind, content, size) for at, entry, content in pairs])
        asked = [(at, entry.request) for at, entry, _ in pairs if entry.request is not None]
        insert_rows(c, t.REQUESTS, [(*each.asked, each.fingerprint, at) for at, each in asked])
        self._write_buckets(pairs)
        insert_rows(c, t.SUBJECTS, [(e.policy, subject, at) for at, e, _ in pairs for subject in e.subjects])
        for subject in self.erased:
            c.execute(t.PERSONS.delete().where(t.PERSONS.c.subject == subject))
        named = [each for _, entry, _ in pairs for each in entry.named if each[0] not in self.erased]
        insert_rows(c, t.PERSONS, named)
        insert_rows(c, t.REVERSALS, list(self.reversed.items()))
        insert_rows(c, t.RELEASES, [(*entry.settles, at) for at, entry, _ in pairs if entry.settles])
        insert_rows(c, t.TEXTS, list(self.texts.items()))
        self.tiles.write(c)
        c.execute(_GROWN, {"size": size})

    def _write_buckets(self, pairs: Sequence[tuple[int, Entry, bytes]]) -> None:
        touched = {raised.key: at for at, entry, _ in pairs for raised in entry.raised}
        rows = [
            (key, found.used, found.most, at)
            for key, at in sorted(touched.items())
            if (found := self.buckets[key]) is not None
        ]
        insert_rows(self.connection, t.BUCKETS, [(*key, *rest) for key, *rest in rows if key not in self.stored])
        names = ("b_policy", "b_cap", "b_key", "b_used", "b_most", "b_position")
        old = [dict(zip(names, (*key, *rest), strict=True)) for key, *rest in rows if key in self.stored]
        if old:
            self.connection.execute(_USED, old)
