"""Capital characters: the central bank's own examples, and every amount read back by a reader that only reads."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import subsidy
from subsidy.capitals import capitals

FIGURES = {sign: number for number, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
SIZES = {"拾": 10, "佰": 100, "仟": 1000}
amounts = st.one_of(
    st.decimals(-(10**15), 10**15, places=2),
    st.text("01", min_size=1, max_size=17).map(lambda digits: Decimal(int(digits)).scaleb(-2)),  # rows of zeros
)


def whole(text: str) -> int:
    """What a reader makes of a whole number: 亿 and 万 multiply all before them; zeros say nothing."""
    for name, size in (("亿", 10**8), ("万", 10**4)):
        before, found, behind = text.rpartition(name)
        if found:
            return whole(before) * size + whole(behind)
    return sum(
        FIGURES[figure] * SIZES.get(size, 1) for figure, size in re.findall("([零壹贰叁肆伍陆柒捌玖])([拾佰仟]?)", text)
    )


def read(text: str) -> Decimal:
    """The amount that a reader finds in capital characters."""
    found = re.fullmatch(r"人民币(负?)(?:([^元]+)元)?零?(?:(.)角)?零?(?:(.)分)?整?", text)
    assert found is not None, text
    below, yuan, jiao, fen = found.groups()
    sum_ = whole(yuan or "零") * 100 + FIGURES[jiao or "零"] * 10 + FIGURES[fen or "零"]
    return Decimal(-sum_ if below else sum_).scaleb(-2)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("1409.50", "壹仟肆佰零玖元伍角整"),  # the amounts of the first six are the examples of the rules
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("123.45", "壹佰贰拾叁元肆角伍分"),
        ("10300", "壹万零叁佰元整"),
        ("100.05", "壹佰元零伍分"),
        ("10", "壹拾元整"),
        ("0", "零元整"),
        ("-0.00", "零元整"),
        ("0.50", "伍角整"),
        ("0.05", "伍分"),
        ("-1234.5", "负壹仟贰佰叁拾肆元伍角整"),
        ("100000", "壹拾万元整"),
        ("20000020", "贰仟万零贰拾元整"),
        ("100001000", "壹亿零壹仟元整"),
        ("1000000000", "壹拾亿元整"),
        ("1000000000000000", "壹仟万亿元整"),
    ],
)
def test_known_amounts(amount: str, expected: str) -> None:
    """Each amount is written as the rules write it, directly behind 人民币."""
    assert capitals(Decimal(amount)) == f"人民币{expected}"


@given(amounts)
@example(Decimal("1010101010101010.10"))
def test_what_is_written_is_read_back(amount: Decimal) -> None:
    """A reader who knows only what the characters mean finds the same amount, to the fen."""
    assert read(capitals(amount)) == amount


@given(amounts)
def test_how_it_is_written(amount: Decimal) -> None:
    """No two zeros stand together, none before a unit, and 整 stands at the end where no fen do."""
    text = capitals(amount)
    assert re.search("零[零拾佰仟万亿角分整]", text) is None
    assert ("零元" in text) == (amount == 0)
    assert text.endswith("分" if amount * 100 % 10 else "整")


@pytest.mark.parametrize("amount", ["0.001", "NaN", "Infinity"])
def test_what_is_no_amount(amount: str) -> None:
    """Less than a fen, or what is no number, is refused rather than rounded."""
    with pytest.raises(ValueError, match=f"{amount} is no number of whole fen"):
        capitals(Decimal(amount))


def test_a_result_has_its_amount_in_capitals() -> None:
    """A determined amount can be asked for in capitals; an open one refuses, as it does in figures."""
    facts = {
        "centre": "C1",
        "resident": "R1",
        "month": "2021-06",
        "care_level": "semi_disabled",
        "stays": [{"moved_in": "2021-06-05", "moved_out": "2021-06-18"}],
    }
    policy = subsidy.catalogue().policy("cn/shanxi/yuncheng/bed-subsidy", on="2021-06-01")
    assert policy.calculate(facts, readings={"part_month": "by_days"}).amount_in_capitals == "人民币玖拾叁元叁角叁分"
    with pytest.raises(subsidy.UndeterminedError):
        _ = policy.calculate(facts).amount_in_capitals
