"""JSON Schema of an explanation's plain data, made from the dataclasses that it is the data of."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from .explanation import SCHEMA, Explanation, inside

_SIMPLE: Final = {str: "string", int: "integer", bool: "boolean"}


def explanation_schema() -> dict[str, Any]:
    """The schema (2020-12) of `Explanation.to_dict`.

    It is open: data of the same `schema` may have more fields later, and readers pass over what they do not know.
    """
    known: dict[str, dict[str, Any]] = {}
    whole = _schema(Explanation, known)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:subsidy:explanation:{SCHEMA}",
        "title": "Explanation",
        **whole,
        "properties": {"schema": {"const": SCHEMA}},
        "required": ["schema"],  # its parts are of the same
        "$defs": known,
    }


def _schema(of: Any, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The schema of a type; each dataclass has its own among those known."""
    if get_origin(of) is tuple:
        return {"type": "array", "items": _schema(get_args(of)[0], known)}
    if get_origin(of) is Literal:
        return {"enum": list(get_args(of))}
    if not is_dataclass(of):
        return {"type": _SIMPLE[of]}
    name = getattr(of, "__name__", "")
    if name not in known:
        hints = get_type_hints(of)
        known[name] = found = {"type": "object", "properties": {}, "required": []}
        found["properties"] = {each.name: _schema(inside(hints[each.name]), known) for each in fields(of)}
        found["required"] = [each.name for each in fields(of) if each.default is MISSING]
    return {"$ref": f"#/$defs/{name}"}
