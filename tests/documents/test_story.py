"""The first policy of a clerk: a reader who types what the page says sees what the page shows, to its last line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from . import story

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
PAGES: Final = [DOCS / "writing-a-policy.md", DOCS / "writing-a-policy.zh.md"]
VARIABLES: Final = ("SUBSIDY_ADOPTIONS", "SUBSIDY_LANG", "SUBSIDY_POLICIES")


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> story.Reader:
    """One who has the package, and an empty folder."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    start = tmp_path / "home"
    start.mkdir()
    monkeypatch.chdir(start)
    return story.Reader(start, dict(story.environment(tmp_path / "cache")))


def told(page: Path, reader: story.Reader) -> None:
    """Do what a page says, and compare what is seen."""
    for kind, block in story.steps(page.read_text("utf-8")):
        match kind:
            case "toml add":
                reader.add(block)
            case "diff":
                reader.change(block)
            case _:
                for line in story.typed(block):
                    printed = reader.type(line)
                    if not story.agree(line.printed, printed):
                        assert printed == line.printed, line.command


@pytest.mark.parametrize("page", PAGES, ids=["en", "zh"])
def test_the_story_is_told_as_it_happens(page: Path, reader: story.Reader) -> None:
    """Every command of the page runs in order, in one folder, and prints what the page shows; every edit fits."""
    told(page, reader)

    assert sorted(file.name for file in reader.module.parent.iterdir()) == ["2026-01-29.toml", "2027-01-20.toml"]


def test_both_stories_make_the_same_edits() -> None:
    """Both pages lead to the same module: the edits are the same, but for remarks."""
    edits = []
    for page in PAGES:
        blocks = [block for kind, block in story.steps(page.read_text("utf-8")) if kind != "console"]
        edits.append([re.sub(r"^@@.*| +# .*", "", block, flags=re.MULTILINE) for block in blocks])

    assert edits[0] == edits[1]
    assert len(edits[0]) == 7


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
