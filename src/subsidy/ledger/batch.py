"""One transaction of the ledger: what is there, with what the requests of a batch add to it, written at its end.

Requests are decided one after another against this. A decision changes nothing until it is made, so one that is refused
leaves no trace, and all that a batch decided is written at once or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from ..catalogue.digest import canonical
from . import tables as t
from .merkle import leaf_hash
from .requests import Asked, Request
from .tree import Tiles

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
_TEXT: Final = select(t.TEXTS.c.position).where(t.TEXTS.c.digest == bindparam("a"))


class Key(NamedTuple):
    """Which bucket: of which policy and cap, by the hash of the values that it is over."""

    policy: str
    cap: str
    over: bytes


@dataclass(frozen=True, slots=True)
class Raised:
    """A bucket after a decision: what is used of what may be used."""

    key: Key
    used: int
    most: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be appended, and what it changes beside the log.

    Attributes:
        raised: the buckets that it touches, as they are after it.
        named: identifiers that occur for the first time: what stands for each, itself and the salt.
        subjects: those by which later claims find this one, under the policy.
        erased: the subject whose identifier it erases; empty for none.
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
        recorded: the time by the writer's clock, which each entry says, and on which nothing else rests.
    """

    connection: Connection
    size: int
    tiles: Tiles
    known: Known = field(default_factory=Known)
    recorded: str = ""
    entries: list[tuple[Entry, dict[str, Any], bytes]] = field(default_factory=list)
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

    @property
    def next(self) -> int:
        """Where the next entry will stand."""
        return self.size + len(self.entries)

    def expect(self, asked: Iterable[Asked], identifiers: Iterable[str]) -> None:
        """Look up many requests and identifiers at once, which would be looked up one by one."""
        by_kind: dict[tuple[str, str], list[str]] = {}
        for each in asked:
            by_kind.setdefault((each.scope, each.method), []).append(each.id)
            self.absent.add(each)
        for (scope, method), ids in by_kind.items():
            for row in self.connection.execute(_REQUESTS, {"a": scope, "b": method, "all": ids}):
                found = Asked(scope, method, row.request)
                self.requests[found] = (bytes(row.fingerprint), row.position)
                self.absent.discard(found)
        wanted = [each for each in dict.fromkeys(identifiers) if each not in self.known.subjects]
        self.absent.update(wanted)
        for clear, subject in self.connection.execute(_PERSONS, {"all": wanted}) if wanted else ():
            self.known.subjects[clear] = subject
            self.absent.discard(clear)

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
            return self.entries[there][1] if there < len(self.entries) else None
        content = self.connection.scalar(select(t.ENTRIES.c.body).where(t.ENTRIES.c.position == position))
        found: dict[str, Any] | None = json.loads(content) if content is not None else None
        return found

    def bucket(self, key: Key, *, is_new: bool = False) -> Raised | None:
        """A bucket, locked until the end of a transaction that writes; None where nothing was ever used of it.

        One of an identifier that never occurred before `is_new`, and is not looked for.
        """
        if key not in self.buckets:
            if is_new:
                return None
            bucket = _LOCKED if self.connection.get_execution_options().get("writes") else _BUCKET
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
        body = {**entry.body, "recorded": self.recorded}
        position, content = self.next, canonical(body)
        self.entries.append((entry, body, content))
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
        pairs = [(self.size + index, entry, content) for index, (entry, _, content) in enumerate(self.entries)]
        _insert(c, t.ENTRIES, [{"position": at, "kind": e.kind, "body": b, "size": size} for at, e, b in pairs])
        _insert(
            c,
            t.REQUESTS,
            [
                {
                    "scope": e.request.asked.scope,
                    "method": e.request.asked.method,
                    "request": e.request.asked.id,
                    "fingerprint": e.request.fingerprint,
                    "position": at,
                }
                for at, e, _ in pairs
                if e.request is not None
            ],
        )
        self._write_buckets(pairs)
        _insert(
            c,
            t.SUBJECTS,
            [{"policy": e.policy, "subject": s, "position": at} for at, e, _ in pairs for s in e.subjects],
        )
        for subject in self.erased:
            c.execute(t.PERSONS.delete().where(t.PERSONS.c.subject == subject))
        named = [each for _, entry, _ in pairs for each in entry.named if each[0] not in self.erased]
        _insert(c, t.PERSONS, [{"subject": who, "clear": clear, "salt": salt} for who, clear, salt in named])
        _insert(c, t.REVERSALS, [{"reversed": each, "position": at} for each, at in self.reversed.items()])
        _insert(
            c,
            t.RELEASES,
            [{"award": e.settles[0], "instalment": e.settles[1], "position": at} for at, e, _ in pairs if e.settles],
        )
        _insert(c, t.TEXTS, [{"digest": digest, "position": at} for digest, at in self.texts.items()])
        self.tiles.write(c)
        c.execute(update(t.HEAD).values(size=size))

    def _write_buckets(self, pairs: Sequence[tuple[int, Entry, bytes]]) -> None:
        touched = {raised.key: at for at, entry, _ in pairs for raised in entry.raised}
        rows = [
            (
                key,
                {
                    "policy": key.policy,
                    "cap": key.cap,
                    "key": key.over,
                    "used": found.used,
                    "most": found.most,
                    "position": at,
                },
            )
            for key, at in sorted(touched.items())
            if (found := self.buckets[key]) is not None
        ]
        _insert(self.connection, t.BUCKETS, [row for key, row in rows if key not in self.stored])
        old = [{f"b_{name}": value for name, value in row.items()} for key, row in rows if key in self.stored]
        if old:
            c = t.BUCKETS.c
            self.connection.execute(
                update(t.BUCKETS)
                .where(c.policy == bindparam("b_policy"), c.cap == bindparam("b_cap"), c.key == bindparam("b_key"))
                .values(used=bindparam("b_used"), most=bindparam("b_most"), position=bindparam("b_position")),
                old,
            )


def _insert(connection: Connection, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    found = list(rows)
    if found:
        connection.execute(insert(table), found)
