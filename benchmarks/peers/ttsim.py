"""ttsim, the engine of GETTSIM: the rules as policy functions on whole fen, with its NumPy backend.

`main()` is what its manual calls; the function that `main()` can give back, used again, skips its checks.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Callable
from typing import Any

warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402 – its import warns
from ttsim import InputData, MainTarget, TTTargets, main  # noqa: E402
from ttsim.tt import (  # noqa: E402
    Currency,
    ScalarParam,
    TTSIMUnit,
    UnitSystem,
    policy_function,
    policy_input,
)

from .protocol import AREA, COST, Way, answer  # noqa: E402
from .rows import SUMS, Columns  # noqa: E402

NONE = TTSIMUnit.DIMENSIONLESS


@policy_input(unit=NONE)
def p_id() -> int: ...


@policy_input(unit=NONE)
def area() -> int: ...


@policy_input(unit=NONE)
def municipal() -> bool: ...


@policy_input(unit=NONE)
def cost() -> int: ...


@policy_input(unit=NONE)
def hours() -> int: ...


@policy_input(unit=NONE)
def rate() -> int: ...


@policy_input(unit=NONE)
def granted() -> int: ...


@policy_function(unit=NONE, verify_units=False)
def grant(area: int, municipal: bool, price: int, least: int, cap_municipal: int, cap_county: int) -> int:
    if area < least:
        out = 0
    elif municipal:
        out = min(area, cap_municipal) * price
    else:
        out = min(area, cap_county) * price
    return out


@policy_function(unit=NONE, verify_units=False)
def share(cost: int, grant: int) -> int:
    return max(cost - grant, 0)


@policy_function(unit=NONE, verify_units=False)
def subsidy(hours: int, rate: int, granted: int) -> int:
    if hours < 300 or hours > 4500:  # noqa: SIM108 – it translates statements
        out = 0
    else:
        out = max(min((hours * rate + 50) // 100, 135000 - granted), 0)
    return out


def _parameter(value: int) -> ScalarParam:
    said = {"de": "-", "en": "-"}
    dates = {"start_date": dt.date(2020, 1, 1), "end_date": dt.date(2099, 12, 31)}
    return ScalarParam(value=value, unit=NONE, name=said, description=said, **dates)


ENVIRONMENT = {
    **{each.leaf_name: each for each in (p_id, area, municipal, cost, hours, rate, granted, grant, share, subsidy)},
    "price": _parameter(300),
    "least": _parameter(50_000),
    "cap_municipal": _parameter(200_000),
    "cap_county": _parameter(150_000),
}
UNITS = UnitSystem(currencies={"CNY": Currency(statutory_from="1949-10-01")})
INPUTS = {"r1": ("area", "municipal", "cost"), "r4": ("hours", "rate", "granted")}


def run(given: dict[str, Any], rule: str, target: Any = MainTarget.raw_results.columns_with_internal_p_ids) -> Any:
    return main(
        main_target=target,
        policy_environment=ENVIRONMENT,
        input_data=InputData.tree(given),
        tt_targets=TTTargets.tree(dict.fromkeys(SUMS[rule])),
        policy_date_str="2025-01-01",
        evaluation_date_str="2025-01-01",
        backend="numpy",
        include_warn_nodes=False,
        unit_system=UNITS,
    )


ONE = {"area": np.array([AREA]), "municipal": np.array([True]), "cost": np.array([COST])}


def _given(rule: str, found: Columns) -> dict[str, Any]:
    columns = {**found, "municipal": found["municipal"] == 1}
    return {name: columns[name] for name in INPUTS[rule]}


def called() -> Way:
    def table(rule: str, found: Columns) -> Callable[[], Any]:
        given = {"p_id": np.arange(len(found["area"])), **_given(rule, found)}

        def work() -> list[Any]:
            got = run(given, rule)
            return [np.asarray(got[name]) for name in SUMS[rule]]

        return work

    def one() -> list[int]:
        got = run({"p_id": np.array([0]), **ONE}, "r1")
        return [int(got[name][0]) for name in SUMS["r1"]]

    return Way("int64", table, one)


def reused() -> Way:
    def made(given: dict[str, Any], rule: str) -> Any:
        rows = len(next(iter(given.values())))
        return run({"p_id": np.arange(rows), **given}, rule, MainTarget.tt_function)

    def table(rule: str, found: Columns) -> Callable[[], Any]:
        given = _given(rule, found)
        function = made(given, rule)

        def work() -> list[Any]:
            got = function(given)
            return [np.asarray(got[name]) for name in SUMS[rule]]

        return work

    single = made(ONE, "r1")

    def one() -> list[int]:
        got = single(ONE)
        return [int(got[name][0]) for name in SUMS["r1"]]

    return Way("int64", table, one)


if __name__ == "__main__":
    answer({"main()": called, "function, reused": reused}, ["ttsim-backend", "numpy"])
