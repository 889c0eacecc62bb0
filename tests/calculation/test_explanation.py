"""An explanation as data: what a program finds in it without taking printed lines apart."""

from __future__ import annotations

import json

import pytest

import subsidy
from subsidy.calculation.explanation import Formula, Line, Section
from subsidy.text import Text

GRANT = {
    "project": "P1",
    "accepted_on": "2021-06-30",
    "place": "140802",
    "works": "new_build",
    "floor_area": "2350.50",
    "cost": "3000000",
}
STAY = {
    "centre": "C1",
    "resident": "R1",
    "month": "2021-06",
    "care_level": "semi_disabled",
    "stays": [{"moved_in": "2021-06-05", "moved_out": "2021-06-18"}],
}


def of_grant() -> subsidy.Explanation:
    """The explanation of a grant whose area is above what is advised."""
    return subsidy.catalogue().policy("cn/shanxi/yuncheng/construction-grant").calculate(GRANT).explanation


def of_stay(**readings: str) -> subsidy.Explanation:
    """The explanation of a stay of fourteen days."""
    policy = subsidy.catalogue().policy("cn/shanxi/yuncheng/bed-subsidy", on="2021-06-01")
    return policy.calculate(STAY, readings=readings).explanation


def lines(explanation: subsidy.Explanation, name: str) -> tuple[Line, ...]:
    """The lines of one section."""
    return next(section.lines for section in explanation.sections if section.name == name)


def test_a_condition_that_fails_says_by_how_much() -> None:
    """A failed condition has its distance in the unit of what is compared; one without a number has none."""
    found = {each.name: (each.verdict, each.distance) for each in lines(of_grant(), "conditions")}
    assert list(found.values()) == [
        ("holds", ()),
        ("holds", ()),
        ("fails", (Text("实际建筑面积超出 350.50 m²", "actual floor area over by 350.50 m²"),)),
        ("fails", ()),
    ]


def test_a_step_that_the_readings_rule_out_is_told_as_such() -> None:
    """A step that nothing in the answer rests on is marked; with a reading open, it is said under which it counts."""
    chosen = [(each.mark, each.name, each.aside) for each in lines(of_stay(part_month="by_days"), "calculation")]
    assert chosen == [
        ("1.", "days", Text("", "")),
        ("2.", "month_counts", Text("（本次未用到）", " (not used here)")),
        ("3.", "monthly", Text("", "")),
    ]
    left = [(each.name, each.aside.en) for each in lines(of_stay(), "calculation")]
    assert left == [
        ("days", ""),
        ("month_counts", " (if any day of residence earns the month)"),
        ("month_counts", " (if 15 days or more earn the month, fewer earn nothing)"),
        ("monthly", " (if any day of residence earns the month)"),
        ("monthly", " (if 15 days or more earn the month, fewer earn nothing)"),
        ("monthly", " (if by days, rounded half up to the fen per resident)"),
    ]


def test_a_step_has_both_values_and_both_formulas() -> None:
    """A step has its formula in words and in figures, and its value before and after rounding."""
    step = lines(of_stay(part_month="by_days"), "calculation")[-1]
    assert (step.name, step.clause, step.values) == ("monthly", "二(四)", ("93.33",))
    assert step.formula == Formula(
        tests=(),
        words=Text(
            "取小(每人每月补贴标准[能力等级]，每人每月补贴标准[能力等级] × 当月入住天数 ÷ 补贴月份 的天数)",
            "min(rate per person and month[care level], "
            "rate per person and month[care level] × days of residence in the month ÷ days in month)",
        ),
        rows=(),
        figures=Text(
            "取小(200 元/(人·月)，200 元/(人·月) × 14 天 ÷ 30 天)",
            "min(200 CNY/(person·month), 200 CNY/(person·month) × 14 d ÷ 30 d)",
        ),
        exact=Text("93.3333333333… 元/(人·月)", "93.3333333333… CNY/(person·month)"),
        value=Text("93.33 元/(人·月)", "93.33 CNY/(person·month)"),
        rounding=Text("（四舍五入到 0.01）", " (rounded half up to 0.01)"),
        unit="CNY/(month*person)",
        exact_number="280/3",
        number="93.33",
    )


def test_an_open_amount_has_two_ends() -> None:
    """Where a reading is open, a step has a line for each way, and the amount its two bounds."""
    explanation = of_stay()
    ways = [each.aside.en for each in lines(explanation, "calculation") if each.name == "monthly"]
    amount = next(each for each in lines(explanation, "result") if each.kind == "amount")
    assert len(ways) > 1 and all(way.startswith(" (if ") for way in ways)
    assert amount.values == ("0.00", "200.00")


def test_plain_data_says_its_shape() -> None:
    """Plain data has the number of its shape first, texts in both languages, and nothing empty in a line."""
    data = of_grant().to_dict()
    conditions = next(section for section in data["sections"] if section["name"] == "conditions")
    assert list(data)[:3] == ["schema", "kind", "policy"] and (data["schema"], data["kind"]) == (1, "calculation")
    assert (data["status"], data["is_simulation"]) == ("issued", True)
    assert conditions["lines"][2] == {
        "kind": "condition",
        "name": "size_not_above",
        "label": {"zh": "面积原则上不超过 2000 平方米", "en": "as a rule not above 2000 m²"},
        "said": {
            "zh": "2350.50 m² > 2000 m²，实际建筑面积超出 350.50 m²",
            "en": "2350.50 m² > 2000 m², actual floor area over by 350.50 m²",
        },
        "clause": "二(一)",
        "mark": "!",
        "verdict": "fails",
        "distance": [{"zh": "实际建筑面积超出 350.50 m²", "en": "actual floor area over by 350.50 m²"}],
        "lines": [
            {
                "kind": "formula",
                "name": "size_not_above",
                "said": {
                    "zh": "实际建筑面积 ≤ 面积上限（原则上）",
                    "en": "actual floor area ≤ greatest size (as a rule)",
                },
            }
        ],
    }
    assert json.loads(json.dumps(data)) == data


def test_plain_data_is_read_back() -> None:
    """The explanation of its own plain data is the same; what this version does not know is passed over."""
    for explanation in (of_grant(), of_stay()):
        data = json.loads(json.dumps(explanation.to_dict()))
        assert subsidy.Explanation.from_dict(data) == explanation
        assert subsidy.Explanation.from_dict(data | {"later": 1}) == explanation


def test_data_of_another_shape_is_refused() -> None:
    """Plain data of another shape, or of none, is refused: a field of it may mean something else."""
    data = of_grant().to_dict()
    for given, said in ((2, "2"), (None, "None")):
        with pytest.raises(subsidy.RequestError) as caught:
            subsidy.Explanation.from_dict(data | {"schema": given})
        assert caught.value.report("en") == (
            "R0207 wrong-explanation-schema  schema\n"
            f"  the explanation has the shape {said}; this version reads 1\n"
            "  → use the same version of subsidy on both sides"
        )


def test_an_explanation_is_a_value() -> None:
    """Two explanations of equal results are equal, and none can be changed."""
    explanation = of_grant()
    assert explanation == of_grant()
    with pytest.raises(AttributeError):
        explanation.sections = tuple[Section, ...]()  # type: ignore[misc]


def test_only_a_language_of_ours() -> None:
    """A language that nothing is said in is refused."""
    result = subsidy.catalogue().policy("cn/shanxi/yuncheng/construction-grant").calculate(GRANT)
    with pytest.raises(subsidy.RequestError) as caught:
        result.explain("fr")  # type: ignore[arg-type]
    assert [problem.code for problem in caught.value.problems] == ["R0107"]
