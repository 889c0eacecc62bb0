"""A ledger at rest, held against itself: read by plain SQL and the JSON of its entries, without the code that wrote it.

Entries 0 to size - 1 are there; the root over them is that of every checkpoint, and the checkpoint is signed; buckets,
requests, reversals, releases and texts rebuilt from the entries are the rows; no request has two entries; no cap is
exceeded; what stands for an identifier is a hash of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Self

import psycopg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from subsidy.ledger import Ledger

Rows = Callable[[str], Iterable[Any]]  # from a query to its rows
METHODS: Final = {"determination": "determine", "reversal": "reverse", "release": "release", "erasure": "erase"}
MOST: Final = 20  # findings that are listed


@dataclass(frozen=True)
class Ask:
    """A claim as it is asked, and asked again."""

    request: str
    policy: str
    facts: Mapping[str, Any]

    def of(self, ledger: Ledger) -> bytes:
        """The answer, as bytes."""
        return ledger.determine(self.policy, self.facts, request=self.request).to_bytes()


@dataclass
class Tree:
    """The root over leaves that come one after another: RFC 6962, by the complete subtrees so far."""

    heights: list[tuple[int, bytes]] = field(default_factory=list)

    @classmethod
    def of(cls, leaves: Iterable[bytes]) -> Self:
        """The tree of some leaves."""
        tree = cls()
        for each in leaves:
            tree.append(each)
        return tree

    def append(self, leaf: bytes) -> None:
        """Take in one more leaf."""
        height, found = 0, leaf
        while self.heights and self.heights[-1][0] == height:
            found = hashlib.sha256(b"\x01" + self.heights.pop()[1] + found).digest()
            height += 1
        self.heights.append((height, found))

    @property
    def root(self) -> bytes:
        found = self.heights[-1][1]
        for _, left in reversed(self.heights[:-1]):
            found = hashlib.sha256(b"\x01" + left + found).digest()
        return found


def leaf(content: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\x00" + content).digest()


@dataclass
class Judged:
    """What an audit found.

    Attributes:
        paid: what was determined by policy, person and month or day, in fen; what was reversed is not in it.
    """

    size: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    paid: dict[tuple[str, str, str], int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    _requests: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _buckets: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _reversals: dict[int, int] = field(default_factory=dict)
    _releases: set[tuple[int, str, int]] = field(default_factory=set)
    _texts: dict[str, int] = field(default_factory=dict)
    _keys: dict[bytes, bytes] = field(default_factory=dict)
    _claims: dict[int, tuple[tuple[str, str, str], int]] = field(default_factory=dict)

    def say(self, *problems: str) -> None:
        """Note what is wrong."""
        if len(self.wrong) < MOST:
            self.wrong.extend(problems)

    def take(self, position: int, kind: str, content: bytes) -> None:
        """Take in the entry at a position."""
        body = json.loads(content)
        plain = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        if plain != content or body["kind"] != kind:
            self.say(f"entry {position} is not in canonical form, or of another kind than its row")
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if kind in METHODS:
            request = (body["scope"], METHODS[kind], body["request"])
            if request in self._requests:
                self.say(f"entries {self._requests[request]} and {position} are of one request {request}")
            self._requests[request] = position
        match kind:
            case "determination":
                facts = body["receipt"]["facts"]
                who = next((facts[name] for name in ("beneficiary", "elder", "resident") if name in facts), "")
                key, fen = (body["policy"], who, body["dated"]), _fen(body["amount"])
                self._claims[position] = key, fen
                self.paid[key] = self.paid.get(key, 0) + fen
                if body["decision"] != "refused":
                    self._touch(position, body["policy"], body["caps"])
            case "reversal":
                self._reversals[body["reverses"]] = position
                if body["reverses"] in self._claims:
                    key, fen = self._claims[body["reverses"]]
                    self.paid[key] -= fen
                    self._touch(position, key[0], body["caps"])
            case "release":
                if body["decision"] in ("paid", "lapses"):
                    self._releases.add((body["award"], body["release"]["instalment"], position))
            case "text":
                self._texts[body["digest"]] = position
            case "key":
                _, id_, key64 = body["key"].split("+", 2)
                self._keys[bytes.fromhex(id_)] = base64.b64decode(key64)[1:]

    def _touch(self, position: int, policy: str, caps: Iterable[Mapping[str, Any]]) -> None:
        for each in caps:
            bucket = (policy, each["cap"], each["key"])
            before, after = each["before"], each["after"]
            if self._buckets.get(bucket, 0) != before:
                self.say(f"entry {position}: {each['cap']} was at {self._buckets.get(bucket, 0)}, and it says {before}")
            if after < 0 or (after > before and after > each["most"]):
                self.say(f"entry {position}: {each['cap']} is at {after} of at most {each['most']}")
            self._buckets[bucket] = after

    def has_signed(self, note: str) -> bool:
        """Whether a key of the ledger signed a note."""
        text, _, lines = note.rpartition("\n\n")
        for line in lines.splitlines():
            content = base64.b64decode(line.rpartition(" ")[2])
            if content[:4] in self._keys:
                try:
                    Ed25519PublicKey.from_public_bytes(self._keys[content[:4]]).verify(
                        content[4:], f"{text}\n".encode()
                    )
                except InvalidSignature:
                    return False
                return True
        return False


def judged(url: str) -> Judged:
    """Hold the ledger at an address against itself."""
    with _rows(url) as rows:
        return weighed(rows)


def weighed(rows: Rows) -> Judged:
    """Hold a ledger against itself, by its rows."""
    found = Judged()
    notes: dict[int, str] = dict(rows("SELECT size, note FROM checkpoints"))
    tree = Tree()
    for position, kind, body, size in rows("SELECT position, kind, body, size FROM entries ORDER BY position"):
        if position != found.size:
            found.say(f"there is no entry {found.size}: the next one is {position}")
        if size not in notes or size <= position:
            found.say(f"entry {position} was answered with the checkpoint {size}, which is none of it")
        tree.append(leaf(bytes(body)))
        found.take(position, kind, bytes(body))
        found.size = position + 1
        if found.size in notes:
            _check_note(found, notes[found.size], tree.root)
    if (last := max(notes, default=0)) != found.size:
        found.say(f"the last checkpoint is not of the last entry: {last}, {found.size}")
    if list(rows("SELECT size FROM head")) != [(found.size,)]:
        found.say("the head is not at the last entry")
    _compare(found, "requests", found._requests, {
        (scope, method, request): at
        for scope, method, request, at in rows("SELECT scope, method, request, position FROM requests")
    })  # fmt: skip
    buckets = list(rows("SELECT policy, cap, key, used, most FROM buckets"))
    found.say(*(f"{cap}: {used} used of {most}" for _, cap, _, used, most in buckets if not 0 <= used <= most))
    used = {(policy, cap, bytes(key).hex()): used for policy, cap, key, used, _ in buckets if used}
    _compare(found, "buckets", {key: used for key, used in found._buckets.items() if used}, used)
    _compare(found, "reversals", found._reversals, dict(rows("SELECT reversed, position FROM reversals")))
    releases = {(award, name, at) for award, name, at in rows("SELECT award, instalment, position FROM releases")}
    _compare(found, "releases", dict.fromkeys(found._releases), dict.fromkeys(releases))
    _compare(found, "texts", found._texts, dict(rows("SELECT digest, position FROM texts")))
    persons = list(rows("SELECT subject, clear, salt FROM persons"))
    names = {subject: clear for subject, clear, _ in persons}
    found.say(*(
        f"{subject} does not stand for {clear}"
        for subject, clear, salt in persons
        if subject.rpartition("-")[2] != hashlib.sha256(bytes(salt) + clear.encode()).hexdigest()
    ))  # fmt: skip
    found.paid = {(policy, names.get(who, who), when): fen for (policy, who, when), fen in found.paid.items()}
    return found


def _check_note(found: Judged, note: str, root: bytes) -> None:
    lines = note.split("\n")
    if (lines[1], base64.b64decode(lines[2])) != (str(found.size), root):
        found.say(f"the checkpoint of {found.size} entries has another root than they have")
    if not found.has_signed(note):
        found.say(f"the checkpoint of {found.size} entries is signed by no key of the ledger")


def _compare(found: Judged, table: str, rebuilt: Mapping[Any, Any], kept: Mapping[Any, Any]) -> None:
    for key in [key for key in rebuilt.keys() | kept.keys() if rebuilt.get(key, ...) != kept.get(key, ...)][:3]:
        found.say(f"{table}: {key} is {kept.get(key, 'not there')}, by the entries {rebuilt.get(key, 'not there')}")


def not_as_before(ledger: Ledger, acknowledged: Iterable[tuple[Ask, bytes]]) -> list[str]:
    """The requests which, asked again, have not the very bytes that were acknowledged."""

    def changed(said: tuple[Ask, bytes]) -> str:
        ask, before = said
        return "" if ask.of(ledger) == before else ask.request

    with ThreadPoolExecutor(16) as pool:  # so that they meet in batches, and few syncs are waited for
        return [each for each in pool.map(changed, acknowledged) if each]


def _fen(amount: str) -> int:
    return int(amount.replace(".", ""))


@contextmanager
def _rows(url: str) -> Iterator[Rows]:
    """A function from a query to its rows."""
    if url.startswith("sqlite:///"):
        file = sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True)
        try:
            yield file.execute
        finally:
            file.close()
    else:
        with psycopg.connect(url) as connection:
            yield connection.execute
