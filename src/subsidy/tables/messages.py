"""A table on its way over a channel: Arrow's streaming format as pieces of bytes, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyarrow as pa

LARGEST_PIECE: Final = 1024 * 1024 - 64  # bytes: with what a message has around them, at most 1 MiB
MOST_ROWS: Final = 1 << 16  # a batch
_ARROW: Final = 0x12  # the field `arrow` of a message: its number is 2, and it has a length


class Writer:
    """Batches as the bytes of a stream, each piece of it as a message of the call.

    The messages are `CalculateTableRequest(arrow=…)` and `CalculateTableResponse(arrow=…)`, which are alike. They are
    put together here, where the bytes are copied once; protobuf would copy a table twice more.

    Args:
        schema: of every batch.
    """

    closed = False  # what Arrow asks of a file

    def __init__(self, schema: pa.Schema) -> None:
        self._parts: list[Any] = []
        self._stream = pa.ipc.new_stream(self, schema)

    def messages(self, batch: pa.RecordBatch) -> Iterator[bytes]:
        """The bytes of a batch, with what must stand before them: dictionaries, and at first the schema."""
        self._stream.write_batch(batch)
        return self._taken()

    def end(self) -> Iterator[bytes]:
        """The mark of the end; of a table without a batch, its schema before it."""
        self._stream.close()
        return self._taken()

    def _taken(self) -> Iterator[bytes]:
        parts, self._parts = self._parts, []
        size, found = 0, list[Any]()
        for part in parts:
            view = memoryview(part)
            while size + len(view) > LARGEST_PIECE:
                here = LARGEST_PIECE - size
                yield b"".join([_begin(LARGEST_PIECE), *found, view[:here]])
                size, found, view = 0, [], view[here:]
            size += len(view)
            found.append(view)
        if size:
            yield b"".join([_begin(size), *found])

    # — as a file, to Arrow —

    def write(self, data: Any) -> int:
        """Keep some bytes."""
        self._parts.append(data)
        return len(data)

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


def _begin(size: int) -> bytes:
    """What stands before so many bytes in a message: the field, and their number as protobuf writes it."""
    found = bytearray([_ARROW])
    while size > 0x7F:
        found.append(size & 0x7F | 0x80)
        size >>= 7
    found.append(size)
    return bytes(found)


def arrow_of(message: bytes) -> memoryview | None:
    """The bytes that a message has of a stream; None where it is not plainly such a message."""
    for width in range(2, 6):
        size = len(message) - width
        if size >= 0 and message.startswith(begin := _begin(size)) and len(begin) == width:
            return memoryview(message)[width:]
    return None


class Pieces:
    """The bytes of a stream as they come: what was not taken of a piece waits, and no other is asked for before.

    Args:
        pieces: the stream, cut anywhere.
    """

    closed = False  # what Arrow asks of a file

    def __init__(self, pieces: Iterable[bytes | memoryview]) -> None:
        self._pieces = iter(pieces)
        self._piece, self._at = memoryview(b""), 0

    def take(self, size: int) -> memoryview:
        """So many bytes, where Arrow can compute on them; fewer only at the end."""
        if len(self._piece) - self._at < size:
            self._piece, self._at = self._joined(size), 0
        found = self._piece[self._at : self._at + size]
        self._at += len(found)
        return found

    def _joined(self, size: int) -> memoryview:
        """What is left with the pieces behind it, until there are so many bytes."""
        found = bytearray(self._piece[self._at :])  # which grows in place, however small the pieces are
        while len(found) < size and (piece := next(self._pieces, None)) is not None:
            found += piece
        return memoryview(found)

    # — as a file, to Arrow —

    def read(self, size: int) -> bytes:
        """So many bytes."""
        return bytes(self.take(size))

    def read_buffer(self, size: int) -> memoryview:
        """So many bytes, without a copy."""
        return self.take(size)

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        pass
