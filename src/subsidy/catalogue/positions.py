"""Where a key stands in a TOML text, for the place of a problem. The parser of the standard library does not say."""

from __future__ import annotations

import re
from typing import Final

Path = tuple[str | int, ...]

_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\")(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"))*)\s*=\s*")
_PART: Final = re.compile(r"[A-Za-z0-9_-]+|\"[^\"]*\"")


class Positions:
    """Maps the path of a key to the line and column (from 1) where its value begins.

    Follows headers and ``key = value`` lines; a key inside an inline table is found at the line of that table.
    """

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self._spots: dict[Path, tuple[int, int]] = {}
        counts: dict[Path, int] = {}
        table: Path = ()
        inside: str | None = None
        for number, line in enumerate(self.lines, start=1):
            if inside is not None:
                inside = None if inside in line else inside
                continue
            if header := _HEADER.match(line):
                table = self._open(header[2], header[1] == "[[", counts)
                self._spots.setdefault(table, (number, 1))
            elif key := _KEY.match(line):
                path = table + _parts(key[1])
                self._spots.setdefault(path, (number, key.end() + 1))
                value = line[key.end() :]
                for quotes in ('"""', "'''"):
                    if value.startswith(quotes) and value.count(quotes) == 1:
                        inside = quotes

    def _open(self, name: str, is_array: bool, counts: dict[Path, int]) -> Path:
        path: Path = ()
        parts = _parts(name)
        for index, part in enumerate(parts):
            path = (*path, part)
            last = index == len(parts) - 1
            if last and is_array:
                counts[path] = counts.get(path, -1) + 1
            if path in counts:
                path = (*path, counts[path])
        return path

    def find(self, path: Path) -> tuple[int, int]:
        """Line and column of the value at `path`, or of the nearest table or key above it; (0, 0) for the file."""
        while path:
            if path in self._spots:
                return self._spots[path]
            path = path[:-1]
        return (0, 0)

    def has(self, path: Path) -> bool:
        return path in self._spots

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip('"') for part in _PART.findall(name))


def dotted(path: Path) -> str:
    """A path as people read it: ``outcome.parts[0].value``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
