"""Receipts as forms: what a form saves, and where there is none. Every policy shows that the bytes are the same."""

from __future__ import annotations

from typing import Any

import pytest

import subsidy
from subsidy.calculation import forms
from subsidy.catalogue.digest import canonical

BED = {"month": "2021-06", "centre": "C1", "resident": "R1", "care_level": "disabled"}
CLAIMS = [
    ("cn/shanxi/yuncheng/bed-subsidy", {**BED, "stays": [{"moved_in": "2021-05-01"}]}, {"care_level": "semi_disabled"}),
]


def untold(*_: Any) -> Any:
    raise AssertionError("it was written out again")


@pytest.mark.parametrize(("name", "claim", "change"), CLAIMS)
def test_the_second_of_a_kind_is_filled_in(
    monkeypatch: pytest.MonkeyPatch, name: str, claim: dict[str, Any], change: dict[str, Any]
) -> None:
    """The first receipt of a kind is written out; the others are filled in, and are the same bytes."""
    policy = subsidy.catalogue().policy(name)
    readings = {name: next(iter(item.readings)) for name, item in policy.interpretations.items()}
    policy.calculate(claim, readings=readings).receipt()
    other = policy.calculate({**claim, **change}, readings=readings)
    expected = canonical(other.to_dict())
    monkeypatch.setattr(forms, "to_dict", untold)
    assert other.receipt() == expected
