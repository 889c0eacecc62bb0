"""What is said of a ledger in which somebody changed one thing: each finding in its own words."""

from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from tests.ledger.support import Place

import subsidy
from subsidy.audit.sources import Stored
from subsidy.audit.verifying import verify

from .exports import live

Altered = tuple[int, str, str]  # in the entry at a position, one text in the place of another
ALTERED: list[tuple[str | Altered, str]] = [
    ("DELETE FROM entries WHERE position = 6", "V0101 entry-missing  entry.6\n  entry 6 is missing: the next one is 7"),
    (
        "UPDATE entries SET body = x'7b' WHERE position = 6",
        "V0102 entry-unreadable  entry.6\n  the entry cannot be read: Input data was truncated",
    ),
    (
        "UPDATE entries SET kind = 'x' WHERE position = 7",
        "V0104 kind-differs  entry.7\n  its row says that it is x, and the entry determination",
    ),
    (
        (7, 'scope":"140800', 'scope":"140801'),
        "V0105 other-scope  entry.7\n  the entry is of 140801, and the ledger of 140800",
    ),
    (
        (7, 'kind":"determination', 'kind":"gift'),
        "V0106 unknown-kind  entry.7\n  there is no such kind of entry: gift",
    ),
    (
        (7, 'amount":"300.00"', 'amount":"900.00"'),
        (
            "V0108 root-differs  checkpoint.8\n  the checkpoint of 8 entries is not of these entries: among 7"
            ", some were altered, added, taken away or moved"
        ),
    ),
    (
        "UPDATE entries SET size = 99 WHERE position = 7",
        "V0111 other-checkpoint  entry.7\n  the entry says it was answered with the checkpoint of 99 entries; it is 8",
    ),
    (
        (27, 'replaces":"subsidy-ledger', 'replaces":"another'),
        (
            "V0117 key-out-of-turn  entry.27\n"
            "  the new key says it replaces another/140800/ID+KEY; in force was subsidy-ledger/140800/ID+KEY"
        ),
    ),
    (
        (4, 'digest":"sha256:', 'digest":"sha255:'),
        "V0118 text-altered  entry.4\n  the text says its digest is sha255:HASH; of its content it is sha256:HASH",
    ),
    (
        "DELETE FROM checkpoints WHERE size = 29",
        ("V0119 behind-last-checkpoint  checkpoints\n  the last checkpoint is of 28 entries, and there are more: 29"),
    ),
    (
        "INSERT INTO checkpoints SELECT 40, note FROM checkpoints WHERE size = 29",
        (
            "V0120 checkpoint-beyond  checkpoints\n"
            "  there is a checkpoint of 40 entries, and there are 29: the end was cut off"
        ),
    ),
    (
        "UPDATE meta SET value = '140801' WHERE name = 'scope'",
        (
            "V0121 other-log  entry.0\n  the first entry says of the log subsidy-ledger/140800/ID, 140800; "
            "the database says subsidy-ledger/140800/ID, 140801"
        ),
    ),
    (
        "INSERT INTO tiles (level, place, hashes) VALUES (1, 7, zeroblob(32))",
        "V0122 tree-differs  tiles\n  the tree that is kept is not that of the entries: level –, tile 2, 1",
    ),
    ("UPDATE head SET size = 30", "V0123 head-differs  head\n  the head says [(1, 30)]; there are 29 entries"),
    (
        "INSERT INTO meta (name, value) VALUES ('also', 'this')",
        (
            "V0124 meta-differs  meta\n"
            "  the ledger says of itself also, origin, schema, scope; it is to be origin, schema, scope"
        ),
    ),
    (
        "DELETE FROM reversals WHERE reversed = 6",
        "V0125 row-missing  reversals\n  the table lacks a row that follows from the entries: 6, 9",
    ),
    (
        "INSERT INTO reversals (reversed, position) VALUES (7, 8)",
        "V0126 row-of-no-entry  reversals\n  the table has a row that no entry accounts for: 7, 8",
    ),
    (
        (7, 'before":70000', 'before":60000'),
        "V0128 cap-jumps  entry.7\n  the cap monthly: 70000 was used before, and the entry says 60000",
    ),
    (
        (
            "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = sql || ' WHERE position > 3' "
            "WHERE name = 'entries_by_kind'"
        ),
        "V0130 file-damaged  file\n  the database finds its file damaged: wrong # of entries in index entries_by_kind",
    ),
    (
        "DROP INDEX entries_by_kind",
        (
            "V0131 schema-lacks  schema\n  the schema of the database lacks: "
            "index entries_by_kind entries CREATE INDEX entries_by_kind ON entries (kind, position)"
        ),
    ),
    (
        "UPDATE persons SET clear = 'nobody' WHERE clear = 'P1'",
        "V0132 not-the-commitment  persons\n  what stands for an identifier is not its commitment: ID",
    ),
    (
        "DELETE FROM persons WHERE clear = 'P1'",
        "V0133 identifier-gone  persons\n  an identifier is gone, and no entry erases it: ID",
    ),
    (
        "INSERT INTO persons (subject, clear, salt) VALUES ('id-x', 'nobody', zeroblob(16))",
        "V0134 identifier-of-nobody  persons\n  an identifier occurs in no entry: id-x",
    ),
    (
        (
            "INSERT INTO persons (subject, clear, salt) SELECT json_extract(CAST(body AS TEXT), '$.subject'), 'Z1', "
            "zeroblob(16) FROM entries WHERE kind = 'erasure'"
        ),
        "V0135 erased-is-there  persons\n  an identifier was erased, and is there: ID",
    ),
    (
        (9, 'reverses":6', 'reverses":7'),
        (
            "V0136 wrong-reversal  entry.9\n"
            "  it reverses entry 7, which cannot be reversed, was reversed already, or has another sum"
        ),
    ),
    (
        "CREATE TABLE extra (one INTEGER)",
        (
            "V0137 schema-has  schema\n"
            "  the schema of the database has in addition: table extra extra CREATE TABLE extra (one INTEGER)"
        ),
    ),
    (
        "UPDATE requests SET fingerprint = zeroblob(32) WHERE position = 6",
        (
            "V0138 other-fingerprint  requests.fingerprint\n"
            "  the table of requests has another fingerprint than the entry"
        ),
    ),
    (
        (10, 'award":7', 'award":6'),
        (
            "V0139 wrong-release  entry.10\n  it releases an instalment of entry 6"
            ", which is not determined, was reversed, or had it released already"
        ),
    ),
    (
        (9, 'after":', 'after":1'),
        ("V0140 cap-not-given-back  entry.9\n  the reversal does not give back what was used of the cap monthly"),
    ),
]


