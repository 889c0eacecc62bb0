"""Verifying: a ledger is what its entries say, and what somebody kept of it."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from tests.ledger import schemas
from tests.ledger.support import Place, nursing

from subsidy.audit import sources, verifying
from subsidy.audit.exporting import export
from subsidy.audit.inspecting import SUMS, sum_of
from subsidy.audit.kept import Kept, kept
from subsidy.audit.replaying import replay
from subsidy.audit.sources import Exported, Stored
from subsidy.audit.trees import BLOCK, Tree, block_root
from subsidy.audit.verifying import Verified, verify
from subsidy.audit.work import Work
from subsidy.catalogue.digest import canonical
from subsidy.ledger.merkle import leaf_hash, root_of
from subsidy.ledger.notes import read_checkpoint
from subsidy.ledger.stores import Store
from subsidy.ledger.tree import Tiles

from .support import codes, fill, read, verified

_NOWHERE: Final = "nowhere has the log the fingerprint that was kept"


@contextmanager
def changed(place: Place) -> Iterator[Any]:
    """A connection by which somebody changes the database behind the ledger's back."""
    store = Store(place.url)
    with store.writing() as connection:
        yield connection
    store.close()


def said(found: Verified) -> list[str]:
    """What is wrong, in English."""
    return [f"{each.position}: {each.problem.code} {each.problem.message('en')}" for each in found.findings.listed]


def test_a_ledger_is_what_it_says(place: Place) -> None:
    """Every kind of entry, on either store, by one process or two, as a copy and as an export: nothing is wrong."""
    ledger = place.ledger()
    fill(ledger, place.folder)
    note, size = read_checkpoint(ledger.checkpoint()), ledger.size
    keys = tuple(map(str, ledger.verifiers()))
    place.close()
    with read(place) as source:
        once, twice = verify(source), verify(source, jobs=2)
        source.reader.backup(place.folder / "copy.db")
        export(source, place.folder / "ledger.jsonl")
    with Stored(f"sqlite:///{place.folder}/copy.db") as copy, Exported(place.folder / "ledger.jsonl") as exported:
        of_copy, of_export = verify(copy), verify(exported)
    for found in (once, twice, of_copy, of_export):
        assert (said(found), found.size, found.fingerprint, found.keys) == ([], size, note.fingerprint, keys)
        assert (found.checkpoints, found.kinds) == (once.checkpoints, once.kinds)
    assert once.schema == twice.schema and of_copy.schema.startswith("sha256:") and of_export.schema == ""


def test_what_was_kept_is_met(sqlite_place: Place) -> None:
    """Fingerprints and checkpoints of every day before are met in a ledger that grew, each at its size."""
    ledger = sqlite_place.ledger()
    days = list[str]()
    for number in range(3):
        nursing(ledger, f"d{number}", "100", who=f"E{number}")
        days.append(ledger.checkpoint())
    fill(ledger, sqlite_place.folder)
    sqlite_place.close()
    (sqlite_place.folder / "note").write_text(days[0], "utf-8")
    prints = [read_checkpoint(day).fingerprint for day in days]
    (sqlite_place.folder / "list").write_text(f"# kept\n{prints[1]} 8 2026-01-02\n{prints[2]}\n", "utf-8")
    with read(sqlite_place) as source:
        found = verify(source, kept([str(sqlite_place.folder / name) for name in ("note", "list")]))
    assert said(found) == []
    assert found.met == {each: read_checkpoint(day).size for each, day in zip(prints, days, strict=True)}


def test_what_was_kept_of_another_is_said(sqlite_place: Place, other_place: Place) -> None:
    """A fingerprint of another history is met nowhere; a kept checkpoint differs at its size, or is beyond the end."""
    nursing(sqlite_place.ledger(), "a", "100")
    nursing(other_place.ledger(), "a", "100")
    foreign = read_checkpoint(other_place.made[0].checkpoint())
    nursing(other_place.made[0], "b", "100")
    longer = read_checkpoint(other_place.made[0].checkpoint())
    given_ = Kept([foreign.fingerprint], {foreign.size: [foreign], longer.size: [longer]})
    with read(sqlite_place) as source:
        found = verify(source, given_, key="x+00000000+AA==")
    size, last = foreign.size, longer.size
    other = "at {} entries the log is not what the kept checkpoint says, {}: something below was altered"
    assert said(found) == [
        "None: V0113 " + other.format(size, foreign.fingerprint),
        f"None: V0112 {_NOWHERE}, {foreign.fingerprint}; the last one that it has is at 0 entries",
        f"None: V0114 the kept checkpoint has {last} entries, and there are {size}: the end was cut off",
        "None: V0116 the key that was kept never signed this log: x+00000000+AA==",
    ]


