"""pandas: the rules by hand on its columns, whole fen and float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from .protocol import AREA, COST, DISTRICT, Way, answer


def _rule(frame: Any, rule: str, unit: int) -> list[Any]:
    """A rule on columns of which `unit` make a CNY, a square metre or an hour."""
    if rule == "r1":
        cap = np.where(frame["district"] == "municipal", 2000 * unit, 1500 * unit)
        area = frame["area"]
        grant = (np.minimum(area, cap) * 300).where(area >= 500 * unit, 0)
        return [grant, (frame["cost"] - grant).clip(lower=0)]
    hours, left = frame["hours"], 1350 * unit - frame["granted"]
    raw = hours * frame["rate"] if unit == 1 else (hours * frame["rate"] + 50) // 100
    return [np.minimum(raw, left).clip(lower=0).where(hours.between(3 * unit, 45 * unit), 0)]


def way(unit: int) -> Way:
    def table(rule: str, found: Any) -> Callable[[], Any]:
        numbers = {name: each for name, each in found.items() if name != "municipal"}
        frame = pd.DataFrame(numbers if unit == 100 else {name: each / 100 for name, each in numbers.items()})
        frame["district"] = pd.Categorical.from_codes(found["municipal"], ["county", "municipal"])
        return lambda: _rule(frame, rule, unit)

    def one() -> list[Any]:
        cells = (AREA, COST) if unit == 100 else (AREA / 100, COST / 100)
        frame = pd.DataFrame({"area": [cells[0]], "district": [DISTRICT], "cost": [cells[1]]})
        return [each.iloc[0].item() for each in _rule(frame, "r1", unit)]

    return Way("int64" if unit == 100 else "float64", table, one)


if __name__ == "__main__":
    answer({"int64": lambda: way(100), "float64": lambda: way(1)}, ["pandas", "numpy"])
