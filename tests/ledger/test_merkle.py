"""The Merkle tree: against public vectors, known roots, and a second way of computing it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from subsidy.ledger import tables as t
from subsidy.ledger.merkle import (
    EMPTY,
    Node,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from subsidy.ledger.stores import Store
from subsidy.ledger.tree import Tiles

# The leaves of the tests of Certificate Transparency, and the roots of the trees of the first one to all eight.
LEAVES: Final = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
ROOTS: Final = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
VECTORS: Final = "SUBSIDY_MERKLE_VECTORS"


def plain(leaves: list[bytes]) -> bytes:
    """The root as RFC 6962, 2.1, defines it, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + plain(leaves[:split]) + plain(leaves[split:])).digest()


def nodes(leaves: list[bytes]) -> Node:
    """The hashes of complete subtrees over leaves, each computed once."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        last = levels[-1]
        levels.append([hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(last[::2], last[1::2], strict=False)])
    return lambda height, place: levels[height][place]


def many(count: int) -> list[bytes]:
    """Hashes of numbered leaves."""
    return [leaf_hash(b"%d" % number) for number in range(count)]


def vectors() -> dict[str, Any]:
    """The public vectors of transparency-dev/merkle, where they stand beside the project."""
    if VECTORS not in os.environ:
        pytest.skip(f"the public vectors are no part of the project; {VECTORS} says where they are")
    found: dict[str, Any] = json.loads(Path(os.environ[VECTORS]).read_text("utf-8"))
    return found


def decoded(vector: dict[str, Any], name: str) -> bytes:
    return base64.b64decode(vector[name] or "")


def test_the_public_vectors_of_inclusion() -> None:
    """Each public vector of inclusion verifies if and only if it is meant to."""
    found = vectors()["inclusion"]
    wrong = [
        each["file"]
        for each in found
        if verify_inclusion(
            each["leafIdx"],
            each["treeSize"],
            decoded(each, "leafHash"),
            [base64.b64decode(hash_) for hash_ in each["proof"] or ()],
            decoded(each, "root"),
        )
        is each["wantErr"]
    ]
    assert len(found) > 90
    assert not wrong


def test_the_public_vectors_of_consistency() -> None:
    """Each public vector verifies if and only if it is meant to, but for the one whose roots are no hashes."""
    found = vectors()["consistency"]
    odd = [each for each in found if len(decoded(each, "root1")) not in (0, 32) and not each["wantErr"]]
    wrong = [each for each in found if is_consistent(each) is each["wantErr"] and each not in odd]
    assert len(found) > 90
    assert not wrong
    assert [decoded(each, "root1") for each in odd] == [b"don't care 2"]  # two equal texts of 12 bytes
    assert not is_consistent(odd[0])


def is_consistent(vector: dict[str, Any]) -> bool:
    return verify_consistency(
        vector["size1"],
        vector["size2"],
        decoded(vector, "root1"),
        decoded(vector, "root2"),
        [base64.b64decode(hash_) for hash_ in vector["proof"] or ()],
    )


def test_known_roots() -> None:
    """The trees over the leaves of Certificate Transparency's tests have the roots that all logs know."""
    leaves = [leaf_hash(bytes.fromhex(each)) for each in LEAVES]
    node = nodes(leaves)
    assert [root_of(0, size, node).hex() for size in range(1, 9)] == ROOTS
    assert root_of(0, 0, node) == EMPTY == hashlib.sha256(b"").digest()


def test_roots_are_those_of_the_definition() -> None:
    """The root from complete subtrees is the one that the definition of RFC 6962 gives, up to 600 leaves."""
    leaves = many(600)
    node = nodes(leaves)
    assert all(root_of(0, size, node) == plain(leaves[:size]) for size in range(601))


def test_every_proof_of_inclusion() -> None:
    """Every leaf of every tree of up to 600 is proved, and the proof is no longer than the tree is high."""
    leaves = many(600)
    node = nodes(leaves)
    for size in range(1, 601):
        root = root_of(0, size, node)
        for index in range(size):
            proof = inclusion_proof(index, size, node)
            assert len(proof) <= (size - 1).bit_length()
            assert verify_inclusion(index, size, leaves[index], proof, root)


def test_every_proof_of_consistency() -> None:
    """Every tree of up to 600 leaves is proved to be the beginning of every larger one."""
    leaves = many(600)
    node = nodes(leaves)
    roots = [root_of(0, size, node) for size in range(601)]
    for new in range(1, 601):
        for old in range(new + 1):
            assert verify_consistency(old, new, roots[old], roots[new], consistency_proof(old, new, node))


TREE: Final = many(600)
NODE: Final = nodes(TREE)


def changed(content: bytes, at: int) -> bytes:
    """The content with one bit of one byte changed."""
    there = at // 8 % len(content)
    return content[:there] + bytes([content[there] ^ (1 << at % 8)]) + content[there + 1 :]


