"""The first policy of a clerk: a reader who types what the page says sees what the page shows, to its last line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from subsidy.cli.demo_ledger import adopted

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


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_ledger_of_the_readme_works(name: str, reader: story.Reader) -> None:
    """The commands of the README about the ledger run in order, under an adoption, with the roster of its page."""
    adopted(reader.folder)
    roster = next(block for kind, block in story.steps(story.LEDGER_PAGES[0].read_text("utf-8")) if kind[:3] == "csv")
    (reader.folder / "roster.csv").write_text(roster, "utf-8")
    reader.environment |= {"SUBSIDY_ADOPTIONS": "adoptions", "SUBSIDY_LEDGER": "sqlite:///ledger.db"}
    page = (story.DOCS.parent / name).read_text("utf-8")
    lines = re.findall(r"^    (subsidy (?:ledger|determine|reverse) .*)$", page, re.MULTILINE)

    printed = [reader.type(story.Typed(line, "")) for line in lines]

    assert [line.split()[1] for line in lines] == ["ledger", "determine", "determine", "reverse"]
    assert "600.00 元" in printed[1]
    assert printed[2] == "2023-09：3 行，核定 3 行、2285.00 元，核定为 0 的 0 行，不予核定 0 行\n"
    assert printed[3].startswith("第 11 条：冲销第 6 条，-600.00 元，")


def test_both_ledger_pages_type_the_same_commands() -> None:
    """Both pages of the ledger have the same commands and the same roster, but for the language and the reason."""
    lines = []
    for page in story.LEDGER_PAGES:
        blocks = list(story.steps(page.read_text("utf-8")))
        typed = [line.written for kind, block in blocks if kind == "console" for line in story.typed(block)]
        files = [block for kind, block in blocks if kind.startswith("csv ")]
        lines.append([re.sub(r" SUBSIDY_LANG=en|--why (\".*?\"|\S+)", "", each) for each in (*typed, *files)])

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
    ],
)
def test_what_a_page_leaves_out_is_marked(written: str, printed: str, holds: bool) -> None:
    """A line `…` on a page stands for any lines; all else on it is what was printed, and nothing is missing."""
    assert story.agree(written, printed) is holds
