"""A column of cells read into a column of texts, each different cell once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import Problem
from ..language import program as p
from ..language.types import Date, Id, Month, Number
from .cells import Tell, Told
from .grid import Column

PLAIN: Final[dict[type, str]] = {
    Number: r"^(-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?)?$",
    Date: r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$",
    Month: r"^([0-9]{4}-[0-9]{2})?$",
    Id: r"^[A-Za-z0-9_]*(-[A-Za-z0-9_]+)*$",
}


@dataclass
class Read:
    """A column as it was read.

    Attributes:
        texts: how the fact is stated, row by row.
        problems: what is wrong with cells, or worth a look, by their row.
    """

    texts: pa.Array
    problems: dict[int, Problem] = field(default_factory=dict)


def read_column(fact: p.Fact, cells: Column, tell: Tell, *, is_plain: bool) -> Read:
    """A column of cells as a fact.

    Args:
        is_plain: whether a plain text states the fact as it stands, with nothing to multiply it by.
    """
    if isinstance(cells, list):
        return _told(cells, tell)
    pattern = PLAIN.get(type(fact.type)) if is_plain else None
    if pattern is None:
        return _coded(cells, tell)
    texts = pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells)
    odd = pc.invert(pc.match_substring_regex(cells, pattern))
    rows = np.flatnonzero(odd.to_numpy(zero_copy_only=False))
    if not len(rows):
        return Read(texts)
    others = _coded(cells.take(pa.array(rows)), tell)
    texts = pc.replace_with_mask(texts, odd, others.texts)
    return Read(texts, {int(rows[place]): problem for place, problem in others.problems.items()})


def _coded(cells: pa.Array, tell: Tell) -> Read:
    """Texts, each different one told once."""
    coded = cells.dictionary_encode()
    told = [tell(each) for each in coded.dictionary.to_pylist()]
    texts = pa.array([each.text for each in told], pa.string()).take(coded.indices)
    problems: dict[int, Problem] = {}
    if any(each.problem for each in told):
        codes = coded.indices.to_numpy(zero_copy_only=False)
        odd = [code for code, each in enumerate(told) if each.problem]
        for row in np.flatnonzero(np.isin(codes, odd)).tolist():
            problem = told[codes[row]].problem
            assert problem is not None
            problems[row] = problem
    return Read(texts, problems)


def _told(cells: list[Any], tell: Callable[[Any], Told]) -> Read:
    known: dict[tuple[type, Any], Told] = {}
    texts: list[str | None] = []
    problems: dict[int, Problem] = {}
    for row, cell in enumerate(cells):
        same = (cell.__class__, cell)
        told = known.get(same)
        if told is None:
            told = known[same] = tell(cell)
        texts.append(told.text)
        if told.problem is not None:
            problems[row] = told.problem
    return Read(pa.array(texts, pa.string()), problems)
