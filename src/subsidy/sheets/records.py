"""Records of a claim in a sheet: as JSON in one cell, or a column for each field of each record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from ..calculation.facts import plain, reader
from ..calculation.json_facts import read_rows
from ..calculation.readers import Refused
from ..errors import Problem
from ..language import program as p
from ..text import Text

_PATH: Final = re.compile(r"[^\[]+\[([0-9]+)\]\.(.+)")


def record_type(fact: p.Fact) -> pa.DataType:
    """The type of a column of records: lists of texts by the name of their field."""
    return pa.list_(pa.struct([(field.name, pa.string()) for field in fact.fields]))


def told_rows(
    fact: p.Fact, texts: pa.Array, names: Mapping[str, Text]
) -> tuple[pa.Array, dict[int, tuple[Problem, ...]]]:
    """A column of JSON as records, and what is wrong with those that cannot be read, by their row."""
    read = reader(fact, names)
    found: list[list[dict[str, Any]] | None] = []
    problems: dict[int, tuple[Problem, ...]] = {}
    for row, text in enumerate(texts.to_pylist()):
        rows = None
        if text is not None:
            try:
                rows = [
                    {name: _text(value) for name, value in each.items()} for each in plain(read(read_rows(text)), fact)
                ]
            except Refused as refused:
                problems[row] = refused.problems
        found.append(rows)
    return pa.array(found, record_type(fact)), problems


def gathered(fact: p.Fact, columns: Mapping[str, pa.Array], size: int) -> pa.Array:
    """Columns of fields, by their paths, as records; one of which no field is stated is not there."""
    by_record: dict[int, dict[str, list[str | None]]] = {}
    for path, column in columns.items():
        found = _PATH.fullmatch(path)
        assert found is not None
        by_record.setdefault(int(found[1]), {})[found[2]] = column.to_pylist()
    rows = []
    for row in range(size):
        records = ({name: texts[row] for name, texts in by_record[number].items()} for number in sorted(by_record))
        stated = [each for each in records if any(value is not None for value in each.values())]
        rows.append(stated if stated or not (fact.optional or fact.when is not None) else None)
    return pa.array(rows, record_type(fact))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
