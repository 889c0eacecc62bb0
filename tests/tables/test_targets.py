"""Where a result may be written is asked before the work: never over the roster, and only where there is a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from subsidy.cli.exits import Exit

from .rosters import BEDS, bed, beds, run

SET = ("--set", "rate.disabled=350")


@pytest.mark.parametrize(
    "words", [("calculate", "--out"), ("what-if", *SET, "--out"), ("what-if", *SET, "--plot")], ids=str
)
def test_a_roster_is_never_written_over(words: tuple[str, ...], tmp_path: Path) -> None:
    """A result that would take the place of the roster is refused, by whichever name, and the roster is as it was."""
    name = "roster.parquet" if words[-1] == "--out" else "roster.png"
    roster = beds(tmp_path / "roster.parquet", [bed(1)]).rename(tmp_path / name)
    before = roster.read_bytes()
    (tmp_path / "folder").mkdir()
    out = tmp_path / "folder" / ".." / name
    command, *rest = words
    done = run(command, roster, "--policy", BEDS, *rest, out)
    assert done.exit_code == Exit.REQUEST
    assert done.stderr == (
        f"R0754 result-over-roster  {out}\n"
        f"  the result cannot be written over the roster {out}\n"
        "  → give it another name\n"
    )
    assert roster.read_bytes() == before


@pytest.mark.parametrize("command", [("calculate",), ("what-if", *SET)], ids=str)
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere/result.csv", "No such file or directory"),
        ("roster.parquet/result.csv", "Not a directory"),
        ("folder.csv", "Is a directory"),
    ],
)
def test_a_folder_that_is_not_there_is_said_first(
    command: tuple[str, ...], name: str, reason: str, tmp_path: Path
) -> None:
    """A result for which there is no folder is refused in words, and nothing is made of it."""
    roster = beds(tmp_path / "roster.parquet", [bed(1)])
    (tmp_path / "folder.csv").mkdir()
    before = sorted(tmp_path.rglob("*"))
    out = tmp_path / name
    done = run(command[0], roster, "--policy", BEDS, *command[1:], "--out", out)
    assert done.exit_code == Exit.REQUEST
    assert done.stderr == f"R0526 not-written  {out}\n  {out} cannot be written: {reason}\n"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_template_takes_the_place_of_nothing(tmp_path: Path) -> None:
    """A roster that may be filled in by now is not written over by a blank one."""
    out = tmp_path / "roster.xlsx"
    out.write_bytes(b"filled in")
    done = run("template", "--policy", BEDS, "--out", out)
    assert done.exit_code == Exit.REQUEST
    assert done.stderr == (
        f"R0525 file-there  {out}\n  {out} is there already and is not overwritten\n  → choose another name\n"
    )
    assert out.read_bytes() == b"filled in"
