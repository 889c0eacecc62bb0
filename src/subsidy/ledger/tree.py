"""The Merkle tree as it is kept: tiles of up to 256 hashes of one height, so that a proof reads a few rows.

Level 0 has the leaves, level 1 the subtrees of 256 leaves, level 2 those of 65,536, and so on; heights between follow
from the tile below.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from . import tables as t
from .merkle import EMPTY, SIZE, node_hash, root_of
from .rows import insert_rows

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
_KEPT: Final = 16 * WIDTH  # hashes between tiles that are remembered
_TILE: Final = select(t.TILES.c.hashes).where(t.TILES.c.level == bindparam("a"), t.TILES.c.place == bindparam("b"))
_CHANGE: Final = (
    update(t.TILES)
    .where(t.TILES.c.level == bindparam("a"), t.TILES.c.place == bindparam("b"))
    .values(hashes=bindparam("hashes"))
)


class Tiles:
    """The hashes of a tree of some size; leaves can be appended, and what changed be written.

    Args:
        size: how many leaves it has; what stands behind them is not looked at.
    """

    def __init__(self, connection: Connection, size: int) -> None:
        self.connection, self.size = connection, size
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._changed: set[tuple[int, int]] = set()
        self._stored: set[tuple[int, int]] = set()
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
        changed = sorted(self._changed)
        old = [key for key in changed if key in self._stored]
        if old:
            rows = [{"a": level, "b": place, "hashes": self._tiles[level, place]} for level, place in old]
            connection.execute(_CHANGE, rows)
        insert_rows(connection, t.TILES, [(*key, self._tiles[key]) for key in changed if key not in self._stored])
        self._stored.update(changed)
        self._changed.clear()
        if len(self._nodes) > _KEPT:
            self._nodes.clear()
            self._tiles.clear()
            self._stored.clear()

    def _hash(self, level: int, place: int) -> bytes:
        tile = self._tile((level, place >> HEIGHT))
        begin = (place & (WIDTH - 1)) * SIZE
        found = tile[begin : begin + SIZE]
        if len(found) != SIZE:
            raise LookupError(f"the tree lacks a hash: level {level}, place {place}")
        return found

    def _tile(self, key: tuple[int, int]) -> bytes:
        if key not in self._tiles:
            found = self.connection.scalar(_TILE, {"a": key[0], "b": key[1]})
            self._tiles[key] = bytes(found) if found is not None else b""
            if found is not None:
                self._stored.add(key)
        return self._tiles[key]