@pytest.fixture(scope="module")
def whole(adopted: subsidy.Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger as it was written."""
    folder = tmp_path_factory.mktemp("whole")
    place = Place(f"sqlite:///{folder}/ledger.db", folder, adopted)
    live(place)
    place.close()
    return folder / "ledger.db"


def plainly(said: str) -> str:
    """A finding without what is another in each ledger."""
    said = re.sub(r"id-[0-9a-f]{10}-[0-9a-f]{64}", "ID", said)
    said = re.sub(r"/[0-9a-f]{16}\b", "/ID", said)
    return re.sub(r"[0-9a-f]{64}", "HASH", re.sub(r"\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}", "+KEY", said))


@pytest.mark.parametrize(("done", "wanted"), ALTERED, ids=[wanted[:5] for _, wanted in ALTERED])
def test_what_was_changed_is_said(whole: Path, tmp_path: Path, done: str | Altered, wanted: str) -> None:
    """One change to a ledger that is in order is found, and said as it is."""
    file = Path(shutil.copy(whole, tmp_path / "ledger.db"))
    connection = sqlite3.connect(file)
    if isinstance(done, str):
        connection.executescript(done)
    else:
        position, one, two = done
        body = connection.execute("SELECT body FROM entries WHERE position = ?", (position,)).fetchone()[0]
        altered = body.replace(one.encode(), two.encode(), 1)
        assert altered != body
        connection.execute("UPDATE entries SET body = ? WHERE position = ?", (altered, position))
    connection.commit()
    connection.close()
    with Stored(f"sqlite:///{file}") as source:
        found = verify(source).findings.listed
    assert wanted in [plainly(each.problem.report("en")) for each in found]