def test_what_is_no_fingerprint_is_refused(tmp_path: Path) -> None:
    """Neither a fingerprint nor a file of checkpoints: all of them are said at once."""
    from subsidy import RequestError

    (tmp_path / "odd").write_text("hello\n", "utf-8")
    with pytest.raises(RequestError) as error:
        kept(["sha256:12", str(tmp_path / "odd")])
    lines = error.value.report("en").split("\n")
    assert lines[0] == "R0591 nothing-kept  against"
    assert sum("R0591" in line for line in lines) == 2


@pytest.mark.parametrize("schema", sorted(schemas.FIXTURES.iterdir()), ids=lambda path: path.name)
def test_ledgers_of_before_are_verified(schema: Path, tmp_path: Path) -> None:
    """A ledger of an earlier schema, whose entries say less, is verified as it lies there."""
    with Stored(schemas.restore(schema, tmp_path)) as source:
        found = verify(source)
    assert said(found) == []


def test_it_goes_on_while_the_ledger_is_written(place: Place) -> None:
    """Claims that come in the meantime are determined, and are part of what is verified."""
    ledger = place.ledger()
    fill(ledger, place.folder)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            nursing(ledger, f"w{number}", "10", who=f"W{number}", month="2024-07")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        sizes = list[int]()
        for _ in range(5):
            found = verified(place)
            assert said(found) == []
            sizes.append(found.size)
    finally:
        stop.set()
        writer.join()
    assert sizes == sorted(sizes) and sizes[0] < sizes[-1] <= ledger.size


