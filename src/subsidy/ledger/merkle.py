"""The Merkle tree of RFC 6962: hashes of leaves and nodes, proofs that a leaf is in a tree, and that a tree grew.

Verifying follows RFC 9162, 2.1.3.2 and 2.1.4.2. Nothing here reads or writes: a function that has the hashes is given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final

EMPTY: Final = hashlib.sha256(b"").digest()
SIZE: Final = 32
Node = Callable[
    [int, int], bytes
]  # the hash of a complete subtree: its height, and its place among those of that height


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node by those of its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees, as height and place, that make up the leaves from `begin` to before `end`, from the left.

    `begin` is where a subtree of the tree begins, as RFC 6962 splits it.
    """
    while begin < end:
        height = (end - begin).bit_length() - 1
        yield height, begin >> height
        begin += 1 << height


def root_of(begin: int, end: int, node: Node) -> bytes:
    """The hash of the subtree over the leaves from `begin` to before `end`."""
    hashes = [node(*each) for each in complete(begin, end)]
    if not hashes:
        return EMPTY
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = node_hash(left, found)
    return found


def inclusion_proof(
    index: int, size: int, node: Node, known: dict[tuple[int, int], bytes] | None = None
) -> list[bytes]:
    """The hashes by which the leaf at `index` leads to the root of the tree of `size` leaves, the nearest first.

    Args:
        known: the hashes of subtrees by their leaves, of a tree that does not grow any more; found ones are added.

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    found, hashes, begin, end = list[bytes](), known if known is not None else {}, 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        other = (middle, end) if index < middle else (begin, middle)
        begin, end = (begin, middle) if index < middle else (middle, end)
        if other not in hashes:
            hashes[other] = root_of(*other, node)
        found.append(hashes[other])
    return found[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """The hashes that show a tree of `old` leaves to be the beginning of the one of `new` leaves.

    Raises:
        ValueError: the old tree is not the smaller one.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} leaves is not the beginning of one of {new}")
    return _grown(old, 0, new, node, is_known=True) if 0 < old < new else []


def _grown(old: int, begin: int, end: int, node: Node, *, is_known: bool) -> list[bytes]:
    if begin + old == end:
        return [] if is_known else [root_of(begin, end, node)]
    half = _split(end - begin)
    middle = begin + half
    if old <= half:
        return [*_grown(old, begin, middle, node, is_known=is_known), root_of(middle, end, node)]
    return [*_grown(old - half, middle, end, node, is_known=False), root_of(begin, middle, node)]


def _split(size: int) -> int:
    """The largest power of two below `size`, where RFC 6962 splits a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `leaf` is the hash of the leaf at `index` of the tree of `size` leaves with this root."""
    if not 0 <= index < size or any(len(each) != SIZE for each in (leaf, root, *proof)):
        return False
    place, last, found = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(each, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of `old` leaves with one root is the beginning of the tree of `new` leaves with the other."""
    if not 0 <= old <= new or any(len(each) != SIZE for each in (old_root, new_root, *proof)):
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY
    if not proof:
        return False
    hashes = list(proof)
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    one = two = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            one, two = node_hash(each, one), node_hash(each, two)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            two = node_hash(two, each)
        place, last = place >> 1, last >> 1
    return last == 0 and one == old_root and two == new_root
