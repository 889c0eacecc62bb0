"""The rows that every engine is given, and what it must answer: both bench rules on whole hundredths.

R1 pays 300 CNY a square metre up to a cap by district, nothing below 500 m², and leaves the rest of the cost to the
county. R4 pays hours times their rate, half up to the fen, up to what is left of 1,350 CNY, nothing below 3 or above 45
hours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

Fen = NDArray[np.int64]
Columns = Mapping[str, NDArray[Any]]
SUMS: Mapping[str, tuple[str, ...]] = {"r1": ("grant", "share"), "r4": ("subsidy",)}
GIVEN: Mapping[str, tuple[str, ...]] = {"r1": ("area", "municipal", "cost"), "r4": ("hours", "rate", "granted")}
DISTRICTS = ("county", "municipal")


def data(rows: int, seed: int = 20261122) -> dict[str, NDArray[Any]]:
    """Areas to 3000.00 m², costs to 50,000,000.00 CNY, quarter hours to 60, rates of 15.00 to 60.00: in hundredths."""
    draw = np.random.default_rng(seed).integers
    return {
        "area": draw(0, 300_000, rows),
        "municipal": draw(0, 2, rows).astype(np.int8),
        "cost": draw(0, 5_000_000_000, rows),
        "hours": draw(0, 241, rows) * 25,
        "rate": draw(1500, 6001, rows),
        "granted": draw(0, 150_001, rows),
    }


def first(found: Columns, rows: int) -> dict[str, NDArray[Any]]:
    """The first rows of all columns."""
    return {name: column[:rows] for name, column in found.items()}


def reference(found: Columns, rule: str) -> list[Fen]:
    """What is right, in fen: whole numbers that are far from the end of 64 bits."""
    if rule == "r1":
        cap = np.where(found["municipal"] == 1, 200_000, 150_000)
        grant = np.where(found["area"] < 50_000, 0, np.minimum(found["area"], cap) * 300)
        return [grant, np.maximum(found["cost"] - grant, 0)]
    hours = found["hours"]
    raw = (hours * found["rate"] + 50) // 100
    due = np.maximum(np.minimum(raw, 135_000 - found["granted"]), 0)
    return [np.where((hours >= 300) & (hours <= 4500), due, 0)]


def fen(column: Any) -> Fen:
    """A column of an answer in fen: whole numbers are fen, others CNY. Floats are rounded half up as they are."""
    if isinstance(column, list) and column and isinstance(column[0], Decimal):
        return np.array([exact(each) for each in column], np.int64)
    found = np.asarray(column)
    if np.issubdtype(found.dtype, np.floating):
        return np.floor(found.astype(np.float64) * 100 + 0.5).astype(np.int64)
    return found.astype(np.int64)


def exact(amount: Decimal) -> int:
    """An amount in fen; one that has parts of a fen is a fault of the script."""
    found = amount * 100
    assert found == int(found), amount
    return int(found)


def wrong(answer: Sequence[Fen], wanted: Sequence[Fen]) -> tuple[int, int]:
    """How many amounts are not right, and by how many fen at most."""
    off = [np.abs(got - right) for got, right in zip(answer, wanted, strict=True)]
    return sum(int(np.count_nonzero(each)) for each in off), max(
        (int(each.max()) for each in off if len(each)), default=0
    )
