"""The shared words and the divisions."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import subsidy
from subsidy.errors import CatalogueError
from subsidy.text import Text

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
    assert tops == {"province", "autonomous_region", "municipality", "special_administrative_region"}


def test_every_county_of_the_country_is_listed(catalogue: subsidy.Catalogue) -> None:
    """The shipped list has 33 provinces, 333 prefectures and 2,845 county-level units, each class as often as here."""
    divisions = catalogue.folder.vocabulary.divisions
    assert Counter(division.class_ for division in divisions.values()) == {
        "province": 22, "autonomous_region": 5, "municipality": 4, "special_administrative_region": 2,
        "prefecture_city": 293, "prefecture": 7, "autonomous_prefecture": 30, "league": 3,
        "municipal_district": 976, "county": 1301, "county_city": 397, "autonomous_county": 117, "banner": 49,
        "autonomous_banner": 3, "forest_district": 1, "special_district": 1,
    }  # fmt: skip
    assert [divisions[code].name for code in ("140802", "220403")] == [
        Text("盐湖区", "Yanhu District"),
        Text("西安区", "Xi'an District"),
    ]


LINES = """
[listed]
lines = '''
990100 city - 某市 Some City
990101 district 990100 东区 East District
990121 county 990100 西县 West County
'''
"""


def of_lines(folder: Path) -> None:
    """The divisions of the folder, one a line."""
    file = folder / "divisions.toml"
    file.write_text(file.read_text("utf-8").partition("[[divisions]]")[0].rstrip() + "\n" + LINES, "utf-8")


def test_a_list_of_lines_says_the_same(tmp_path: Path) -> None:
    """Divisions one a line are those of the tables, whether the file ends its lines as Windows does or not."""
    folder = copy(tmp_path)
    tables = subsidy.Catalogue(folder).folder.vocabulary.divisions
    of_lines(folder)
    assert subsidy.Catalogue(folder).folder.vocabulary.divisions == tables
    file = folder / "divisions.toml"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert subsidy.Catalogue(folder).folder.vocabulary.divisions == tables


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("990121 county", "990121 town", ["C0107 divisions.toml:13:8 'town'"]),
        ("990121 county 990100", "990121 county 990200", ["C0108 divisions.toml:13:15 '990200'"]),
        ("990121", "990101", ["C0109 divisions.toml:13:1 '990101'"]),
        ("city -", "city 990121", ["C0110 divisions.toml:11:13 '990121'", "C0110 divisions.toml:13:15 '990100'"]),
        ("990121", "99012", ["C0114 divisions.toml:13:1 '99012 county 990100 西县 West County'"]),
        (" -", " 110000", ["C0108 divisions.toml:11:13 '110000'"]),
        ("West County", "", ["C0114 divisions.toml:13:1 '990121 county 990100 西县 '"]),
        ("West", "We\u200bst", ["C0114 divisions.toml:13:1 '990121 county 990100 西县 We\\u200bst County'"]),
    ],
)
def test_a_line_that_is_wrong_is_pointed_at(tmp_path: Path, old: str, new: str, found: list[str]) -> None:
    """A problem of the list stands at its line, with the field that is wrong under the caret."""
    folder = copy(tmp_path)
    of_lines(folder)
    change(folder, "divisions.toml", old, new)
    with pytest.raises(CatalogueError) as caught:
        _ = subsidy.Catalogue(folder).folder.vocabulary
    places = [(problem.code, problem.place) for problem in caught.value.problems if problem.place]
    assert found == [
        f"{code} {place.file}:{place.line}:{place.column} {place.source[place.start : place.start + place.width]!r}"
        for code, place in places
    ]
