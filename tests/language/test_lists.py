"""A choice may be named with its list, whether anything else names that list or not."""

from __future__ import annotations

import pytest

from subsidy import PolicyError

from .support import compiled, fact, pays

OWN = '\n[choices.size]\nordered = true\nlabel = { zh = "大小", en = "size" }\n\n[choices.size.values]\n'
OWN += 'small = { zh = "小", en = "small" }\nlarge = { zh = "大", en = "large" }\n'


@pytest.mark.parametrize("test", ["care_level:self_care == care_level:self_care", "size:small == size:small"])
def test_a_list_that_only_a_formula_names_is_known_and_used(test: str) -> None:
    """A list of the vocabulary needs no fact of it, and one of the module counts as used."""
    own = OWN if test.startswith("size") else ""
    result = compiled(own, pays(f"if {test} then 5[CNY] else 0")).calculate(claim="C", on="2021-06-01")
    assert str(result.amount) == "5.00"


def test_a_list_that_is_not_there_is_named() -> None:
    """A list that neither the module nor the vocabulary has is reported, with the lists that there are."""
    with pytest.raises(PolicyError) as caught:
        compiled(
            fact("flag", "flag"), pays("if care_levels:self_care == care_levels:self_care and flag then 5[CNY] else 0")
        )
    assert (
        caught.value.report("en")
        == """\
P0308 unknown-list  cn/a/b/2021-01-01.toml:40:13  outcome.parts[0].value
  there is no list of choices called care_levels
  → did you mean care_level?
    if care_levels:self_care == care_levels:self_care and flag then 5[CNY] else 0
       ^^^^^^^^^^^^^^^^^^^^^"""
    )
