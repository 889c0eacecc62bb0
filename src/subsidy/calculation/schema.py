"""JSON Schema of a policy's facts, for forms, other languages and editors."""

from __future__ import annotations

from typing import Any

from ..exact import decimals, show
from ..language import program as p
from ..language.types import Choice, Date, Division, Flag, Id, Month, Number, Records
from .edition import Edition


def schema(policy: Edition) -> dict[str, Any]:
    """The schema of a whole request. Ranges, units and ``when`` that JSON Schema cannot say stand under ``x-…``."""
    facts = policy.program.facts.values()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:subsidy:{policy.id}:{policy.version}:{policy.revision}",
        "title": policy.title.en,
        "x-title-zh": policy.title.zh,
        "x-digest": policy.digest,
        "type": "object",
        "properties": {fact.name: _property(fact, policy) for fact in facts},
        "required": [fact.name for fact in facts if not fact.optional and fact.when is None],
        "additionalProperties": False,
    }


def _property(fact: p.Fact, policy: Edition) -> dict[str, Any]:
    found: dict[str, Any] = {"title": fact.label.en, "x-title-zh": fact.label.zh, "x-type": _kind(fact)}
    if fact.clause:
        found["x-clause"] = fact.clause
    if fact.when is not None:
        found["x-when"] = policy.document.facts[fact.name].when
    if fact.left_of:
        found["x-left-of"] = fact.left_of
    if fact.from_ledger is not None:
        ledger = fact.from_ledger
        said = {"kind": ledger.kind, "of": ledger.of, "over": list(ledger.over), "policy": ledger.policy}
        found["x-from-ledger"] = {key: value for key, value in said.items() if value}
    match fact.type:
        case Number(unit=unit):
            digits = decimals(fact.resolution.denominator) or 0
            sign = "-?" if fact.low < 0 else ""
            fraction = rf"(\.[0-9]{{1,{digits}}})?" if digits else ""
            found |= {
                "type": "string",
                "pattern": rf"^{sign}(0|[1-9][0-9]{{0,17}}){fraction}$",
                "x-unit": fact.stated_unit if fact.scale != 1 else str(unit),
                "x-minimum": show(fact.low),
                "x-maximum": show(fact.high),
                "x-resolution": show(fact.resolution),
            }
        case Choice(values=values, labels=labels):
            found["oneOf"] = [{"const": v, "title": labels[v].en, "x-title-zh": labels[v].zh} for v in values]
        case Flag():
            found["type"] = "boolean"
        case Date():
            found |= {"type": "string", "format": "date"}
        case Month():
            found |= {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
        case Id():
            found |= {"type": "string", "minLength": 1, "maxLength": 128}
        case Division(domain=domain):
            found |= {"type": "string", "enum": list(domain)}
        case Records():
            found |= {
                "type": "array",
                "minItems": fact.rows[0],
                "maxItems": fact.rows[1],
                "items": {
                    "type": "object",
                    "properties": {field.name: _property(field, policy) for field in fact.fields},
                    "required": [field.name for field in fact.fields if not field.optional],
                    "additionalProperties": False,
                },
            }
    return found


def _kind(fact: p.Fact) -> str:
    return type(fact.type).__name__.lower()
