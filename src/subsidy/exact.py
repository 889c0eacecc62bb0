"""The one grammar of numbers, for policies, facts, the wire and files; and their exact printed form.

A number is ASCII: an optional minus, at most 18 digits before the point without leading zeros, at most 9 after it.
No exponent, no plus, no ``-0``, no thousands commas, no full-width digits. Nothing here is a binary float.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Underflow
from fractions import Fraction

NUMBER = re.compile(r"(?!-0(?:\.0+)?\Z)-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,9})?", re.ASCII)
WIDEST = 10**18
FINEST = 10**9
_CONTEXT = Context(prec=400)
_STRICT = Context(prec=30, traps=[Inexact, InvalidOperation, Overflow, Underflow])  # more digits than the grammar has


def parse(text: str) -> Fraction | None:
    """The number that `text` says, or None where the grammar does not have it."""
    return Fraction(text) if NUMBER.fullmatch(text) else None


def parse_share(text: str) -> Fraction | None:
    """A number, a percentage such as ``60%`` or a fraction such as ``1/3``; None where it is none of them."""
    if text.endswith("%"):
        number = parse(text[:-1])
        return None if number is None else number / 100
    top, slash, bottom = text.partition("/")
    if slash:
        over, under = parse(top), parse(bottom)
        return over / under if over is not None and under else None
    return parse(text)


def nearest_number(text: str) -> str | None:
    """What the writer of `text` most likely meant, for the help of an error; never used as a value."""
    narrow = unicodedata.normalize("NFKC", text).replace("_", "").strip().removeprefix("+")
    if re.fullmatch(r"-?[0-9]+,[0-9]{1,2}", narrow):
        narrow = narrow.replace(",", ".")  # a decimal comma: thousands have three digits behind it
    narrow = narrow.replace(",", "")
    if len(narrow) <= 30 and re.fullmatch(r"-?[0-9.]+[eE][+-]?[0-9]{1,3}", narrow):
        narrow = written(Decimal(narrow)) or narrow
    narrow = re.sub(r"^(-?)0+(?=[0-9])", r"\1", narrow)
    return narrow if narrow != text and NUMBER.fullmatch(narrow) else None


def written(value: int | Decimal) -> str | None:
    """The number as the grammar writes it; None where it is no number, or needs more digits than the grammar has."""
    if isinstance(value, int):
        return format(value, "d") if -WIDEST < value < WIDEST else None
    try:
        short = _STRICT.normalize(value)
    except ArithmeticError:
        return None
    if not short:
        return "0"
    text = format(short, "f") if -10 < short.adjusted() < 18 else ""
    return text if NUMBER.fullmatch(text) else None


def decimals(denominator: int) -> int | None:
    """How many digits after the point a multiple of 1/denominator needs; None if no finite number does."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None


def to_decimal(value: Fraction, digits: int = 0) -> Decimal:
    """`value` as a Decimal with at least `digits` places, exactly.

    Raises:
        ValueError: no finite decimal is equal to `value`.
    """
    needed = decimals(value.denominator)
    if needed is None:
        raise ValueError(f"{value} has no finite decimal form")
    places = max(needed, digits)
    return Decimal(value.numerator * (10**places // value.denominator)).scaleb(-places, _CONTEXT)


def fen(amount: int) -> Decimal:
    """A whole number of fen as yuan with two places."""
    return Decimal(amount).scaleb(-2, _CONTEXT)


def show(value: Fraction, digits: int = 0) -> str:
    """`value` for print: exact decimal with at least `digits` places, otherwise a fraction such as ``1/3``."""
    needed = decimals(value.denominator)
    if needed is None or needed > 12:
        return f"{value.numerator}/{value.denominator}"
    return format(to_decimal(value, digits), "f")
