"""The grammar of formulas: what binds tighter, where each part stands, and what is turned down."""

from __future__ import annotations

import datetime as dt
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subsidy.language import syntax as s
from subsidy.language.grammar import KEYWORDS, FormulaError, parse_formula
from subsidy.text import Text


def written(e: s.Expression) -> str:
    """An expression with every bracket written out."""
    match e:
        case s.NumberLiteral(value=value, unit=unit):
            return f"{value}" + (f"[{unit}]" if unit else "")
        case s.DateLiteral(value=value):
            return value.isoformat()
        case s.MonthLiteral(year=year, month=month):
            return f"{year}-{month:02d}"
        case s.Name(name=name):
            return name
        case s.Minus(operand=operand):
            return f"(-{written(operand)})"
        case (
            s.Arithmetic(operator=operator, left=left, right=right)
            | s.Comparison(operator=operator, left=left, right=right)
        ):
            return f"({written(left)}{operator}{written(right)})"
        case s.Junction(operator=operator, operands=operands):
            return "(" + f" {operator} ".join(map(written, operands)) + ")"
        case s.Negation(operand=operand):
            return f"(not {written(operand)})"
        case s.Conditional(test=test, then=then, otherwise=otherwise):
            return f"(if {written(test)} then {written(then)} else {written(otherwise)})"
        case s.FunctionCall(function=function, arguments=arguments):
            return f"{function}({','.join(map(written, arguments))})"
        case _:
            raise AssertionError(e)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a + b * c", "(a+(b*c))"),
        ("a - b - c", "((a-b)-c)"),
        ("a / b * c", "((a/b)*c)"),
        ("-a * b", "((-a)*b)"),
        ("a - -b", "(a-(-b))"),
        ("(a + b) * c", "((a+b)*c)"),
        ("a or b and c", "(a or (b and c))"),
        ("not a and b", "((not a) and b)"),
        ("not a == b", "(not (a==b))"),
        ("a + b < c * d and e >= f", "(((a+b)<(c*d)) and (e>=f))"),
        ("if a then b else if c then d else e + f", "(if a then b else (if c then d else (e+f)))"),
        ("min(a, b - 1)", "min(a,(b-1))"),
        ("2021-07-01", "2021-07-01"),
        ("2021-07", "2021-07"),
        ("2021 - 07 * 1", None),
        ("2021 - 7", "(2021-7)"),
        ("12021-07", None),
        ("2021-07 - 1", "(2021-07-1)"),
        ("a-1", "(a-1)"),
        ("20[bed] + 60%", "(20[bed]+3/5)"),
        ("information + iffy + order + note", "(((information+iffy)+order)+note)"),
    ],
)
def test_what_binds_tighter(text: str, meant: str | None) -> None:
    """Products before sums before comparisons before not, and, or; a date is no subtraction."""
    if meant is None:
        with pytest.raises(FormulaError) as caught:
            parse_formula(text)
        assert caught.value.code == "P0204"
    else:
        assert meant == written(parse_formula(text))


def test_literals() -> None:
    """A percentage is a hundredth, a date a day, a month the month of a year."""
    assert s.NumberLiteral(s.Span(0, 5), Fraction(1, 80), None, percent=True) == parse_formula("1.25%")
    assert s.DateLiteral(s.Span(0, 10), dt.date(2024, 2, 29)) == parse_formula("2024-02-29")
    assert s.MonthLiteral(s.Span(0, 7), 2024, 2) == parse_formula("2024-02")


@pytest.mark.parametrize("text", ["2023-02-29", "2021-13", "007", "1" * 19, "0.0000000001"])
def test_figures_that_are_none(text: str) -> None:
    """A day that there is not, a leading zero, too many digits are turned down at their place."""
    with pytest.raises(FormulaError) as caught:
        parse_formula(f"a + {text}")
    assert ("P0204", 4, len(text)) == (caught.value.code, caught.value.start, caught.value.width)


