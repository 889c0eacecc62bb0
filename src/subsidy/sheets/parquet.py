"""A roster in Parquet: columns named as the facts, by name or by label, read a piece at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..calculation.policy import Policy
from ..columns import names_of, of_ignored
from ..errors import Problem, RequestError
from ..text import Text
from .misspelt import ALL, misspelt, word_of
from .roster import PIECE, Head, Piece, Roster
from .together import Together, together
from .words import key


@dataclass
class ParquetRoster(Roster):
    """A Parquet file."""

    data: Any = None

    @property
    def schema(self) -> pa.Schema:
        """The columns that are facts, by their names."""
        return pa.schema([(each.fact, self.data.schema_arrow.field(each.text).type) for each in self._facts])

    @property
    def carried(self) -> pa.Schema:
        """The columns that are none, as they are."""
        return pa.schema([self.data.schema_arrow.field(each.text) for each in self._others])

    @property
    def _facts(self) -> list[Head]:
        return [each for each in self.heads if each.fact]

    @property
    def _others(self) -> list[Head]:
        return [each for each in self.heads if not each.fact]

    def pieces(self) -> Iterator[Piece]:
        """The rows, from the first on. A row has the number that it would have below a header."""
        begin = 2
        names = [each.text for each in self.heads]
        for batch in self._batches(names):
            facts = pa.RecordBatch.from_arrays(
                [batch.column(batch.schema.get_field_index(each.text)) for each in self._facts], schema=self.schema
            )
            carried = batch.select([each.text for each in self._others])
            yield Piece(facts, pa.array(np.arange(begin, begin + len(batch))), carried)
            begin += len(batch)

    def stated(self, fact: str) -> Iterator[pa.Array]:
        """The column of a fact alone."""
        for batch in self._batches([each.text for each in self._facts if each.fact == fact]):
            yield batch.column(0)

    def _batches(self, names: list[str]) -> Iterator[pa.RecordBatch]:
        """The rows as Arrow reads them.

        Raises:
            RequestError: the file is broken there.
        """
        try:
            yield from self.data.iter_batches(PIECE, columns=names)
        except (pa.ArrowException, OSError) as error:
            raise RequestError(Problem.of("R0555", str(self.file), detail=str(error))) from None


def read_parquet(
    file: Path, policy: Policy | Together, *, ignored: Sequence[str] = (), carried: Sequence[str] = ()
) -> ParquetRoster:
    """The roster of a Parquet file.

    Raises:
        RequestError: it cannot be read, or has columns that are no facts; all problems.
    """
    try:
        data = pq.ParquetFile(file, pre_buffer=False)  # which would hold all that was read until the end
    except (pa.ArrowException, OSError) as error:
        raise RequestError(Problem.of("R0555", str(file), detail=str(error))) from None
    known = together([policy]) if isinstance(policy, Policy) else policy
    header, names = tuple(data.schema_arrow.names), known.names
    listed = Text("、".join(header), ", ".join(header))
    problems = [found for each in ignored for found in of_ignored([each], header, _knowing(known, each))]
    absent = [each for each in carried if each != ALL and each not in header]
    problems += [Problem.of("R0719", each, allowed=listed, word=word_of(each)) for each in absent]
    if ALL not in carried:
        unclear = [each for each in header if each not in names and each not in (*ignored, *carried)]
        problems += [found for each in unclear if (found := misspelt(each, known))]
    problems += [
        Problem.of("R0755", each, given=each, **known.said(each, names[each]))
        for each in header
        if key(each) in known.unlike and each in names
    ]
    facts = [names.get(each, "") for each in header]
    problems += [Problem.of("R0703", each) for each in dict.fromkeys(facts) if each and facts.count(each) > 1]
    if problems:
        raise RequestError(problems)
    columns = enumerate(zip(header, facts, strict=True))
    heads = tuple(Head(at, text, fact) for at, (text, fact) in columns if text not in ignored)
    others = [each.text for each in heads if not each.fact]
    notes = [Problem.of("R0734", str(file), given=Text("、".join(others), ", ".join(others)))] if others else []
    return ParquetRoster(
        file, known.last, heads=heads, size=data.metadata.num_rows, notes=notes, others=known.policies[:-1], data=data
    )


def _knowing(known: Together, text: str) -> Policy:
    """The last version in which a header is a fact; the last of all where it is in none."""
    return next((each for each in reversed(known.policies) if text in names_of(each)), known.last)
