"""The Merkle tree as it is kept: tiles of up to 256 hashes of one height, so that a proof reads a few rows.

Level 0 has the leaves, level 1 the subtrees of 256 leaves, level 2 those of 65,536, and so on; heights between follow
from the tile below.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, insert, select

from . import tables as t
from .merkle import EMPTY, SIZE, node_hash, root_of

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT


class Tiles:
    """The hashes of a tree of some size; leaves can be appended, and what changed be written.

    Args:
        size: how many leaves it has; what stands behind them is not looked at.
    """

    def __init__(self, connection: Connection, size: int) -> None:
        self.connection, self.size = connection, size
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._changed: set[tuple[int, int]] = set()
        self._nodes: dict[tuple[int, int], bytes] = {}  # of complete subtrees within a tile, which never change

    @property
    def root(self) -> bytes:
        return root_of(0, self.size, self.node) if self.size else EMPTY

    def node(self, height: int, place: int) -> bytes:
        """The hash of a complete subtree."""
        level, rest = divmod(height, HEIGHT)
        if rest == 0:
            return self._hash(level, place)
        found = self._nodes.get((height, place))
        if found is None:
            left = self.node(height - 1, 2 * place)
            found = self._nodes[height, place] = node_hash(left, self.node(height - 1, 2 * place + 1))
        return found

    def append(self, leaf: bytes) -> None:
        """One more leaf, and each subtree that it completes."""
        place, level, found = self.size, 0, leaf
        self.size += 1
        while True:
            key = (level, place >> HEIGHT)
            kept = self._tile(key)[: (place & (WIDTH - 1)) * SIZE]
            self._tiles[key] = kept + found
            self._changed.add(key)
            if (place + 1) & (WIDTH - 1):
                return
            half, first = HEIGHT * (level + 1) - 1, place >> HEIGHT << 1
            found = node_hash(self.node(half, first), self.node(half, first + 1))
            place, level = place >> HEIGHT, level + 1

    def write(self, connection: Connection) -> None:
        """Write the tiles that changed."""
        c = t.TILES.c
        for level, place in sorted(self._changed):
            connection.execute(delete(t.TILES).where(c.level == level, c.place == place))
        rows = [{"level": k[0], "place": k[1], "hashes": self._tiles[k]} for k in sorted(self._changed)]
        if rows:
            connection.execute(insert(t.TILES), rows)
        self._changed.clear()

    def _hash(self, level: int, place: int) -> bytes:
        tile = self._tile((level, place >> HEIGHT))
        begin = (place & (WIDTH - 1)) * SIZE
        found = tile[begin : begin + SIZE]
        if len(found) != SIZE:
            raise LookupError(f"the tree lacks a hash: level {level}, place {place}")
        return found

    def _tile(self, key: tuple[int, int]) -> bytes:
        if key not in self._tiles:
            c = t.TILES.c
            found = self.connection.scalar(select(c.hashes).where(c.level == key[0], c.place == key[1]))
            self._tiles[key] = bytes(found) if found is not None else b""
        return self._tiles[key]
