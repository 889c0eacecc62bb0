"""What the reader of workbooks does not tell: cells with an error, formulas nobody computed, what is hidden.

Of an XLSX the sheet itself is looked through; it is parsed only where its text has a sign of any of these.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.parsers import expat

_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class Odd:
    """Cells by row and column from 0.

    Attributes:
        errors: what stands in cells with an error, as ``#REF!``.
        uncomputed: cells with a formula and no value.
        hidden: the numbers of hidden rows, and the hidden columns, from 0.
        is_known: whether any of this could be seen.
    """

    errors: Mapping[tuple[int, int], str] = field(default_factory=dict)
    uncomputed: frozenset[tuple[int, int]] = frozenset()
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    is_known: bool = True


def odd_cells(file: Path, sheet: str) -> Odd:
    """The odd cells of a sheet; of other files than XLSX nothing is known."""
    if not zipfile.is_zipfile(file):
        return Odd(is_known=False)
    try:
        with zipfile.ZipFile(file) as parts:
            path = _path(parts, sheet)
            return Odd(is_known=False) if path is None else _Sheet().read(parts, path)
    except (zipfile.BadZipFile, expat.ExpatError, ValueError, KeyError):  # what calamine could read all the same
        return Odd(is_known=False)


def _path(parts: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of a workbook that has a sheet."""
    names = parts.namelist()
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return None
    ids: dict[str, str] = {}
    targets: dict[str, str] = {}

    def begins(name: str, marks: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "sheet":
            relation = next((value for key, value in marks.items() if key.rpartition(":")[2] == "id"), "")
            ids[marks.get("name", "")] = relation
        elif name == "Relationship":
            targets[marks.get("Id", "")] = marks.get("Target", "")

    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        reader = expat.ParserCreate()
        reader.StartElementHandler = begins
        reader.Parse(parts.read(part), True)
    target = targets.get(ids.get(sheet, ""), "")
    path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return path if path in names else None


class _Sheet:
    """Reads a sheet."""

    def __init__(self) -> None:
        self.errors: dict[tuple[int, int], str] = {}
        self.uncomputed: set[tuple[int, int]] = set()
        self.rows: list[int] = []
        self.columns: list[int] = []
        self._at = (-1, -1)
        self._kind = ""
        self._has_formula = False
        self._in_value = False
        self._value = ""

    def read(self, parts: zipfile.ZipFile, path: str) -> Odd:
        if self._may_be_odd(parts, path):
            reader = expat.ParserCreate()
            reader.buffer_text = True
            reader.StartElementHandler, reader.EndElementHandler = self._begins, self._ends
            reader.CharacterDataHandler = self._says
            with parts.open(path) as data:
                reader.ParseFile(data)
        return Odd(self.errors, frozenset(self.uncomputed), tuple(self.rows), tuple(self.columns))

    @staticmethod
    def _may_be_odd(parts: zipfile.ZipFile, path: str) -> bool:
        rest = b""
        with parts.open(path) as data:
            while chunk := data.read(_CHUNK):
                text = rest + chunk
                if any(sign in text for sign in (b"<f", b":f", b't="e"', b"t='e'", b"hidden=")):
                    return True
                rest = text[-16:]
        return False

    def _begins(self, name: str, marks: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                row = int(marks["r"]) - 1 if "r" in marks else self._at[0] + 1
                self._at = (row, -1)
                if marks.get("hidden") in ("1", "true"):
                    self.rows.append(row)
            case "col" if marks.get("hidden") in ("1", "true"):
                self.columns += range(int(marks["min"]) - 1, int(marks["max"]))
            case "c":
                column = _column(marks["r"]) if "r" in marks else self._at[1] + 1
                self._at = (self._at[0], column)
                self._kind, self._has_formula, self._value = marks.get("t", ""), False, ""
            case "f":
                self._has_formula = True
            case "v":
                self._in_value = True

    def _ends(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "v":
                self._in_value = False
            case "c":
                if self._kind == "e":
                    self.errors[self._at] = self._value
                elif self._has_formula and not self._value and self._kind != "str":
                    self.uncomputed.add(self._at)

    def _says(self, text: str) -> None:
        if self._in_value:
            self._value += text


def _column(address: str) -> int:
    """The place of a column by the address of a cell."""
    found = 0
    for sign in address:
        if not sign.isalpha():
            break
        found = found * 26 + ord(sign.upper()) - ord("A") + 1
    return found - 1
