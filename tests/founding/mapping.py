"""From a case, as it was worked out from a text, to claims on modules, and from their results back to what it expects.

A rule has one function here. It makes of a case the claims that say the same, and names, for each thing that the case
expects, where it stands in a result; or it says why the language, or the project, does not say this.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from subsidy import Catalogue
from subsidy.calculation.runners import RUNNERS, Facts, Readings, Run, refused
from subsidy.errors import RequestError

OPEN: Final = "undetermined"


@dataclass(frozen=True)
class Claim:
    """One calculation, or `times` of them with the same facts."""

    policy: str
    on: str
    facts: Facts
    readings: Readings = field(default_factory=dict)
    times: int = 1


@dataclass(frozen=True)
class Where:
    """A place in the result of the claim number `claim`, or summed over all claims.

    `value` is what must stand there, where it is not what the case expects, in the unit of the case.
    """

    path: str
    claim: int = 0
    is_sum: bool = False
    value: Any = None


@dataclass(frozen=True)
class Row:
    """Several places, for what a case expects as a list."""

    places: tuple[Where, ...]
    value: Any = None


@dataclass(frozen=True)
class Said:
    """The claims that a case makes, and where each thing that it expects is found. All that is named is asserted.

    `instead` says why the answer is another than the case expects, where it is: a refusal in place of a zero.
    """

    claims: tuple[Claim, ...]
    found: Mapping[str, Where | Row]
    instead: str = ""

    def but(self, instead: str) -> Said:
        """The same, with the reason why the answer is another."""
        return replace(self, instead=instead)


@dataclass(frozen=True)
class Unsaid:
    """Why a case is not said by a module."""

    reason: str


Rule = Callable[[Mapping[str, Any]], Said | Unsaid]


def said(policy: str, on: str, facts: Facts, readings: Readings | None = None, /, **found: str | Where | Row) -> Said:
    """A case of one claim."""
    places = {name: Where(at) if isinstance(at, str) else at for name, at in found.items()}
    return Said((Claim(policy, on, facts, readings or {}),), places)


def read_cases(file: Path) -> list[Any]:
    """Every case of every rule, as a parameter of a test: the rule's id, the number of the case, and the case."""
    return [pytest.param(*each, id=f"{each[0]}-{each[1]}") for each in each_case(file)]


def each_case(file: Path) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    """The rule's id, the number of the case from 1, and the case."""
    for rule in json.loads(file.read_text(encoding="utf-8")):
        for number, case in enumerate(rule["cases"], 1):
            yield rule["id"], number, case


def compare(catalogue: Catalogue, case: Mapping[str, Any], said: Said) -> None:
    """Every runner gives what the case expects, to the fen; nothing that it expects is passed over."""
    assert case["expected"].keys() <= said.found.keys()
    assert case["expected"].get(OPEN, True) is True
    wanted = {name: exact(case["expected"][name] if at.value is None else at.value) for name, at in said.found.items()}
    for name, run in RUNNERS.items():
        results = [answer(catalogue, claim, run) for claim in said.claims]
        assert {name: {key: value(results, said.claims, at) for key, at in said.found.items()}} == {name: wanted}


def answer(catalogue: Catalogue, claim: Claim, run: Run) -> dict[str, Any]:
    """What a runner makes of a claim; a day without a version is refused before it is asked."""
    try:
        policy = catalogue.policy(claim.policy, on=claim.on)
    except RequestError as error:
        return refused(error.problems)
    return run(policy, claim.facts, claim.readings)


def value(results: list[dict[str, Any]], claims: tuple[Claim, ...], at: Where | Row) -> Any:
    """What stands at a place of the results."""
    if isinstance(at, Row):
        return [value(results, claims, place) for place in at.places]
    if not at.is_sum:
        return exact(look_up(results[at.claim], at.path))
    each = [exact(look_up(result, at.path)) for result in results]
    return sum((found * claim.times for found, claim in zip(each, claims, strict=True)), Fraction(0))


def look_up(result: Any, path: str) -> Any:
    """By keys with dots; of shares by the payer, of other lists by the name. What is not there is said with what is."""
    for key in path.split("."):
        by_key = {each.get("payer", each.get("name")): each for each in result} if isinstance(result, list) else result
        assert key in by_key, f"{path}: {key} is none of {list(by_key)}"
        result = by_key[key]
    return result.get("amount", result) if isinstance(result, dict) and "payer" in result else result


def exact(found: Any) -> Any:
    """Numbers are compared by their value, whatever their digits; what is open is open; all else is as it is."""
    match found:
        case bool() | None:
            return found
        case int():
            return Fraction(found)
        case {"low": _, "high": _} | {"possible": _}:
            return OPEN
        case "true" | "false":
            return found == "true"
        case list():
            return [exact(each) for each in found]
        case str():
            try:
                return Fraction(found)
            except ValueError:
                return found
    return found
