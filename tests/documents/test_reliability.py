"""The pages of reliability name what there is: each fault, test, command and code, with the same figures in both."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from tests.faults.__main__ import FAULTS
from typer.testing import CliRunner

from subsidy.cli.app import app
from subsidy.codes import CODES

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = [(ROOT / "docs" / f"reliability{end}.md").read_text("utf-8") for end in ("", ".zh")]
TABLE: Final = ROOT / "tests" / "faults" / "README.md"
_FIGURE: Final = re.compile(r"\d[\d,.]*\d|\d")
_EACH: Final = pytest.mark.parametrize("page", PAGES, ids=["en", "zh"])


def rows(page: str) -> dict[str, str]:
    """The rows of a table of faults, by fault."""
    return dict(re.findall(r"^\| `(\w+)` (\|.*)$", page, re.MULTILINE))


def named_tests(page: str) -> list[tuple[str, str]]:
    """The tests that a page names: file and function."""
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)


@pytest.mark.parametrize("page", [*PAGES, TABLE.read_text("utf-8")], ids=["en", "zh", "README"])
def test_every_fault_has_a_row(page: str) -> None:
    """Each fault that the command knows stands in the table, in its order, and no other one; the control is told."""
    found = rows(page)
    assert list(found) == list(FAULTS)
    assert {each.count("|") for each in found.values()} == {4}


@_EACH
def test_every_fault_that_is_named_is_one(page: str) -> None:
    """A fault named in a promise or in a command is one that the command knows."""
    promised = re.findall(r"^\| \*\*.*?\| (.*) \|$", page, re.MULTILINE)
    named = {name for cell in promised for name in re.findall(r"`(\w+)`", cell)}
    asked = set(re.findall(r"make faults ARGS='(\w+)", page))
    assert asked
    assert named <= FAULTS.keys()
    assert FAULTS.keys() - {"power", "syscalls", "traced"} <= named | asked


def test_both_pages_have_the_same_figures() -> None:
    """The figures of a fault are the same on both pages, so that none is renewed on one of them alone."""
    english, chinese = ({name: sorted(_FIGURE.findall(row)) for name, row in rows(page).items()} for page in PAGES)
    assert english == chinese
    assert all(english.values())


@_EACH
def test_every_test_that_is_named_exists(page: str) -> None:
    """Each test that a page names stands in the file that it names, and each find has one."""
    named = named_tests(page)
    gone = [f"{file}::{test}" for file, test in named if f"\ndef {test}(" not in (ROOT / file).read_text("utf-8")]
    assert gone == []
    assert named == named_tests(PAGES[0])
    finds = re.findall(r"^\| (?!---)(.*) \|$", page.split("\n## ")[3], re.MULTILINE)[
        1:
    ]  # below the heads of its columns
    assert len(finds) >= 11
    assert all(map(named_tests, finds))


@_EACH
def test_every_command_and_code_that_is_named_exists(page: str) -> None:
    """What an operator is told to type, and each code that may be met, is one of the package."""
    commands = set(re.findall(r"`subsidy ([a-z][a-z -]*)`", page))
    assert commands == {"ledger backup", "ledger rotate-key", "ledger show"}
    assert [CliRunner().invoke(app, [*words.split(), "--help"]).exit_code for words in commands] == [0, 0, 0]
    codes = set(re.findall(r"\b[A-Z]\d{4}\b", page))
    assert {"S0304", "R0516"} <= codes <= CODES.keys()