@given(size=some.integers(1, 600), at=some.integers(0, 2**16), which=some.integers(0, 600), by=some.integers(1, 700))
@settings(max_examples=400, derandomize=True, deadline=None)
def test_no_other_proof_of_inclusion(size: int, at: int, which: int, by: int) -> None:
    """A proof with one bit, the index, or the number of its hashes changed proves nothing."""
    index = which % size
    proof, root, leaf = inclusion_proof(index, size, NODE), root_of(0, size, NODE), TREE[index]
    assert not verify_inclusion(index, size, changed(leaf, at), proof, root)
    assert not verify_inclusion(index, size, leaf, proof, changed(root, at))
    assert not verify_inclusion(index, size, leaf, [*proof, root], root)
    assert not verify_inclusion((index + by) % 1300 if (index + by) % 1300 != index else -1, size, leaf, proof, root)
    assert not verify_inclusion(index, size, leaf, proof, root_of(0, size + by, nodes(many(size + by))))
    if proof:
        there = at % len(proof)
        assert not verify_inclusion(index, size, leaf, proof[:there] + proof[there + 1 :], root)
        broken = [*proof[:there], changed(proof[there], at), *proof[there + 1 :]]
        assert not verify_inclusion(index, size, leaf, broken, root)
        assert not verify_inclusion(index, size, leaf, [*proof[:there], b"", *proof[there + 1 :]], root)


@given(new=some.integers(2, 600), at=some.integers(0, 2**16), which=some.integers(0, 600))
@settings(max_examples=400, derandomize=True, deadline=None)
def test_no_other_proof_of_consistency(new: int, at: int, which: int) -> None:
    """A proof of growth with one bit of it or of a root, or the number of its hashes, changed proves nothing."""
    old = 1 + which % (new - 1)
    proof, one, two = consistency_proof(old, new, NODE), root_of(0, old, NODE), root_of(0, new, NODE)
    there = at % len(proof)
    assert not verify_consistency(old, new, changed(one, at), two, proof)
    assert not verify_consistency(old, new, one, changed(two, at), proof)
    assert not verify_consistency(old, new, one, two, proof[:there] + proof[there + 1 :])
    assert not verify_consistency(old, new, one, two, [*proof, two])
    broken = [*proof[:there], changed(proof[there], at), *proof[there + 1 :]]
    assert not verify_consistency(old, new, one, two, broken)
    assert not verify_consistency(new, old, two, one, proof)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: inclusion_proof(3, 3, NODE), "there is no leaf 3 in a tree of 3"),
        (lambda: inclusion_proof(-1, 3, NODE), "there is no leaf -1 in a tree of 3"),
        (lambda: consistency_proof(4, 3, NODE), "a tree of 4 leaves is not the beginning of one of 3"),
    ],
)
def test_what_a_tree_has_no_proof_of(call: Callable[[], object], said: str) -> None:
    """A proof of a leaf that is not there, or of a tree that shrank, is refused in words."""
    with pytest.raises(ValueError) as error:  # noqa: PT011 — the whole text is held below
        call()
    assert str(error.value) == said


def test_tiles_are_the_plain_tree(tmp_path: Path) -> None:
    """Tiles that are appended to in batches of any size have the roots and proofs of the plain tree, over 70,000."""
    leaves = many(70_000)
    node = nodes(leaves)
    store, chance, size = Store(f"sqlite:///{tmp_path}/tiles.db"), random.Random(6962), 0  # noqa: S311
    with store.writing() as connection:
        t.METADATA.create_all(connection)
    kept: list[int] = []
    while size < len(leaves):
        with store.writing() as connection:
            tiles = Tiles(connection, size)
            for leaf in leaves[size : size + chance.choice([1, 63, 64, 255, 256, 257, 1000, 4096])]:
                tiles.append(leaf)
            size = tiles.size
            assert tiles.root == root_of(0, size, node)
            tiles.write(connection)
        kept.append(size)
    assert len(kept) > 50
    with store.reading() as connection:
        for size in kept:
            tiles, index = Tiles(connection, size), chance.randrange(size)
            assert tiles.root == root_of(0, size, node)
            assert inclusion_proof(index, size, tiles.node) == inclusion_proof(index, size, node)
            old = chance.randrange(size)
            assert consistency_proof(old, size, tiles.node) == consistency_proof(old, size, node)
        assert (
            connection.scalar(t.TILES.select().with_only_columns(t.TILES.c.level).order_by(t.TILES.c.level.desc())) == 2
        )
        tiles = Tiles(connection, 300)  # what stands behind is not looked at, nor kept
        tiles.append(leaf_hash(b"another"))
        assert tiles.root == root_of(0, 301, nodes([*leaves[:300], leaf_hash(b"another")]))
        tiles.append(leaf_hash(b"and one more"))
        assert inclusion_proof(300, 302, tiles.node)[0] == leaf_hash(b"and one more")
        with pytest.raises(LookupError, match="the tree lacks a hash: level 0, place 70000"):
            inclusion_proof(0, 70_001, Tiles(connection, 70_001).node)
    store.close()
