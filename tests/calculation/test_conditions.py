"""Why not: a condition that fails is printed as what is so, with the quantity that misses it and by how much."""

from __future__ import annotations

from typing import Any, Final

import pytest
from tests.language.support import compiled, fact, number, pays, step

from subsidy import Policy

from .claims import calculated

ALL_OF: Final = "beds <= 8[bed] and not own and area <= 2000[m2]"
TESTS = [
    ("beds <= 8[bed]", "9 张 > 8 张，床位超出 1 张", "9 beds > 8 beds, beds over by 1 bed"),
    ("beds >= 10[bed]", "9 张 < 10 张，床位差 1 张", "9 beds < 10 beds, beds short by 1 bed"),
    ("10[bed] <= beds", "10 张 > 9 张，床位差 1 张", "10 beds > 9 beds, beds short by 1 bed"),
    ("beds < 1[bed]", "9 张 ≥ 1 张，床位超出 8 张", "9 beds ≥ 1 bed, beds over by 8 beds"),
    ("beds > 9[bed]", "9 张 ≤ 9 张", "9 beds ≤ 9 beds"),
    ("beds == 11[bed]", "9 张 ≠ 11 张，床位相差 2 张", "9 beds ≠ 11 beds, beds apart by 2 beds"),
    ("beds != 9[bed]", "9 张 = 9 张", "9 beds = 9 beds"),
    ("beds + 1[bed] <= 8[bed]", "9 张 + 1 张 > 8 张，超出 2 张", "9 beds + 1 bed > 8 beds, over by 2 beds"),
    ("not beds <= 9[bed]", "9 张 ≤ 9 张", "9 beds ≤ 9 beds"),
    ("own and beds <= 8[bed]", "9 张 > 8 张，床位超出 1 张", "9 beds > 8 beds, beds over by 1 bed"),
    (ALL_OF, "9 张 > 8 张，床位超出 1 张，且 2350.50 m² > 2000 m²，建筑面积超出 350.50 m²",
     "9 beds > 8 beds, beds over by 1 bed, and 2350.50 m² > 2000 m², floor area over by 350.50 m²"),
    ("given(note) and beds <= 8[bed]", "未说明，且 9 张 > 8 张，床位超出 1 张",
     "not stated, and 9 beds > 8 beds, beds over by 1 bed"),
    ("given(plan) and plan >= 8[bed]", "未说明", "not stated"),
    ("not own or beds < 9[bed]", "是，且 9 张 ≥ 9 张", "yes, and 9 beds ≥ 9 beds"),
    ("beds <= 8[bed] or beds > 9[bed]", "9 张 > 8 张，床位超出 1 张，且 9 张 ≤ 9 张",
     "9 beds > 8 beds, beds over by 1 bed, and 9 beds ≤ 9 beds"),
    ("if own then beds <= 8[bed] else own", "9 张 > 8 张，床位超出 1 张", "9 beds > 8 beds, beds over by 1 bed"),
    ("size in (small, medium)", "大 不属于 (小，中)", "large is none of (small, medium)"),
    ("given(note)", "未说明", "not stated"),
    ("area >= 2370.50[m2]", "2350.50 m² < 2370.5 m²，建筑面积差 20.00 m²",
     "2350.50 m² < 2370.5 m², floor area short by 20.00 m²"),
    ("on <= 2021-06-28", "2021-06-30 > 2021-06-28，日期晚了 2 天",
     "2021-06-30 > 2021-06-28, date too late by 2 days"),
    ("on >= 2021-07-01", "2021-06-30 < 2021-07-01，日期早了 1 天",
     "2021-06-30 < 2021-07-01, date too early by 1 day"),
    ("begun >= month_of(on)", "2021-03 < 2021-06，开工月早了 3 个月",
     "2021-03 < 2021-06, month begun too early by 3 months"),
]  # fmt: skip
SIZES = 'of = ["small", "medium", "large"]\nlabels = { small = { zh = "小", en = "small" }, '
SIZES += 'medium = { zh = "中", en = "medium" }, large = { zh = "大", en = "large" } }'


def judged_by(test: str) -> Policy:
    """A policy with one condition."""
    return compiled(
        called("床位", "beds", number("beds", "0", "20", "1", "bed")),
        called("建筑面积", "floor area", number("area", "0", "9000", "0.01", "m2")),
        called("开工月", "month begun", fact("begun", "month")),
        fact("own", "flag"),
        fact("note", "flag", "optional = true"),
        number("plan", "0", "20", "1", "bed", "optional = true"),
        fact("size", "choice", *SIZES.splitlines()),
        f'\n[[conditions]]\nname = "fits"\nkind = "required"\ntest = "{test}"\n'
        'label = { zh = "相符", en = "it fits" }\nclause = "一"\n',
        step(
            "every",
            "if own and size == small and given(note) and given(plan) and month_of(on) == begun "
            "then beds * 1[m2/bed] else area",
            'unit = "m2"',
        ),
        pays("if every > 0 then 1[CNY] else 0"),
    )


def called(zh: str, en: str, declared: str) -> str:
    """A fact under another label than all have."""
    return declared.replace('zh = "名", en = "name"', f'zh = "{zh}", en = "{en}"')


@pytest.mark.parametrize(("test", "zh", "en"), TESTS, ids=[test for test, _, _ in TESTS])
def test_failed_condition_says_what_is_so(test: str, zh: str, en: str) -> None:
    """A condition that fails is printed as what holds in its place, with the distance, never as if it held."""
    facts: dict[str, Any] = {"claim": "C1", "on": "2021-06-30", "beds": 9, "area": "2350.50", "own": True}
    found = judged_by(test).calculate(facts | {"size": "large", "begun": "2021-03"}).conditions[0]
    assert (found.holds, found.figures.zh, found.figures.en) == (False, zh, en)


def test_explanation_prints_no_failed_comparison_as_true() -> None:
    """Under a mark that a condition fails stands what is so, with the distance and the clause."""
    result = calculated(floor_area="2350.50")
    zh = "  ! 面积原则上不超过 2000 平方米：2350.50 m² > 2000 m²，实际建筑面积超出 350.50 m²  〔二(一)〕"
    en = "  ! as a rule not above 2000 m²: 2350.50 m² > 2000 m², actual floor area over by 350.50 m²  [二(一)]"
    assert zh in result.explain("zh").splitlines()
    assert en in result.explain("en").splitlines()


def test_every_failed_quantity_of_a_condition_has_its_distance() -> None:
    """Of two comparisons that both fail the data name both quantities, each with what it misses in its own unit."""
    facts: dict[str, Any] = {"claim": "C1", "on": "2021-06-30", "beds": 9, "area": "2350.50", "own": False}
    result = judged_by(ALL_OF).calculate(facts | {"size": "large", "begun": "2021-03"})
    line = next(line for each in result.explanation.sections if each.name == "conditions" for line in each.lines)
    assert [(each.zh, each.en) for each in line.distance] == [
        ("床位超出 1 张", "beds over by 1 bed"),
        ("建筑面积超出 350.50 m²", "floor area over by 350.50 m²"),
    ]
