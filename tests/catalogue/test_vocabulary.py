"""The shared words and the divisions."""

from __future__ import annotations

from pathlib import Path

import pytest

import subsidy
from subsidy.errors import CatalogueError

from .support import copy


def problems(folder: Path) -> list[str]:
    with pytest.raises(CatalogueError) as caught:
        _ = subsidy.Catalogue(folder).folder.vocabulary
    return [f"{problem.code} {problem.where}" for problem in caught.value.problems]


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")


def test_both_files_are_needed(tmp_path: Path) -> None:
    """Both files are missed in one report."""
    folder = copy(tmp_path)
    (folder / "vocabulary.toml").unlink()
    (folder / "divisions.toml").unlink()
    assert problems(folder) == ["C0106 vocabulary.toml", "C0106 divisions.toml"]


def test_the_shape_of_both_files_is_checked(tmp_path: Path) -> None:
    """A wrong key, a wrong kind and a label in one language are found in both files at once."""
    folder = copy(tmp_path)
    change(folder, "vocabulary.toml", "symbol", "sign")
    change(folder, "divisions.toml", 'code = "990101"', "code = 990101")
    change(folder, "divisions.toml", ', en = "Some City"', "")
    found = problems(folder)
    assert "P0105 units.CNY.sign" in found
    assert "P0107 divisions[0].name" in found
    assert "P0107 divisions[1].code" in found


def test_a_division_below_itself(tmp_path: Path) -> None:
    """Divisions in a circle are an error, and no endless walk."""
    folder = copy(tmp_path)
    change(folder, "divisions.toml", 'code = "990100"', 'code = "990100"\nparent = "990100"')
    assert problems(folder) == ["C0110 divisions[0].parent"]


def test_the_path_of_a_division(tmp_path: Path) -> None:
    """A division is printed with those above it, and knows those below."""
    vocabulary = subsidy.Catalogue(copy(tmp_path)).folder.vocabulary
    assert vocabulary.path("990121") == "某市西县"
    assert [division.code for division in vocabulary.below("990100")] == ["990101", "990121"]


def test_shipped_words_are_sound(catalogue: subsidy.Catalogue) -> None:
    """The shipped vocabulary and divisions load, and every division but a province has one above it."""
    vocabulary = catalogue.folder.vocabulary
    tops = {division.class_ for division in vocabulary.divisions.values() if division.parent is None}
    assert tops <= {"province", "autonomous_region", "municipality"}
