"""What is no TOML is answered with what was meant, where that can be seen."""

from __future__ import annotations

import pytest

from subsidy.catalogue.documents import Headed
from subsidy.catalogue.reading import read
from subsidy.errors import Problems

MONTH = """\
P0101 toml-syntax  a.toml:1:30
  不是有效的 TOML：花括号没有闭合
  → 月份要加引号："2024-03"；日期要写到日
  not valid TOML: a brace is not closed
  → a month stands in quotes, "2024-03"; a date has its day
    facts = { p = 1, month = 2024-03, born = 1939-01-01 }
                                 ^"""


def said(line: str) -> str:
    problems = Problems()
    read("a.toml", line.encode(), Headed, problems)
    return "\n".join(problem.report() for problem in problems.found)


def test_a_month_without_quotes_is_told_to_have_them() -> None:
    """A month written as a date is gets the quotes that it lacks, in both languages."""
    assert said("facts = { p = 1, month = 2024-03, born = 1939-01-01 }") == MONTH


@pytest.mark.parametrize("line", ["x = { y = 2024-03-01", "x = { y = 12024-03 }", "x = 2024-03-01-", "x = [1 2]"])
def test_nothing_else_is_taken_for_a_month(line: str) -> None:
    """A whole date, a longer number and other mistakes get no such advice."""
    assert "P0101" in said(line)
    assert "in quotes" not in said(line)
