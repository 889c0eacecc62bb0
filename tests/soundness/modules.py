"""A random module: the text of a policy, and what it means. The same seed makes the same module, on any machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from .meaning import DATE, ID, MONTH, Meaning
from .outcomes import Meant, Outcomes
from .scope import LABEL, fact_value, toml

PATH: Final = "cn/test/generated/2024-01-01.toml"
_VALID: Final = "\nvalid = { from = 1950-01-01 }\npublished = 2024-01-01\n"
_SOURCE: Final = (
    '\n[source]\nissued = 2024-01-01\ntitle = { zh = "测试", en = "Test" }\nissuer = { zh = "测试", en = "Test" }\n'
)
_EXAMPLE: Final = '\n[[examples]]\nname = "例"\nsource = "derived"\nfacts = {}\nexpect = { eligible = true }\n'


@dataclass(frozen=True)
class Module:
    """A generated module."""

    text: str
    meant: Meant
    whens: dict[str, Meaning]


def module(random: Random) -> Module:
    """A module of one to six steps, with all that a module may have beside them."""
    made = Outcomes(random)
    dated_by = made.fact(DATE if made.chance(0.7) else MONTH)
    kind = DATE if made.declared.facts[dated_by]["type"] == "date" else MONTH
    made.leaves[kind] = [fact_value(dated_by)]
    payee = made.always(ID).text
    if made.chance(0.25):
        made.from_ledger()
    for _ in range(made.pick([1, 2, 2, 3, 4])):
        made.class_step() if made.chance(0.06) else made.step()
    pays = made.chance(0.93)
    for _ in range(made.pick([1, 1, 2, 3]) if pays else 0):
        made.part(payee)
    for _ in range(made.pick([0, 1, 2]) if pays else 0):
        made.condition()
    for _ in range(made.pick([0, 0, 1]) if pays else 1):
        made.measure()
    once_per = made.tell_apart() if made.chance(0.2) or not pays else []
    if not pays:
        once_per = list(dict.fromkeys([*once_per, payee]))
    made.spare()
    _prune(made, dated_by, once_per)
    return Module(
        _text(made, dated_by, once_per),
        made.meant,
        {name: when.mean for name, when in made.declared.whens.items() if name in made.declared.facts},
    )


def _prune(made: Outcomes, dated_by: str, once_per: list[str]) -> None:
    """Takes away what nothing uses: it was declared for a formula that was then put aside."""
    fixed = _words([made.conditions, made.measures, made.declared.caps, made.parts, dated_by, once_per])
    declared = made.declared
    while True:
        known = {body["name"]: body for body in (*made.steps, *declared.interpretations) if "presumes" not in body}
        for each in (declared.facts, declared.choices, declared.parameters, declared.brackets):
            known |= each
        presumed = [body for body in declared.interpretations if "presumes" in body]
        used = fixed.union(*(_words(body) - {name} for name, body in known.items()))
        if used.issuperset(known) and all(body["presumes"] in known for body in presumed):
            return
        for each in (declared.facts, declared.choices, declared.parameters, declared.brackets):
            for name in each.keys() - used:
                del each[name]
        declared.interpretations = [
            body
            for body in declared.interpretations
            if body["name"] in used or body.get("presumes") in declared.parameters
        ]
        made.steps = [body for body in made.steps if body["name"] in used]
        steps = {body["name"] for body in made.steps}
        made.meant.steps = {name: mean for name, mean in made.meant.steps.items() if name in steps}


def _words(body: Any) -> set[str]:
    return set(re.findall(r"\w+", toml(body)))


def _text(made: Outcomes, dated_by: str, once_per: list[str]) -> str:
    head: dict[str, Any] = {"id": "cn/test/generated", "version": "2024-01-01", "status": "issued", "title": LABEL}
    head |= {"dated_by": dated_by, "division": "140800"}
    head |= {"claim": made.claim} if made.claim else {}
    head |= {"once_per": once_per} if once_per else {}
    lines = ["language = 1\n\n[policy]", *_keys(head), _VALID, _SOURCE]
    tables = {"facts": made.declared.facts, "choices": made.declared.choices, "parameters": made.declared.parameters,
              "brackets": made.declared.brackets}  # fmt: skip
    for kind, each in tables.items():
        for name, body in each.items():
            lines += [f"\n[{kind}.{name}]", *_keys(body)]
    arrays = {"steps": made.steps, "conditions": made.conditions, "measures": made.measures,
              "caps": made.declared.caps, "interpretations": made.declared.interpretations}  # fmt: skip
    for kind, found in arrays.items():
        for body in found:
            lines += [f"\n[[{kind}]]", *_keys(body)]
    for part in made.parts:
        lines += ["\n[[outcome.parts]]", *_keys({key: each for key, each in part.items() if key != "instalments"})]
        for instalment in part.get("instalments", []):
            lines += ["[[outcome.parts.instalments]]", *_keys(instalment)]
    return "\n".join(lines) + "\n" + _EXAMPLE


def _keys(body: dict[str, Any]) -> list[str]:
    return [f"{key} = {toml(value)}" for key, value in body.items()]
