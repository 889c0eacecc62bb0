"""A table of one row, and its answer in the form of a receipt: how columns are held to what the runner answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from ..policy import Policy


def of_one_row(
    policy: Policy, facts: Mapping[str, Any], readings: Mapping[str, str], said: dict[str, Any]
) -> dict[str, Any]:
    """What a receipt says under ``result``, with every figure that the columns of a table have in its place.

    Args:
        facts: in canonical form.
        said: what stands where the columns say nothing; it is filled in.
    """
    program = policy.program
    names = [*(step.name for step in program.steps), *(test.name for test in program.conditions)]
    table = policy.calculate_table(pa.table({n: [v] for n, v in facts.items()}), readings=readings, steps=names)
    (row,) = table.to_pylist()
    if row["problems"] is not None:
        return {"refused": sorted({each["code"] for each in row["problems"]})}
    found = said
    if policy.pays:
        found["amount"] = _sum(row, "amount")
    found["eligible"] = "undetermined" if row["eligible"] is None else row["eligible"]
    for part in program.parts:
        there = found.setdefault("parts", {}).setdefault(part.name, {"shares": [{} for _ in part.shares]})
        there["amount"] = _sum(row, f"parts.{part.name}")
        for share, each in zip(part.shares, there["shares"], strict=True):
            each["amount"] = _sum(row, f"shares.{part.name}.{share.name}")
    for step in program.steps:
        value = row[f"steps.{step.name}"]
        if value is not None:
            found.setdefault("steps", {})[step.name] = str(value).lower() if isinstance(value, bool) else str(value)
    for test in program.conditions:
        value = row[f"conditions.{test.name}"]
        found.setdefault("conditions", {})[test.name] = "undetermined" if value is None else value
    return found


def _sum(row: Mapping[str, Any], name: str) -> Any:
    """A sum as a receipt has it, with its bounds where it is not determined."""
    if row[name] is None:
        return {"low": str(row[f"{name}.low"]), "high": str(row[f"{name}.high"])}
    return str(row[name])
