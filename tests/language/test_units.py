"""Units: their algebra, and their text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subsidy.language.units import RATIO, Unit, UnitError, parse_unit

KNOWN = {"CNY": 1, "bed": 1, "month": 1, "person": 1}
units = st.dictionaries(st.sampled_from(sorted(KNOWN)), st.integers(-3, 3).filter(bool), max_size=4).map(
    lambda powers: Unit(tuple(sorted(powers.items())))
)


@given(units, units, units)
def test_units_multiply_as_numbers_do(a: Unit, b: Unit, c: Unit) -> None:
    """Products are commutative and associative, a quotient undoes a product, and ratio is one."""
    assert a * b == b * a
    assert (a * b) * c == a * (b * c)
    assert (a * b) / b == a
    assert a / a == RATIO
    assert a * RATIO == a == a / RATIO


@given(units)
def test_a_unit_reads_back(unit: Unit) -> None:
    """What a unit is written as says the same unit; a reciprocal is written with a 1, which no policy needs."""
    text = str(unit)
    if text.startswith("1/"):
        assert RATIO / unit == parse_unit(text[2:].strip("()"), KNOWN)
    else:
        assert unit == parse_unit(text, KNOWN)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("CNY/(person*month)", "CNY/(month*person)"),
        ("CNY / person / month", "CNY/(month*person)"),
        ("bed*CNY/bed", "CNY"),
        ("ratio", "ratio"),
    ],
)
def test_ways_to_write_a_unit(text: str, meant: str) -> None:
    """Quotients may be written one after the other; what cancels is gone."""
    assert meant == str(parse_unit(text, KNOWN))


@pytest.mark.parametrize("text", ["元", "CNY^2", "2"])
def test_a_word_that_is_no_unit_is_named(text: str) -> None:
    """Whatever signs it is written with, a word that is no unit is the one that is reported."""
    with pytest.raises(UnitError) as caught:
        parse_unit(f"{text}/bed", KNOWN)
    assert caught.value.name == text


@pytest.mark.parametrize("text", ["", "/", "CNY/", "(CNY", "CNY)", "CNY CNY", "(" * 5000, "bed*" * 9000 + "bed"])
def test_what_is_no_unit(text: str) -> None:
    """A text that is no unit, or longer than any unit, is refused and never exhausts the stack."""
    with pytest.raises(UnitError) as caught:
        parse_unit(text, KNOWN)
    assert caught.value.name == ""


def test_an_unknown_unit_is_named() -> None:
    """The base unit that the vocabulary lacks is named."""
    with pytest.raises(UnitError) as caught:
        parse_unit("CNY/(person*moth)", KNOWN)
    assert caught.value.name == "moth"
