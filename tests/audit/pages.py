"""What each byte of a file of SQLite is for, by its format: https://www.sqlite.org/fileformat2.html."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_INTERIOR: Final = {2: "index", 5: "table"}
_LEAF: Final = {10: "index", 13: "table"}
_HEADER: Final = [
    (0, "magic"), (16, "page size"), (18, "file format"), (20, "reserved space"), (21, "payload fractions"),
    (24, "change counter"), (28, "size in pages"), (32, "freelist"), (40, "schema cookie"), (44, "schema format"),
    (48, "cache size"), (52, "largest root"), (56, "encoding"), (60, "user version"), (64, "incremental vacuum"),
    (68, "application id"), (72, "reserved"), (92, "valid for"), (96, "version of SQLite"),
]  # fmt: skip
_FIELDS: Final = [
    (0, "type"),
    (1, "first free block"),
    (3, "cells"),
    (5, "start of cells"),
    (7, "fragments"),
    (8, "right"),
]


@dataclass(frozen=True)
class Pages:
    """A file as pages.

    Attributes:
        size: of a page, in bytes.
        owners: of each page, the table or index; "schema" for sqlite_master.
        uses: of each byte, what it is for.
    """

    size: int
    owners: list[str]
    uses: list[str]

    def owner(self, offset: int) -> str:
        """Whose byte it is."""
        return "header" if offset < 100 else self.owners[offset // self.size]


def pages(file: Path) -> Pages:
    """The file as pages."""
    with closing(sqlite3.connect(file)) as connection:
        roots = {"schema": 1}
        roots |= dict(connection.execute("SELECT name, rootpage FROM sqlite_master WHERE rootpage > 0"))
    return _Walk(file.read_bytes()).walked(roots)


class _Walk:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.size = int.from_bytes(content[16:18], "big")
        self.owners = ["freelist"] * (len(content) // self.size)
        self.uses = ["freelist"] * len(content)

    def walked(self, roots: dict[str, int]) -> Pages:
        for owner, root in roots.items():
            self._page(owner, root)
        for first, what in _HEADER:
            self._use(first, 100 - first, f"file header: {what}")
        return Pages(self.size, self.owners, self.uses)

    def _use(self, first: int, count: int, what: str) -> None:
        self.uses[first : first + count] = [what] * count

    def _number(self, at: int, width: int) -> int:
        return int.from_bytes(self.content[at : at + width], "big")

    def _varint(self, at: int) -> tuple[int, int]:
        """A number of one to nine bytes, and where it ends."""
        found = 0
        for index in range(9):
            byte = self.content[at + index]
            if index == 8:
                return found << 8 | byte, at + 9
            found = found << 7 | byte & 127
            if byte < 128:
                break
        return found, at + index + 1

    def _page(self, owner: str, number: int) -> None:
        begin = (number - 1) * self.size
        head = begin + (100 if number == 1 else 0)
        self.owners[number - 1] = owner
        kind = self.content[head]
        length = 12 if kind in _INTERIOR else 8
        count, start = self._number(head + 3, 2), self._number(head + 5, 2) or 65536
        self._use(begin, self.size, "free bytes in a page")
        for first, what in _FIELDS:
            self._use(head + first, length - first, f"page header: {what}")
        self._use(head + length, 2 * count, "cell pointers")
        self._use(begin + start, self.size - start, "free blocks and fragments")
        for index in range(count):
            self._cell(owner, kind, begin + self._number(head + length + 2 * index, 2))
        if kind in _INTERIOR:
            self._page(owner, self._number(head + 8, 4))

    def _cell(self, owner: str, kind: int, first: int) -> None:
        at = first
        if kind in _INTERIOR:
            at += 4
        if kind == 5:
            self._use(first, self._varint(at)[1] - first, "cells between pages")
            self._page(owner, self._number(first, 4))
            return
        payload, at = self._varint(at)
        if kind == 13:
            at = self._varint(at)[1]
        local, most = payload, self.size - 35 if kind == 13 else (self.size - 12) * 64 // 255 - 23
        if payload > most:
            least = (self.size - 12) * 32 // 255 - 23
            local = least + (payload - least) % (self.size - 4)
            local = local if local <= most else least
        self._use(first, max(4, at + local - first), "cells")
        if local < payload:
            self._use(at + local, 4, "overflow pointers")
            self._overflow(owner, self._number(at + local, 4), payload - local)
        if kind in _INTERIOR:
            self._page(owner, self._number(first, 4))

    def _overflow(self, owner: str, number: int, rest: int) -> None:
        while number:
            begin = (number - 1) * self.size
            self.owners[number - 1] = owner
            self._use(begin, self.size, "behind the end of what overflows")
            self._use(begin, 4, "overflow pointers")
            self._use(begin + 4, min(rest, self.size - 4), "cells")
            number, rest = self._number(begin, 4), rest - (self.size - 4)


def sampled(found: Pages, least: int) -> list[int]:
    """Bytes spread evenly: at least so many of each table and index, in use if it has them, and some of each use."""
    used: dict[str, list[int]] = {}
    every: dict[str, list[int]] = {}
    for offset, use in enumerate(found.uses):
        owner = found.owner(offset)
        every.setdefault(f"owner {owner}", []).append(offset)
        every.setdefault(f"use {use}", []).append(offset)
        if not use.startswith(("free", "behind")):
            used.setdefault(f"owner {owner}", []).append(offset)
    chosen = set[int]()
    for group, offsets in every.items():
        some = used.get(group, offsets)
        some = some if len(some) >= least else offsets
        chosen.update(some[:: max(1, len(some) // (least if group.startswith("owner") else least // 4))])
    return sorted(chosen)
