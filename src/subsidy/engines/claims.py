"""Claims in canonical form as a table whose columns have the types that a query reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ..language import program as p
from ..language.types import Date, Flag, Number, Records

NUMBER = pa.decimal128(27, 9)


def type_of(fact: p.Fact) -> pa.DataType:
    """How a column has a fact."""
    match fact.type:
        case Number():
            return NUMBER
        case Date():
            return pa.date32()
        case Flag():
            return pa.bool_()
        case Records():
            return pa.list_(pa.struct([(each.name, type_of(each)) for each in fact.fields]))
        case _:
            return pa.string()


def table_of(facts: Mapping[str, p.Fact], rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Claims in canonical form, with a column for every fact."""
    schema = pa.schema([(name, type_of(fact)) for name, fact in facts.items()])
    made = [{name: _value(fact, row.get(name)) for name, fact in facts.items()} for row in rows]
    return pa.Table.from_pylist(made, schema)


def _value(fact: p.Fact, value: Any) -> Any:
    match fact.type:
        case _ if value is None:
            return None
        case Number():
            return Decimal(value)
        case Date():
            return dt.date.fromisoformat(value)
        case Records():
            return [{each.name: _value(each, row.get(each.name)) for each in fact.fields} for row in value]
        case _:
            return value
