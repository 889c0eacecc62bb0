"""Files made to break the reader: each is turned down at once, with a problem and nothing worse."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.catalogue.support import FIRST, GOOD

from subsidy.catalogue.folder import read_entry
from subsidy.errors import Problems

TEXT = (GOOD / FIRST).read_text("utf-8")


def found(content: bytes) -> list[str]:
    problems = Problems()
    entry = read_entry(FIRST, content, None, problems)
    codes = [problem.code for problem in problems.found]
    assert entry is not None or codes  # what cannot be read at all says why
    assert len(problems.found) == len([problem.report() for problem in problems.found])
    return codes


BOMBS = {
    "open brackets": ("x = " + "[" * 200_000, "P0103"),
    "open braces": ("x = " + "{a=" * 60_000, "P0103"),
    "brackets behind an escaped quote": ('x = """\\""" """\ny = ' + "[" * 100_000 + '\nz = """a"""', "P0103"),
    "brackets behind four quotes": ('x = ["""a"""", ' + "[" * 5_000 + ', "b"]', "P0103"),
    "dotted key": ("a." * 100_000 + "a = 1", "P0103"),
    "dotted key in a table": ("x = {" + "a." * 100_000 + "a = 1}", "P0103"),
    "dotted header": ("[" + "a." * 100_000 + "a]", "P0103"),
    "depth by headers and values": ("[a.b.c.d.e.f]\nx = [[[[1]]]]", "P0103"),
    "quotes": ("x = " + '"' * 200_000, "P0101"),
    "escaped quotes": ('x = "' + '\\"' * 100_000, "P0101"),
    "escaped long quotes": ('x = """' + '\\"""' * 60_000, "P0101"),
    "backslashes": ('x = "' + "\\" * 200_000, "P0101"),
    "long number": ("x = " + "9" * 100_000, "P0120"),
    "too large": ("#" * 262_145, "P0102"),
    "long unit": (TEXT.replace('unit = "day"', 'unit = "' + "(" * 100_000 + '"'), ""),
    "long id": (TEXT.replace('id = "cn', 'id = "' + "a" * 200_000), "P0109"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_turned_down_fast(name: str) -> None:
    """A file made to exhaust the stack or the clock is refused in an instant."""
    text, code = BOMBS[name]
    begun = time.process_time()
    codes = found(text.encode())
    assert time.process_time() - begun < 2
    assert [code] * bool(code) == codes


@pytest.mark.parametrize("line", ["a{} = 1\n", "[a{}]\n", "[[a]]\nb{} = 1\n"])
def test_a_file_of_mistakes_only_ends_soon(line: str) -> None:
    """Ten thousand unknown keys are not ten thousand searches for the nearest name."""
    begun = time.process_time()
    codes = found("".join(line.format(number) for number in range(10_000)).encode())
    assert time.process_time() - begun < 3
    assert len(codes) <= 200


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"\xff", b"x", b"x = ", b"= 1", b"[", b'"', b"language = 1", b"\xef\xbb\xbf"]
)
def test_no_module_at_all(content: bytes) -> None:
    """An empty file, a lone byte, half a line: a problem each."""
    assert found(content)


def test_windows_writes_a_mark_and_line_ends() -> None:
    """A byte order mark and the line ends of Windows are no mistakes."""
    assert found(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()) == []


@pytest.mark.parametrize("value", ["2021-07-01T00:00:00", "2021-07-01T00:00:00Z", "10:00:00", "nan", "1e5", "0.5"])
def test_values_that_toml_has_and_a_module_has_not(value: str) -> None:
    """A time of day and a binary float are refused also where anything may stand."""
    assert found(TEXT.replace("accepted_on = 2021-07-01", f"accepted_on = {value}").encode())[0] in {"P0104", "P0107"}


@given(
    st.integers(0, len(TEXT) - 1),
    st.text(max_size=4) | st.sampled_from(['"', "]", "}", "= 1", "\n[a]\n", "0", "{}", "[]"]),
)
def test_no_change_of_a_file_breaks_the_reader(place: int, inserted: str) -> None:
    """A good file with anything put in anywhere is a module or has problems; nothing else comes out."""
    try:
        content = (TEXT[:place] + inserted + TEXT[place + 1 :]).encode()
    except UnicodeEncodeError:
        return
    found(content)
