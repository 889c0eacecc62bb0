"""An export has all that the ledger has, or says what is wrong; it is whole or not there; it is read when damaged."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.ledger.support import NURSING, Place, nursing
from typer.testing import CliRunner

from subsidy.audit.exporting import Part, export
from subsidy.audit.sources import Exported, Row, Stored, opened_source
from subsidy.cli.app import app
from subsidy.errors import RequestError
from subsidy.ledger.notes import read_checkpoint

from .exports import PERSON, entries_of, exported, live


def reported(call: Callable[[], object]) -> str:
    """What is said of a request that is refused."""
    with pytest.raises(RequestError) as error:
        call()
    return error.value.report("en")


def test_an_export_is_the_ledger(place: Place) -> None:
    """From either store, plain or gzipped, an export has every entry and checkpoint of the ledger, byte for byte."""
    ledger = live(place)
    with Stored(place.url) as source:
        for name in ("a.jsonl", "a.jsonl.gz"):
            made = export(source, place.folder / name)
            with Exported(place.folder / name) as read:
                assert list(read.rows()) == list(source.rows())
                assert list(read.checkpoints()) == list(source.checkpoints())
                assert list(read.rows(7)) == list(source.rows(7))
                assert (read.origin, read.scope, read.size) == (source.origin, source.scope, source.size)
                assert read.latest() == ledger.checkpoint()
                again = export(read, place.folder / f"b{name}")
            assert (place.folder / f"b{name}").read_bytes() == (place.folder / name).read_bytes()
            assert (made.size, made.entries, made.findings.count) == (ledger.size, ledger.size, 0)
            assert made.fingerprint == again.fingerprint == read_checkpoint(ledger.checkpoint()).fingerprint
    assert gzip.decompress((place.folder / "a.jsonl.gz").read_bytes()) == (place.folder / "a.jsonl").read_bytes()
    assert sorted(file.name for file in place.folder.glob(".*")) == []


def test_no_identifier_is_in_it(place: Place) -> None:
    """What the ledger knows in clear is in no line of an export."""
    ledger = live(place)
    with ledger.store.reading() as connection:
        clear = [row.clear for row in connection.execute(text("SELECT clear FROM persons"))]
    assert PERSON in clear and len(clear) > 5
    whole = "".join(exported(place))
    assert PERSON not in whole
    assert [each for each in clear if len(each) > 1 and f'\\"{each}\\"' in whole] == []


def test_what_is_written_meanwhile_is_left_out(place: Place) -> None:
    """While the ledger grows, an export is the ledger at one checkpoint, and nothing is wrong with it."""
    ledger = live(place)
    size = ledger.size

    class Growing(Stored):
        """A ledger to which somebody adds an entry while it is read."""

        def rows(self, first: int = 0) -> Iterator[Row]:
            nursing(ledger, "meanwhile", "5", who="E8", month="2024-07")
            yield from super().rows(first)

    with Growing(place.url) as source:
        made = export(source, place.folder / "x.jsonl")
    assert ledger.size > size
    assert (made.size, made.entries, made.findings.count) == (size, size, 0)
    assert Exported(made.path).latest() == list(Exported(made.path).checkpoints())[-1][1]


def test_a_part_has_what_was_asked_for(sqlite_place: Place) -> None:
    """A part has the determinations of a policy, or of some months, with what followed them, or a span of entries."""
    live(sqlite_place).close()
    whole = entries_of(exported(sqlite_place))

    def of(name: str, **said: Any) -> list[tuple[str, str]]:
        lines = exported(sqlite_place, f"{name}.jsonl", part=Part(**said))
        assert json.loads(lines[0])["part"] == {key.removeprefix("dated_"): value for key, value in said.items()}
        found = entries_of(lines)
        assert [{**each, "proof": None} for each in found] == [
            {**whole[each["position"]], "proof": None} for each in found
        ]
        kept = {"opened", "key", "text"}
        assert [each for each in found if each["kind"] in kept] == [
            {**each, "proof": next(one["proof"] for one in found if one["position"] == each["position"])}
            for each in whole
            if each["kind"] in kept
        ]
        return [(each["kind"], json.loads(each["entry"])["request"][:2]) for each in found if each["kind"] not in kept]

    followed = [("determination", "a"), ("determination", "b"), ("determination", "c"), ("reversal", "r")]
    followed += [("release", "f"), ("reversal", "s"), ("release", "g")]
    assert of("march", policy=NURSING, dated_from="2024-03-15", dated_until="2024-03") == followed
    assert of("grants", dated_until="2021-12") == [("determination", "d"), ("determination", "e")]
    assert of("june", policy=NURSING, dated_from="2024-06-01") == [("determination", "i")]
    span = [each for each in whole if 6 <= each["position"] <= 8]
    assert of("span", first=6, last=8) == [(each["kind"], json.loads(each["entry"])["request"]) for each in span]
    assert len(span) == 3


def test_an_export_is_whole_or_not_there(sqlite_place: Place) -> None:
    """Interrupted, an export leaves nothing; one that is there is not overwritten; a folder that is none is said."""
    live(sqlite_place).close()
    target = sqlite_place.folder / "x.jsonl.gz"
    before = sorted(sqlite_place.folder.iterdir())

    def interrupted(_: int, __: int) -> None:
        raise KeyboardInterrupt

    with Stored(sqlite_place.url) as source:
        with pytest.raises(KeyboardInterrupt):
            export(source, target, interrupted)
        assert [file for file in sorted(sqlite_place.folder.iterdir()) if "-journal" not in file.name] == [
            file for file in before if "-journal" not in file.name
        ]
        export(source, target)
        whole = target.read_bytes()
        assert reported(lambda: export(source, target)) == (
            f"R0525 file-there  {target}\n  {target} is there already and is not overwritten\n  → choose another name"
        )
        nowhere = sqlite_place.folder / "none" / "x.jsonl"
        assert reported(lambda: export(source, nowhere)) == (
            f"R0526 not-written  {nowhere}\n  {nowhere} cannot be written: No such file or directory"
        )
    assert target.read_bytes() == whole


# What somebody does to the database, and what is seen of it while it is exported.
ALTERED = [
    (
        "UPDATE entries SET body = CAST('{}' AS BLOB) WHERE position = 6",
        (
            "V0201 not-of-the-checkpoint  {url}\n"
            "  the 29 entries that were exported are not those of the checkpoint\n"
            "  → the export is kept as evidence; subsidy audit verify finds where"
        ),
    ),
    (
        "DELETE FROM entries WHERE position = 6",
        (
            "V0202 entries-short  {url}\n"
            "  28 entries were exported, and the checkpoint has 29\n"
            "  → the export is kept as evidence; subsidy audit verify finds where"
        ),
    ),
    (
        "UPDATE tiles SET hashes = zeroblob(length(hashes))",
        (
            "V0203 no-proof  entry.0\n"
            "  the tree that is kept does not prove the entry to be under the checkpoint\n"
            "  → the export is kept as evidence; subsidy audit verify finds where"
        ),
    ),
    (
        "UPDATE checkpoints SET note = 'x'",
        "V0204 no-checkpoint  {url}\n  the ledger has no checkpoint that can be read",
    ),
    (
        "UPDATE entries SET body = x'ff', kind = 7 WHERE position = 6",
        (
            "V0201 not-of-the-checkpoint  {url}\n"
            "  the 29 entries that were exported are not those of the checkpoint\n"
            "  → the export is kept as evidence; subsidy audit verify finds where"
        ),
    ),
]


@pytest.mark.parametrize(("done", "said"), ALTERED, ids=["entry", "deleted", "tree", "note", "no text"])
def test_a_ledger_that_was_altered_is_exported_and_said(sqlite_place: Place, done: str, said: str) -> None:
    """An altered ledger is exported as it is, as evidence, and it is said to be wrong; what is no text is not lost."""
    live(sqlite_place).close()
    with Stored(sqlite_place.url) as source:
        engine = __import__("sqlalchemy").create_engine(sqlite_place.url)
        with engine.begin() as connection:
            connection.execute(text(done))
        engine.dispose()
        made = export(source, sqlite_place.folder / "x.jsonl", with_proofs="tiles" in done)
        assert made.findings.listed[0].problem.report("en") == said.format(url=source.shown)
        with Exported(made.path) as read:
            assert [bytes(row.content) for row in read.rows()] == [bytes(row.content) for row in source.rows()]


def test_a_damaged_export_is_still_read(sqlite_place: Place) -> None:
    """Whatever becomes of a line, the others are rows as before, and it is one without a position; nothing raises."""
    live(sqlite_place).close()
    lines, file = exported(sqlite_place), sqlite_place.folder / "damaged.jsonl"
    whole = list(Exported(sqlite_place.folder / "whole.jsonl").rows())
    for number, line in enumerate(lines[1:], start=1):
        is_entry = "entry" in json.loads(line)
        for damage in (
            "\n",
            "{}\n",
            "[1]\n",
            "7\n",
            "nul\n",
            line[:40] + "\n",
            '{"position":0,"base64":"?"}\n',
            "[" * 9_000,
        ):
            file.write_text("".join([*lines[:number], damage, *lines[number + 1 :]]), "utf-8", newline="")
            found = list(Exported(file).rows())
            at = sum("entry" in json.loads(each) for each in lines[1:number])
            is_last = not damage.endswith("\n")  # then the next line is lost with it
            assert found[at] == Row(
                None, None, (damage + (lines[number + 1] if is_last and lines[number + 1 :] else "")).encode(), None
            )
            if not is_last:
                assert [*found[:at], *found[at + 1 :]] == whole[:at] + whole[at + is_entry :]
    packed = gzip.compress("".join(lines).encode())
    for length in (len(packed) // 2, len(packed) - 4):
        file.write_bytes(packed[:length])
        found = list(Exported(file).rows())
        assert found[-1] == Row(None, None, b"", None) or found[-1].position is None
    file.write_text(lines[0] + '{"checkpoint":7}\n{"checkpoint":"x"}\n', "utf-8")
    assert list(Exported(file).checkpoints()) == [(None, 7), (None, "x")]


def test_what_is_no_source(sqlite_place: Place) -> None:
    """A ledger is opened by its URL or its file, an export by its file; all else is refused in words."""
    live(sqlite_place).close()
    folder = sqlite_place.folder
    exported(sqlite_place)
    exported(sqlite_place, "part.jsonl", part=Part(first=3))
    (folder / "no.jsonl").write_text("{}\n", "utf-8")
    found = [opened_source(each) for each in (sqlite_place.url, f"{folder}/ledger.db", f"{folder}/whole.jsonl")]
    assert [type(each) for each in found] == [Stored, Stored, Exported]
    assert len({each.origin for each in found}) == 1
    for each in found[:2]:
        each.close()
    assert [
        reported(lambda name=name: opened_source(f"{folder}/{name}"))  # type: ignore[misc]
        for name in ("nowhere", "no.jsonl", "part.jsonl")
    ] == [
        f"R0541 unreadable-export  {folder}/nowhere\n  {folder}/nowhere cannot be read: No such file or directory",
        (
            f"R0542 no-export  {folder}/no.jsonl\n"
            f"  {folder}/no.jsonl is no export of a ledger: its first line is to have the format "
            "subsidy-ledger-export-1, the origin, the scope and the size\n"
            "  → make one with subsidy audit export"
        ),
        (
            f"R0543 part-of-a-ledger  {folder}/part.jsonl\n"
            f"  {folder}/part.jsonl is a part of a ledger, and cannot be audited as a whole\n"
            "  → tools/verify.py checks the proof of each entry; for a whole audit export all of it"
        ),
    ]
    with Exported(folder / "whole.jsonl") as source:
        assert reported(lambda: export(source, folder / "y.jsonl", with_proofs=True)) == (
            f"R0544 part-of-an-export  {folder}/whole.jsonl\n"
            f"  proofs and parts are made from a ledger, not from the export {folder}/whole.jsonl"
        )
        wrong = Part(first=3, last=2, dated_from="2024-05", dated_until="2024-04-30")
        assert reported(lambda: export(source, folder / "y.jsonl", part=wrong)) == (
            "R0545 no-such-span  last\n  last is 2, so nothing is within\n"
            "R0545 no-such-span  until\n  until is 2024-04-30, so nothing is within"
        )
        assert reported(lambda: export(source, folder / "y.jsonl", part=Part(dated_from="May"))) == (
            "R0546 no-day-or-month  from\n"
            "  from is “May”, which is neither a day nor a month\n"
            "  → write 2024-03-01 or 2024-03"
        )


def test_the_command(sqlite_place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`subsidy audit export` writes the file, says what is in it in either language, and leaves with 1 on a finding."""
    live(sqlite_place).close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SUBSIDY_LEDGER", raising=False)
    runner = CliRunner()

    def run(*words: str) -> Any:
        return runner.invoke(app, ["audit", "export", *words])

    made = run("a.jsonl", "--ledger", "ledger.db", "--lang", "en")
    fingerprint = read_checkpoint(Exported("a.jsonl").latest()).fingerprint
    count = len(list(Exported("a.jsonl").checkpoints()))
    assert (made.exit_code, made.stdout) == (
        0, f"a.jsonl: 29 of 29 entries, {count} checkpoints\nFingerprint: {fingerprint}\n",
    )  # fmt: skip
    part = run("p.jsonl.gz", "--ledger", sqlite_place.url, "--first", "27", "--lang", "zh")
    assert (part.exit_code, part.stdout) == (0, f"p.jsonl.gz：29 条中的 12 条，0 个检查点\n指纹：{fingerprint}\n")
    data = json.loads(run("b.jsonl", "--ledger", "a.jsonl", "--json").stdout)
    assert data == {
        "file": "b.jsonl", "size": 29, "entries": 29, "checkpoints": count, "fingerprint": fingerprint, "findings": 0,
        "first": None, "problems": [],
    }  # fmt: skip
    Path("c.jsonl").write_text("".join(Path("a.jsonl").read_text("utf-8").splitlines(keepends=True)[:-2]), "utf-8")
    short = run("d.jsonl", "--ledger", "c.jsonl", "--lang", "en")
    assert (short.exit_code, short.stderr.splitlines()[0]) == (1, "V0202 entries-short  c.jsonl")
    assert run("e.jsonl").exit_code == 2
    assert run("e.jsonl", "--ledger", "nowhere.db").exit_code == 3
