"""Sums in capital characters, read and not written: 壹佰零贰元叁分 is 102.03, and must be said the one way."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = {"仟": 1000, "佰": 100, "拾": 10}
_SUM: Final = re.compile(
    r"人民币(负?)(?:(.+)元)?(?:零?)(?:([壹-玖]*?[壹贰叁肆伍陆柒捌玖])角)?(?:([壹贰叁肆伍陆柒捌玖])分|整)$"
)


def _group(said: str) -> int:
    """Up to four places."""
    found, digit = 0, 0
    for sign in said:
        if sign in _PLACES:
            found, digit = found + digit * _PLACES[sign], 0
        else:
            digit = _DIGITS.index(sign)
    return found + digit


def _whole(said: str) -> int:
    for sign, size in (("亿", 10**8), ("万", 10**4)):
        high, found, low = said.rpartition(sign)
        if found:
            return _whole(high) * size + (_whole(low) if low else 0)
    return _group(said)


def read(said: str) -> Fraction | None:
    """The sum that capital characters say; None if they say none."""
    found = _SUM.fullmatch(said)
    if found is None or (said.endswith("整") and found[4]):
        return None
    minus, whole, jiao, fen = found.groups()
    try:
        value = _whole(whole) if whole else 0
    except ValueError:
        return None
    cents = 10 * _DIGITS.index(jiao or "零") + _DIGITS.index(fen or "零")
    return Fraction(100 * value + cents, 100) * (-1 if minus else 1)
