"""One calculation with its trace, from a dict of facts, beside the same rule by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from measuring import in_turn
from peers.by_hand import r1_traced
from peers.ours import FACTS as EXACT
from peers.ours import POLICIES

import subsidy

FACTS = {name: str(value) for name, value in EXACT.items()}


def main() -> None:
    rule = subsidy.Catalogue(POLICIES).policy("bench/rules/r1")
    assert (
        rule.calculate(FACTS).amount
        == Decimal("370368.00")
        == Decimal(r1_traced(123456, "municipal", 100000001)[0]) / 100
    )
    works: dict[str, Any] = {
        "R1 by hand, no checks": lambda: r1_traced(123456, "municipal", 100000001),
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
