"""What may be done to a ledger: to its entries, as far as one likes, to its tables, and with its own writer."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.ledger.support import nursing

from subsidy.catalogue.digest import digest
from subsidy.ledger import Ledger
from subsidy.ledger.notes import Signer

from .forging import Depth, Forger, Kept

ALL: Final = (Depth.ENTRIES, Depth.TREE, Depth.SIGNED)


class NotHere(Exception):
    """The ledger has nothing that this could be done to."""


@dataclass(frozen=True)
class Attack:
    """Something that is done to a ledger.

    Attributes:
        forge: changes it; the first entry that is another one than before, None where none is, or it is no entry.
        after: what the ledger's own writer is then made to do.
        hidden: whether nobody finds it who has kept nothing: a whole ledger is left behind.
    """

    name: str
    forge: Callable[[Forger], int | None]
    after: Callable[[Ledger], object] | None = None
    hidden: bool = False


def last(entries: Sequence[Kept], kind: str, **wanted: str) -> int:
    """The last entry of a kind that says something."""
    for at in reversed(range(len(entries))):
        said = entries[at].said if entries[at].kind == kind else {}
        if said and all(said.get(name) == value for name, value in wanted.items()):
            return at
    raise NotHere


# — entries: each change, and the first entry that is another one —

Change = Callable[[list[Kept], Forger], int]


def edited(entries: list[Kept], _: Forger) -> int:
    at = last(entries, "determination")
    entries[at] = entries[at].saying(recorded="2020-01-01T00:00:00Z")
    return at


def edited_early(entries: list[Kept], _: Forger) -> int:
    entries[0] = entries[0].saying(recorded="2020-01-01T00:00:00Z")
    return 0


def raised(entries: list[Kept], _: Forger) -> int:
    at = last(entries, "determination", decision="determined")
    entries[at] = entries[at].saying(amount="9999.00")
    return at


def cut_off(entries: list[Kept], _: Forger) -> int:
    if len(entries) < 3:
        raise NotHere
    del entries[-1]
    return len(entries)


def taken_out(entries: list[Kept], _: Forger) -> int:
    at = last(entries[:-1], "determination")
    del entries[at]
    return at


def put_in(entries: list[Kept], _: Forger) -> int:
    at = last(entries, "determination")
    entries.insert(at, entries[at].saying(request="put-in"))
    return at


def swapped(entries: list[Kept], _: Forger) -> int:
    at = last(entries, "determination")
    if at != len(entries) - 1:
        at -= 1
    entries[at], entries[at - 1] = entries[at - 1], entries[at]
    return at - 1


def other_text(entries: list[Kept], _: Forger) -> int:
    at = last(entries, "text", role="policy")
    entries[at] = entries[at].saying(content=entries[at].said["content"].replace('"1000"', '"9000"'))
    return at


def other_text_and_digest(entries: list[Kept], forger: Forger) -> int:
    at = last(entries, "text", role="policy")
    content = entries[at].said["content"].replace('"1000"', '"9000"')
    before, now = entries[at].said["digest"], digest(tomllib.loads(content))
    entries[at] = entries[at].saying(content=content, digest=now)
    forger.run("UPDATE texts SET digest = :now WHERE digest = :before", now=now, before=before)
    for index, each in enumerate(entries):  # and every receipt that names it
        if each.kind == "determination":
            entries[index] = Kept(each.kind, each.body.replace(before.encode(), now.encode()), each.size)
    return at


def other_person(entries: list[Kept], _: Forger) -> int:
    at = last(entries, "determination")
    said = entries[at].said["receipt"]["facts"]["elder"]
    other = next(
        (each.said["receipt"]["facts"]["elder"] for each in entries
         if each.kind == "determination" and each.said["receipt"]["facts"]["elder"] != said), None,
    )  # fmt: skip
    if other is None:
        raise NotHere
    entries[at] = Kept("determination", entries[at].body.replace(said.encode(), other.encode()), entries[at].size)
    return at


def other_key(entries: list[Kept], forger: Forger) -> int:
    """The last key, in the place of which another one signs from there on."""
    at = last(entries, "key")
    said = entries[at].said
    stranger = Signer.new(said["key"].partition("+")[0])
    forger.signers[str(stranger.verifier)] = stranger
    entries[at] = entries[at].saying(key=str(stranger.verifier))
    return at


def no_reversal(entries: list[Kept], _: Forger) -> int:
    at = last(entries, "reversal")
    entries[at] = Kept("determination", entries[at - 1].body, entries[at].size)
    return at


def unspaced(entries: list[Kept], _: Forger) -> int:
    """The same JSON, spelt otherwise."""
    at = last(entries, "determination")
    entries[at] = Kept("determination", json.dumps(entries[at].said, ensure_ascii=False).encode(), entries[at].size)
    return at


def of_entries(name: str, change: Change, depth: Depth, *, hidden: bool = False) -> Attack:
    """A change of entries, and of what follows from them as far as it goes."""

    def forge(forger: Forger) -> int | None:
        entries = forger.entries()
        at = change(entries, forger)
        forger.write(entries, depth)
        return at

    return Attack(f"{name}: {depth.name.lower()}", forge, hidden=hidden)


# What is done to entries, and whether, once it is signed, the ledger is whole; an amount is then found by replaying it.
_CHANGES: Final[list[tuple[str, Change, bool]]] = [
    ("an entry edited", edited, True),
    ("the first entry edited", edited_early, True),
    ("an amount raised", raised, True),
    ("the last entry deleted", cut_off, False),
    ("an entry deleted, the rest moved up", taken_out, False),
    ("an entry inserted", put_in, False),
    ("two entries swapped", swapped, False),
    ("a policy text replaced", other_text, False),
    ("a policy text replaced, with its digest everywhere", other_text_and_digest, True),
    ("a person exchanged", other_person, False),
    ("a key replaced", other_key, True),
    ("a reversal overwritten", no_reversal, False),
    ("an entry spelt otherwise", unspaced, False),
]


# — rows —


def sql(*statements: str, of: str = "") -> Callable[[Forger], int | None]:
    """Statements; only where there is a row of some query, whose value they get."""

    def forge(forger: Forger) -> int | None:
        values = {}
        if of:
            rows = forger.run(of)
            if not rows:
                raise NotHere
            values = dict(zip("abc", rows[0], strict=False))
        for statement in statements:
            forger.run(statement, **{name: value for name, value in values.items() if f":{name}" in statement})
        return None

    return forge


def gap(forger: Forger) -> int | None:
    """An entry deleted, so that one is missing."""
    at = last(forger.entries()[:-1], "determination")
    forger.run("DELETE FROM entries WHERE position = :at", at=at)
    return at


def renumbered(forger: Forger) -> int | None:
    """The last entries moved on by ten."""
    at = last(forger.entries(), "determination")
    forger.run("UPDATE entries SET position = position + 1000 WHERE position >= :at", at=at)
    forger.run("UPDATE entries SET position = position - 990 WHERE position >= 1000")
    return at


def unchecked(forger: Forger) -> int | None:
    """The constraint that holds every cap, gone; in SQLite by writing the table anew."""
    if not forger.is_sqlite:
        return sql("ALTER TABLE buckets DROP CONSTRAINT never_over")(forger)
    [(made,)] = forger.run("SELECT sql FROM sqlite_master WHERE name = 'buckets'")
    constraint = "CONSTRAINT never_over CHECK (used >= 0 AND used <= most)"
    assert constraint in made
    forger.run("ALTER TABLE buckets RENAME TO old")
    forger.run(made.replace(constraint, "CHECK (used >= 0 AND used <= most + 1000000)"))
    forger.run("INSERT INTO buckets SELECT * FROM old")
    forger.run("DROP TABLE old")
    return None


def triggered(forger: Forger) -> int | None:
    """A trigger that gives back what was used."""
    if forger.is_sqlite:
        forger.run("CREATE TRIGGER free AFTER UPDATE ON buckets BEGIN UPDATE buckets SET used = 0; END")
    else:
        forger.run("CREATE FUNCTION free() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.used = 0; RETURN NEW; END'")
        forger.run("CREATE TRIGGER free BEFORE UPDATE ON buckets FOR EACH ROW EXECUTE FUNCTION free()")
    return None


def noted_over(forger: Forger) -> int | None:
    """The note of the first checkpoint in the place of the second."""
    notes = forger.run("SELECT size, note FROM checkpoints ORDER BY size LIMIT 2")
    if len(notes) < 2:
        raise NotHere
    forger.run("UPDATE checkpoints SET note = :note WHERE size = :size", note=notes[0][1], size=notes[1][0])
    return None


def numbered(statement: str) -> Callable[[Forger], int | None]:
    """A statement that only SQLite takes: it numbers its rows, and keeps what is no number in a column of numbers."""

    def forge(forger: Forger) -> int | None:
        if not forger.is_sqlite:
            raise NotHere
        forger.run(statement)
        return None

    return forge


_ENTRY: Final = "INSERT INTO entries SELECT {}, kind, body, size FROM entries WHERE position = 0"
_NOTE: Final = "INSERT INTO checkpoints SELECT {}, note FROM checkpoints LIMIT 1"
_REQUEST: Final = (
    "INSERT INTO requests (rowid, scope, method, request, fingerprint, position) VALUES (-7, '', '', '', '', 0)"
)
_ASIDE: Final = [
    Attack("an entry before the first", sql(_ENTRY.format(-1))),
    Attack("a checkpoint of nothing", sql(_NOTE.format(0))),
    Attack("a checkpoint of less than nothing", sql(_NOTE.format(-1))),
    *(Attack(f"an entry at {at}", numbered(_ENTRY.format(at))) for at in ("0.5", "-0.5", "'x'", "x'00'")),
    *(Attack(f"a checkpoint at {at}", numbered(_NOTE.format(at))) for at in ("0.5", "'x'", "x'00'")),
    Attack("a request whose row has a number below zero", numbered(_REQUEST)),
]  # fmt: skip
_BUCKET: Final = "SELECT policy, cap, key FROM buckets WHERE used > 1 ORDER BY 1, 2, 3 LIMIT 1"
_LOWERED: Final = "UPDATE buckets SET used = used - 1 WHERE policy = :a AND cap = :b AND key = :c"
_RAISED: Final = "UPDATE buckets SET most = most + 1 WHERE policy = :a AND cap = :b AND key = :c"
_DELETED: Final = "DELETE FROM buckets WHERE policy = :a AND cap = :b AND key = :c"
_ROWS: Final = [
    Attack("an entry deleted", gap),
    Attack("entries renumbered", renumbered),
    Attack("the constraint of the caps dropped", unchecked),
    Attack("a trigger added", triggered),
    Attack("a view added", sql("CREATE VIEW more AS SELECT * FROM entries")),
    Attack("a table added", sql("CREATE TABLE more (one INTEGER)")),
    Attack("a table dropped", sql("DROP TABLE releases")),
    Attack("an index dropped", sql("DROP INDEX entries_by_kind")),
    Attack("a column added", sql("ALTER TABLE requests ADD COLUMN more INTEGER")),
    Attack("a bucket lowered", sql(_LOWERED, of=_BUCKET)),
    Attack("a bucket raised", sql(_RAISED, of=_BUCKET)),
    Attack("a bucket deleted", sql(_DELETED, of=_BUCKET)),
    Attack("a request deleted", sql("DELETE FROM requests WHERE request = :a", of="SELECT 'a' FROM requests LIMIT 1")),
    Attack("a request pointed elsewhere",
           sql("UPDATE requests SET position = 0 WHERE request = 'a'", of="SELECT position FROM requests LIMIT 1")),
    Attack("the fingerprint of a request exchanged",
           sql("UPDATE requests SET fingerprint = :a WHERE request = 'a'",
               of="SELECT fingerprint FROM requests WHERE request <> 'a' LIMIT 1")),
    Attack("a reversal deleted", sql("DELETE FROM reversals WHERE reversed = :a", of="SELECT reversed FROM reversals")),
    Attack("a reversal invented",
           sql("INSERT INTO reversals VALUES (:a, 999)", of="SELECT max(position) FROM requests HAVING count(*) > 0")),
    Attack("a release deleted", sql("DELETE FROM releases WHERE position = :a", of="SELECT position FROM releases")),
    Attack("a subject deleted", sql("DELETE FROM subjects WHERE position = :a", of="SELECT position FROM subjects")),
    Attack("a text deleted", sql("DELETE FROM texts WHERE digest = :a", of="SELECT digest FROM texts")),
    Attack("an identifier exchanged", sql("UPDATE persons SET clear = 'another' WHERE subject = :a",
                                          of="SELECT subject FROM persons ORDER BY 1")),
    Attack("a salt exchanged", sql("UPDATE persons SET salt = :b WHERE subject <> :a",
                                   of="SELECT subject, salt FROM persons ORDER BY 1 DESC LIMIT 1 OFFSET 1")),
    Attack("an identifier erased, and no entry says so",
           sql("DELETE FROM persons WHERE subject = :a", of="SELECT subject FROM persons ORDER BY 1")),
    Attack("a tile deleted", sql("DELETE FROM tiles WHERE level = 0")),
    Attack("a tile added", sql("INSERT INTO tiles VALUES (1, 7, :a)", of="SELECT hashes FROM tiles")),
    Attack("the head lowered", sql("UPDATE head SET size = size - 1")),
    Attack("the name of the log changed", sql("UPDATE meta SET value = 'subsidy-ledger/x' WHERE name = 'origin'")),
    Attack("the scope changed", sql("UPDATE meta SET value = '110000' WHERE name = 'scope'")),
    Attack("a checkpoint deleted", sql("DELETE FROM checkpoints WHERE size = :a",
                                       of="SELECT size FROM checkpoints ORDER BY size LIMIT 1")),
    Attack("a checkpoint with the note of another", noted_over),
    Attack("an entry said to be answered later", sql("UPDATE entries SET size = size + 1 WHERE position = 0")),
    Attack("an entry said to be of another kind", sql("UPDATE entries SET kind = 'roster' WHERE kind = 'key'")),
]  # fmt: skip


# — with the ledger's own writer —


def free(forger: Forger) -> int | None:
    """Nothing of any cap was used."""
    sql("UPDATE buckets SET used = 0", of=_BUCKET)(forger)
    return None


def forgotten(forger: Forger) -> int | None:
    """No request was made, and nothing of any cap was used."""
    free(forger)
    forger.run("DELETE FROM requests WHERE method = 'determine'")
    return None


def unreversed(forger: Forger) -> int | None:
    return sql("DELETE FROM reversals WHERE reversed = :a",
               of="SELECT reversed FROM reversals WHERE position < 20 ORDER BY 1")(forger)  # fmt: skip


def _again(ledger: Ledger) -> None:
    [(at, _)] = [(at, body) for at, body in ledger.entries(0, 1000, kinds=("determination",)) if body["request"] == "a"]
    ledger.reverse(at, request="again", why="重复申报")


def _released_again(ledger: Ledger) -> None:
    found = ledger.entries(0, 1000, kinds=("determination",))
    ledger.release(next(at for at, body in found if body["request"] == "due"), "first", request="first-again")


_WRITTEN: Final = [
    Attack("a bucket lowered, and the cap used twice", free, lambda ledger: nursing(ledger, "twice", "700")),
    Attack("a request deleted, and the claim paid again", forgotten, lambda ledger: nursing(ledger, "a", "700")),
    Attack("a reversal deleted, and the claim reversed again", unreversed, _again),
    Attack("a release deleted, and the instalment paid again",
           sql("DELETE FROM releases", of="SELECT award FROM releases"), _released_again),
]  # fmt: skip

ATTACKS: Final[list[Attack]] = [
    *(
        of_entries(name, change, depth, hidden=is_whole and depth is Depth.SIGNED)
        for name, change, is_whole in _CHANGES
        for depth in ALL
    ),
    *_ROWS,
    *_ASIDE,
    *_WRITTEN,
]
