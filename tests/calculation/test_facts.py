"""Facts that do not fit are refused with all problems at once, each in both languages, with what would be right."""

from __future__ import annotations

import datetime as dt
import enum
import time
from decimal import Decimal
from typing import Any

import pytest

from subsidy import FactsError, RequestError

from .claims import CLAIM, SAME_RATE, calculated, grant, refused

SEVERAL = """\
F0102 missing-fact  project
  缺少 项目（project）：标识（文字）
  → 相邻社区联合建设算一个项目还是两个，文件未规定〔二(一)〕
  project (project) is missing: an id (text)
  → whether a centre built jointly by neighbouring communities is one project or two is not said [二(一)]
F0106 wrong-type  works
  建设方式（works）给出的是 True，应为 new_build（新建）、conversion（改造）、extension（扩建）、\
purchase（购置）、lease（租赁）
  kind of works (works) was given as True; allowed is new_build (new build), conversion (conversion), \
extension (extension), purchase (purchase), lease (lease)
F0104 out-of-range  floor_area
  实际建筑面积（floor_area）为 1000000.01，允许 0 至 1000000 m²
  actual floor area (floor_area) is 1000000.01; allowed is 0 to 1000000 m²
F0105 too-fine  beds
  内嵌养老床位（beds）为 9.5，须为 1 张 的整数倍
  embedded beds (beds) is 9.5; it must be a multiple of 1 bed
F0103 inapplicable-fact  cost
  这里不适用 工程投资（cost），却给了 2600000
  → 不要给出该事实；适用条件：reading(shortfall) == cost_less_grant
  cost of the works (cost) does not apply here, but 2600000 was given
  → leave it out; it applies when: reading(shortfall) == cost_less_grant
F0101 unknown-fact  projct
  该政策没有事实 projct
  → 是否想写 project？
  the policy has no fact projct
  → did you mean project?"""

FLOAT = """\
F0108 float-refused  floor_area
  实际建筑面积（floor_area）给出的是二进制浮点数 1860.4，不精确
  → 改用文字 "1860.4" 或 Decimal("1860.4")
  actual floor area (floor_area) was given as the binary float 1860.4, which is not exact
  → give the text "1860.4" or Decimal("1860.4")"""

FULL_WIDTH = """\
F0107 not-a-number  floor_area
  实际建筑面积（floor_area）给出的“１８６０．４”不是可接受的数
  → 改写为 1860.4
  actual floor area (floor_area) was given as “１８６０．４”, which is not an acceptable number
  → write 1860.4"""

NOT_A_NUMBER = """\
F0107 not-a-number  floor_area
  实际建筑面积（floor_area）给出的“NaN”不是可接受的数
  → 用半角数字，如 1860.40；小数点前至多 18 位、后至多 9 位，不用逗号、指数和正号
  actual floor area (floor_area) was given as “NaN”, which is not an acceptable number
  → write ASCII digits such as 1860.40; at most 18 before the point and 9 after, no commas, exponent or plus"""


def test_several_problems_come_in_one_report() -> None:
    """Unknown, missing, inapplicable, out of range, too fine and of the wrong type are reported together, in order."""
    stated = {
        "projct": "P1",
        "accepted_on": "2021-06-30",
        "works": True,
        "place": "140802",
        "floor_area": "1000000.01",
        "beds": "9.5",
        "cost": "2600000",
    }
    with pytest.raises(FactsError) as caught:
        grant().calculate(stated, readings=SAME_RATE)
    assert caught.value.report() == SEVERAL


def test_float_is_refused_with_the_text_that_is_exact() -> None:
    """A binary float is refused, and the report says what to write in its place."""
    assert refused(floor_area=1860.4) == FLOAT


def test_full_width_digits_are_refused_with_what_was_meant() -> None:
    """Full-width digits are no number, and are never read as one in silence."""
    assert refused(floor_area="１８６０．４") == FULL_WIDTH


@pytest.mark.parametrize("value", ["NaN", Decimal("NaN")], ids=repr)
def test_not_a_number_is_not_a_number(value: Any) -> None:
    """NaN is refused as text and as Decimal with the same report."""
    assert refused(floor_area=value) == NOT_A_NUMBER


NUMBERS = [
    (float("nan"), "F0107"),
    (float("inf"), "F0107"),
    (1e300, "F0107"),
    (0.1, "F0108"),
    (1860.0, "F0108"),
    (Decimal("sNaN"), "F0107"),
    (Decimal("Infinity"), "F0107"),
    ("1e999", "F0107"),
    ("1860.40 ", "F0107"),
    ("1,860.40", "F0107"),
    ("+1", "F0107"),
    ("-0", "F0107"),
    ("007", "F0107"),
    ("٣", "F0107"),
    ("", "F0107"),
    (Decimal("1e999"), "F0107"),
    (10**30, "F0107"),
    (10**18, "F0107"),
    (10**18 - 1, "F0104"),
    (Decimal("1e-10"), "F0107"),
    (-1, "F0104"),
    ("-0.01", "F0104"),
    (Decimal("1e-3"), "F0105"),
    ("1860.401", "F0105"),
    (True, "F0106"),
    (False, "F0106"),
    ([], "F0106"),
    (b"1860", "F0106"),
    (1860 + 0j, "F0106"),
    (None, "F0102"),
]


