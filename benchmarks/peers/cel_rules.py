"""Both rules in the Common Expression Language, on whole fen; it has neither `min` nor `max`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .protocol import AREA, COST, DISTRICT, Way, by_rows

_CAP = "(district == 'municipal' ? 200000 : 150000)"
_RAW, _LEFT = "(hours * rate + 50) / 100", "(135000 - granted)"
GRANT = f"area < 50000 ? 0 : (area < {_CAP} ? area : {_CAP}) * 300"
SHARE = "cost > grant ? cost - grant : 0"
SUBSIDY = f"hours < 300 || hours > 4500 || {_LEFT} < 0 ? 0 : ({_RAW} < {_LEFT} ? {_RAW} : {_LEFT})"
Evaluated = Callable[[Mapping[str, Any]], Any]


def way(compiled: Callable[[str], Evaluated]) -> Way:
    """The rules, given what compiles an expression."""
    grant, share, subsidy = (compiled(each) for each in (GRANT, SHARE, SUBSIDY))

    def r1(area: int, district: str, cost: int) -> tuple[int, int]:
        given = {"area": area, "district": district, "cost": cost}
        given["grant"] = grant(given)
        return given["grant"], share(given)

    def r4(hours: int, rate: int, granted: int) -> int:
        return subsidy({"hours": hours, "rate": rate, "granted": granted})

    table = by_rows({"r1": r1, "r4": r4}, int)
    return Way("int64", table, lambda: r1(AREA, DISTRICT, COST), by_row=True)
