"""A table as it arrives: whole messages of Arrow's stream, held to their limits before anything is made of them.

What a message claims of itself stands in its metadata, a FlatBuffer of Arrow's `Message.fbs`: how many values its
columns have, and whether it is compressed. It is looked at here, so that a few bytes cannot ask for memory without end.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from ..errors import Problem, Problems, RequestError
from ..tables.messages import MOST_ROWS, Pieces
from ..text import Text

LARGEST_MESSAGE: Final = 8 * 1024 * 1024  # bytes
MOST_VALUES: Final = 1 << 20  # of a column within records, or a dictionary
_SCHEMA, _DICTIONARY, _BATCH = 1, 2, 3  # Message.fbs: MessageHeader
_CONTINUED: Final = b"\xff\xff\xff\xff"
_BYTES: Final = Text("字节数", "bytes")
_ROWS: Final = Text("行数", "rows")
_VALUES: Final = Text("值数", "values in a column")
TABLE: Final = "table"


def broken(detail: str, where: str = TABLE) -> RequestError:
    """The error of what is no stream of Arrow's."""
    return RequestError(Problem.of("R0790", where, detail=detail))


class Frames:
    """The messages of a stream, one after the other, as a file that Arrow reads.

    Args:
        pieces: the stream, cut anywhere.

    Attributes:
        batches: how many batches have come.
    """

    closed = False  # what Arrow asks of a file

    def __init__(self, pieces: Iterable[bytes | memoryview]) -> None:
        self._pieces = Pieces(pieces)
        self._parts: list[memoryview] = []  # of the message that is being read
        self._dictionaries: dict[int, int] = {}  # bytes
        self._is_begun = False
        self.batches = 0

    def finish(self) -> None:
        """Nothing may come behind the end mark.

        Raises:
            RequestError: something does.
        """
        if len(self._pieces.take(1)):
            raise broken("bytes behind its end mark")

    # — as a file, to Arrow —

    def read(self, size: int) -> bytes:
        """So many bytes."""
        return bytes(self.read_buffer(size))

    def read_buffer(self, size: int) -> memoryview:
        """So many bytes; of a body, without a copy.

        Raises:
            RequestError: the next message goes over a limit, or is none.
        """
        if not self._parts:
            self._parts = [part for part in self._next() if len(part)]
        if not self._parts or not size:
            return memoryview(b"")
        first = self._parts[0]
        found, left = first[:size], first[size:]
        self._parts[:1] = [left] if len(left) else []
        return found

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        pass

    # — messages —

    @property
    def _where(self) -> str:
        return f"batches[{self.batches}]" if self._is_begun else "schema"

    def _next(self) -> Iterator[memoryview]:
        """The next message: what it begins with, its metadata and its body."""
        prefix = self._taken(8)
        if bytes(prefix[:4]) != _CONTINUED:
            raise broken("a message does not begin as one", self._where)
        (size,) = struct.unpack_from("<i", prefix, 4)
        yield prefix
        if size:
            self._check_size(size)
            metadata = self._taken(size)
            body = self._looked_at(metadata)
            yield metadata
            yield self._taken(body)

    def _taken(self, size: int) -> memoryview:
        found = self._pieces.take(size)
        if len(found) < size:
            behind = Text(f"第 {self.batches} 批之后", f"behind batch {self.batches}") if self.batches else _AT_FIRST
            raise RequestError(Problem.of("R0791", TABLE, what=behind))
        return found

    def _check_size(self, size: int) -> None:
        if size < 0:
            raise broken("a message of less than no bytes", self._where)
        if size > LARGEST_MESSAGE:
            raise RequestError(over(self._where, _BYTES, size, LARGEST_MESSAGE))

    def _looked_at(self, metadata: memoryview) -> int:
        """The bytes of the body of a message that keeps to the limits."""
        try:
            message = _Fields.root(metadata)
            kind, body, header = message.number(1, "B"), message.number(3, "q"), message.inner(2)
            if body < 0:
                raise broken("a message of less than no bytes", self._where)
            problems = Problems()
            self._check(kind, header, body + len(metadata), problems)
        except struct.error:
            raise broken("the metadata of a message is none", self._where) from None
        problems.raise_as(RequestError)
        return body

    def _check(self, kind: int, header: _Fields, size: int, problems: Problems) -> None:
        where = self._where
        if size > LARGEST_MESSAGE:
            problems.take(over(where, _BYTES, size, LARGEST_MESSAGE))
        if kind == _SCHEMA:
            if self._is_begun:
                problems.add("R0794", where)
            self._is_begun = True
        elif kind == _DICTIONARY:
            self._dictionaries[header.number(0, "q")] = size
            every = sum(self._dictionaries.values())
            if every > LARGEST_MESSAGE >= size:
                problems.take(over("dictionaries", _BYTES, every, LARGEST_MESSAGE))
            if header.number(2, "B"):
                what = Text("往先前字典里添加的字典（delta）", "a dictionary that adds to one before (delta)")
                problems.add("R0793", where, what=what, hint=_NO_DELTAS)
            _check_batch(header.inner(1), where, MOST_VALUES, problems)
        elif kind == _BATCH:
            _check_batch(header, where, MOST_ROWS, problems)
            self.batches += 1
        else:
            problems.add("R0793", where, what=Text("别种消息", "a message of another kind"), hint=_NO_OTHERS)


