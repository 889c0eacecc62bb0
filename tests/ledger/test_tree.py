"""Tiles: which rows a tree is kept as, which of them a proof reads, and which an addition writes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, event, select

from subsidy.ledger import tables as t
from subsidy.ledger import tree
from subsidy.ledger.merkle import EMPTY, consistency_proof, inclusion_proof, root_of
from subsidy.ledger.tree import Tiles

from .test_merkle import many, nodes, plain

LEAVES = many(1_100)
NODE = nodes(LEAVES)


@pytest.fixture
def connection() -> Iterator[Connection]:
    """A store in memory that has the table of tiles."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        t.TILES.create(connection)
        yield connection
    engine.dispose()


@pytest.fixture
def said(connection: Connection) -> list[str]:
    """The first word of each statement, as it is executed, and how many rows it is of."""
    found: list[str] = []

    def take(_c: object, _cursor: object, statement: str, parameters: object, _context: object, is_many: bool) -> None:
        count = f" {len(parameters)}" if is_many and isinstance(parameters, list) else ""
        found.append(statement.split(maxsplit=1)[0] + count)

    event.listen(connection, "before_cursor_execute", take)
    return found


def appended(connection: Connection, leaves: list[bytes]) -> Tiles:
    """Tiles of these leaves, written."""
    tiles = Tiles(connection, 0)
    for leaf in leaves:
        tiles.append(leaf)
    tiles.write(connection)
    return tiles


def kept(connection: Connection) -> dict[tuple[int, int], bytes]:
    """All rows."""
    c = t.TILES.c
    return {(row.level, row.place): row.hashes for row in connection.execute(select(c.level, c.place, c.hashes))}


def test_the_rows_of_a_tree(connection: Connection) -> None:
    """A row of level 0 has 256 leaves, one of level 1 the roots of 256 of them each; the last has the rest."""
    appended(connection, LEAVES)
    assert kept(connection) == {
        (1, 0): b"".join(plain(LEAVES[begin : begin + 256]) for begin in range(0, 1024, 256)),
        **{(0, place): b"".join(LEAVES[256 * place : 256 * place + 256]) for place in range(5)},
    }


