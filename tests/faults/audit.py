"""What must hold of a ledger after any fault, read by plain SQL and from the entries alone.

Nothing of the package is used but its tables' names, so that a fault of the code is not a fault of the judge.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

Rows = Callable[[str], list[tuple[Any, ...]]]  # runs a statement
_METHODS: Final = {"determination": "determine", "reversal": "reverse", "release": "release", "erasure": "erase"}


def audited(file: Path, acknowledged: Mapping[str, bytes]) -> list[str]:
    """What is wrong with a ledger in a file of SQLite that acknowledged these answers, by request id."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            ((said,), *_) = connection.execute("PRAGMA integrity_check").fetchall()
            if said != "ok":
                return [f"integrity: {said}"]
            return problems(lambda sql: connection.execute(sql).fetchall(), acknowledged)
    except (sqlite3.Error, ValueError, LookupError, TypeError) as error:
        return [f"unreadable: {error!r}"]


def problems(rows: Rows, acknowledged: Mapping[str, bytes]) -> list[str]:
    """What is wrong with a ledger."""
    entries = [
        (at, bytes(body), size) for at, body, size in rows("SELECT position, body, size FROM entries ORDER BY 1")
    ]
    bodies = {at: json.loads(body) for at, body, _ in entries}
    contents = {at: (body, size) for at, body, size in entries}
    leaves = [hashlib.sha256(b"\0" + body).digest() for _, body, _ in entries]
    notes: dict[int, str] = dict(rows("SELECT size, note FROM checkpoints"))
    head, wrong = rows("SELECT size FROM head"), []
    if list(bodies) != list(range(len(entries))):
        wrong.append("entries: not 0 to size - 1")
    if head != [(len(entries),)]:
        wrong.append(f"head: {head}, {len(entries)} entries")
    if max(notes, default=0) != len(entries) or {size for _, _, size in entries} - notes.keys():
        wrong.append(f"checkpoints: {sorted(notes)[-3:]}, {len(entries)} entries")
    for size, found in enumerate(roots(leaves), start=1):
        if size in notes and notes[size].split("\n")[1:3] != [str(size), base64.b64encode(found).decode()]:
            wrong.append(f"checkpoint {size}: its root is not that of the entries")
    asked = {tuple(row): at for *row, at in rows("SELECT scope, method, request, position FROM requests")}
    said = {(each["scope"], _METHODS[each["kind"]], each["request"]): at for at, each in bodies.items() if _asked(each)}
    if asked != said:
        wrong.append(f"requests: {set(asked.items()) ^ set(said.items())}")
    wrong += _buckets(bodies, rows)
    places = {request: at for (_, _, request), at in asked.items()}
    for request, answer in acknowledged.items():
        at = places.get(request)
        if at is None or at not in contents:
            wrong.append(f"lost: {request}")
        elif answer and answer != answer_of(at, *contents[at], notes, leaves):
            wrong.append(f"changed: {request}, entry {at}")
    return wrong


def _asked(body: Mapping[str, Any]) -> bool:
    """Whether an entry answers a request of its own."""
    return body["kind"] in _METHODS and bool(body.get("request"))


def _buckets(bodies: Mapping[int, dict[str, Any]], rows: Rows) -> list[str]:
    """The buckets as the entries tell them, each from the one before it, beside those that are kept."""
    found: dict[tuple[str, str, str], int] = {}
    wrong = []
    for at, body in bodies.items():
        of = bodies.get(body["reverses"], {}) if body["kind"] == "reversal" else body
        for cap in body.get("caps", ()):
            key = (of.get("policy", ""), cap["cap"], cap["key"])
            before, after = found.get(key, 0), cap["after"]
            if before != cap["before"] or not 0 <= after <= max(cap["most"], before):  # a later text may allow less
                wrong.append(f"cap of entry {at}: {cap}, used before: {before}")
            found[key] = after
    kept, most = {}, {}
    for policy, cap, over, used, limit in rows("SELECT policy, cap, key, used, most FROM buckets"):
        key = (policy, cap, bytes(over).hex())
        kept[key], most[key] = used, limit
    for key in found.keys() | kept.keys():
        if kept.get(key, 0) != found.get(key, 0):
            wrong.append(f"buckets: {key} has {kept.get(key)}, by the entries {found.get(key)}")
        if kept.get(key, 0) > most.get(key, 0):
            wrong.append(f"over: {key}")
    return wrong


def roots(leaves: list[bytes]) -> Iterator[bytes]:
    """The roots of the trees of 1, 2, 3… leaves."""
    whole: list[tuple[int, bytes]] = []  # the complete subtrees from the left, with how many leaves each has
    for leaf in leaves:
        whole.append((1, leaf))
        while len(whole) > 1 and whole[-2][0] == whole[-1][0]:
            (count, left), (_, right) = whole[-2:]
            whole[-2:] = [(2 * count, _node(left, right))]
        found = whole[-1][1]
        for _, left in reversed(whole[:-1]):
            found = _node(left, found)
        yield found


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root(leaves: list[bytes]) -> bytes:
    """The root of a tree."""
    *_, found = roots(leaves)
    return found


def path(at: int, leaves: list[bytes]) -> list[bytes]:
    """The proof that a leaf is in a tree, as RFC 6962 defines it."""
    if len(leaves) < 2:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if at < half:
        return [*path(at, leaves[:half]), root(leaves[half:])]
    return [*path(at - half, leaves[half:]), root(leaves[:half])]


def answer_of(at: int, body: bytes, size: int, notes: Mapping[int, str], leaves: list[bytes]) -> bytes:
    """The whole answer that was given with an entry: canonical JSON of entry, position and proof."""
    hashes = "".join(base64.b64encode(each).decode() + "\n" for each in path(at, leaves[:size]))
    proof = f"c2sp.org/tlog-proof@v1\nindex {at}\n{hashes}\n{notes.get(size)}"
    content = {"entry": json.loads(body), "position": at, "proof": proof}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
