"""Where keys and values stand in a file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

import pytest

from subsidy.catalogue.positions import Path, Positions
from subsidy.policies import shipped_folder

SHIPPED = sorted(shipped_folder().rglob("*.toml"))

TRICKY = r'''
a.b = 1
"quoted key" = "x = [1]"          # comment with = and ["
[table]
text = """
not.a = "key"
[not a header] \""" """
raw = 'C:\#'
many = [
  "[x]",
  ["a", "b"],                     # [[no header]]
  { c = 1, "d.e" = { f = LONG } },
]
[[rows]]
n = 1
[rows.sub]
x = 2021-03-29
[[rows]]
n = 2
four = """"quoted"""""
'''.replace("LONG", "'" * 3 + "g" + "'" * 3)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    match value:
        case dict():
            for key, item in value.items():
                yield from leaves(item, (*path, key))
        case list():
            for index, item in enumerate(value):
                yield from leaves(item, (*path, index))
        case _:
            yield path, value


def check(text: str) -> int:
    """Every value, read again from where it is said to stand, is the same value; how many there were."""
    positions = Positions(text)
    count = 0
    for path, value in leaves(tomllib.loads(text)):
        line, column, width = positions.find(path)
        assert value == tomllib.loads(f"x = {positions.text_of(path)}")["x"], path
        assert positions.text_of(path).partition("\n")[0] == positions.line(line)[column - 1 : column - 1 + width]
        if isinstance(path[-1], str):
            line, column, width = positions.find_key(path)
            key = positions.line(line)[column - 1 : column - 1 + width]
            assert path[-1] in key.replace('"', "")
        count += 1
    return count


@pytest.mark.parametrize("file", SHIPPED, ids=[file.relative_to(shipped_folder()).as_posix() for file in SHIPPED])
def test_every_value_of_a_shipped_file_is_found(file: FilePath) -> None:
    """Each value and each key of each shipped file is found at its line and column."""
    assert check(file.read_text("utf-8")) > 7


def test_every_value_of_a_tricky_text_is_found() -> None:
    """Strings that look like keys, headers or comments do not lead astray; nor do line ends of Windows."""
    assert check(TRICKY) == 13
    assert check(TRICKY.replace("\n", "\r\n").replace('"""\r\n', '"""\n')) == 13


def test_what_has_no_place_is_found_around_it() -> None:
    """A key that is missing is pointed at where its table stands, and the empty path at the file."""
    positions = Positions(TRICKY)
    assert positions.find(("rows", 1, "m")).line == 18
    assert positions.find(("table", "many", 2, "x")).line == 12
    assert positions.find(()) == (0, 0, 0)
    assert positions.find(("nowhere",)) == (0, 0, 0)


def test_a_key_with_escapes_has_its_place() -> None:
    """A quoted key is found by what it says, not by how its signs are written."""
    found = Positions('a = 1\n"with \\"quotes\\" and \\u4e00" = 2\n').find(('with "quotes" and 一',))
    assert (found.line, found.column) == (2, 32)
