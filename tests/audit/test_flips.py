"""Bytes of a small ledger changed, one at a time, and what such changes once came to."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from tests.audit.flips import Kit, a_bureau, a_kit, changes, figures, flipped  # by the name that processes know
from tests.audit.pages import pages, sampled
from tests.audit.support import small
from tests.audit.tampering import verified
from tests.ledger.postgres import Postgres
from tests.ledger.support import Place

from subsidy.audit.sources import Stored
from subsidy.audit.verifying import Verified, verify
from subsidy.errors import ServiceError, SubsidyError

EACH: Final = 12  # bytes of each table and index


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """A small ledger."""
    return a_kit(tmp_path_factory.mktemp("flips"), 512)


def test_what_each_byte_is_for(kit: Kit) -> None:
    """Every table and index has its pages, and nothing of the file is left over: SQLite counts the same pages."""
    found = pages(kit.file)
    with closing(sqlite3.connect(kit.file)) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE rootpage > 0")}
        (count,) = connection.execute("PRAGMA page_count").fetchone()
    assert (set(found.owners), len(found.owners)) == (names | {"schema"}, count)
    used = Counter(found.uses)
    assert used["file header: reserved"] == 20
    with closing(sqlite3.connect(kit.file)) as connection:
        (length,) = connection.execute("SELECT sum(length(body)) FROM entries").fetchone()
    cells = sum(use == "cells" for at, use in enumerate(found.uses) if found.owner(at) == "entries")
    assert length < cells < length * 1.02


def test_a_changed_byte_is_found(kit: Kit) -> None:
    """So many of every table and index, a bit of each: found, or nothing that the file says has changed."""
    found = pages(kit.file)
    offsets = sampled(found, EACH)
    assert min(Counter(map(found.owner, offsets)).values()) >= EACH
    tasks = changes(kit.file.read_bytes(), offsets, ["bit"], 7)
    said = figures(flipped(kit, tasks, min(2, os.cpu_count() or 1), lambda: None), found)
    assert said["failures"] == []
    assert said["detected"] + sum(said["unchanged"].values()) + sum(said["beside"].values()) == len(tasks)
    assert set(said["unchanged"]) <= FREE
    assert said["control"]["detected, and missed by the root alone"] > len(tasks) // 3


# Where a byte says nothing of a ledger. Of the header, what the next writer sets, or nobody reads.
FREE: Final = {
    "free bytes in a page", "free blocks and fragments", "behind the end of what overflows",
    *(f"file header: {each}" for each in (
        "application id", "cache size", "change counter", "encoding", "file format", "incremental vacuum", "reserved",
        "schema cookie", "schema format", "size in pages", "user version", "valid for", "version of SQLite",
    )),
}  # fmt: skip


def _sql(*statements: str) -> Callable[[sqlite3.Connection], None]:
    def change(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return change


# What once was a traceback, a loop without end, or not found: what is done, and what is said first.
ONCE: Final = {
    "no scope": (_sql("DELETE FROM meta WHERE name = 'scope'"), "S0306"),
    "no schema": (_sql("DELETE FROM meta WHERE name = 'schema'"), "S0306"),
    "a schema that is no number": (_sql("UPDATE meta SET value = '2x' WHERE name = 'schema'"), "S0306"),
    "an origin of bytes": (_sql("UPDATE meta SET value = x'ff' WHERE name = 'origin'"), "S0306"),
    "a name of bytes": (_sql("INSERT INTO meta VALUES (x'ff', 'more')"), "S0306"),
    "a size that is none": (_sql("UPDATE head SET size = 'x'"), "V0123"),
    "no table": (_sql("DROP TABLE checkpoints"), "V0130"),
    "no column": (_sql("ALTER TABLE buckets RENAME COLUMN used TO spent"), "V0131"),
    "a note that is no text": (_sql("UPDATE checkpoints SET note = CAST(x'ff' AS TEXT) WHERE size = 2"), "V0130"),
    "a schema with other blanks": (
        _sql("PRAGMA writable_schema = ON", "UPDATE sqlite_master SET sql = replace(sql, char(9), char(13))"), "V0131",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "code"), ONCE.values(), ids=ONCE)
def test_what_was_not_foreseen(
    kit: Kit, tmp_path: Path, change: Callable[[sqlite3.Connection], None], code: str
) -> None:
    """What stands where something else is wanted is a finding, or the file is said to be no ledger."""
    file = tmp_path / "ledger.db"
    shutil.copy(kit.file, file)
    with closing(sqlite3.connect(file)) as connection:
        change(connection)
        connection.commit()
    assert _first(file) == code


def _first(file: Path) -> str:
    found = verified(f"sqlite:///{file}")
    return found.problems[0].code if isinstance(found, SubsidyError) else found.findings.listed[0].problem.code


@pytest.mark.parametrize("table", ["entries", "checkpoints", "tiles", "requests"])
def test_a_page_that_is_none(kit: Kit, tmp_path: Path, table: str) -> None:
    """A page that SQLite cannot read is a finding, in its words."""
    file, found = tmp_path / "ledger.db", pages(kit.file)
    content = bytearray(kit.file.read_bytes())
    content[found.owners.index(table) * found.size] = 0
    file.write_bytes(content)
    said = verified(f"sqlite:///{file}")
    assert isinstance(said, Verified)
    assert "V0130 file-damaged  file\n  the database finds its file damaged: database disk image is malformed" in [
        each.problem.report("en") for each in said.findings.listed
    ]


@pytest.mark.parametrize("table", ["entries", "checkpoints"])
def test_an_index_that_leads_back(kit: Kit, table: str) -> None:
    """Where the last row of an index is said to come before the first one, reading ends, and it is found."""
    found, content, last = pages(kit.file), kit.file.read_bytes(), len(kit.said["entries.position"])
    last -= table == "entries"
    index = f"sqlite_autoindex_{table}_1"
    keys = [at for at, use in enumerate(found.uses)
            if use == "cells" and found.owner(at) == index and content[at] == last]  # fmt: skip
    said = figures(flipped(kit, [(at, last | 128) for at in keys], 1, lambda: None), found)
    assert (said["failures"], said["detected"]) == ([], len(keys))
    assert keys


def test_a_server_that_is_gone(postgres: Postgres, tmp_path: Path) -> None:
    """That a database does not answer is no finding."""
    place = Place(postgres.fresh("gone"), tmp_path, a_bureau(tmp_path))
    small(place.ledger(), tmp_path)
    place.close()

    def drop(_: int, __: int) -> None:
        postgres.run('DROP DATABASE "gone" WITH (FORCE)')

    with Stored(place.url) as source, pytest.raises(ServiceError) as error:
        verify(source, jobs=1, tick=drop)
    assert error.value.problems[0].code == "S0304"
