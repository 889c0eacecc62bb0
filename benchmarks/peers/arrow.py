"""The same rows as columns of Arrow, and columns of Arrow as fen."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from .rows import DISTRICTS, Columns, Fen


def hundredths(column: Any, type_: pa.DataType) -> pa.Array:
    """Hundredths as decimals, without a look at each."""
    words = column
    if pa.types.is_decimal128(type_):
        words = np.empty((len(column), 2), np.int64)
        words[:, 0], words[:, 1] = column, column >> 63
    return pa.Array.from_buffers(type_, len(column), [None, pa.py_buffer(np.ascontiguousarray(words))])


def districts(found: Columns) -> pa.Array:
    """The districts as a dictionary."""
    return pa.DictionaryArray.from_arrays(pa.array(found["municipal"]), pa.array(DISTRICTS))


def claims(found: Columns, type_: pa.DataType) -> dict[str, pa.Table]:
    """The claims of both rules: one payee, one day."""
    rows = len(found["area"])
    project = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int8)), pa.array(["P"]))
    on = pa.array(np.full(rows, 18779, np.int32)).cast(pa.date32())
    both = {"project": project, "on": on}
    money = partial(hundredths, type_=type_)
    return {
        "r1": pa.table(
            {
                **both,
                "district_type": districts(found),
                "floor_area": money(found["area"]),
                "cost": money(found["cost"]),
            }
        ),
        "r4": pa.table({**both, **{name: money(found[name]) for name in ("hours", "rate", "granted")}}),
    }


def whole(found: Columns) -> pa.Table:
    """The same as whole hundredths."""
    return pa.table(
        {**{name: each for name, each in found.items() if name != "municipal"}, "district": districts(found)}
    )


def figures(table: pa.Table) -> list[Fen]:
    """The sums of an answer in fen."""
    found: list[Fen] = []
    for column in (table[name] for name in table.column_names if name != "problems"):
        kind = column.type
        if pa.types.is_decimal(kind):
            words = {32: "i4", 64: "i8", 128: "2i8"}[kind.bit_width]
            parts = [np.frombuffer(each.buffers()[1], words)[each.offset :][: len(each)] for each in column.chunks]
            assert kind.scale == 2
            found.append(np.concatenate([each[:, 0] if each.ndim == 2 else each for each in parts]))
        else:
            found.append(np.asarray(column))
    return found
