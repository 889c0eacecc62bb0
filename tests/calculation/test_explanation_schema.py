"""The JSON Schema of an explanation fits what is given out, and nothing that is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.adoption.support import BED, CARE, HOME, care
from tests.conformance.support import catalogue

import subsidy
from subsidy.calculation.explanation_schema import explanation_schema

SCHEMA = Draft202012Validator(explanation_schema())


def examples() -> Iterator[subsidy.Explanation]:
    """The explanation of every worked example of the shipped modules that has an answer."""
    for policy in subsidy.catalogue():
        for example in policy.document.examples:
            if "error" not in example.expect:
                yield policy.calculate(example.facts, readings=example.under).explanation


def as_read(explanation: subsidy.Explanation) -> dict[str, Any]:
    """Its plain data as a reader of JSON has it."""
    found: dict[str, Any] = json.loads(json.dumps(explanation.to_dict()))
    return found


def test_the_schema_is_sound() -> None:
    """It is itself valid against the schema of schemas, and says which shape it is of."""
    Draft202012Validator.check_schema(explanation_schema())
    assert explanation_schema()["$id"] == "urn:subsidy:explanation:1"


def test_every_example_fits() -> None:
    """What is given out of every worked example of the shipped modules fits, and is read back as it was."""
    found = list(examples())
    assert len(found) > 50
    for explanation in found:
        SCHEMA.validate(as_read(explanation))
        assert subsidy.Explanation.from_dict(as_read(explanation)) == explanation


def test_what_is_put_together_fits(tmp_path: Path) -> None:
    """So do a programme, a release and a span of months, with the explanations inside them."""
    claim = {"graduate": "G", "entered_on": "2024-02-29", "degree": "bachelor", "adjustment": "0", "place": "140802"}
    instalments = catalogue().policy("cn/test/instalments")
    answers = (
        care(tmp_path).programme(CARE).calculate({"bed": BED, "home": HOME}),
        instalments.release(instalments.calculate(claim), "second", still_employed=True),
        subsidy.catalogue().calculate_months(
            "cn/shanxi/yuncheng/bed-subsidy",
            ("2023-08", "2023-09"),
            {name: value for name, value in BED.items() if name != "month"},
        ),
    )
    assert [(each.explanation.kind, len(each.explanation.parts)) for each in answers] == [
        ("programme", 2),
        ("release", 0),
        ("months", 2),
    ]
    for each in answers:
        SCHEMA.validate(as_read(each.explanation))


def step(data: dict[str, Any]) -> dict[str, Any]:
    """The first step of the plain data."""
    found: dict[str, Any] = next(each for each in data["sections"] if each["name"] == "calculation")["lines"][0]
    return found


PLANTED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another schema": lambda data: data.update(schema=2),
    "no schema": lambda data: data.pop("schema"),
    "another kind": lambda data: data.update(kind="guess"),
    "a text in one language": lambda data: data["title"].pop("zh"),
    "a number as text": lambda data: data.update(revision="1"),
    "a line without kind": lambda data: step(data).pop("kind"),
    "another verdict": lambda data: step(data).update(verdict="perhaps"),
    "a binary float": lambda data: step(data).update(values=[93.33]),
    "words as one text": lambda data: step(data)["formula"].update(words="a × b"),
    "no value": lambda data: step(data)["formula"].pop("value"),
    "a part of a kind alone": lambda data: data.update(parts=[{"kind": "calculation"}]),
}


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_what_is_wrong_does_not_fit(planted: Callable[[dict[str, Any]], Any]) -> None:
    """One fault planted in data that fits is found."""
    policy = subsidy.catalogue().policy("cn/shanxi/yuncheng/bed-subsidy")
    data = as_read(policy.calculate(policy.document.examples[0].facts).explanation)
    assert SCHEMA.is_valid(data)
    planted(data)
    assert not SCHEMA.is_valid(data)


def test_a_later_field_fits() -> None:
    """One more field leaves the number of the shape, so that data with one fits."""
    data = as_read(next(examples()))
    assert SCHEMA.is_valid(data | {"later": "1"})