def test_what_was_interrupted_goes_on(sqlite_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped at any part, it goes on behind it, and finds what one run finds."""
    monkeypatch.setattr(sources, "PART", 4)
    monkeypatch.setattr(verifying, "_KEEP_AFTER", 4)
    fill(sqlite_place.ledger(), sqlite_place.folder)
    sqlite_place.close()
    with changed(sqlite_place) as connection:
        connection.execute(text("UPDATE entries SET body = replace(body, '700', '800') WHERE position = 7"))
        connection.execute(text("DELETE FROM requests WHERE position = 20"))
    with read(sqlite_place) as source:
        whole = verify(source)
        for stop in (4, 16, 28):
            work, seen = tmp_path / f"{stop}.work", list[int]()

            def tick(done: int, _: int, stop: int = stop) -> None:
                if done > stop:
                    raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt), Work(work) as begun:
                verify(source, work=begun, tick=tick)

            def note(done: int, _: int, seen: list[int] = seen) -> None:
                seen.append(done)

            with Work(work) as begun:
                again = verify(source, work=begun, tick=note)
            assert seen[0] > stop
            assert sorted(said(again)) == sorted(said(whole)) != []
            assert (again.fingerprint, again.checkpoints) == (whole.fingerprint, whole.checkpoints)


def test_rows_that_differ_are_named(place: Place) -> None:
    """A row that is gone, one that is altered and one that no entry accounts for, each with what it is to be."""
    fill(place.ledger(), place.folder)
    place.close()
    with changed(place) as connection:
        connection.execute(text("DELETE FROM requests WHERE request = 'b0'"))
        connection.execute(text("UPDATE buckets SET used = used - 1 WHERE used > 1000 AND position = 6"))
        connection.execute(text("INSERT INTO subjects VALUES ('cn/none', 'id-x', 9)"))
        connection.execute(text("UPDATE requests SET fingerprint = salt FROM persons WHERE request = 'n0/a'"))
    found = verified(place)
    assert codes(found) == ["V0126", "V0125", "V0138", "V0125", "V0126"] or sorted(codes(found)) == sorted(
        ["V0126", "V0125", "V0138"]
    )


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("requests", "scope, method, 'x', fingerprint, position"),
        ("subjects", "policy, 'id-x', position"),
        ("buckets", "policy, cap, x'01', used, most, position"),
    ],
)
@pytest.mark.parametrize("number", [-(1 << 63), -1, 0, (1 << 63) - 1])
def test_a_row_of_any_number_is_found(sqlite_place: Place, table: str, row: str, number: int) -> None:
    """SQLite numbers its rows from one; somebody who adds one may number it otherwise, also below zero."""
    nursing(sqlite_place.ledger(), "a", "100")
    sqlite_place.close()
    columns = row.replace("'x'", "request").replace("'id-x'", "subject").replace("x'01'", "key")
    with changed(sqlite_place) as connection:
        made = f"SELECT {number}, {row} FROM {table} LIMIT 1"  # noqa: S608 – names of our own
        connection.execute(text(f"INSERT INTO {table} (rowid, {columns}) {made}"))
    assert codes(verified(sqlite_place)) == ["V0126"]


def test_what_stands_before_the_first_entry_is_found(place: Place) -> None:
    """An entry or a checkpoint below the log is no part of it, and replaying does not read it either."""
    first = nursing(place.ledger(), "a", "100")
    place.close()
    with read(place) as source:
        paid = replay(source).paid
    made = {"content": canonical({"kind": "reversal", "reverses": first.position})}
    with changed(place) as connection:
        row = "INSERT INTO entries (position, kind, body, size) VALUES (-3, 'reversal', :content, 2)"
        connection.execute(text(row), made)
        connection.execute(text("INSERT INTO checkpoints SELECT 0, note FROM checkpoints LIMIT 1"))
    assert said(verified(place)) == [
        "None: V0126 the table has a row that no entry accounts for: -3",
        "None: V0126 the table has a row that no entry accounts for: 0",
    ]
    with read(place) as source:
        assert replay(source).paid == paid != {}


def test_a_note_that_is_no_text(sqlite_place: Place) -> None:
    """A checkpoint whose note lies there as a number, as one altered byte can make it, is a finding."""
    nursing(sqlite_place.ledger(), "a", "100")
    sqlite_place.close()
    with changed(sqlite_place) as connection:
        connection.execute(text("UPDATE checkpoints SET note = x'3132' WHERE size = 2"))
    assert {"V0110", "V0109"} <= set(codes(verified(sqlite_place)))


@given(st.lists(st.tuples(st.text(max_size=5), st.binary(max_size=5), st.integers(-5, 5)), max_size=20), st.randoms())
def test_sums_tell_rows_apart(rows: list[tuple[Any, ...]], rng: random.Random) -> None:
    """A sum is that of its rows in any order and in any parts, and of no others; with another key it is another."""
    mixed = rng.sample(rows, len(rows))
    key, other = b"k" * 32, b"l" * 32
    middle = len(rows) // 2
    assert sum_of(rows, key) == sum_of(mixed, key)
    assert (sum_of(rows[:middle], key) + sum_of(rows[middle:], key)) % SUMS == sum_of(rows, key)
    assert sum_of([*rows, ("more", b"", 0)], key) != sum_of(rows, key)
    assert not rows or sum_of(rows[1:], key) != sum_of(rows, key) != sum_of(rows, other)


@given(st.integers(0, 700), st.integers(1, 9))
def test_the_tree_is_the_one_that_is_kept(size: int, every: int) -> None:
    """Its root, and every tile of it, are those that the ledger makes, by single leaves as by blocks of them."""
    tree, tiles = Tree(), Tiles(None, 0)  # type: ignore[arg-type]  # nothing is read of a tree that begins empty
    tiles._tile = lambda key: tiles._tiles.setdefault(key, b"")  # type: ignore[method-assign]
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    for leaf in leaves:
        tiles.append(leaf)
    while tree.size < size:
        block = leaves[tree.size : tree.size + BLOCK]
        if not tree.size % BLOCK and len(block) == BLOCK and tree.size // BLOCK % every:
            tree.append_block(block, block_root(block))
        else:
            tree.append(block[0])
    assert tree.root == root_of(0, size, tiles.node)
    made = {(level, place): tile for level, place, tile in [*tree.filled, *tree.last()]}
    assert made == {key: found for key, found in tiles._tiles.items() if found}
    assert tree.tiles == len(made)
