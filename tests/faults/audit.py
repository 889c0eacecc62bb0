"""A ledger in a file, after any fault: it is whole (`judge`), and has every answer that was acknowledged, to the byte.

An answer is put together again from rows and JSON alone, so that a fault of the code is not a fault of this.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from .judge import Rows, Tree, leaf, weighed


def audited(file: Path, acknowledged: Mapping[str, bytes]) -> list[str]:
    """What is wrong with a ledger in a file of SQLite that acknowledged these answers, by request id.

    An answer without bytes is only looked for.
    """
    try:
        with closing(sqlite3.connect(file)) as connection:
            ((said,), *_) = connection.execute("PRAGMA integrity_check").fetchall()
            if said != "ok":
                return [f"integrity: {said}"]
            return [*weighed(connection.execute).wrong, *_missed(connection.execute, acknowledged)]
    except (sqlite3.Error, ValueError, LookupError, TypeError) as error:
        return [f"unreadable: {error!r}"]


def _missed(rows: Rows, acknowledged: Mapping[str, bytes]) -> Iterator[str]:
    """The answers that are not there, or not as they were."""
    entries = {
        at: (bytes(body), size) for at, body, size in rows("SELECT position, body, size FROM entries ORDER BY 1")
    }
    leaves = [leaf(body) for body, _ in entries.values()]
    notes, places = (
        dict(rows("SELECT size, note FROM checkpoints")),
        dict(rows("SELECT request, position FROM requests")),
    )
    for request, answer in acknowledged.items():
        if (at := places.get(request, -1)) not in entries:
            yield f"lost: {request}"
        elif answer and answer != _answer(at, *entries[at], notes, leaves):
            yield f"changed: {request}, entry {at}"


def _answer(at: int, body: bytes, size: int, notes: Mapping[int, str], leaves: list[bytes]) -> bytes:
    """The whole answer that was given with an entry: canonical JSON of entry, position and proof."""
    hashes = "".join(base64.b64encode(each).decode() + "\n" for each in _path(at, leaves[:size]))
    proof = f"c2sp.org/tlog-proof@v1\nindex {at}\n{hashes}\n{notes.get(size)}"
    content = {"entry": json.loads(body), "position": at, "proof": proof}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _path(at: int, leaves: list[bytes]) -> list[bytes]:
    """The proof that a leaf is in a tree, as RFC 6962 defines it."""
    if len(leaves) < 2:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if at < half:
        return [*_path(at, leaves[:half]), Tree.of(leaves[half:]).root]
    return [*_path(at - half, leaves[half:]), Tree.of(leaves[:half]).root]
