"""A calculation as a worked example: the lines that a clerk pastes into the module, once they are checked by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..calculation.examples import outcomes
from ..calculation.result import Result


def worked(result: Result, name: str) -> dict[str, Any]:
    """What an example says: the facts, the readings chosen, the amount or what is met, the conditions that fail."""
    advised = {item.name: item.recommended for item in result.policy.interpretations.values()}
    under = {key: way for key, way in result.readings.items() if way != "open" or advised[key]}
    found = outcomes(result)
    wanted = ["amount"] if result.policy.pays else []
    wanted += [f"{each.name}.{end}" for each in result.measures for end in ("met", "shortfall")]
    wanted += [each.name for each in result.conditions if each.holds is not True]
    return {
        "name": name,
        "source": "derived",
        **({"under": under} if under else {}),
        "facts": dict(result.facts),
        "expect": {key: _expected(found[key]) for key in wanted if found[key]},
    }


def lines(example: Mapping[str, Any]) -> str:
    """The example as it stands in a module, after an empty line, so that it may be written at its end."""
    return "\n".join(["", "[[examples]]", *(f"{key} = {_written(value)}" for key, value in example.items())])


def _expected(ends: list[str]) -> Any:
    values = [{"true": True, "false": False}.get(end, end) for end in ends]
    return values[0] if len(values) == 1 else values


def _written(value: Any) -> str:
    """A value as TOML on one line."""
    match value:
        case Mapping():
            inside = ", ".join(f"{_key(key)} = {_written(each)}" for key, each in value.items())
            return f"{{ {inside} }}" if inside else "{}"
        case list() | tuple():
            return f"[{', '.join(map(_written, value))}]"
        case bool():
            return str(value).lower()
        case _:
            return json.dumps(str(value), ensure_ascii=False)


def _key(name: str) -> str:
    return json.dumps(name) if "." in name else name
