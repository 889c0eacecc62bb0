"""The judge of all faults finds whatever is done to a ledger, and nothing in one to which nothing was done."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from .audit import audited
from .scenario import Caller, opened, steps
from .syscalls import Bench

DONE: Final = {
    "a lost request": ("DELETE FROM requests WHERE request = 'q3'", "lost: q3"),
    "a request of nobody": ("INSERT INTO requests VALUES ('140800', 'determine', 'x', x'00', 3)", "requests: "),
    "a changed entry": (
        "UPDATE entries SET body = CAST(replace(body, '140800', '140801') AS BLOB) WHERE position = 0",
        "the checkpoint of 2 entries has another root than they have",
    ),
    "a lost entry": ("DELETE FROM entries WHERE position = 9", "there is no entry 9: the next one is 10"),
    "a lost tail": ("DELETE FROM entries WHERE position > 40", "the head is not at the last entry"),
    "a lost checkpoint": (
        "DELETE FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints)",
        "the last checkpoint is not ",
    ),
    "another note": ("UPDATE checkpoints SET note = replace(note, '— ', '- ')", "changed: q0"),
    "a bucket too low": ("UPDATE buckets SET used = used - 1 WHERE used > 0", "buckets: "),
    "a bucket too much": ("INSERT INTO buckets VALUES ('p', 'c', x'00', 1, 1, 1)", "buckets: "),
    "a lost bucket": ("DELETE FROM buckets", "buckets: "),
    "another size": ("UPDATE head SET size = size + 1", "the head is not at the last entry"),
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Caller]:
    """A ledger that was asked everything."""
    bench = Bench(tmp_path_factory.mktemp("bench"))
    place, caller = bench.fresh("run", "made"), Caller()
    with opened(place, bench.catalogue) as ledger:
        for group in steps():
            caller.ask(ledger, group)
    return place / "ledger.db", caller


def test_an_untouched_ledger_is_right(asked: tuple[Path, Caller]) -> None:
    """Every answer is computed again from the entries alone, byte for byte."""
    file, caller = asked
    assert len(caller.answers) == 46
    assert audited(file, caller.answers) == []


@pytest.mark.parametrize("what", DONE)
def test_whatever_is_done_to_it_is_found(what: str, asked: tuple[Path, Caller], tmp_path: Path) -> None:
    """Each change to a file is said."""
    file, caller = asked
    change, said = DONE[what]
    (tmp_path / "ledger.db").write_bytes(file.read_bytes())
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        assert connection.execute(change).rowcount > 0
        connection.commit()
    found = audited(tmp_path / "ledger.db", caller.answers)
    assert any(each.startswith(said) for each in found), found


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    """What cannot be read is a finding."""
    (tmp_path / "ledger.db").write_bytes(b"x" * 4096)
    assert audited(tmp_path / "ledger.db", {}) == ["unreadable: DatabaseError('file is not a database')"]
