"""Where a file came from: its name, and the place of each of its keys, so that a problem can be pointed at."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Also, Place
from ..text import Text
from .positions import Path, Positions, dotted, overlap


@dataclass(frozen=True, slots=True)
class Origin:
    """A file as it was read: its name, where its keys stand, and what gave way to something that can be read."""

    file: str
    positions: Positions
    broken: frozenset[Path] = frozenset()

    def has_broken(self, *paths: Path) -> bool:
        """Whether a value at one of these paths, around it or within it gave way."""
        return any(overlap(path, broken) for path in paths for broken in self.broken)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """The place of a value, or of its key, with its line of the file."""
        line, column, width = self.positions.find_key(path) if key else self.positions.find(path)
        return Place(self.file, dotted(path), line, column, self.positions.line(line), max(column - 1, 0), width)

    def formula(self, path: Path, text: str, start: int, width: int) -> Place:
        """The place of a span within a formula, with the formula itself as its source."""
        line, column, _ = self.positions.find(path)
        exact = self.positions.text_of(path)[1:-1] == text  # written without escapes, on one line
        return Place(self.file, dotted(path), line, column + 1 + start if exact else 0, text, start, width)

    def also(self, what: Text, path: Path, *keys: str, key: bool = False) -> Also:
        """Another place that a problem is about: the first of some keys that the table at `path` has, or the table."""
        written = next((one for one in keys if self.positions.has((*path, one))), None)
        return Also(what, self.place((*path, written) if written else path, key=key and not written))
