"""What is said, and in which language; what is no text, no mapping or no language is refused."""

from __future__ import annotations

from typing import Any

import pytest
from tests.language.support import compiled, number, pays, step

import subsidy
from subsidy import RequestError
from subsidy.language.units import parse_unit, symbols

from .claims import GRANT, calculated, grant

NO_SUCH_LANGUAGE = """\
R0107 unknown-language  language
  没有语言 fr；可用：zh, en
  there is no language fr; there are: zh, en"""


def test_no_other_language_is_answered_in_english() -> None:
    """A language that nothing is said in is refused with those that there are."""
    language: Any = "fr"
    with pytest.raises(RequestError) as caught:
        calculated().explain(language)
    assert caught.value.report() == NO_SUCH_LANGUAGE


NO_READINGS = """\
R0301 bad-request  readings
  请求有误：readings：给出的是 3，应为 {口径: 读法}
  the request is not well formed: readings: given 3; wanted is {name: reading}"""


def test_readings_that_are_no_mapping_are_refused() -> None:
    """Where readings by name are wanted and something else is given, the answer is a report and not a crash."""
    readings: Any = 3
    with pytest.raises(RequestError) as caught:
        grant().calculate(readings=readings)
    assert caught.value.report() == NO_READINGS


NO_FACTS = """\
R0301 bad-request  facts
  请求有误：facts：给出的是 [1]，应为 {事实: 值}
  the request is not well formed: facts: given [1]; wanted is {fact: value}"""


def test_facts_that_are_no_mapping_are_refused() -> None:
    """Where facts by name are wanted and something else is given, the answer is a report and not a crash."""
    facts: Any = [1]
    for calculate in (grant().calculate, lambda given: subsidy.catalogue().calculate(GRANT, given)):
        with pytest.raises(RequestError) as caught:
            calculate(facts)
        assert caught.value.report() == NO_FACTS


NO_RECEIPT = """\
R0201 bad-receipt
  不是有效的回执：给出的是 int，应为 JSON 文字
  not a valid receipt: given int; wanted is JSON as text or bytes"""


def test_what_is_no_text_is_no_receipt() -> None:
    """A receipt is JSON, and anything else is reported."""
    receipt: Any = 5
    with pytest.raises(RequestError) as caught:
        subsidy.catalogue().replay(receipt)
    assert caught.value.report() == NO_RECEIPT


def test_reading_whose_name_is_no_text_is_unknown() -> None:
    """A name that is no text is the name of no interpretation."""
    readings: Any = {1: 2}
    with pytest.raises(RequestError) as caught:
        grant().calculate(readings=readings)
    assert [(problem.code, problem.where) for problem in caught.value.problems] == [("R0103", "readings.1")]


UNITS = [("bed", "beds", "bed"), ("CNY/bed", "CNY/bed", "CNY/bed"), ("person*month", "person·month", "person·month")]


@pytest.mark.parametrize(("unit", "many", "one"), UNITS, ids=[unit for unit, _, _ in UNITS])
def test_unit_is_singular_behind_a_one(unit: str, many: str, one: str) -> None:
    """In English a unit with a plural is in the singular behind a one, and within a product."""
    known = grant().vocabulary.units
    parsed = parse_unit(unit, known)
    assert (symbols(parsed, known).en, symbols(parsed, known, one=True).en) == (many, one)


def test_a_look_up_by_a_class_names_the_class() -> None:
    """Where a key of a table has to be worked out, the explanation says which place it is, and what stands there."""
    bracket = (
        '\n[brackets.size]\nof = "bed"\nclause = "一"\nlabel = { zh = "规模", en = "size" }\n'
        'rows = [{ name = "small", to = "10", label = { zh = "小型", en = "small" } }, '
        '{ name = "large", from = "10", label = { zh = "大型", en = "large" } }]\n'
    )
    table = '\n[parameters.rate]\nby = ["size"]\nunit = "CNY"\nvalues = { small = "1", large = "2" }\n'
    table += 'label = { zh = "标准", en = "rate" }\nclause = "一"\n'
    beds = number("beds", "0", "99", unit="bed")
    policy = compiled(beds, bracket, table, step("due", "rate[size(beds)]", 'unit = "CNY"'), pays("due"))
    result = policy.calculate(claim="c", on="2021-06-01", beds=10)
    assert "     = 标准[名的规模]\n     = 标准[大型]\n     = 2.00 元\n" in result.explain("zh")
    assert "     = rate[size of name]\n     = rate[large]\n     = 2.00 CNY\n" in result.explain("en")
