"""What columns a table may have here: none that take far more room once they are read than they took on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import Problems, RequestError
from ..text import Text
from .arriving import over

MOST_COLUMNS: Final = 512
LARGEST_TEXTS: Final = 64 * 1024 * 1024  # bytes of a batch
_COLUMNS: Final = Text("列数", "columns")
_TEXTS: Final = Text("文字字节数（字典展开后）", "bytes of text, with dictionaries written out")
_PLAIN: Final = Text(
    "改用文字、数字、日期、是否，或记录的列表", "use texts, numbers, dates, booleans, or lists of records"
)
_FACTS: Final = Text("只发送事实的列", "send the columns of facts alone")
_LONGEST: Final = 60  # characters of a type


def check_schema(schema: pa.Schema) -> None:
    """Refuse too many columns, and types that are not carried.

    Raises:
        RequestError: all problems.
        UnicodeError: the text of a name is none.
    """
    problems, count = Problems(), 0
    for field in schema:
        _read(field)
        for type_ in _inside(field.type):
            count += 1
            if _is_odd(type_):
                name = str(type_)
                name = name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
                what = Text(f"Arrow 类型为 {name} 的列", f"a column of Arrow's type {name}")
                problems.add("R0793", field.name, what=what, hint=_PLAIN)
    if count > MOST_COLUMNS:
        raise RequestError(over("schema", _COLUMNS, count, MOST_COLUMNS, hint=_FACTS))
    problems.raise_as(RequestError)


def _inside(type_: pa.DataType) -> Iterator[pa.DataType]:
    """A type with those of its fields."""
    yield type_
    if pa.types.is_struct(type_) or _is_list(type_):
        fields = [type_.field(place) for place in range(type_.num_fields)]
        for field in fields:
            _read(field)
            yield from _inside(field.type)


def _read(field: pa.Field) -> None:
    """Arrow reads the texts of a schema when they are asked for, and only then finds that some are none."""
    _ = field.name, getattr(field.type, "tz", None)


def _is_list(type_: pa.DataType) -> bool:
    return bool(pa.types.is_list(type_) or pa.types.is_large_list(type_) or pa.types.is_fixed_size_list(type_))


def _is_odd(type_: pa.DataType) -> bool:
    """Whether a value may stand in many places at once, other than a text in a dictionary or a view of texts."""
    if pa.types.is_dictionary(type_):
        inside = type_.value_type
        return not (_is_text(inside) or pa.types.is_primitive(inside) or pa.types.is_null(inside))
    if pa.types.is_struct(type_) or _is_list(type_):
        return False
    is_view = pa.types.is_binary_view(type_) or pa.types.is_run_end_encoded(type_)
    return bool(is_view or pa.types.is_nested(type_) or isinstance(type_, pa.BaseExtensionType))


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_))


class Texts:
    """Holds the texts of each batch to a limit, where one may stand in many places."""

    def __init__(self, schema: pa.Schema) -> None:
        self._places = [
            place
            for place, field in enumerate(schema)
            if any(pa.types.is_dictionary(type_) or pa.types.is_string_view(type_) for type_ in _inside(field.type))
        ]

    def check(self, batch: pa.RecordBatch, where: str) -> None:
        """Refuse a batch whose texts are too long in all.

        Raises:
            RequestError: they are.
        """
        size = sum(_written_out(batch.column(place)) for place in self._places)
        if size > LARGEST_TEXTS:
            raise RequestError(over(where, _TEXTS, size, LARGEST_TEXTS))


def _written_out(column: pa.Array) -> int:
    """The bytes of the texts of a column, each as often as it stands there."""
    type_ = column.type
    if pa.types.is_dictionary(type_):
        if not _is_text(type_.value_type) or not len(column.dictionary):
            return 0
        lengths = _lengths(column.dictionary)
        most = int(lengths.max()) * len(column)
        if most <= LARGEST_TEXTS // MOST_COLUMNS:
            return most  # so little that it need not be known better
        return int(lengths[column.indices.drop_null().to_numpy(zero_copy_only=False)].sum())
    if pa.types.is_string_view(type_):
        return int(_lengths(column).sum())
    if pa.types.is_struct(type_) or _is_list(type_):
        inside = column.flatten()
        return sum(map(_written_out, inside if isinstance(inside, list) else [inside]))
    return 0


def _lengths(texts: pa.Array) -> Any:
    """The bytes of each text; none where there is none."""
    if pa.types.is_string_view(texts.type):
        words = np.frombuffer(texts.buffers()[1], np.int32, count=4 * (texts.offset + len(texts)))
        lengths = words[4 * texts.offset :: 4].astype(np.int64)
        return np.where(texts.is_valid().to_numpy(zero_copy_only=False), lengths, 0)
    return pc.binary_length(texts).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
