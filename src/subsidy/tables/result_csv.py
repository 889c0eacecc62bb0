"""A result as CSV in UTF-8 with the mark by which Excel knows it; no cell of it is taken for a formula."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from .layout import heads
from .making import Making
from .pieces import Answered
from .shown import Shown

_MARK: Final = b"\xef\xbb\xbf"
_FORMULA: Final = r"^[=+\-@\t\r\n＝＋－＠]"  # with which a formula could begin
_NUMBER: Final = r"^-[0-9]+(\.[0-9]+)?$"  # which is none


class CsvResult:
    """Every row with all that was found for it. Problems stand in the last column, in words."""

    def __init__(self, making: Making) -> None:
        self._columns, self._shown = making.columns, Shown(making.outcome, making.language)
        self._names = inert(pa.array(heads(making.columns, making.language))).to_pylist()
        self._file = making.file
        self._file.write(_MARK)
        self._writer: Any = None

    def take(self, answered: Answered) -> None:
        columns = [self._shown.column(answered, each) for each in self._columns]
        columns = [inert(each) if pa.types.is_string(each.type) else each for each in columns]
        table = pa.table(columns, names=self._names)
        if self._writer is None:
            self._writer = pa_csv.CSVWriter(self._file, table.schema)
        self._writer.write(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def abandon(self) -> None:
        """Nothing of it is held but the file itself, which is not its own."""


def inert(column: pa.Array) -> pa.Array:
    """Texts that no spreadsheet takes for a formula."""
    could = pc.match_substring_regex(column, _FORMULA)
    if not pc.any(could).as_py():
        return column
    could = pc.and_not(could, pc.match_substring_regex(column, _NUMBER))
    return pc.if_else(could, pc.binary_join_element_wise("'", column, ""), column)
