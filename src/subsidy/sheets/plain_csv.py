"""A CSV without quotes below its header, read by Arrow a block at a time; and what is found out of any CSV at first.

Without quotes a cell is what stands between two commas, for Arrow as for Python; with quotes the two differ in what
they let pass, and Python reads.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from ..columns import Encoding
from ..errors import Problem, RequestError
from ..text import Text

_CHUNK: Final = 1 << 20
_ODD: Final = (b'"', b"\0", b"\1")  # of these some reader makes something of its own
_BLOCK: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Known:
    """How many lines a file has, and from which of them on, counted from 0, Arrow may read it; from none, if None."""

    lines: int
    plain_from: int | None


def codec(encoding: Encoding) -> str:
    """The name under which Python and Arrow know an encoding; a byte order mark is passed over."""
    return "utf-8-sig" if encoding == "utf-8" else encoding


def scan(file: Path, encoding: Encoding) -> Known:
    """Look through a file once: whether it is in that encoding, and how long it is.

    Raises:
        RequestError: it cannot be read in that encoding; the other one is named where the file is in it.
    """
    lines, plain_from, has_lone_returns, last = 0, 0, False, b""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with file.open("rb") as data:
            if encoding == "gb18030" and data.read(3) == codecs.BOM_UTF8:
                raise RequestError(_wrong(file, encoding, "BOM", "utf-8"))
            data.seek(0)
            while chunk := data.read(_CHUNK):
                decoder.decode(chunk)
                quoted = max(map(chunk.rfind, _ODD))
                if quoted >= 0:
                    plain_from = lines + chunk.count(b"\n", 0, quoted) + 1
                lines += chunk.count(b"\n")
                returns, pairs = chunk.count(b"\r"), chunk.count(b"\r\n")
                has_lone_returns = has_lone_returns or returns - chunk.endswith(b"\r") > pairs
                last = chunk[-1:]
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        other: Encoding = "gb18030" if encoding == "utf-8" else "utf-8"
        raise RequestError(_wrong(file, encoding, str(error), other if _is_in(file, other) else None)) from None
    except OSError as error:
        raise RequestError(Problem.of("R0701", str(file), encoding=encoding, detail=str(error))) from None
    return Known(lines + (last not in (b"\n", b"")), None if has_lone_returns else plain_from)


def _is_in(file: Path, encoding: Encoding) -> bool:
    try:
        with file.open(encoding=encoding) as text:
            while text.read(_CHUNK):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _wrong(file: Path, encoding: Encoding, detail: str, other: Encoding | None) -> Problem:
    if other is None:
        return Problem.of("R0701", str(file), encoding=encoding, detail=detail)
    hint = Text(f"文件是 {other} 编码：加 --encoding {other}", f"the file is in {other}: add --encoding {other}")
    return Problem.of("R0701", str(file), encoding=encoding, detail=detail, hint=hint)


def blocks(
    file: Path, encoding: Encoding, first: int, width: int
) -> Iterator[tuple[np.ndarray[Any, np.dtype[np.int64]], list[pa.Array], dict[int, int]]]:
    """The rows from `first` on in blocks: their numbers from 0, their columns, the widths of those of another width."""
    uneven: dict[int, list[str]] = {}  # by number; Arrow says them while it is ahead

    def take(row: Any) -> str:
        uneven[row.number - 1] = next(csv.reader([row.text]))
        return "skip"

    names = [str(column) for column in range(width)]
    try:
        reader = pa_csv.open_csv(
            file,
            pa_csv.ReadOptions(
                use_threads=False, skip_rows=first, column_names=names, block_size=_BLOCK, encoding=_arrow(encoding)
            ),
            pa_csv.ParseOptions(invalid_row_handler=take, ignore_empty_lines=False, quote_char=False),
            pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return
        raise RequestError(Problem.of("R0701", str(file), encoding=encoding, detail=str(error))) from None
    begin = first
    for batch in reader:
        ragged, pieces, done = dict[int, int](), list[pa.RecordBatch](), 0
        end = begin
        for number in sorted(uneven):
            if number - end > len(batch) - done:
                break
            pieces.append(batch.slice(done, number - end))
            done, end = done + number - end, number + 1
            row = uneven.pop(number)
            if (wide := extent(row, width)) != width:
                ragged[end - begin - 1] = wide
            cells = (row + [""] * width)[:width]
            pieces.append(pa.RecordBatch.from_arrays([pa.array([cell], pa.string()) for cell in cells], names))
        pieces.append(batch.slice(done))
        end += len(batch) - done
        whole = pa.Table.from_batches(pieces).combine_chunks()
        yield np.arange(begin, end), [column.chunk(0) for column in whole.columns] if len(whole) else [], ragged
        begin = end
    if uneven:
        numbers = sorted(uneven)
        rows = [(uneven[number] + [""] * width)[:width] for number in numbers]
        wide_of = {at: extent(uneven[number], width) for at, number in enumerate(numbers)}
        rest = {at: wide for at, wide in wide_of.items() if wide != width}
        yield np.array(numbers), [pa.array(column, pa.string()) for column in zip(*rows, strict=True)], rest


def extent(row: Sequence[Any], width: int) -> int:
    """How wide a row is; empty cells behind the last column do not count."""
    wide = len(row)
    while wide > width and row[wide - 1] in ("", None):
        wide -= 1
    return wide


def _arrow(encoding: Encoding) -> str:
    return "utf8" if encoding == "utf-8" else encoding