@pytest.mark.parametrize(("value", "code"), NUMBERS, ids=[repr(value) for value, _ in NUMBERS])
def test_what_is_no_number_of_the_fact_is_refused(value: Any, code: str) -> None:
    """Every value that is not a multiple of the resolution within the range is refused with the code for why."""
    with pytest.raises(FactsError) as caught:
        calculated(floor_area=value)
    assert [(code, "floor_area")] == [(problem.code, problem.where) for problem in caught.value.problems]


ENORMOUS = [Decimal("1e-999999999"), Decimal("1e999999999"), 10**100_000, "9" * 10**6]


@pytest.mark.parametrize("value", ENORMOUS, ids=["exponent below", "exponent above", "int", "text"])
def test_enormous_numbers_are_refused_at_once(value: Any) -> None:
    """A number with a monstrous exponent or monstrously many digits costs no time to refuse, and is not echoed."""
    began = time.process_time()
    report = refused(floor_area=value)
    assert time.process_time() - began < 1
    assert report
    assert len(report) < 1000


@pytest.mark.parametrize(
    "value",
    ["1860.40", "1860.4", "1860.400000000", Decimal("1860.4"), Decimal("18604e-1"), Decimal("1860.4" + "0" * 99)],
)
def test_every_exact_form_of_a_number_is_the_same_number(value: Any) -> None:
    """Text and Decimal, with more or fewer zeros, are one number in the facts and in the receipt."""
    assert calculated(floor_area=value).facts["floor_area"] == "1860.40"
    assert calculated().receipt() == calculated(floor_area=value).receipt()


class Works(enum.Enum):
    NEW = "new_build"


class Area(enum.IntEnum):
    CAP = 2000


class Place(enum.StrEnum):
    YANHU = "140802"


class Text(str, enum.Enum):  # noqa: UP042 — the older way, of which str() is not the value
    PROJECT = "P1"
    YANHU = "140802"
    DAY = "2021-06-30"


def test_member_of_a_text_enum_is_its_value() -> None:
    """A member of an enum of texts is kept as its value, never as its name."""
    assert (
        calculated(project=Text.PROJECT, place=Text.YANHU, accepted_on=Text.DAY).receipt()
        == calculated(project="P1", place="140802", accepted_on="2021-06-30").receipt()
    )


def test_value_of_an_enum_is_accepted() -> None:
    """A member of an enum stands for its value: a choice, a number, a division."""
    result = calculated(works=Works.NEW, floor_area=Area.CAP, place=Place.YANHU)
    assert result.facts == {**CLAIM, "floor_area": "2000.00"}
    assert {str} == {type(value) for value in result.facts.values()}
    assert result.receipt() == calculated(floor_area="2000").receipt()


@pytest.mark.parametrize(
    "value", ["2021-02-29", "2021-6-30", "20210630", "２０２１-06-30", "2021-06-30T00:00:00", "30.06.2021", ""]
)
def test_text_that_is_no_day_is_refused(value: str) -> None:
    """A day is written 2021-06-30 and is one that the calendar has."""
    with pytest.raises(FactsError) as caught:
        calculated(accepted_on=value)
    assert [(problem.code, problem.where) for problem in caught.value.problems] == [("F0110", "accepted_on")]


def test_clock_is_no_day() -> None:
    """A datetime is refused where a date is asked for: the day would depend on a time zone."""
    with pytest.raises(FactsError) as caught:
        calculated(accepted_on=dt.datetime(2021, 6, 30, tzinfo=dt.UTC))
    assert [problem.code for problem in caught.value.problems] == ["F0106"]


def test_day_outside_the_version_is_refused() -> None:
    """A claim from before the policy applies is not calculated under it."""
    with pytest.raises(RequestError) as caught:
        calculated(accepted_on="2021-03-28")
    assert [problem.code for problem in caught.value.problems] == ["R0105"]


def test_reading_that_is_no_text_is_refused() -> None:
    """Whatever stands where a reading should, the answer is a report and not a crash."""
    readings: Any = {"shortfall": ["cost_less_grant"], "no_such": "open"}
    with pytest.raises(RequestError) as caught:
        grant().calculate(CLAIM, readings=readings)
    found = [(problem.code, problem.where) for problem in caught.value.problems]
    assert found == [("R0103", "readings.no_such"), ("R0104", "readings.shortfall")]
