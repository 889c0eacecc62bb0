"""Ours: a policy that is data, whole tables of Arrow, or one claim with its trace."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import subsidy

if TYPE_CHECKING:
    from .rows import Columns

POLICIES: Final = Path(__file__).parents[1] / "policies"
FACTS: Final = {
    "project": "P",
    "on": "2021-06-01",
    "district_type": "municipal",
    "floor_area": Decimal("1234.56"),
    "cost": Decimal("1000000.01"),
}


def table(rule: str, found: Columns) -> Callable[[], Any]:
    """A rule over columns, on all cores; every value is looked at, whether it is in the range of its fact."""
    import pyarrow as pa

    from .arrow import claims
    from .rows import SUMS

    policy = subsidy.Catalogue(POLICIES).policy(f"bench/rules/{rule}")
    given, only = claims(found, pa.decimal64(18, 2))[rule], [f"parts.{name}" for name in SUMS[rule]]
    threads = os.cpu_count() or 1
    return lambda: policy.calculate_table(given, only=only, sums="decimal64", threads=threads)


if __name__ == "__main__":
    from .protocol import Way, answer

    def way() -> Way:
        policy = subsidy.Catalogue(POLICIES).policy("bench/rules/r1")

        def one() -> list[int]:
            return [sum_.low for sum_, _ in policy.calculate(FACTS).in_fen()]

        def explained() -> Any:
            result = policy.calculate(FACTS)
            return result.steps, result.parts

        return Way("exact", table, one, explained, lambda: policy.calculate(FACTS).explain("zh"))

    answer({"table": way}, ["subsidy", "numpy", "pyarrow"])
