"""Tables over a channel: batches are cut to what the service takes, and their answers put together again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from ..errors import Problem, RequestError, SubsidyError
from ..tables.messages import MOST_ROWS, Pieces, Writer, arrow_of
from ..v1 import table_pb2 as v1

_LARGEST: Final = 3 * 1024 * 1024  # bytes of a part; one twice as large is still taken
_MOST_VALUES: Final = 1 << 19  # of a column within records
_SMALL: Final = 1 << 14  # bytes of a dictionary that goes as it is
Called = Callable[[Iterator[bytes], float | None], Iterator[bytes]]


def reader_of(table: Any) -> pa.RecordBatchReader:
    """Whatever has the Arrow interface, as batches."""
    return (table if isinstance(table, pa.Table) else pa.table(table)).to_reader()


def begun(batches: Iterable[pa.RecordBatch]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """The columns of some batches, which the first one says where the whole does not; and all of them."""
    if isinstance(batches, pa.RecordBatchReader):
        return batches.schema, iter(batches)
    every = iter(batches)
    first = next(every, None)
    if first is None:
        return pa.schema([]), every
    return first.schema, chain([first], every)


class Exchange:
    """A table on its way to the service, and its answers on their way back.

    Args:
        asked: what is asked of the table.
        schema: of every batch.
        batches: the table; read in a thread of the channel, as fast as the service takes it.

    Attributes:
        schema: of the answers; known once they were read.
    """

    def __init__(self, asked: v1.TableAsked, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        self._asked, self._given, self._batches = asked, schema, batches
        self._sent = pa.schema([field.with_type(_plain(field.type)).remove_metadata() for field in schema])
        self._parts: deque[int] = deque()  # how many each batch went in
        self._count = 0
        self._failed: Exception | None = None
        self.schema = pa.schema([])

    def table(self, called: Called, timeout: float | None) -> pa.Table:
        """All answers."""
        found = list(self.answers(called, timeout))
        return pa.Table.from_batches(found, self.schema)

    def answers(self, called: Called, timeout: float | None) -> Iterator[pa.RecordBatch]:
        """The answer of each batch as it comes; the call is ended with whoever reads them.

        Args:
            called: the call, over the bytes of messages.

        Raises:
            SubsidyError: what the service says; or what the reading of the table raised.
        """
        return self._read(called(self._requests(), timeout))

    def _read(self, messages: Any) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._answers(messages)
        except SubsidyError:
            if self._failed is not None:
                raise self._failed from None
            raise
        finally:
            messages.close()

    def _answers(self, messages: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
        said = v1.CalculateTableResponse.FromString(next(messages)).calculated
        version = {
            "policy": said.policy, "version": said.version, "revision": str(said.revision), "digest": said.digest,
        }  # fmt: skip
        with pa.ipc.open_stream(Pieces(map(_arrow, messages))) as reader:
            self.schema = reader.schema.with_metadata(version)
            found: list[pa.RecordBatch] = []
            for answer in reader:
                found.append(answer.replace_schema_metadata(version))
                if len(found) == self._parts[0]:
                    self._parts.popleft()
                    yield found[0] if len(found) == 1 else pa.concat_batches(found)
                    found.clear()
        for _ in messages:  # nothing comes but the status
            pass

    def _requests(self) -> Iterator[bytes]:
        """Every message of the call. Where the table fails, it ends without its mark, and the service drops it."""
        yield v1.CalculateTableRequest(asked=self._asked).SerializeToString()
        writer = Writer(self._sent)
        try:
            for batch in self._batches:
                if not batch.schema.equals(self._given):
                    raise RequestError(Problem.of("R0794", f"batches[{self._count}]"))
                self._count += 1
                parts = _cut(batch.cast(self._sent))
                self._parts.append(len(parts))
                for part in parts:
                    yield from writer.messages(_with_small_dictionaries(part))
            yield from writer.end()
        except Exception as error:  # noqa: BLE001 — it is raised where the answers are read
            self._failed = error


def _arrow(message: bytes) -> bytes | memoryview:
    """The bytes that a message of the answer has of the table."""
    found = arrow_of(message)
    return v1.CalculateTableResponse.FromString(message).arrow if found is None else found


def _plain(type_: pa.DataType) -> pa.DataType:
    """A type of which a part goes without the rest: views of texts would take along all that they look into."""
    if pa.types.is_string_view(type_):
        return pa.large_string()
    if pa.types.is_struct(type_):
        fields = [type_.field(place) for place in range(type_.num_fields)]
        return pa.struct([field.with_type(_plain(field.type)) for field in fields])
    if pa.types.is_list(type_):
        return pa.list_(type_.value_field.with_type(_plain(type_.value_type)))
    if pa.types.is_large_list(type_):
        return pa.large_list(type_.value_field.with_type(_plain(type_.value_type)))
    return type_


def _cut(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    """The parts in which a batch goes, each of a few messages; one of an empty batch."""
    rows = batch.num_rows
    if not rows:
        return [batch]
    values = [_values(column) for column in batch.columns]
    most = min(MOST_ROWS, rows * _LARGEST // max(1, _size(batch)), rows * _MOST_VALUES // max(1, *values))
    parts = [batch.slice(begin, max(1, most)) for begin in range(0, rows, max(1, most))]
    if len(parts) == 1:
        return parts
    return [each for part in parts for each in (_cut(part) if _size(part) > 2 * _LARGEST else [part])]


def _size(batch: pa.RecordBatch) -> int:
    """The bytes of a batch without its dictionaries."""
    return sum((each.indices if pa.types.is_dictionary(each.type) else each).nbytes for each in batch.columns)


def _values(column: pa.Array) -> int:
    """How many records a column has."""
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return pc.sum(pc.list_value_length(column)).as_py() or 0
    return 0


def _with_small_dictionaries(part: pa.RecordBatch) -> pa.RecordBatch:
    """A part that takes along no more of a long dictionary than it has of it."""
    for place, column in enumerate(part.columns):
        type_ = column.type
        if pa.types.is_dictionary(type_) and column.dictionary.nbytes > _SMALL:
            used, indices = _used(column)
            made = pa.DictionaryArray.from_arrays(indices, column.dictionary.take(used), ordered=type_.ordered)
            part = part.set_column(place, part.schema.field(place), made)
    return part


def _used(column: pa.DictionaryArray) -> tuple[pa.Array, pa.Array]:
    """The places of a dictionary that a column uses, and where among them each of its values is."""
    places = column.indices.dictionary_encode()
    return places.dictionary, places.indices.cast(column.indices.type)
