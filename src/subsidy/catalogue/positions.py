"""Where keys and values stand in a TOML text, for the place of a problem; the standard library's parser does not say.

The text is one that the parser has accepted, so its grammar is not checked again here.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from functools import cached_property
from operator import eq
from typing import Final, NamedTuple

Path = tuple[str | int, ...]

# Strings as TOML has them; up to two quotes may stand right before the three that close a long one. One that is never
# closed runs to the end of the text or line, so that no text takes more than one walk.
STRING: Final = (
    r'"""(?:\\(?:[\s\S]|\Z)|[^\\])*?(?:"{3,5}|\Z)'
    r"|'''(?:[^']++|'{1,2}(?!'))*+(?:'{3,5}|\Z)"
    r'|"(?:\\.|[^"\\\n])*"?'
    r"|'[^'\n]*'?"
)

_GAP: Final = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")
_PART: Final = re.compile(r"[ \t]*(?:([A-Za-z0-9_-]+)|\"((?:\\.|[^\"\\\n])*)\"|'([^'\n]*)')[ \t]*")
_VALUE: Final = re.compile(rf"{STRING}|[^,\]}}#\n]+")


class Span(NamedTuple):
    """Line and column, from 1, and width up to the end of the line at most. (0, 0, 0) is the file."""

    line: int
    column: int
    width: int


class Positions:
    """Maps the path of a key to where the key and its value stand. A table with a header stands at its header."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.lines = text.split("\n")

    def find(self, path: Path) -> Span:
        """The value at `path`, or the nearest table or value around it."""
        while path and path not in self._spots:
            path = self._implied.get(path, path[:-1])
        return self._span(*self._spots[path]) if path else Span(0, 0, 0)

    def find_key(self, path: Path) -> Span:
        """The key at `path`, or the nearest table or value around it."""
        return self._span(*self._keys[path]) if path in self._keys else self.find(path)

    def has(self, path: Path) -> bool:
        """Whether something is written at `path` itself."""
        return path in self._spots

    def text_of(self, path: Path) -> str:
        """The value at `path` as it is written; empty where it has no place of its own."""
        start, end = self._spots.get(path, (0, 0))
        return self._text[start:end]

    def line(self, number: int) -> str:
        return self.lines[number - 1].rstrip("\r") if 0 < number <= len(self.lines) else ""

    @cached_property
    def _spots(self) -> dict[Path, tuple[int, int]]:
        return self._scanned[0]

    @cached_property
    def _keys(self) -> dict[Path, tuple[int, int]]:
        return self._scanned[1]

    @cached_property
    def _scanned(self) -> tuple[dict[Path, tuple[int, int]], dict[Path, tuple[int, int]]]:
        scan = _Scan(self._text)
        scan.run()
        return scan.values, scan.keys

    @cached_property
    def _implied(self) -> dict[Path, Path]:
        """Tables and lists that have no header of their own, each with the first entry that has one."""
        found: dict[Path, Path] = {}
        for path in self._spots:
            for size in range(1, len(path)):
                if path[:size] not in self._spots:
                    found.setdefault(path[:size], path)
        return found

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line) + 1)
        return starts

    def _span(self, start: int, end: int) -> Span:
        line = bisect_right(self._starts, start)
        first = self._starts[line - 1]
        return Span(line, start - first + 1, min(end, first + len(self.line(line))) - start)


class _Scan:
    """One walk over the text, noting where each key and each value begins and ends."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.values: dict[Path, tuple[int, int]] = {}
        self.keys: dict[Path, tuple[int, int]] = {}
        self.counts: dict[Path, int] = {}

    def run(self) -> None:
        table: Path = ()
        while self.skip() < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)

    def skip(self) -> int:
        """Past blanks, line ends, commas and comments."""
        self.at = _GAP.match(self.text, self.at).end()  # type: ignore[union-attr]
        return self.at

    def key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while found := _PART.match(self.text, self.at):
            bare, basic, literal = found.groups()
            parts.append(_unescaped(basic) if basic is not None else bare or literal or "")
            self.at = found.end()
            if self.text[self.at : self.at + 1] != ".":
                break
            self.at += 1
        return tuple(parts)

    def header(self) -> Path:
        start, is_array = self.at, self.text.startswith("[[", self.at)
        self.at += 1 + is_array
        path: Path = ()
        parts = self.key()
        for index, part in enumerate(parts):
            path = (*path, part)
            if is_array and index == len(parts) - 1:
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:
                path = (*path, self.counts[path])
        self.at += 1 + is_array
        self.values.setdefault(path, (start, self.at))
        return path

    def pair(self, table: Path) -> None:
        start = self.at
        path = table + self.key()
        end = start + len(self.text[start : self.at].rstrip())
        self.at = self.text.find("=", self.at) + 1
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        before = self.at
        self.value(path)
        for size in range(len(table) + 1, len(path) + 1):
            self.keys.setdefault(path[:size], (start, end))
            self.values.setdefault(path[:size], (before, self.at))

    def value(self, path: Path) -> None:
        start = self.at
        match self.text[start]:
            case "[":
                self.at += 1
                index = 0
                while self.text[self.skip()] != "]":
                    self.value((*path, index))
                    index += 1
                self.at += 1
            case "{":
                self.at += 1
                while self.text[self.skip()] != "}":
                    self.pair(path)
                self.at += 1
            case _:
                found = _VALUE.match(self.text, start)
                assert found is not None
                self.at = start + len(found[0].rstrip())
        self.values.setdefault(path, (start, self.at))


def _unescaped(text: str) -> str:
    """What a key in double quotes says."""
    return str(tomllib.loads(f'x = "{text}"')["x"]) if "\\" in text else text


def overlap(one: Path, two: Path) -> bool:
    """Whether one of two values is within the other, or is the other."""
    return all(map(eq, one, two))


def dotted(path: Path) -> str:
    """A path as people read it: ``outcome.parts[0].value``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
