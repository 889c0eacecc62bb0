"""Numbers that 64 bits do not hold: columns compute them without limit, and so exactly."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from tests.language.support import compiled, number, pays, step

from subsidy import Policy
from subsidy.calculation.columnar.ways import way_of
from subsidy.rounding import MODES

LARGEST = 999_999_999_999_999_999
NUMBERS = [-LARGEST, -LARGEST + 1, -400_000_000_000_000_000, -1, 0, 1, 7, 10**17 + 1, LARGEST - 1, LARGEST]
PAYS = pays("if it > 0 then 1[CNY] else 0")


def answers(policy: Policy, facts: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    """The step and the amount of each row of a table."""
    found = policy.calculate_table(pa.Table.from_pylist(facts), steps=["it"]).to_pylist()
    return [(row["steps.it"], row["amount"]) for row in found]


@pytest.mark.parametrize(
    "formula",
    [
        "x * 10",
        "x * x",
        "min(x * x, 0 - x * 100)",
        "if x * 9 > 0 - x then 1 else 2",
        *(f"round(x * 90 / 400000000000000000, 1, {mode})" for mode in MODES),
        *(f"round(x * 7 / (max(x, 0) + 3), 0.000001, {mode})" for mode in MODES),
    ],
)
def test_numbers_without_limit(formula: str) -> None:
    """Products, comparisons and every rounding of numbers of 18 digits are those of the runner of single claims."""
    policy = compiled(number("x", str(-LARGEST), str(LARGEST), "1"), step("it", formula, 'unit = "ratio"'), PAYS)
    (runner,) = policy.runners({})
    assert way_of(runner).is_wide
    rows = [{"claim": "C1", "on": "2024-06-30", "x": str(each)} for each in NUMBERS]
    alone = [policy.calculate(row) for row in rows]
    assert [(each.to_dict()["result"]["steps"]["it"], each.amount) for each in alone] == answers(policy, rows)
