"""The first policy of a clerk: a reader who types what the page says sees what the page shows, to its last line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from . import story


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> story.Reader:
    """One who has the package, and an empty folder."""
    for name in story.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)  # and back to where it was, when the story is told
    return story.Reader.begin(tmp_path)


@pytest.mark.parametrize("page", story.PAGES, ids=["en", "zh"])
def test_the_story_is_told_as_it_happens(page: Path, reader: story.Reader) -> None:
    """Every command of the page runs in order, in one folder, and prints what the page shows; every edit fits."""
    told = page.read_text("utf-8")

    assert story.retold(told, reader) == told
    assert sorted(file.name for file in reader.module.parent.iterdir()) == ["2026-01-29.toml", "2027-01-20.toml"]


@pytest.mark.parametrize("page", story.LEDGER_PAGES, ids=["en", "zh"])
def test_the_ledger_is_as_its_page_shows(page: Path, reader: story.Reader) -> None:
    """Every command of the page of the ledger runs in order, in one folder, and prints what the page shows."""
    told = page.read_text("utf-8")

    assert story.retold(told, reader) == told
    assert sorted(file.name for file in reader.folder.iterdir() if not file.name.startswith("ledger.db-")) == [
        "adoptions", "audit.html", "copy.db", "kept.txt", "ledger-2.key", "ledger.db", "ledger.db.key",
        "ledger.db.lock", "results.csv", "roster.csv",
    ]  # fmt: skip


@pytest.mark.parametrize("page", story.PAYMENT_PAGES, ids=["en", "zh"])
def test_payments_are_compared_as_their_page_shows(page: Path, reader: story.Reader) -> None:
    """Every command of the page of payments runs in order, in one folder, and prints what the page shows."""
    told = page.read_text("utf-8")

    assert story.retold(told, reader) == told
    assert (reader.folder / "differences.xlsx").stat().st_size > 1000


@pytest.mark.parametrize("page", story.ROSTER_PAGES, ids=["en", "zh"])
def test_rosters_come_to_what_their_page_shows(page: Path, reader: story.Reader) -> None:
    """Every command of the page of rosters runs in order, in one folder, and prints what the page shows."""
    told = page.read_text("utf-8")

    assert story.retold(told, reader) == told
    assert (reader.folder / "what-if.xlsx").stat().st_size > 5000


@pytest.mark.parametrize("page", story.AUDIT_PAGES, ids=["en", "zh"])
def test_an_audit_goes_as_its_page_shows(page: Path, reader: story.Reader) -> None:
    """Every command of the page of auditing runs in order, and the auditor is left with what it says."""
    told = page.read_text("utf-8")

    assert story.retold(told, reader) == told
    assert sorted(file.name for file in reader.folder.iterdir()) == [
        "2023.db", "2023.jsonl", "altered.db", "fingerprints.txt", "nothing", "paid.csv", "report.html",
    ]  # fmt: skip
    (line,) = (reader.folder / "fingerprints.txt").read_text("utf-8").splitlines()
    assert re.fullmatch(r"sha256:[0-9a-f]{64} 8 [0-9]{4}-[0-9]{2}-[0-9]{2}", line)
    assert not any((reader.folder / "nothing").iterdir())


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_ledger_of_the_readme_works(name: str, reader: story.Reader) -> None:
    """The commands of the README about the ledger and its audit run in order, under an adoption, with a roster."""
    roster = next(block for kind, block in story.steps(story.LEDGER_PAGES[0].read_text("utf-8")) if kind[:3] == "csv")
    (reader.folder / "roster.csv").write_text(roster, "utf-8")
    page = (story.DOCS.parent / name).read_text("utf-8")
    (block,) = re.findall(r"^```sh\n([^`]*subsidy ledger create[^`]*)^```$", page, re.MULTILINE)
    (options,) = re.findall("`(--table [^`]*)`", page)
    audits = re.findall(r"^    (subsidy audit .*)$", page, re.MULTILINE)
    lines = [*block.replace("\\\n", " ").splitlines(), f"subsidy determine cn/liaoning/shenyang/home-service {options}"]

    printed = {line: reader.type(story.Typed(line, "")) for line in [*lines, *audits]}

    (one,) = (text for line, text in printed.items() if "beneficiary=B1" in line)
    (back,) = (text for line, text in printed.items() if "reverse" in line)
    (many,) = (text for line, text in printed.items() if "--table" in line)
    assert "600.00" in one and "-600.00" in back
    assert re.search(r"2285\.00", many) and re.search(r"\b3\b", many)
    assert len(audits) == 4
    _, verified, replayed, sheet = (printed[line] for line in audits)
    english = "SUBSIDY_LANG=en" in block
    assert verified.endswith("\nNothing is wrong.\n" if english else "\n未发现问题。\n")
    alike = (
        "4 determinations and releases" if english else "4 条核定和拨付，重算 4 条：4 条相同，0 条不同，0 条无法重算\n"
    )
    assert alike in replayed
    assert sheet.startswith("audit.html")


@pytest.mark.parametrize("pages", [story.LEDGER_PAGES, story.AUDIT_PAGES], ids=["ledger", "auditing"])
def test_both_pages_type_the_same_commands(pages: list[Path]) -> None:
    """A page in either language has the same commands and the same files, but for the language and the reason."""
    lines = []
    for page in pages:
        blocks = list(story.steps(page.read_text("utf-8")))
        typed = [line.written for kind, block in blocks if kind == "console" for line in story.typed(block)]
        files = [block for kind, block in blocks if kind.startswith("csv ")]
        lines.append(
            [re.sub(r" SUBSIDY_LANG=en|--lang (en|zh)|--why (\".*?\"|\S+)", "", each) for each in (*typed, *files)]
        )

    assert lines[0] == lines[1]
    assert len(lines[0]) > 15


def test_both_stories_make_the_same_edits() -> None:
    """Both pages lead to the same module: the edits are the same, but for remarks."""
    edits = []
    for page in story.PAGES:
        blocks = [block for kind, block in story.steps(page.read_text("utf-8")) if kind != "console"]
        edits.append([re.sub(r"^@@.*| +# .*", "", block, flags=re.MULTILINE) for block in blocks])

    assert edits[0] == edits[1]
    assert len(edits[0]) == 7


def test_both_stories_type_the_same_commands() -> None:
    """Both pages have the same commands, but for the language and the names of the cases."""
    lines = []
    for page in story.PAGES:
        blocks = [block for kind, block in story.steps(page.read_text("utf-8")) if kind == "console"]
        typed = [line.written.replace(" SUBSIDY_LANG=en", "") for block in blocks for line in story.typed(block)]
        lines.append([re.sub(r'--example ".*?"', "--example …", each) for each in typed])

    assert lines[0] == lines[1]
    assert len(lines[0]) > 20


@pytest.mark.parametrize(
    ("written", "printed", "holds"),
    [
        ("one\ntwo\n", "one\ntwo\n", True),
        ("one\n…\n", "one\ntwo\nthree\n", True),
        ("one\n…\nthree\n", "one\nthree\n", True),
        ("one\n…\nthree\n", "one\ntwo\nthree\nfour\n", False),
        ("one\ntwo\n", "one\n", False),
        ("on.\n", "one\n", False),
        ("a …: two\n", "a b:c: two\n", True),
        ("a … two\n", "a b c two\n", False),
        ("a …\n", "a b\nc\n", False),
    ],
)
def test_what_a_page_leaves_out_is_marked(written: str, printed: str, holds: bool) -> None:
    """On a page `…` stands for any lines, within a line for one word; all else was printed, and nothing is missing."""
    assert story.agree(written, printed) is holds
