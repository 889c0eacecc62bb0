"""The one grammar of numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subsidy.exact import decimals, nearest_number, parse, parse_share, show

numbers = st.builds(
    lambda n, places: Fraction(n, 10**places), st.integers(-(10**18) + 1, 10**18 - 1), st.integers(0, 9)
)


@given(numbers)
def test_a_number_reads_back(number: Fraction) -> None:
    """What a number is printed as is read as the same number."""
    assert number == parse(show(number))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+1",
        "-0",
        "-0.00",
        "01",
        "-01",
        "1.",
        ".5",
        "1e3",
        "1,000",
        "1_000",
        " 1",
        "1 ",
        "1\n",
        "１",
        "٣",
        "0x1",
        "nan",
        "inf",
        "1" * 19,
        "0.0000000001",
        "1/2",
        "50%",
        "1.2.3",
        "--1",
    ],
)
def test_what_is_no_number(text: str) -> None:
    """No plus, exponent, commas, blanks, leading zeros, digits of other scripts, nor more digits than fit."""
    assert parse(text) is None


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_none(text: str) -> None:
    """Nothing else comes out, and nothing is raised."""
    found = parse(text)
    assert found is None or parse(show(found)) == found
    assert parse_share(text) is None or isinstance(parse_share(text), Fraction)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("60%", Fraction(3, 5)),
        ("1/3", Fraction(1, 3)),
        ("0.5", Fraction(1, 2)),
        ("1/0", None),
        ("1/2/3", None),
        ("%", None),
        ("1/", None),
    ],
)
def test_shares(text: str, value: Fraction | None) -> None:
    """A share may be a percentage or a fraction besides, and nothing is divided by zero."""
    assert value == parse_share(text)


@pytest.mark.parametrize(
    ("text", "meant"), [("１２", "12"), ("1,000", "1000"), ("+5", "5"), ("007", "7"), ("a", None), ("1", None)]
)
def test_what_was_meant(text: str, meant: str | None) -> None:
    """The help of a message guesses what was meant, and guesses nothing where nothing is wrong."""
    assert meant == nearest_number(text)


@given(st.integers(1, 10**6))
def test_decimals(denominator: int) -> None:
    """The digits that a fraction needs are enough, and one fewer is not."""
    digits = decimals(denominator)
    if digits is None:
        assert all(10**places % denominator for places in range(25))
    else:
        assert 10**digits % denominator == 0
        assert digits == 0 or 10 ** (digits - 1) % denominator
