"""A table on its way over a channel: Arrow's streaming format as pieces of bytes, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyarrow as pa

LARGEST_PIECE: Final = 1024 * 1024 - 64  # bytes: with what a message has around them, at most 1 MiB
MOST_ROWS: Final = 1 << 16  # a batch
_ALIGNED: Final = 8  # bytes


class Writer:
    """Batches as the bytes of a stream, in pieces that fit a message each.

    Args:
        schema: of every batch.
    """

    closed = False  # what Arrow asks of a file

    def __init__(self, schema: pa.Schema) -> None:
        self._parts: list[Any] = []
        self._stream = pa.ipc.new_stream(self, schema)

    def pieces(self, batch: pa.RecordBatch) -> Iterator[bytes]:
        """The bytes of a batch, with what must stand before them: dictionaries, and at first the schema."""
        self._stream.write_batch(batch)
        yield from self._taken()

    def end(self) -> Iterator[bytes]:
        """The mark of the end; of a table without a batch, its schema before it."""
        self._stream.close()
        yield from self._taken()

    def _taken(self) -> Iterator[bytes]:
        whole = b"".join(self._parts)
        self._parts.clear()
        if len(whole) <= LARGEST_PIECE:
            yield whole
            return
        view = memoryview(whole)
        for at in range(0, len(whole), LARGEST_PIECE):
            yield bytes(view[at : at + LARGEST_PIECE])

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


class Pieces:
    """The bytes of a stream as they come: what was not taken of a piece waits, and no other is asked for before.

    Args:
        pieces: the stream, cut anywhere.
    """

    closed = False  # what Arrow asks of a file

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._piece, self._at = b"", 0

    def take(self, size: int) -> memoryview:
        """So many bytes, where Arrow can compute on them; fewer only at the end."""
        if len(self._piece) - self._at < size:
            self._piece, self._at = self._joined(size), 0
        found = memoryview(self._piece)[self._at : self._at + size]
        is_aligned = not self._at % _ALIGNED or size < _ALIGNED
        self._at += len(found)
        return found if is_aligned else memoryview(bytes(found))

    def _joined(self, size: int) -> bytes:
        """What is left with the pieces behind it, until there are so many bytes."""
        parts = [self._piece[self._at :]] if self._at < len(self._piece) else []
        wanted = size - sum(map(len, parts))
        while wanted > 0 and (piece := next(self._pieces, None)) is not None:
            parts.append(piece)
            wanted -= len(piece)
        return parts[0] if len(parts) == 1 else b"".join(parts)

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
