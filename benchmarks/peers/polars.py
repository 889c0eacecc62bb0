"""Polars: the rules as expressions, on whole fen and on its decimals."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl

from .protocol import AREA, COST, DISTRICT, Way, answer

CENTS = pl.Decimal(18, 2)


def fen() -> dict[str, list[pl.Expr]]:
    """Both rules on whole hundredths."""
    area, hours = pl.col("area"), pl.col("hours")
    cap = pl.when(pl.col("district") == "municipal").then(200_000).otherwise(150_000)
    grant = pl.when(area < 50_000).then(0).otherwise(pl.min_horizontal("area", cap) * 300)
    share = pl.max_horizontal(pl.col("cost") - grant, pl.lit(0))
    raw = (hours * pl.col("rate") + 50) // 100
    due = pl.max_horizontal(pl.min_horizontal(raw, 135_000 - pl.col("granted")), pl.lit(0))
    subsidy = pl.when(hours.is_between(300, 4500)).then(due).otherwise(0)
    return {"r1": [grant.alias("grant"), share.alias("share")], "r4": [subsidy.alias("subsidy")]}


def _cents(value: int) -> pl.Expr:
    return pl.lit(Decimal(value)).cast(CENTS)


def decimals() -> dict[str, list[pl.Expr]]:
    """Both rules on decimals."""
    area, hours, nothing = pl.col("area"), pl.col("hours"), _cents(0)
    cap = pl.when(pl.col("district") == "municipal").then(_cents(2000)).otherwise(_cents(1500))
    counted = pl.when(area < cap).then(area).otherwise(cap)
    grant = pl.when(area < _cents(500)).then(nothing).otherwise((counted * _cents(300)).cast(CENTS))
    rest = pl.col("cost") - grant
    share = pl.when(rest < nothing).then(nothing).otherwise(rest)
    wide = pl.Decimal(18, 4)
    raw = (hours.cast(wide) * pl.col("rate").cast(wide)).round(2, mode="half_away_from_zero").cast(CENTS)
    left = _cents(1350) - pl.col("granted")
    due = pl.when(raw < left).then(raw).otherwise(left)
    is_paid = (hours >= _cents(3)) & (hours <= _cents(45)) & (due > nothing)
    subsidy = pl.when(is_paid).then(due).otherwise(nothing)
    return {"r1": [grant.alias("grant"), share.alias("share")], "r4": [subsidy.alias("subsidy")]}


def way(rules: dict[str, list[pl.Expr]], kind: str) -> Way:
    def table(rule: str, found: Any) -> Callable[[], Any]:
        import pyarrow as pa

        from .arrow import districts, hundredths

        numbers = {name: each for name, each in found.items() if name != "municipal"}
        if kind == "decimal":
            numbers = {name: pl.Series(hundredths(each, pa.decimal128(18, 2))) for name, each in numbers.items()}
        frame = pl.DataFrame(numbers).with_columns(pl.Series("district", districts(found)))
        return lambda: frame.lazy().select(rules[rule]).collect()

    cells = (AREA, COST) if kind == "int64" else (Decimal(AREA).scaleb(-2), Decimal(COST).scaleb(-2))
    kinds = {} if kind == "int64" else {"area": CENTS, "cost": CENTS}

    def one() -> Any:
        given = {"area": [cells[0]], "district": [DISTRICT], "cost": [cells[1]]}
        return pl.DataFrame(given, schema_overrides=kinds).select(rules["r1"]).row(0)

    return Way(kind, table, one)


if __name__ == "__main__":
    ways = {"int64": lambda: way(fen(), "int64"), "Decimal(18,2)": lambda: way(decimals(), "decimal")}
    answer(ways, ["polars", "pyarrow"])