_AT_FIRST: Final = Text("第一批之前", "before its first batch")
_NO_DELTAS: Final = Text("写流时不要用增量字典", "write the stream without deltas of dictionaries")
_NO_OTHERS: Final = Text("只发送列、字典与批次", "send a schema, dictionaries and batches")
_UNPACKED: Final = Text("写流时不要压缩", "write the stream without compression")


def over(where: str, what: Text, given: int, limit: int, **hint: Text) -> Problem:
    """A limit that something goes over."""
    return Problem.of("R0792", where, what=what, given=f"{given:,}", limit=f"{limit:,}", **hint)


def _check_batch(batch: _Fields, where: str, most: int, problems: Problems) -> None:
    """The values of a batch or a dictionary: so many at the top, and of records no more than a dictionary may have."""
    rows, values = batch.number(0, "q"), max(batch.lengths(1), default=0)
    if rows > most:
        problems.take(over(where, _ROWS if most == MOST_ROWS else _VALUES, rows, most))
    elif values > MOST_VALUES:
        problems.take(over(where, _VALUES, values, MOST_VALUES))
    if batch.has(3):
        problems.add("R0793", where, what=Text("压缩的批次", "a compressed batch"), hint=_UNPACKED)


class _Fields:
    """A table of a FlatBuffer. What stands outside of its bytes is a `struct.error`."""

    def __init__(self, data: memoryview, at: int) -> None:
        self._data, self._at = data, at
        self._names = at - self._read("i", at)
        self._end = self._read("H", self._names)

    @classmethod
    def root(cls, data: memoryview) -> _Fields:
        return cls(data, struct.unpack_from("<I", data)[0])

    def _read(self, form: str, at: int) -> int:
        if at < 0:
            raise struct.error
        found: int = struct.unpack_from("<" + form, self._data, at)[0]
        return found

    def _place(self, index: int) -> int | None:
        slot = 4 + 2 * index
        offset = self._read("H", self._names + slot) if slot < self._end else 0
        return self._at + offset if offset else None

    def has(self, index: int) -> bool:
        return self._place(index) is not None

    def number(self, index: int, form: str) -> int:
        place = self._place(index)
        return 0 if place is None else self._read(form, place)

    def inner(self, index: int) -> _Fields:
        """The table of a field."""
        place = self._place(index)
        if place is None:
            raise struct.error
        return _Fields(self._data, place + self._read("I", place))

    def lengths(self, index: int) -> Iterator[int]:
        """The lengths of a vector of `FieldNode`."""
        place = self._place(index)
        if place is None:
            return
        begin = place + self._read("I", place)
        count = self._read("I", begin)
        if begin + 4 + 16 * count > len(self._data):
            raise struct.error
        for length, _ in struct.iter_unpack("<qq", self._data[begin + 4 : begin + 4 + 16 * count]):
            yield length
