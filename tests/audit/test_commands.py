"""`subsidy audit verify`, `replay` and `fingerprint`, as an auditor types them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.cli.conftest import run
from tests.cli.test_completion import offered
from tests.ledger.support import NURSING, Place, nursing

from subsidy.cli.exits import Exit
from subsidy.ledger import Ledger
from subsidy.ledger.notes import read_checkpoint

from .exports import exported, live
from .told import Told, told

__all__ = ["run", "told"]  # fixtures
KINDS = "  determinations 12 · erasures 1 · keys 2 · opened 1 · releases 2 · reversals 2 · rosters 1 · texts 8\n"


def fingerprint_of(ledger: Ledger) -> str:
    """The fingerprint of the latest checkpoint."""
    return read_checkpoint(ledger.checkpoint()).fingerprint


def changed(place: Place, *done: str) -> None:
    """Somebody changes the database."""
    engine = create_engine(place.url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        for each in done:
            connection.execute(text(each))
    engine.dispose()


def today() -> str:
    """The day by the machine's clock."""
    return dt.datetime.now().astimezone().date().isoformat()


def test_a_ledger_is_verified(place: Place, told: Callable[..., Told]) -> None:
    """On either store: what was verified, what was kept of it and where it was met, and what to keep next."""
    ledger = live(place)
    first, last = (str(each) for each in ledger.verifiers())
    fingerprint = fingerprint_of(ledger)
    shown, count = ledger.store.shown, len(list(ledger.entries()))
    ledger.close()
    address = ["--ledger", place.url]
    assert told("verify", *address, "--against", fingerprint, "--key", first) == (
        0,
        (
            f"{shown}: 29 entries and 15 checkpoints, all made anew\n{KINDS}  Key: {first}\n  Key: {last}\n"
            f"  Kept {fingerprint}: met at 29 entries\nFingerprint to keep: {fingerprint}\nNothing is wrong.\n"
        ),
        "",
    )
    assert told("verify", *address, "--lang", "zh") == (
        0,
        (
            f"{shown}：29 条，15 个检查点，均已重建\n"
            "  核定 12 · 抹除 1 · 密钥 2 · 建立 1 · 拨付 2 · 冲销 2 · 名单 1 · 文本 8\n"
            f"  公钥：{first}\n  公钥：{last}\n  没有与留存的东西对照：只知台账自身是否一致\n"
            f"请留存指纹：{fingerprint}\n未发现问题。\n"
        ),
        "",
    )
    data = json.loads(told("verify", *address, "--json", "--against", fingerprint)[1])
    assert data.pop("schema").startswith("sha256:")
    assert data == {
        "ledger": shown, "origin": ledger.origin, "scope": "140800", "size": count, "fingerprint": fingerprint,
        "checkpoints": 15, "keys": [first, last],
        "kinds": {
            "determination": 12, "erasure": 1, "key": 2, "opened": 1, "release": 2, "reversal": 2, "roster": 1,
            "text": 8,
        },
        "met": {fingerprint: 29}, "copies": [], "findings": 0, "first": None, "problems": [],
    }  # fmt: skip


