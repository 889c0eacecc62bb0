"""OpenFisca: variables over one month, the parameters by enum as its manual shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum, EnumArray
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from .protocol import AREA, COST, DISTRICT, Way, answer
from .rows import Columns

PERIOD = "2025-01"
FACILITY = build_entity(key="facility", plural="facilities", label="", is_person=True)
GROUP = build_entity(
    key="area_group", plural="area_groups", label="", roles=[{"key": "member", "plural": "members", "label": ""}]
)


class District(Enum):
    municipal = "municipal"
    county = "county"


def _since(value: int) -> dict[str, Any]:
    return {"values": {"2020-01-01": {"value": value}}}


PARAMETERS = {
    "price": _since(300),
    "least": _since(500),
    "cap": {"municipal": _since(2000), "county": _since(1500)},
    "most": _since(1350),
}


def grant(facility: Any, period: Any, parameters: Any) -> Any:
    at = parameters(period)
    area = facility("floor_area", period)
    return np.where(area < at.least, 0, at.price * np.minimum(area, at.cap[facility("district", period)]))


def share(facility: Any, period: Any) -> Any:
    return np.maximum(facility("cost", period) - facility("grant", period), 0)


def subsidy(facility: Any, period: Any, parameters: Any) -> Any:
    hours, left = facility("hours", period), parameters(period).most - facility("granted", period)
    due = np.maximum(np.minimum(hours * facility("rate", period), left), 0)
    return np.where((hours >= 3) & (hours <= 45), due, 0)


def _variable(name: str, **more: Any) -> type[Variable]:
    kind = {"value_type": float, "entity": FACILITY, "definition_period": DateUnit.MONTH, "label": name, **more}
    return type(name, (Variable,), kind)


def system(*, is_wide: bool) -> TaxBenefitSystem:
    """The rules; wide with its variables made float64, which it does not offer."""
    made = TaxBenefitSystem([FACILITY, GROUP])
    made.parameters = ParameterNode("", data=PARAMETERS)
    for name in ("floor_area", "cost", "hours", "rate", "granted"):
        made.add_variable(_variable(name))
    made.add_variable(
        _variable("district", value_type=Enum, possible_values=District, default_value=District.municipal)
    )
    for formula in (grant, share, subsidy):
        made.add_variable(_variable(formula.__name__, formula=formula))
    if is_wide:
        for each in made.variables.values():
            if each.value_type is float:
                each.dtype = np.float64
    return made


def way(*, is_wide: bool) -> Way:
    made = system(is_wide=is_wide)
    situation = {
        "facilities": {
            "f": {
                "floor_area": {PERIOD: AREA / 100},
                "district": {PERIOD: DISTRICT},
                "cost": {PERIOD: COST / 100},
                "grant": {PERIOD: None},
                "share": {PERIOD: None},
            }
        },
        "area_groups": {"g": {"members": ["f"]}},
    }

    def table(rule: str, found: Columns) -> Callable[[], Any]:
        rows = len(found["area"])
        district = EnumArray(np.where(found["municipal"] == 1, 0, 1).astype(np.uint8), District)
        given = {name: found[name] / 100 for name in ("cost", "hours", "rate", "granted")}
        given |= {"floor_area": found["area"] / 100, "district": district}
        inputs = {"r1": ("floor_area", "cost", "district"), "r4": ("hours", "rate", "granted")}[rule]
        outputs = {"r1": ("grant", "share"), "r4": ("subsidy",)}[rule]

        def run() -> list[Any]:
            simulation = SimulationBuilder().build_default_simulation(made, rows)
            for name in inputs:
                simulation.set_input(name, PERIOD, given[name])
            return [simulation.calculate(name, PERIOD) for name in outputs]

        return run

    def one(*, trace: bool = False) -> Any:
        simulation = SimulationBuilder().build_from_entities(made, situation)
        simulation.trace = trace
        sums = [float(simulation.calculate(name, PERIOD)[0]) for name in ("grant", "share")]
        return (sums, simulation.tracer.computation_log.lines()) if trace else sums

    return Way("float64" if is_wide else "float32", table, one, lambda: one(trace=True))


if __name__ == "__main__":
    answer(
        {"as shipped": lambda: way(is_wide=False), "float64": lambda: way(is_wide=True)}, ["openfisca-core", "numpy"]
    )
