"""The tree over entries as they come, made anew: the root at any size on the way, and the tiles that a ledger keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..ledger.merkle import EMPTY, SIZE, node_hash
from ..ledger.tree import HEIGHT, WIDTH

_LOW: Final = 5
BLOCK: Final = 1 << _LOW  # leaves that are hashed together, a part of a tile
Tile = tuple[int, int, bytes]  # its level and place, and its hashes


@dataclass
class Tree:
    """A tree to which leaves are added from the left.

    Attributes:
        size: how many it has.
        heights: its complete subtrees from the left, each with its height.
        open: for each level of tiles, the hashes so far of the last one.
        full: for each level, how many tiles are full.
        filled: the tiles that became full, by level and place; for who compares them to take away.
    """

    size: int = 0
    heights: list[tuple[int, bytes]] = field(default_factory=list)
    open: list[bytes] = field(default_factory=list)
    full: list[int] = field(default_factory=list)
    filled: list[Tile] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """One more leaf."""
        self.size += 1
        self._add(0, leaf)
        self._join(leaf, 0)

    def append_block(self, leaves: Sequence[bytes], root: bytes) -> None:
        """As many more as a block has, behind whole blocks, with the root over them."""
        self.size += BLOCK
        self._add(0, b"".join(leaves))
        self._join(root, _LOW)

    def _join(self, found: bytes, height: int) -> None:
        heights = self.heights
        while heights and heights[-1][0] == height:
            found = node_hash(heights.pop()[1], found)
            height += 1
            if not height % HEIGHT:
                self._add(height // HEIGHT, found)
        heights.append((height, found))

    def _add(self, level: int, found: bytes) -> None:
        if level == len(self.open):
            self.open.append(b"")
            self.full.append(0)
        tile = self.open[level] + found
        if len(tile) == WIDTH * SIZE:
            self.filled.append((level, self.full[level], tile))
            self.full[level] += 1
            tile = b""
        self.open[level] = tile

    @property
    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self.heights:
            return EMPTY
        found = self.heights[-1][1]
        for _, left in reversed(self.heights[:-1]):
            found = node_hash(left, found)
        return found

    def last(self) -> Iterator[Tile]:
        """The tiles that are not full, by level and place."""
        for level, (tile, place) in enumerate(zip(self.open, self.full, strict=True)):
            if tile:
                yield level, place, tile

    @property
    def tiles(self) -> int:
        """How many tiles it has."""
        return sum(self.full) + sum(1 for _ in self.last())


def block_root(leaves: Sequence[bytes]) -> bytes:
    """The root over the leaves of a block."""
    while len(leaves) > 1:
        leaves = list(map(node_hash, leaves[::2], leaves[1::2]))
    return leaves[0]


def differs_at(tile: bytes, stored: bytes) -> int | None:
    """Which hash of a tile is stored otherwise, the first of them; None where it is the same."""
    if tile == stored:
        return None
    for index in range(max(len(tile), len(stored)) // SIZE):
        begin = index * SIZE
        if tile[begin : begin + SIZE] != stored[begin : begin + SIZE]:
            return index
    return min(len(tile), len(stored)) // SIZE  # the bytes behind the last whole hash


def leaf_of(level: int, place: int, index: int) -> int:
    """The first leaf below a hash of a tile."""
    return (place * WIDTH + index) << (HEIGHT * level)