@pytest.mark.parametrize("command", ["verify", "replay", "fingerprint"])
def test_a_ledger_is_named_without_an_option(
    command: str, sqlite_place: Place, told: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file behind the command is the ledger, whatever a variable says; it is the same as behind the option."""
    live(sqlite_place).close()
    named = told(command, "--ledger", sqlite_place.url, "--json")
    monkeypatch.setenv("SUBSIDY_LEDGER", "sqlite:///nowhere.db")
    assert named[0] == 0
    assert told(command, sqlite_place.url, "--json") == named


def test_the_fingerprint_of_each_day(place: Place, told: Callable[..., Told]) -> None:
    """One line a day is a list that a later audit is held against; a ledger that shrank is said, and not added."""
    ledger = live(place)
    one = fingerprint_of(ledger)
    words = ["fingerprint", "--ledger", place.url, "--append", "kept.txt"]
    assert told(*words) == (0, f"{one} 29 {today()}\n", "")
    nursing(ledger, "later", "5", who="E8", month="2024-07")
    two = fingerprint_of(ledger)
    assert told(*words) == (0, f"{two} 30 {today()}\n", "")
    kept = f"{one} 29 {today()}\n{two} 30 {today()}\n"
    assert Path("kept.txt").read_text("utf-8") == kept
    assert json.loads(told(*words[:3], "--json")[1]) == {"fingerprint": two, "size": 30, "day": today()}
    found = told("verify", "--ledger", place.url, "--against", "kept.txt")[1]
    assert f"  Kept {one}: met at 29 entries\n  Kept {two}: met at 30 entries\n" in found
    changed(place, "DELETE FROM checkpoints WHERE size = 30")
    assert told(*words) == (
        1,
        "",
        (
            "V0114 shorter-than-kept  checkpoint.30\n"
            "  the kept checkpoint has 30 entries, and there are 29: the end was cut off\n"
        ),
    )
    assert Path("kept.txt").read_text("utf-8") == kept
    Path("kept.txt").write_text(f"{two} 29 2026-01-01\n", "utf-8")
    assert told(*words) == (
        1,
        "",
        (
            f"V0113 kept-checkpoint-differs  checkpoint.29\n"
            f"  at 29 entries the log is not what the kept checkpoint says, {two}: something below was altered\n"
        ),
    )


def test_a_fingerprint_of_what_nobody_signed(sqlite_place: Place, told: Callable[..., Told]) -> None:
    """No fingerprint is printed of a checkpoint that is none, is another log's, or that the key did not sign."""
    ledger = live(sqlite_place)
    origin, note = ledger.origin, ledger.checkpoint()
    ledger.close()
    words = ["fingerprint", "--ledger", "ledger.db"]
    assert told("fingerprint", "--ledger", "ledger.db", "--append", "ledger.db")[:2] == (Exit.REQUEST, "")
    signature = note.rpartition("\n— ")[2]
    for said, wanted in (
        ("nothing", "V0204 no-checkpoint  sqlite:///ledger.db\n  the ledger has no checkpoint that can be read\n"),
        (
            note.replace(origin, "other", 1),
            "V0110 bad-checkpoint  checkpoint.29\n  no checkpoint of this log: other\n",
        ),
        (
            note.replace(signature, f"{origin} AAAA\n"),
            (
                "V0109 wrongly-signed  checkpoint.29\n"
                "  the checkpoint of 29 entries is not signed by the key of that time: "
                "none of the known keys signed it\n"
            ),
        ),
    ):
        engine = create_engine(sqlite_place.url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE checkpoints SET note = :said WHERE size = 29"), {"said": said})
        engine.dispose()
        assert told(*words) == (1, "", wanted)


def test_what_is_found_is_said_with_its_entry(sqlite_place: Place, told: Callable[..., Told]) -> None:
    """An entry that was altered is named, the first bad one first, with the fingerprint that is not met any more."""
    ledger = live(sqlite_place)
    fingerprint = fingerprint_of(ledger)
    ledger.close()
    changed(sqlite_place, "UPDATE entries SET body = replace(body, '\"stated\":[', '\"stated\": [') WHERE position = 6")
    changed(sqlite_place, "UPDATE entries SET body = CAST(body AS BLOB) WHERE position = 6")
    code, printed, said = told("verify", "--ledger", "ledger.db", "--against", fingerprint)
    assert (code, said) == (1, "")
    findings = printed.partition("Fingerprint of what is there, not to be kept: ")[2].partition("\n")[2]
    assert findings == (
        "4 findings, the first at entry 6:\n"
        "V0108 root-differs  checkpoint.7\n"
        "  the checkpoint of 7 entries is not of these entries: among 2–6, some were altered, added, taken away or "
        "moved\n"
        "V0103 not-canonical  entry.6\n"
        "  the entry is no JSON in canonical form\n"
        "V0107 entry-altered  entry.6\n"
        "  the entry is not the one whose hash the tree keeps: one of the two was altered\n"
        "V0112 fingerprint-not-met  against\n"
        f"  nowhere has the log the fingerprint that was kept, {fingerprint}; the last one that it has is at 0 "
        "entries\n"
    )
    data = json.loads(told("verify", "--ledger", "ledger.db", "--json", "--against", fingerprint)[1])
    assert (data["findings"], data["first"]) == (4, 6)
    assert [(each["entry"], each["code"]) for each in data["problems"]] == [
        (2, "V0108"), (6, "V0103"), (6, "V0107"), (None, "V0112"),
    ]  # fmt: skip


def of_copies(printed: str) -> str:
    """What is printed of the finding of a copy."""
    found = printed[printed.index("V0115") :].splitlines(keepends=True)
    return "".join(found[:3])


ADVICE = "  → one of the two was altered: a fingerprint that was kept elsewhere tells which\n"


def test_an_earlier_copy_and_an_export(place: Place, told: Callable[..., Told]) -> None:
    """A ledger that has grown still has all of a copy and of an export; one that was altered is said at its entry."""
    ledger = live(place)
    ledger.backup("copy.db")
    exported(place, "export.jsonl.gz")
    nursing(ledger, "later", "5", who="E8", month="2024-07")
    ledger.close()
    words = ["verify", "--ledger", place.url, "--against", "copy.db"]
    code, printed, _ = told(*words, "--against", "export.jsonl.gz", "--against", place.url)
    assert code == 0, printed
    assert (
        "  Copy sqlite:///copy.db: all its 29 entries are there\n"
        "  Copy export.jsonl.gz: all its 29 entries are there\n"
        f"  Copy {ledger.store.shown}: all its 30 entries are there\n"
    ) in printed
    changed(place, "UPDATE entries SET kind = 'x' WHERE position IN (7, 9)")
    assert of_copies(told(*words)[1]) == (
        "V0115 kept-copy-differs  entry.7\n"
        "  the ledger is not what the kept copy sqlite:///copy.db says: it has another content; "
        f"2 entries differ in all\n{ADVICE}"
    )
    changed(place, "DELETE FROM entries WHERE position = 5 OR position > 26")
    found = json.loads(told(*words, "--json")[1])
    assert found["copies"] == [{"copy": "sqlite:///copy.db", "size": 29, "differ": 5}]
    assert of_copies(told(*words)[1]) == (
        "V0115 kept-copy-differs  entry.5\n"
        "  the ledger is not what the kept copy sqlite:///copy.db says: the ledger does not have it; "
        f"5 entries differ in all\n{ADVICE}"
    )


def test_a_copy_that_lacks_an_entry_or_is_of_another_ledger(
    sqlite_place: Place, other_place: Place, told: Callable[..., Told]
) -> None:
    """An entry that is new among those of the copy is said, and a copy of something else is no proof of anything."""
    ledger, other = live(sqlite_place), live(other_place)
    origin = other.origin
    ledger.backup("copy.db")
    for each in (ledger, other):
        each.close()
    engine = create_engine("sqlite:///copy.db")
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM entries WHERE position = 8"))
    engine.dispose()
    assert of_copies(told("verify", "--ledger", "ledger.db", "--against", "copy.db")[1]) == (
        "V0115 kept-copy-differs  entry.8\n"
        f"  the ledger is not what the kept copy sqlite:///copy.db says: the copy does not have it\n{ADVICE}"
    )
    assert of_copies(told("verify", "--ledger", "ledger.db", "--against", "other/ledger.db")[1]) == (
        "V0115 kept-copy-differs  against\n"
        f"  the ledger is not what the kept copy sqlite:///other/ledger.db says: it is of another log, "
        f"{origin}\n{ADVICE}"
    )


def test_what_was_not_kept(sqlite_place: Place, told: Callable[..., Told]) -> None:
    """Whatever is named as kept and is not is refused before anything is read, all at once, with what is wrong."""
    live(sqlite_place).close()
    Path("list.txt").write_text(f"# kept\nsha256:{'0' * 64}\nsha256:{'0' * 63}\n", "utf-8")
    Path("words.txt").write_text("nothing\n", "utf-8")
    Path("bytes").write_bytes(b"\xff\xfe")
    given = ["sha256:00", "nowhere", "list.txt", "words.txt", "bytes"]
    code, printed, said = told("verify", "--ledger", "ledger.db", *(f"--against={each}" for each in given))
    why = [
        "a fingerprint is sha256: and 64 hexadecimal digits in lower case",
        "No such file or directory",
        "line 3: a fingerprint is sha256: and 64 hexadecimal digits in lower case",
        "it has neither fingerprints nor a checkpoint",
        "it is no text in UTF-8",
    ]
    assert (code, printed) == (Exit.REQUEST, "")
    assert said == "".join(
        f"R0591 nothing-kept  against\n  {name} is nothing that was kept: {detail}\n"
        "  → it may be a fingerprint, sha256:…, or a file: a list of fingerprints, one a line, a signed checkpoint, "
        "a copy or an export of the ledger\n"
        for name, detail in zip(given, why, strict=True)
    )


def test_a_ledger_is_replayed_without_the_folder_of_policies(place: Place, told: Callable[..., Told]) -> None:
    """With no policies at hand, every determination and release is computed again, and what was paid is summed up."""
    ledger = live(place)
    exported(place, "export.jsonl")
    ledger.close()
    code, printed, said = told("replay", "--ledger", place.url)
    digest = printed[printed.index("sha256:") :].splitlines()[0]
    assert (code, said) == (0, "")
    assert printed == (
        f"{ledger.store.shown}: 14 of 14 determinations and releases computed again: "
        "14 the same, 0 different, 0 cannot be computed\n"
        "  cn/shanxi/yuncheng/construction-grant: 300000.00 CNY\n"
        "  cn/test/nursing: 350.00 CNY\n"
        "  together: 300350.00 CNY, without what was reversed\n"
        f"Digest of what was computed: {digest}\nNothing is wrong.\n"
    )
    assert told("replay", "--ledger", "export.jsonl", "--lang", "zh") == (
        0,
        (
            "export.jsonl：14 条核定和拨付，重算 14 条：14 条相同，0 条不同，0 条无法重算\n"
            "  cn/shanxi/yuncheng/construction-grant：300000.00 元\n"
            "  cn/test/nursing：350.00 元\n"
            "  合计：300350.00 元，不含已冲销的\n"
            f"重算摘要：{digest}\n未发现问题。\n"
        ),
        "",
    )
    data = json.loads(told("replay", "--ledger", place.url, "--json", "--policy", NURSING, "--from", "2024-05")[1])
    assert data.pop("digest") != digest
    assert data == {
        "ledger": ledger.store.shown, "origin": ledger.origin, "scope": "140800", "seen": 14, "same": 6,
        "different": 0, "cannot": 0,
        "paid": [
            {"policy": NURSING, "month": "2024-05", "payer": "county", "amount": "45.00"},
            {"policy": NURSING, "month": "2024-06", "payer": "county", "amount": "5.00"},
        ],
        "findings": 0, "first": None, "problems": [],
    }  # fmt: skip


def test_a_filter_that_takes_nothing(sqlite_place: Place, told: Callable[..., Told]) -> None:
    """Where a mistyped policy or a span leaves nothing to compute, that is no clean audit but an error."""
    live(sqlite_place).close()
    assert told("replay", "--ledger", "ledger.db", "--policy", "cn/test/nursin") == (
        Exit.REQUEST,
        "",
        (
            "R0594 nothing-within  filter\n"
            "  none of 14 determinations and releases is within what was asked for, so nothing was computed again\n"
            "  → check --policy, --from, --until, --first, --last\n"
        ),
    )
    assert told("replay", "--ledger", "ledger.db", "--from", "May", "--first", "3", "--last", "2") == (
        Exit.REQUEST,
        "",
        (
            "R0546 no-day-or-month  from\n  from is “May”, which is neither a day nor a month\n"
            "  → write 2024-03-01 or 2024-03\nR0545 no-such-span  last\n  last is 2, so nothing is within\n"
        ),
    )


def test_the_policies_are_offered() -> None:
    """Behind `--policy` stand the ids of policies."""
    assert offered("audit", "replay", "--policy", "cn/shanxi/yuncheng/b") == ["cn/shanxi/yuncheng/bed-subsidy"]
    assert offered("audit", "report", "a.html", "--policy", "cn/shanxi/yuncheng/b") == [
        "cn/shanxi/yuncheng/bed-subsidy"
    ]