def test_a_tree_without_leaves(connection: Connection) -> None:
    """An empty tree has the root of nothing, and writes nothing."""
    assert appended(connection, []).root == EMPTY
    assert kept(connection) == {}


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 513, 767, 1_100])
def test_what_is_read_again(connection: Connection, size: int) -> None:
    """Roots, proofs, and what is appended next, are those of the plain tree: at every edge of a tile."""
    assert appended(connection, LEAVES[:size]).root == plain(LEAVES[:size])
    again = Tiles(connection, size)
    assert again.root == plain(LEAVES[:size])
    assert inclusion_proof(size // 3, size, again.node) == inclusion_proof(size // 3, size, NODE)
    assert consistency_proof(size // 2, size, again.node) == consistency_proof(size // 2, size, NODE)
    again.append(LEAVES[0])
    assert (again.size, again.root) == (size + 1, plain([*LEAVES[:size], LEAVES[0]]))
    again.write(connection)
    assert Tiles(connection, size + 1).root == plain([*LEAVES[:size], LEAVES[0]])


def test_the_size_bounds_what_is_seen(connection: Connection) -> None:
    """Behind the size that is asked for, hashes of a larger tree are neither seen nor kept by the next addition."""
    appended(connection, LEAVES[:600])
    smaller = Tiles(connection, 300)
    assert smaller.root == plain(LEAVES[:300])
    smaller.append(LEAVES[0])
    smaller.write(connection)
    assert kept(connection)[0, 1] == b"".join(LEAVES[256:300]) + LEAVES[0]


def test_what_is_written_and_when(connection: Connection, said: list[str]) -> None:
    """A new row is inserted, one that is there is changed, by one statement each; what was written is not again."""
    tiles = Tiles(connection, 0)
    for leaf in LEAVES[:10]:
        tiles.append(leaf)
    assert said == ["SELECT"]
    tiles.write(connection)
    assert said == ["SELECT", "INSERT"]
    tiles.write(connection)
    assert said == ["SELECT", "INSERT"]
    for leaf in LEAVES[10:300]:
        tiles.append(leaf)
    tiles.write(connection)
    assert said[2:] == ["SELECT", "SELECT", "UPDATE", "INSERT"]
    for leaf in LEAVES[300:515]:
        tiles.append(leaf)
    tiles.write(connection)
    assert said[6:] == ["SELECT", "UPDATE 2", "INSERT"]
    assert kept(connection)[0, 2] == b"".join(LEAVES[512:515])
    assert Tiles(connection, 515).root == plain(LEAVES[:515])


def test_what_is_remembered(connection: Connection, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is read once, a subtree within it hashed once; beyond the bound all is forgotten, and read again."""
    appended(connection, LEAVES[:256])
    tiles = Tiles(connection, 256)
    said.clear()
    proof = inclusion_proof(77, 256, tiles.node)
    assert said == ["SELECT"]
    with monkeypatch.context() as patch:
        patch.setattr(tree, "node_hash", lambda *_: pytest.fail("hashed again"))
        assert inclusion_proof(77, 256, tiles.node) == proof == inclusion_proof(77, 256, NODE)
    tiles.write(connection)
    assert inclusion_proof(77, 256, tiles.node) == proof
    assert said == ["SELECT"]
    monkeypatch.setattr(tree, "_KEPT", 3)
    tiles.write(connection)
    assert tiles.root == root_of(0, 256, NODE)
    assert said == ["SELECT", "SELECT"]
    tiles.append(LEAVES[256])
    tiles.write(connection)
    assert tiles.root == plain(LEAVES[:257])
    assert Tiles(connection, 257).root == plain(LEAVES[:257])


def test_a_bound_is_reached_only_when_passed(
    connection: Connection, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many subtrees as may be remembered are; with one more none is, nor any row."""
    tiles = appended(connection, LEAVES[:4])
    assert tiles.node(2, 0) == plain(LEAVES[:4])  # three subtrees: two of two leaves, one of four
    said.clear()
    monkeypatch.setattr(tree, "_KEPT", 3)
    tiles.write(connection)
    tiles.append(LEAVES[4])
    assert said == []
    monkeypatch.setattr(tree, "_KEPT", 2)
    tiles.write(connection)
    tiles.append(LEAVES[5])
    assert said == ["UPDATE", "SELECT"]
    tiles.write(connection)
    assert said == ["UPDATE", "SELECT", "UPDATE"]
    assert kept(connection) == {(0, 0): b"".join(LEAVES[:6])}


@pytest.mark.parametrize(
    ("height", "place", "said"),
    [
        (0, 3, "level 0, place 3"),
        (0, 256, "level 0, place 256"),
        (8, 0, "level 1, place 0"),
        (1, 1, "level 0, place 3"),
    ],
)
def test_a_hash_that_is_lacking(connection: Connection, height: int, place: int, said: str) -> None:
    """A hash that the tree does not have is named, and nothing is made up for it."""
    tiles = appended(connection, LEAVES[:3])
    with pytest.raises(LookupError) as error:
        tiles.node(height, place)
    assert str(error.value) == f"the tree lacks a hash: {said}"


def test_each_row_is_read_and_changed_alone(connection: Connection) -> None:
    """A row that is lacking is not taken from beside it or above it; one that changes leaves those around it alone."""
    appended(connection, LEAVES)
    before = kept(connection)
    smaller = Tiles(connection, 300)
    smaller.append(LEAVES[0])
    smaller.write(connection)
    after = kept(connection)
    assert {key for key in before if before[key] != after[key]} == {(0, 1)}
    first = Tiles(connection, 100)
    first.append(LEAVES[0])
    first.write(connection)
    assert {key for key, found in kept(connection).items() if found != after[key]} == {(0, 0)}
    c = t.TILES.c
    connection.execute(t.TILES.delete().where(c.level == 0, c.place == 0))
    for height, place in ((0, 0), (16, 0)):
        with pytest.raises(LookupError):
            Tiles(connection, 300).node(height, place)
