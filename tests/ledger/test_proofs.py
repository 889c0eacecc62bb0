"""Proofs of small trees, hash by hash: as RFC 6962 and RFC 9162 define them, and what is no proof."""

from __future__ import annotations

import hashlib

import pytest

from subsidy.ledger.merkle import (
    EMPTY,
    complete,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

from .test_merkle import changed, many, nodes, plain

MOST = 20
LEAVES = many(MOST)
NODE = nodes(LEAVES)
ROOTS = [plain(LEAVES[:size]) for size in range(MOST + 1)]


def split(count: int) -> int:
    """The largest power of two below a count."""
    return max(power for power in (1, 2, 4, 8, 16) if power < count)


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of RFC 6962, 2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*path(index, leaves[:k]), plain(leaves[k:])]
    return [*path(index - k, leaves[k:]), plain(leaves[:k])]


def subproof(old: int, leaves: list[bytes], *, known: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of RFC 6962, 2.1.2, word for word."""
    if old == len(leaves):
        return [] if known else [plain(leaves)]
    k = split(len(leaves))
    if old <= k:
        return [*subproof(old, leaves[:k], known=known), plain(leaves[k:])]
    return [*subproof(old - k, leaves[k:], known=False), plain(leaves[:k])]


def test_hashes_of_leaves_and_nodes() -> None:
    """A leaf is hashed behind a zero byte, a node behind a one, so that neither can stand for the other."""
    assert leaf_hash(b"ab") == hashlib.sha256(b"\0ab").digest()
    assert node_hash(b"a", b"b") == hashlib.sha256(b"\1ab").digest()
    assert hashlib.sha256().digest() == EMPTY == root_of(0, 0, NODE)


def test_complete_subtrees() -> None:
    """A tree is made up of the complete subtrees of its size's binary digits, the largest first."""
    assert list(complete(0, 13)) == [(3, 0), (2, 2), (0, 12)]
    assert list(complete(8, 13)) == [(2, 2), (0, 12)]
    assert list(complete(4, 4)) == []
    assert [root_of(0, size, NODE) for size in range(MOST + 1)] == ROOTS


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_proofs_are_those_of_the_definition(size: int) -> None:
    """Every proof is, hash by hash, the one of the definition, and verifies."""
    known: dict[tuple[int, int], bytes] = {}
    for index in range(size):
        proof = inclusion_proof(index, size, NODE)
        assert proof == path(index, LEAVES[:size]) == inclusion_proof(index, size, NODE, known)
        assert verify_inclusion(index, size, LEAVES[index], proof, ROOTS[size])
    assert all(found == plain(LEAVES[begin:end]) for (begin, end), found in known.items())
    for old in range(1, size):
        grown = consistency_proof(old, size, NODE)
        assert grown == subproof(old, LEAVES[:size], known=True)
        assert verify_consistency(old, size, ROOTS[old], ROOTS[size], grown)
    assert consistency_proof(0, size, NODE) == consistency_proof(size, size, NODE) == []


def test_a_subtree_is_hashed_once_for_all_proofs() -> None:
    """Where proofs of one tree share what is known, each subtree off the way is computed once, and what is there used.

    The hash of an incomplete subtree takes several nodes; the leaves of one half all need that of the other.
    """
    asked: list[tuple[int, int]] = []

    def node(height: int, place: int) -> bytes:
        asked.append((height, place))
        return NODE(height, place)

    known: dict[tuple[int, int], bytes] = {}
    first = inclusion_proof(0, 7, node, known)
    assert asked == [(1, 2), (0, 6), (1, 1), (0, 1)]
    assert known == {(4, 7): first[2], (2, 4): first[1], (1, 2): first[0]}
    asked.clear()
    inclusion_proof(1, 7, node, known)
    assert asked == [(0, 0)]
    assert inclusion_proof(0, 7, node, {(4, 7): b"as it is known"})[2] == b"as it is known"


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_what_proves_nothing_of_a_leaf(size: int) -> None:
    """A proof is not one of another index, size or leaf, nor with a hash more or less, nor with a hash cut short."""
    for index in range(size):
        proof, leaf, root = inclusion_proof(index, size, NODE), LEAVES[index], ROOTS[size]
        others = [each for each in range(-2, size + 2) if each != index]
        assert not any(verify_inclusion(each, size, leaf, proof, root) for each in others)
        wrong = {*LEAVES, EMPTY, root} - {leaf}
        assert not any(verify_inclusion(index, size, each, proof, root) for each in wrong)
        assert not verify_inclusion(index, size, leaf, proof, EMPTY)
        for more in (leaf, root, EMPTY):
            assert not verify_inclusion(index, size, leaf, [*proof, more], root)
            assert not verify_inclusion(index, size, leaf, [more, *proof], root)
        for at in range(len(proof)):
            assert not verify_inclusion(index, size, leaf, proof[:at] + proof[at + 1 :], root)
            other = [*proof[:at], changed(proof[at], at), *proof[at + 1 :]]
            assert not verify_inclusion(index, size, leaf, other, root)


def test_hashes_are_of_one_length() -> None:
    """No hash of another length is hashed: bytes cannot move from one side of a node to the other."""
    left, right = LEAVES[:2]
    root = ROOTS[2]
    assert verify_inclusion(0, 2, left, [right], root)
    assert not verify_inclusion(0, 2, left + right[:1], [right[1:]], root)
    assert not verify_inclusion(0, 2, left[:-1], [left[-1:] + right], root)
    longer, shorter = b"a" * 33, b"a" * 31
    for odd in (longer, shorter, b""):
        assert not verify_inclusion(0, 1, odd, [], odd)
        assert not verify_consistency(1, 1, odd, odd, [])
    cut = node_hash(left, right[:-1])
    assert not verify_inclusion(0, 2, left, [right[:-1]], cut)
    assert not verify_consistency(1, 2, left, cut, [right[:-1]])
    assert not verify_consistency(1, 2, left[:-1], node_hash(left[:-1], right), [right])
    assert not verify_consistency(0, 1, EMPTY, longer, [])


@pytest.mark.parametrize("new", range(1, MOST + 1))
def test_what_proves_nothing_of_growth(new: int) -> None:
    """A proof of growth is not one of other roots, nor with a hash more, less or changed, nor of a tree that shrank."""
    for old in range(1, new):
        proof, one, two = consistency_proof(old, new, NODE), ROOTS[old], ROOTS[new]
        assert not verify_consistency(old, new, one, EMPTY, proof)
        assert not verify_consistency(old, new, EMPTY, two, proof)
        assert not verify_consistency(old, new, two, two, proof)
        assert not verify_consistency(old, new, one, one, proof)
        assert not verify_consistency(new, old, two, one, proof)
        assert not verify_consistency(-old, new, one, two, proof)
        for more in (one, two, EMPTY):
            assert not verify_consistency(old, new, one, two, [*proof, more])
            assert not verify_consistency(old, new, one, two, [more, *proof])
        for at in range(len(proof)):
            assert not verify_consistency(old, new, one, two, proof[:at] + proof[at + 1 :])
            other = [*proof[:at], changed(proof[at], at), *proof[at + 1 :]]
            assert not verify_consistency(old, new, one, two, other)


def test_growth_from_nothing_and_none() -> None:
    """Nothing is the beginning of every tree, and each tree its own, without any hash; a changed root is neither."""
    for size in range(MOST + 1):
        root = ROOTS[size]
        assert verify_consistency(0, size, EMPTY, root, [])
        assert verify_consistency(size, size, root, root, [])
        assert not verify_consistency(0, size, EMPTY, root, [root])
        assert not verify_consistency(size, size, root, root, [root])
        assert not verify_consistency(size, size, root, LEAVES[-1], [])
        assert not verify_consistency(0, size + 1, LEAVES[-1], root, [])
    assert not verify_consistency(-1, 0, EMPTY, EMPTY, [])
    assert not verify_consistency(1, 0, EMPTY, EMPTY, [])
    assert not verify_consistency(2, 3, ROOTS[2], ROOTS[3], [])
    assert not verify_consistency(-1, 1, ROOTS[1], ROOTS[1], [ROOTS[1]])
    assert not verify_inclusion(0, 0, EMPTY, [], EMPTY)
    with pytest.raises(ValueError, match=r"^a tree of -1 leaves is not the beginning of one of 3$"):
        consistency_proof(-1, 3, NODE)


@pytest.mark.parametrize("old", range(1, MOST + 1))
def test_a_proof_of_a_smaller_tree_does_not_climb_over_a_larger(old: int) -> None:
    """A proof whose hashes end before the root, or go on behind it, is none, whatever root it would lead to."""
    leaf = LEAVES[0]
    short = inclusion_proof(0, old, NODE)
    assert not verify_inclusion(0, 2 * old, leaf, short, ROOTS[old])
    above = node_hash(ROOTS[old], leaf)
    assert not verify_inclusion(0, old, leaf, [*short, leaf], above)
    for new in range(old + 1, MOST + 1):
        proof = consistency_proof(old, new, NODE)
        assert not verify_consistency(old, new, ROOTS[old], node_hash(ROOTS[new], leaf), [*proof, leaf])
        assert not verify_consistency(old, 2 * new, ROOTS[old], ROOTS[new], proof)
        both = node_hash(leaf, ROOTS[old]), node_hash(leaf, ROOTS[new])
        assert verify_consistency(old, new, *both, [*proof, leaf]) is False


def test_what_is_no_proof_is_said_to_be_false() -> None:
    """Whatever is wrong, the answer is false, not nothing: a leaf that is not there, hashes too many or none."""
    assert verify_inclusion(3, 3, LEAVES[3], [], ROOTS[3]) is False
    assert verify_inclusion(0, 1, LEAVES[0], [LEAVES[1]], ROOTS[1]) is False
    assert verify_consistency(4, 3, ROOTS[4], ROOTS[3], []) is False
    assert verify_consistency(3, 4, ROOTS[3], ROOTS[4], []) is False
    assert verify_consistency(0, 3, b"\xff" * 32, ROOTS[3], []) is False


@pytest.mark.parametrize("index", [-1, 5, 6, 7])
def test_no_proof_of_a_leaf_that_is_not_there(index: int) -> None:
    """A leaf before the first or behind the last has no proof."""
    with pytest.raises(ValueError, match=rf"^there is no leaf {index} in a tree of 5$"):
        inclusion_proof(index, 5, NODE)
