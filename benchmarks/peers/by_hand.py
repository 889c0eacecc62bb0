"""Hand-written Python, without a library: on whole fen, on decimals, and on floats as a beginner would."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

AREA, HOURS = Decimal(500), (Decimal(3), Decimal(45))
CAPS = {"municipal": Decimal(2000), "county": Decimal(1500)}
RATE, MOST, CENT, NOTHING = Decimal(300), Decimal(1350), Decimal("0.01"), Decimal(0)


def r1(area: int, district: str, cost: int) -> tuple[int, int]:
    """R1 on whole fen and hundredths of a square metre."""
    cap = 200_000 if district == "municipal" else 150_000
    grant = 0 if area < 50_000 else min(area, cap) * 300
    return grant, max(cost - grant, 0)


def r1_traced(area: int, district: str, cost: int) -> tuple[int, int, dict[str, Any]]:
    """The same, with the trace that a careful programmer would keep."""
    cap = 200_000 if district == "municipal" else 150_000
    is_enough, counted = area >= 50_000, min(area, cap)
    grant = counted * 300 if is_enough else 0
    share = max(cost - grant, 0)
    inputs = {"area": area, "district": district, "cost": cost}
    trace = {"cap": cap, "enough": is_enough, "counted": counted, "grant": grant, "share": share, "inputs": inputs}
    return grant, share, trace


def r4(hours: int, rate: int, granted: int) -> int:
    """R4 on whole fen and hundredths of an hour."""
    if hours < 300 or hours > 4500:
        return 0
    return max(min((hours * rate + 50) // 100, 135_000 - granted), 0)


def r1_decimal(area: Decimal, district: str, cost: Decimal) -> tuple[Decimal, Decimal]:
    """R1 on decimals."""
    grant = NOTHING if area < AREA else (min(area, CAPS[district]) * RATE).quantize(CENT)
    return grant, max(cost - grant, NOTHING)


def r4_decimal(hours: Decimal, rate: Decimal, granted: Decimal) -> Decimal:
    """R4 on decimals."""
    if hours < HOURS[0] or hours > HOURS[1]:
        return NOTHING
    return max(min((hours * rate).quantize(CENT, ROUND_HALF_UP), MOST - granted), NOTHING)


def r1_float(area: float, district: str, cost: float) -> tuple[float, float]:
    """R1 on floats."""
    grant = 0.0 if area < 500 else min(area, 2000 if district == "municipal" else 1500) * 300.0
    return grant, max(cost - grant, 0.0)


def r4_float(hours: float, rate: float, granted: float) -> float:
    """R4 on floats; it is rounded to the fen afterwards."""
    return 0.0 if hours < 3 or hours > 45 else max(min(hours * rate, 1350 - granted), 0.0)


if __name__ == "__main__":
    from .protocol import AREA as A
    from .protocol import COST, DISTRICT, Way, answer, by_rows

    def on_fen() -> Way:
        table = by_rows({"r1": r1, "r4": r4}, int)
        return Way("int", table, lambda: r1(A, DISTRICT, COST), lambda: r1_traced(A, DISTRICT, COST), by_row=True)

    def on_decimals() -> Way:
        area, cost = Decimal(A).scaleb(-2), Decimal(COST).scaleb(-2)
        table = by_rows({"r1": r1_decimal, "r4": r4_decimal}, Decimal)
        return Way("decimal", table, lambda: r1_decimal(area, DISTRICT, cost), by_row=True)

    def on_floats() -> Way:
        table = by_rows({"r1": r1_float, "r4": r4_float}, float)
        return Way("float64", table, lambda: r1_float(A / 100, DISTRICT, COST / 100), by_row=True)

    answer({"int": on_fen, "Decimal": on_decimals, "float": on_floats}, [])
