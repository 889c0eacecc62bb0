"""A result cannot be changed, and gives no single figure where the text leaves it open."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from subsidy import Result, UndeterminedError

from .claims import calculated

OPEN_AMOUNT = """\
U0101 undetermined  amount
  金额 未定，在 0.00 与 558120.00 之间：扩建、购置、租赁是否奖补
  → 选定口径后再取值，或使用 low、high
  the amount is undetermined, between 0.00 and 558120.00: do extension, purchase and lease earn the grant
  → choose the readings first, or use low and high"""


def test_result_is_frozen_and_slotted() -> None:
    """No attribute of a result can be set, deleted or added."""
    result: Any = calculated()
    assert not hasattr(result, "__dict__")
    for name in ("policy", "amount", "new_name"):
        with pytest.raises(AttributeError):
            setattr(result, name, None)
    with pytest.raises(AttributeError):
        del result.policy
    assert result.amount == Decimal("558120.00")


def test_what_a_result_is_made_of_is_frozen_and_slotted() -> None:
    """Parts, shares, steps, conditions, interpretations and remarks are frozen values without a dict."""
    result = calculated(works="purchase")
    parts = result.parts
    found: list[Any] = [*parts, *parts[0].shares, *result.steps, *result.conditions, *result.interpretations]
    for each in [*found, *result.warnings]:
        assert not hasattr(each, "__dict__"), each
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(each, dataclasses.fields(each)[0].name, None)


def test_facts_and_readings_of_a_result_are_copies() -> None:
    """What a result hands out can be changed without changing the result, its policy or the next result."""
    result = calculated()
    before = result.receipt()
    result.facts.clear()
    result.to_dict().clear()
    for name in list(result.readings):
        with pytest.raises(TypeError):
            result.readings[name] = "open"  # type: ignore[index]
    assert before == result.receipt() == calculated().receipt()


def test_equal_calculations_are_equal_results() -> None:
    """Two results are equal, and hash alike, exactly if their receipts are the same bytes."""
    one, two, other = calculated(), calculated(floor_area=Decimal("1860.4")), calculated(floor_area="1860.41")
    assert one == two
    assert hash(one) == hash(two)
    assert one != other
    assert len({one, two, other}) == 2


def test_open_amount_has_bounds_and_no_figure() -> None:
    """An amount that the text leaves open has a least and a greatest figure; asking for one raises with both."""
    result: Result = calculated(works="purchase")
    assert not result.is_determined
    assert result.eligible is None
    assert (Decimal("0.00"), Decimal("558120.00")) == (result.low, result.high)
    with pytest.raises(UndeterminedError) as caught:
        _ = result.amount
    assert str(caught.value) == OPEN_AMOUNT


def test_open_part_and_share_have_no_figure_either() -> None:
    """An open part and its open share name themselves when they are asked for one figure."""
    part = calculated(works="purchase").parts[0]
    for money, label in ((part, "city grant"), (part.shares[0], "city treasury")):
        with pytest.raises(UndeterminedError) as caught:
            _ = money.amount
        expected = (
            f"{label} is undetermined, between 0.00 and 558120.00: do extension, purchase and lease earn the grant"
        )
        assert expected == caught.value.problems[0].message("en")


def test_determined_step_of_an_open_result_keeps_its_value() -> None:
    """What does not rest on the open reading is certain: the grant is computed, only its being paid is open."""
    steps = {step.name: step for step in calculated(works="purchase").steps}
    assert Decimal(558120) == steps["municipal_grant"].value
    assert steps["municipal_grant"].is_determined
