"""Policies and claims made by chance: DuckDB answers each as the library does, or refuses the policy by its code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from subsidy.engines.sql import words
from subsidy.engines.sql.dialects import Dialect
from subsidy.engines.sql.words import Sql

from .generated import tally
from .support import by_duckdb

SEEDS = 24


def test_generated_policies_on_duckdb(record_property: Callable[[str, object], None]) -> None:
    """Every claim that the library answers comes to the same: sums, bounds, verdicts, steps and conditions."""
    outcomes, rows = tally(range(SEEDS), "duckdb", by_duckdb)
    record_property(
        "figure generated policies on DuckDB",
        f"{outcomes['answered']} answered, {outcomes['R0762']} refused, {rows} claims",
    )
    assert outcomes.keys() == {"answered", "R0762"}
    assert outcomes["answered"] > 8


def test_a_division_that_is_off_by_one_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: an engine that divides otherwise comes to something else, and that is raised."""
    divided = Dialect.divided

    def more(self: Dialect, one: Sql, two: Sql) -> Sql:
        return words.plus(divided(self, one, two), words.big(1))

    monkeypatch.setattr(Dialect, "divided", more)
    with pytest.raises(AssertionError):
        tally(range(SEEDS), "duckdb", by_duckdb)