@pytest.mark.parametrize("word", KEYWORDS)
def test_keywords_are_no_names(word: str) -> None:
    """A keyword stands nowhere that a name could."""
    with pytest.raises(FormulaError):
        parse_formula(f"x.{word}")
    with pytest.raises(FormulaError):
        parse_formula(f"f(1 for {word} in rows)")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a b",
        "a < b < c",
        "a ==",
        "(a",
        "a)",
        "f()",
        "a[",
        "a[]",
        "x.y.z",
        "1.",
        ".5",
        "a in ()",
        "if a then b",
    ],
)
def test_what_is_no_formula(text: str) -> None:
    """No chains of comparisons, no empty brackets, nothing left open."""
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    assert caught.value.code == "P0201"


@pytest.mark.parametrize("sign", ["×", "（", "；", "\t", "\n", "\u3000", "\u00a0", "\\", "'", '"', "!", "&", "^"])
def test_signs_that_no_formula_has(sign: str) -> None:
    """Anything but the few signs of the language is named at its place."""
    with pytest.raises(FormulaError) as caught:
        parse_formula(f"a {sign} b")
    assert (caught.value.code, caught.value.start) == ("P0205", 2)


@pytest.mark.parametrize(
    ("formula", "zh", "en"),
    [
        ("a * 50 %", "百分号紧接数字：50%", "write a percentage without a blank: 50%"),
        ("a == 'own'", "名称不加引号", "write names without quotes"),
        ("min(a, 5万)", "万元写作 5[wan_CNY]", "write ten thousands of yuan as 5[wan_CNY]"),
        ("a && b", "改用 and", "write and"),
        ("a ＞ b", "改用 >", "write >"),
    ],
)
def test_what_was_meant_by_a_sign(formula: str, zh: str, en: str) -> None:
    """The advice speaks of the sign at hand, not of signs in general."""
    with pytest.raises(FormulaError) as caught:
        parse_formula(formula)
    assert caught.value.values["hint"] == Text(zh, en)


def test_every_part_knows_where_it_stands() -> None:
    """The span of each part is the text that it was read from."""
    text = "if a + b > 2[bed] then min( c,d ) else -t[k, j:x]"
    expression = parse_formula(text)
    waiting, seen = [expression], set()
    while waiting:
        e = waiting.pop()
        seen.add(text[e.span.start : e.span.end])
        waiting.extend(s.children(e))
    assert seen == {
        text,
        "a + b > 2[bed]",
        "a + b",
        "a",
        "b",
        "2[bed]",
        "min( c,d )",
        "c",
        "d",
        "-t[k, j:x]",
        "t[k, j:x]",
        "k",
        "j:x",
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a" * 1001, "P0202"),
        ("(" * 900, "P0203"),
        ("(" * 450 + "a" + ")" * 450, "P0203"),
        ("not " * 200 + "a", "P0203"),
        ("-" * 900 + "a", "P0203"),
        ("if a then b else " * 50 + "c", "P0203"),
        ("if " * 300 + "a", "P0203"),
        ("+".join("a" * 100), "P0203"),
        ("f(" * 300 + "a", "P0203"),
        ("t[" * 300 + "a", "P0203"),
    ],
    ids=["long", "brackets", "closed brackets", "not", "minus", "else if", "if", "sum", "calls", "look-ups"],
)
def test_bombs_are_turned_down_fast(text: str, code: str) -> None:
    """A formula made to exhaust the stack or the clock is refused in an instant."""
    begun = time.process_time()
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    assert code == caught.value.code
    assert time.process_time() - begun < 2


@settings(deadline=None)
@given(st.text(alphabet="abif thenlsor()[]{}+-*/<>=!.,:0123456789% ", max_size=60) | st.text(max_size=30))
def test_no_text_breaks_the_parser(text: str) -> None:
    """Any text is a formula or a problem with a place in the text; nothing else comes out."""
    try:
        expression = parse_formula(text)
        place = expression.span[1]
    except FormulaError as error:
        place = error.start
    assert 0 <= place <= len(text)
