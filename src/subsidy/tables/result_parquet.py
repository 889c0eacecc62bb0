"""A result as Parquet: columns named as the facts and the answers, sums as decimals; and how it was computed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .. import __version__
from ..calculation.columnar.writing import sparse
from ..calculation.policy import Policy
from ..language import program as p
from ..language.types import Choice, Date, Division, Month
from .layout import Column
from .making import Making
from .outcome import Outcome
from .pieces import PROBLEM, Answered, plain

KEY = "subsidy"  # of the metadata


class ParquetResult:
    """Every row with all that was found for it."""

    def __init__(self, making: Making) -> None:
        self._columns, self._outcome = making.columns, making.outcome
        self._schema = pa.schema([(each.name, _type(each, making.outcome)) for each in making.columns])
        facts = making.outcome.roster.facts
        # Without a schema of Arrow's own, which would hide what is said of the file at its end.
        self._writer = pq.ParquetWriter(
            making.file, self._schema, compression="zstd", compression_level=1, store_schema=False,
            use_dictionary=[each.name for each in making.columns if _repeats(each, facts)],
            write_statistics=[each.name for each in making.columns if each.source in ("row", "facts")],
        )  # fmt: skip

    def take(self, answered: Answered) -> None:
        columns = [self._column(answered, each) for each in self._columns]
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))

    def close(self) -> None:
        self._writer.add_key_value_metadata({KEY: said(self._outcome)})
        self._writer.close()

    def abandon(self) -> None:
        """Let go of the file, which is not its own, before somebody else closes it."""
        if self._writer.is_open:
            with suppress(OSError, pa.ArrowException):
                self._writer.close()

    @staticmethod
    def _column(answered: Answered, column: Column) -> pa.Array:
        if column.source == "row":
            return answered.piece.rows
        if column.kind == "problems":
            found = {row: [plain(each) for each in problems] for row, problems in answered.problems.items()}
            return sparse(found, len(answered), pa.list_(PROBLEM))
        batch = getattr(answered.piece, column.source) if column.source != "answers" else answered.answers
        return batch.column(batch.schema.get_field_index(column.key))


def _repeats(column: Column, facts: Mapping[str, p.Fact]) -> bool:
    """Whether a column has few different values. Of others a dictionary is begun, and thrown away when it is full."""
    if column.source == "facts":
        return isinstance(facts[column.key].type, Choice | Division | Date | Month)
    return column.kind in ("text", "reasons", "choice")


def _type(column: Column, outcome: Outcome) -> pa.DataType:
    if column.kind == "problems":
        return pa.list_(PROBLEM)
    if column.source == "row":
        return pa.int64()
    schemas = {
        "facts": outcome.roster.schema,
        "carried": outcome.roster.carried,
        "answers": outcome.sums.columns.schema,
    }
    return schemas[column.source].field(column.key).type


def about(outcome: Outcome) -> dict[str, Any]:
    """By what it was computed, as data; the same for the same roster."""
    total, versions = outcome.total, [_version(each) for each in outcome.versions]
    bases = [stands.basis for stands, _ in outcome.bases.values()]
    return {
        "policy": {"id": outcome.policy.id} | (versions[0] if len(versions) == 1 else {"versions": versions}),
        "readings": [dict(stands.chosen(readings)) for stands, readings in outcome.bases.values()],
        "basis": [basis.plain() for basis in bases],
        "simulation": not total.computed or total.simulated > 0,
        "rows": total.rows,
        "computed": total.computed,
        "wrong": total.wrong,
        "remarks": [each.code for each in outcome.remarks.values()],
        "program": f"subsidy {__version__}",
    }


def said(outcome: Outcome) -> str:
    """By what it was computed, as text."""
    return json.dumps(about(outcome), ensure_ascii=False, sort_keys=True)


def _version(policy: Policy) -> dict[str, Any]:
    return {"version": policy.version, "revision": policy.revision, "digest": policy.digest}
