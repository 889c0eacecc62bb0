"""zen-engine: a decision graph with a table and expressions, and compiled expressions without a graph."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import zen

from .protocol import AREA, COST, DISTRICT, Way, answer, by_rows

GRANT = "area < 500 ? 0 : 300 * min([area, cap])"
SHARE = "max([cost - grant, 0])"
SUBSIDY = "hours < 3 or hours > 45 ? 0 : max([min([round(hours * rate, 2), 1350 - granted]), 0])"


def _node(name: str, kind: str, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
    bare = {"id": name, "type": kind, "name": name, "position": {"x": 0, "y": 0}}
    return bare if content is None else {**bare, "content": content}


def _expression(**values: str) -> dict[str, Any]:
    return {"expressions": [{"id": key, "key": key, "value": value} for key, value in values.items()]}


def _graph(*middle: dict[str, Any]) -> Any:
    nodes = [_node("in", "inputNode"), *middle, _node("out", "outputNode")]
    pairs = pairwise(nodes)
    edges = [
        {"id": f"{one['id']}-{two['id']}", "sourceId": one["id"], "targetId": two["id"], "type": "edge"}
        for one, two in pairs
    ]
    return zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))


CAP = {
    "hitPolicy": "first",
    "passThrough": True,
    "inputs": [{"id": "d", "name": "district", "field": "district"}],
    "outputs": [{"id": "c", "name": "cap", "field": "cap"}],
    "rules": [{"_id": "1", "d": "'municipal'", "c": "2000"}, {"_id": "2", "d": "", "c": "1500"}],
}


def _way(r1: Callable[..., Any], r4: Callable[..., Any], explained: Callable[[], Any] | None = None) -> Way:
    def one() -> list[float]:
        return [float(each) for each in r1(AREA / 100, DISTRICT, COST / 100)]

    table = by_rows({"r1": r1, "r4": r4}, float)
    return Way("decimal inside, float64 in and out", table, one, explained, by_row=True)


def graph() -> Way:
    """What its editor makes: a table for the cap, then expressions."""
    first = _graph(
        _node("cap", "decisionTableNode", CAP),
        _node("sums", "expressionNode", _expression(grant=GRANT, share="max([cost - $.grant, 0])")),
    )
    fourth = _graph(_node("sums", "expressionNode", _expression(subsidy=SUBSIDY)))

    def r1(area: float, district: str, cost: float) -> Any:
        got = first.evaluate({"area": area, "district": district, "cost": cost})["result"]
        return got["grant"], got["share"]

    def r4(hours: float, rate: float, granted: float) -> Any:
        return fourth.evaluate({"hours": hours, "rate": rate, "granted": granted})["result"]["subsidy"]

    record = {"area": AREA / 100, "district": DISTRICT, "cost": COST / 100}
    return _way(r1, r4, lambda: first.evaluate(record, {"trace": True}))


def expressions() -> Way:
    """Compiled expressions: no graph, no trace."""
    grant = zen.compile_expression(GRANT.replace("cap", "(district == 'municipal' ? 2000 : 1500)"))
    share, subsidy = zen.compile_expression(SHARE), zen.compile_expression(SUBSIDY)

    def r1(area: float, district: str, cost: float) -> Any:
        given = {"area": area, "district": district, "cost": cost}
        given["grant"] = grant.evaluate(given)
        return given["grant"], share.evaluate(given)

    def r4(hours: float, rate: float, granted: float) -> Any:
        return subsidy.evaluate({"hours": hours, "rate": rate, "granted": granted})

    return _way(r1, r4)


if __name__ == "__main__":
    answer({"decision graph": graph, "compiled expressions": expressions}, ["zen-engine"])
