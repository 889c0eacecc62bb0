"""Facts that contradict themselves, in a table as alone; and how long the formulas of a policy are kept."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pyarrow as pa
from tests.language.support import compiled, fact, number, pays, step

from subsidy.errors import FactsError
from subsidy.language import program as p


def test_a_guard_may_rest_on_a_step() -> None:
    """An end before its beginning is refused where a step has the formula evaluated, and is nothing elsewhere."""
    policy = compiled(
        fact("b", "date"),
        number("n", "0", "3"),
        step("more", "n + 1", 'unit = "ratio"'),
        step("it", "if more > 1 then days_between(on, b) / 1[day] else 0", 'unit = "ratio"'),
        pays("if it > 0 then 1[CNY] else 0"),
    )
    (guard,) = policy.program.guards
    assert "more" in [each.name for each in p.walk(guard.test) if isinstance(each, p.StepValue)]
    rows = [
        {"claim": "C1", "on": "2024-03-01", "b": day, "n": number_}
        for day in ("2024-02-29", "2024-03-01", "2024-03-02")
        for number_ in ("0", "1")
    ]
    alone: list[Any] = []
    for row in rows:
        try:
            alone.append(policy.calculate(row).amount)
        except FactsError as error:
            alone.append(error.problems[0].code)
    found = policy.calculate_table(pa.Table.from_pylist(rows)).to_pylist()
    assert alone == [row["problems"][0]["code"] if row["problems"] else row["amount"] for row in found]
    assert alone[:2] == [0, "F0119"]


def test_formulas_go_with_their_policy() -> None:
    """Nothing keeps what was made of a policy for tables longer than the policy itself."""
    policy = compiled(number("n", "0", "3"), pays("if n > 1 then 1[CNY] else 0"))
    policy.calculate_table(pa.table({"claim": ["C1"], "on": ["2024-03-01"], "n": ["2"]}))
    there = weakref.ref(policy)
    del policy
    gc.collect()
    assert there() is None
