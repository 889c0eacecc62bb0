"""Conditions in figures: what is printed is so, also where a condition fails."""

from __future__ import annotations

from typing import Any

import pytest
from tests.language.support import compiled, fact, number, pays, step

import subsidy
from subsidy import Policy, RequestError
from subsidy.language.units import parse_unit, symbols

from .claims import GRANT, calculated, grant

TESTS = [
    ("beds <= 8[bed]", "9 张 > 8 张，差 1 张", "9 beds > 8 beds, by 1 bed"),
    ("beds >= 10[bed]", "9 张 < 10 张，差 1 张", "9 beds < 10 beds, by 1 bed"),
    ("beds < 1[bed]", "9 张 ≥ 1 张，差 8 张", "9 beds ≥ 1 bed, by 8 beds"),
    ("beds > 9[bed]", "9 张 ≤ 9 张", "9 beds ≤ 9 beds"),
    ("beds == 11[bed]", "9 张 ≠ 11 张，差 2 张", "9 beds ≠ 11 beds, by 2 beds"),
    ("beds != 9[bed]", "9 张 = 9 张", "9 beds = 9 beds"),
    ("not beds <= 9[bed]", "9 张 ≤ 9 张", "9 beds ≤ 9 beds"),
    ("own and beds <= 8[bed]", "9 张 > 8 张，差 1 张", "9 beds > 8 beds, by 1 bed"),
    ("not own or beds < 9[bed]", "是，且 9 张 ≥ 9 张", "yes, and 9 beds ≥ 9 beds"),
    ("beds <= 8[bed] or beds > 9[bed]", "9 张 > 8 张，差 1 张，且 9 张 ≤ 9 张",
     "9 beds > 8 beds, by 1 bed, and 9 beds ≤ 9 beds"),
    ("if own then beds <= 8[bed] else own", "9 张 > 8 张，差 1 张", "9 beds > 8 beds, by 1 bed"),
    ("size in (small, medium)", "大 不属于 (小，中)", "large is none of (small, medium)"),
    ("given(note)", "未说明", "not stated"),
    ("area <= 2000[m2]", "2350.50 m² > 2000 m²，差 350.50 m²", "2350.50 m² > 2000 m², by 350.50 m²"),
]  # fmt: skip
SIZES = 'of = ["small", "medium", "large"]\nlabels = { small = { zh = "小", en = "small" }, '
SIZES += 'medium = { zh = "中", en = "medium" }, large = { zh = "大", en = "large" } }'


def judged_by(test: str) -> Policy:
    """A policy with one condition."""
    return compiled(
        number("beds", "0", "20", "1", "bed"),
        number("area", "0", "9000", "0.01", "m2"),
        fact("own", "flag"),
        fact("note", "flag", "optional = true"),
        fact("size", "choice", *SIZES.splitlines()),
        f'\n[[conditions]]\nname = "fits"\nkind = "required"\ntest = "{test}"\n'
        'label = { zh = "相符", en = "it fits" }\nclause = "一"\n',
        step("every", "if own and size == small and given(note) then beds * 1[m2/bed] else area", 'unit = "m2"'),
        pays("if every > 0 then 1[CNY] else 0"),
    )


@pytest.mark.parametrize(("test", "zh", "en"), TESTS, ids=[test for test, _, _ in TESTS])
def test_failed_condition_says_what_is_so(test: str, zh: str, en: str) -> None:
    """A condition that fails is printed as what holds in its place, with the distance, never as if it held."""
    facts = {"claim": "C1", "on": "2021-06-30", "beds": 9, "area": "2350.50", "own": True, "size": "large"}
    found = judged_by(test).calculate(facts).conditions[0]
    assert (found.holds, found.figures.zh, found.figures.en) == (False, zh, en)


def test_explanation_prints_no_failed_comparison_as_true() -> None:
    """Under a mark that a condition fails stands what is so, with the distance and the clause."""
    result = calculated(floor_area="2350.50")
    zh = "  ! 面积原则上不超过 2000 平方米：2350.50 m² > 2000 m²，差 350.50 m²  〔二(一)〕"
    en = "  ! as a rule not above 2000 m²: 2350.50 m² > 2000 m², by 350.50 m²  [二(一)]"
    assert zh in result.explain("zh").splitlines()
    assert en in result.explain("en").splitlines()


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
