"""Conformance cases on DuckDB: its answer, or the code by which the engine says that it cannot.

Some of the cases here; ``make conformance ARGS="duckdb postgres spark"`` puts all of them to these engines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from tests.conformance.support import all_cases

from subsidy.engines.sql import formulas
from subsidy.engines.sql import words as w

from .support import by_duckdb, outcome, runner, some_of

DUCKDB = runner("duckdb", by_duckdb)


def test_cases_on_duckdb(record_property: Callable[[str, object], None]) -> None:
    """Each case comes out as written, or is refused for what the engine cannot say."""
    counts = Counter(outcome(case, DUCKDB) for case in some_of(24))
    record_property("figure cases on DuckDB", ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())))
    assert counts["passed"] > 50
    assert counts.keys() <= {"passed", "refused: figures that are open", "refused: a place among records (position)"}


def test_a_query_that_rounds_otherwise_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: where half a fen is rounded down, cases do not come out."""
    rounded = formulas.Emitter.rounded

    def planted(self: formulas.Emitter, number: w.Sql, divisor: int | w.Sql, mode: str, **more: bool) -> w.Sql:
        return rounded(self, number, divisor, "down" if mode == "half_up" else mode, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(formulas.Emitter, "rounded", planted)
    cases = [case for case in all_cases() if case.topic.startswith("02")]
    assert any(outcome(case, DUCKDB).startswith("differs") for case in cases)
