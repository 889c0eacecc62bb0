"""One calculation with its trace, from a dict of facts, beside the same rule by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from measuring import in_turn

import subsidy

FACTS = {
    "project": "P",
    "on": "2021-06-01",
    "district_type": "municipal",
    "floor_area": "1234.56",
    "cost": "1000000.01",
}
EXACT = {**FACTS, "floor_area": Decimal("1234.56"), "cost": Decimal("1000000.01")}


def by_hand(area: int, district: str, cost: int) -> tuple[int, int, dict[str, Any]]:
    """R1 on whole fen and hundredths of a square metre, with the trace that a careful programmer would keep."""
    cap = 200_000 if district == "municipal" else 150_000
    is_enough, counted = area >= 50_000, min(area, cap)
    grant = counted * 300 if is_enough else 0
    share = max(cost - grant, 0)
    inputs = {"area": area, "district": district, "cost": cost}
    trace = {"cap": cap, "enough": is_enough, "counted": counted, "grant": grant, "share": share, "inputs": inputs}
    return grant, share, trace


def main() -> None:
    rule = subsidy.Catalogue(Path(__file__).parent / "policies").policy("bench/rules/r1")
    assert (
        rule.calculate(FACTS).amount
        == Decimal("370368.00")
        == Decimal(by_hand(123456, "municipal", 100000001)[0]) / 100
    )
    works: dict[str, Any] = {
        "R1 by hand, no checks": lambda: by_hand(123456, "municipal", 100000001),
        "R1, facts as text": lambda: rule.calculate(FACTS),
        "R1, facts as Decimal": lambda: rule.calculate(EXACT),
    }
    for policy in subsidy.catalogue():
        example = policy.document.examples[0]
        works[policy.id] = lambda p=policy, e=example: p.calculate(e.facts, readings=e.under)
    timings = in_turn(works)
    for name, timing in timings.items():
        ratio = timing.median / timings["R1 by hand, no checks"].median
        print(f"{name:40} {timing}  × {ratio:.1f}")


if __name__ == "__main__":
    main()
