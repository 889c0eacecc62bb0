"""Columns of facts as they are written."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from ..calculation.columnar.reading import Reader
from ..calculation.columnar.ways import book_of
from ..calculation.policy import Policy


def texts(column: pa.Array) -> pa.Array:
    """A column as it is written; times at midnight as days."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        column = column.cast(pa.date32(), safe=False)
    return column.cast(pa.string())


def values(policy: Policy, fact: str, column: pa.Array) -> tuple[list[Any], pa.Array]:
    """The different values of a column, as a single claim states them, and the place of each row's; null for none."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    coded = column.dictionary_encode()
    reader = Reader(policy.program.facts, policy.vocabulary.names, book_of(policy.program))
    batch = pa.RecordBatch.from_arrays([coded.dictionary], [fact])
    return [reader.given(batch, at).get(fact) for at in range(len(batch))], coded.indices
